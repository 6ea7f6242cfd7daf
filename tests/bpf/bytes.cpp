// SPDX-License-Identifier: Apache-2.0
#include "bytes.hpp"

#include <algorithm>

namespace podwire::bpf_test {

std::uint16_t internet_checksum(const Bytes& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i]) << 8 : bytes[i];
    if (sum > 0xffff) sum -= 0xffff;
  }
  return static_cast<std::uint16_t>(~sum);
}

Bytes with_byte(Bytes frame, std::size_t at, std::uint8_t value) {
  frame.at(at) = value;
  return frame;
}

Bytes with_word(Bytes frame, std::size_t at, std::uint16_t value) {
  frame.at(at) = static_cast<std::uint8_t>(value >> 8);
  frame.at(at + 1) = static_cast<std::uint8_t>(value & 0xff);
  return frame;
}

Bytes cut(Bytes frame, std::size_t bytes) {
  frame.resize(std::min(bytes, frame.size()));
  return frame;
}

Bytes padded(Bytes frame, std::size_t more) {
  frame.resize(frame.size() + more);
  return frame;
}

Bytes quoted(const Bytes& frame, std::size_t limit) {
  return cut({frame.begin() + ethernet_bytes, frame.end()}, limit);
}

std::uint16_t word_at(const Bytes& frame, std::size_t at) {
  return static_cast<std::uint16_t>(frame.at(at) << 8 | frame.at(at + 1));
}

std::uint32_t long_at(const Bytes& frame, std::size_t at) {
  return static_cast<std::uint32_t>(word_at(frame, at)) << 16 | word_at(frame, at + 2);
}

std::string hex(const Bytes& frame) {
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < frame.size(); ++i) {
    text += {digits[frame[i] >> 4], digits[frame[i] & 0xf], i % 16 == 15 ? '\n' : ' '};
  }
  return text;
}

}  // namespace podwire::bpf_test
