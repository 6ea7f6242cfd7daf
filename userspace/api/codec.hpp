// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>

#include "base/result.hpp"

// JSON for the described structs of agent_api.hpp. Decoding names the field that is wrong; a field
// that is absent keeps its default, an unknown one is ignored.
namespace podwire::api {

namespace json = boost::json;

template <class T>
json::value encode(const T& value) {
  if constexpr (boost::describe::has_describe_members<T>::value) {
    json::object object;
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>(
        [&](auto member) { object[member.name] = encode(value.*member.pointer); });
    return object;
  } else if constexpr (requires { value.begin(); } && !std::is_convertible_v<T, std::string_view>) {
    json::array array;
    for (const auto& element : value) array.push_back(encode(element));
    return array;
  } else {
    return json::value_from(value);
  }
}

template <class T>
Result<> decode(const json::value& from, T& to, const std::string& field);

template <class T>
Result<> decode_number(const json::value& from, T& to, const std::string& field) {
  const std::string wanted =
      field + ": expected " + (std::is_integral_v<T> ? "a whole number" : "a number");
  boost::json::error_code failure;
  const T number = from.to_number<T>(failure);
  if (failure)
    return fail(Errc::invalid_argument, wanted + " in range, got " + json::serialize(from));
  to = number;
  return {};
}

template <class T>
Result<> decode_array(const json::value& from, std::vector<T>& to, const std::string& field) {
  if (!from.is_array()) return fail(Errc::invalid_argument, field + ": expected a list");
  for (const json::value& element : from.get_array()) {
    const std::string entry = field + "[" + std::to_string(to.size()) + "]";
    auto decoded = decode(element, to.emplace_back(), entry);
    if (!decoded) return decoded;
  }
  return {};
}

template <class T>
Result<> decode_struct(const json::value& from, T& to, const std::string& field) {
  if (!from.is_object()) return fail(Errc::invalid_argument, field + ": expected an object");
  Result<> result;
  boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>(
      [&](auto member) {
        const json::value* found = from.get_object().if_contains(member.name);
        if (result && found) result = decode(*found, to.*member.pointer, field + "." + member.name);
      });
  return result;
}

template <class T>
Result<> decode(const json::value& from, T& to, const std::string& field) {
  if constexpr (boost::describe::has_describe_members<T>::value) {
    return decode_struct(from, to, field);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!from.is_string()) return fail(Errc::invalid_argument, field + ": expected a string");
    to = from.get_string().c_str();
    return {};
  } else if constexpr (std::is_arithmetic_v<T>) {
    return decode_number(from, to, field);
  } else {
    return decode_array(from, to, field);
  }
}

// Parses untrusted text; nesting is bounded.
Result<json::value> parse(std::string_view text);

}  // namespace podwire::api
