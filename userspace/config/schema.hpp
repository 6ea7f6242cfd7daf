// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/values.hpp"

namespace podwire::config {

// One key of the file. The default is what `show` says of a Config{}.
struct Key {
  std::string path;  // with the sections it is in, such as ipam.ipv4
  std::string type;
  std::string unit;  // empty: the value has none
  std::string allowed;
  std::string effect;
  bool is_list = false;  // `read` adds one element
  std::function<Result<>(const Scalar&, Config&)> read;
  std::function<std::string(const Config&)> show;
};

// Every key there is, in the order of the documentation.
const std::vector<Key>& keys();

// nullptr if there is none.
const Key* find_key(std::string_view path);

// Whether keys stand below this one.
bool is_section(std::string_view path);

// The key or section that a mistyped one most likely means; empty if none is near.
std::string nearest(std::string_view path);

}  // namespace podwire::config
