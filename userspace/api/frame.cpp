// SPDX-License-Identifier: Apache-2.0
#include "api/frame.hpp"

namespace podwire::api {

namespace {

Result<> check_length(std::size_t length, std::uint32_t limit) {
  if (length <= limit) return {};
  return fail(Errc::invalid_argument, "message of " + std::to_string(length) + " bytes; at most " +
                                          std::to_string(limit) + " are allowed");
}

}  // namespace

Result<std::string> make_frame(const json::value& message, std::uint32_t limit) {
  const std::string text = json::serialize(message);
  auto fits = check_length(text.size(), limit);
  if (!fits) return tl::unexpected(fits.error());
  std::string frame;
  frame.reserve(FrameHeader{}.size() + text.size());
  for (unsigned shift = 0; shift < 32; shift += 8) {
    frame += static_cast<char>((text.size() >> shift) & 0xff);
  }
  return frame += text;
}

Result<std::uint32_t> frame_length(const FrameHeader& header, std::uint32_t limit) {
  std::uint32_t length = 0;
  for (std::size_t i = header.size(); i-- > 0;) length = length << 8 | header[i];
  if (length == 0) return fail(Errc::invalid_argument, "message of 0 bytes");
  auto fits = check_length(length, limit);
  if (!fits) return tl::unexpected(fits.error());
  return length;
}

}  // namespace podwire::api
