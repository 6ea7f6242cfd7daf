// SPDX-License-Identifier: Apache-2.0
#include "cni/names.hpp"

#include <algorithm>

#include "api/codec.hpp"
#include "base/text.hpp"

namespace podwire::cni {

namespace {

constexpr std::size_t longest_interface_name = 15;
constexpr std::size_t longest_quotation = 120;

// Not those of <cctype>, which depend on the locale.
bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

}  // namespace

bool is_identifier(std::string_view text) {
  const auto allowed = [](char c) {
    return is_alphanumeric(c) || c == '_' || c == '.' || c == '-';
  };
  return !text.empty() && is_alphanumeric(text.front()) && std::ranges::all_of(text, allowed);
}

bool is_interface_name(std::string_view text) {
  if (text.empty() || text.size() > longest_interface_name) return false;
  for (const char* reserved : {".", "..", "all", "default"}) {
    if (text == reserved) return false;
  }
  return std::ranges::all_of(text, is_printable) &&
         text.find_first_of("/:% ") == std::string_view::npos;
}

bool is_text(std::string_view text) {
  // The parser is the judge of UTF-8, since it is the one who will read it.
  return !has_control_characters(text) &&
         api::parse(api::json::serialize(api::json::string(text))).has_value();
}

std::string quoted(std::string_view text) {
  std::string shown(text.substr(0, longest_quotation));
  std::ranges::replace_if(
      shown, [](char c) { return !is_printable(c); }, '?');
  if (text.size() > longest_quotation) shown += "...";
  return "'" + shown + "'";
}

}  // namespace podwire::cni
