// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

namespace podwire {

namespace {

bool is_c1(std::string_view rest) {
  const auto second = rest.size() > 1 ? static_cast<unsigned char>(rest[1]) : 0;
  return rest[0] == '\xc2' && second >= 0x80 && second <= 0x9f;
}

// How many bytes of a control character stand at the beginning of `rest`; 0: there is none.
std::size_t control_bytes(std::string_view rest) {
  const auto first = static_cast<unsigned char>(rest[0]);
  if (first < 0x20 || first == 0x7f) return 1;
  return is_c1(rest) ? 2 : 0;
}

}  // namespace

bool has_control_characters(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(1)) {
    if (control_bytes(text) > 0) return true;
  }
  return false;
}

std::string without_control_characters(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const std::size_t bytes = control_bytes(text);
    if (bytes > 0) plain.append(bytes, '?');
    if (bytes == 0) plain += text.front();
    text.remove_prefix(bytes > 0 ? bytes : 1);
  }
  return plain;
}

}  // namespace podwire
