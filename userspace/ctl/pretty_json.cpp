// SPDX-License-Identifier: Apache-2.0
#include "ctl/pretty_json.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace podwire::ctl {

namespace {

namespace json = boost::json;

constexpr std::size_t deepest = 32;

std::string indent(std::size_t level) {
  return std::string(level * 4, ' ');
}

// Plain notation where it is shorter; JSON knows neither infinity nor "not a number".
std::string number_text(double number) {
  if (!std::isfinite(number)) return "null";
  std::array<char, 32> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), written.ptr};
}

void write(const json::value& value, std::size_t level, std::string& to);

void write_array(const json::array& array, std::size_t level, std::string& to) {
  const char* separator = "[\n";
  for (const json::value& element : array) {
    to += separator + indent(level + 1);
    write(element, level + 1, to);
    separator = ",\n";
  }
  to += "\n" + indent(level) + "]";
}

void write_object(const json::object& object, std::size_t level, std::string& to) {
  const char* separator = "{\n";
  for (const auto& field : object) {
    to += separator + indent(level + 1) + json::serialize(json::string(field.key())) + ": ";
    write(field.value(), level + 1, to);
    separator = ",\n";
  }
  to += "\n" + indent(level) + "}";
}

void write(const json::value& value, std::size_t level, std::string& to) {
  if (value.is_object() && !value.get_object().empty() && level < deepest) {
    write_object(value.get_object(), level, to);
  } else if (value.is_array() && !value.get_array().empty() && level < deepest) {
    write_array(value.get_array(), level, to);
  } else {
    to += value.is_double() ? number_text(value.get_double()) : json::serialize(value);
  }
}

}  // namespace

std::string pretty_json(const json::value& value) {
  std::string text;
  write(value, 0, text);
  return text + "\n";
}

}  // namespace podwire::ctl
