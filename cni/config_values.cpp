// SPDX-License-Identifier: Apache-2.0
#include "cni/config_values.hpp"

#include <algorithm>

namespace podwire::cni {

namespace {

constexpr std::size_t longest_shown = 120;

// The value as JSON, cut between two characters if it is long.
std::string shown(const json::value& value) {
  std::string text = json::serialize(value);
  if (text.size() <= longest_shown) return text;
  std::size_t end = longest_shown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

// Whether one letter added, left out or replaced makes one text the other.
bool is_one_letter_off(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  const auto [left, right] = std::ranges::mismatch(a, b);
  const std::string_view rest_a(left, a.end());
  const std::string_view rest_b(right, b.end());
  if (a.size() < b.size()) return rest_a == rest_b.substr(1);
  return !rest_a.empty() && rest_a.substr(1) == rest_b.substr(1);
}

}  // namespace

const json::value* find(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

tl::unexpected<CniError> wrong_value(std::string_view path, const json::value& value,
                                     std::string_view allowed) {
  return refuse(Code::invalid_config,
                std::string(path) + " is " + shown(value) + "; allowed: " + std::string(allowed));
}

tl::unexpected<CniError> unsupported_field(std::string_view path, const json::value& value,
                                           std::string_view why) {
  return refuse(Code::unsupported_field, "unsupported field " + std::string(path) + " with value " +
                                             shown(value) + ": " + std::string(why));
}

Checked<> require_known(std::string_view path, std::string_view key, const json::value& value,
                        std::span<const std::string_view> known) {
  if (std::ranges::find(known, key) != known.end()) return {};
  std::string why = "podwire knows no such key";
  for (const std::string_view candidate : known) {
    if (is_one_letter_off(key, candidate)) {
      why += "; did you mean " + std::string(candidate) + "?";
      break;
    }
  }
  return unsupported_field(std::string(path) + std::string(key), value, why);
}

Checked<> read_number(const json::object& object, std::string_view key, const std::string& path,
                      Range range, std::uint32_t& to) {
  const json::value* value = find(object, key);
  if (value == nullptr) return {};
  json::error_code failure;
  const auto number = value->to_number<std::uint32_t>(failure);
  if (failure || number < range.lowest || number > range.highest) {
    return wrong_value(path, *value,
                       "a whole number from " + std::to_string(range.lowest) + " to " +
                           std::to_string(range.highest));
  }
  to = number;
  return {};
}

Checked<> read_object(const json::object& object, std::string_view key, const std::string& path,
                      json::object& to) {
  const json::value* value = find(object, key);
  if (value == nullptr) return {};
  if (!value->is_object()) return wrong_value(path, *value, "an object");
  to = value->get_object();
  return {};
}

bool asks(const json::value* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_bool()) return value->get_bool();
  if (value->is_string()) return !value->get_string().empty();
  if (value->is_object()) return !value->get_object().empty();
  if (value->is_array()) return !value->get_array().empty();
  return true;
}

}  // namespace podwire::cni
