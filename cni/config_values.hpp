// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "cni/cni_error.hpp"

// Reads single values of a network configuration. `path` is how an error names the value, such as
// probes[0].tcpPort.
namespace podwire::cni {

namespace json = boost::json;

// nullptr if the key is absent or null, which mean the same to the Go library.
const json::value* find(const json::object& object, std::string_view key);

// invalid_config: the value is none of the `allowed`.
tl::unexpected<CniError> wrong_value(std::string_view path, const json::value& value,
                                     std::string_view allowed);

// unsupported_field: the plugin does not do what the key asks for.
tl::unexpected<CniError> unsupported_field(std::string_view path, const json::value& value,
                                           std::string_view why);

// Refuses a key that is none of `known`, and guesses which one was meant.
Checked<> require_known(std::string_view path, std::string_view key, const json::value& value,
                        std::span<const std::string_view> known);

struct Range {
  std::uint32_t lowest = 0;
  std::uint32_t highest = 0;
};

// The readers leave the target as it is if the key is absent.
Checked<> read_number(const json::object& object, std::string_view key, const std::string& path,
                      Range range, std::uint32_t& to);
Checked<> read_object(const json::object& object, std::string_view key, const std::string& path,
                      json::object& to);

// Whether the value asks for something: absent, null, false, "", {} and [] do not.
bool asks(const json::value* value);

}  // namespace podwire::cni
