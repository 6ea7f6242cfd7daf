// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"

namespace podwire::config {

// What parts of a Config, each possible by itself, say against each other.
struct Contradiction {
  std::vector<std::string> keys;  // those concerned, the most likely slip first
  std::string why;
};

std::optional<Contradiction> find_contradiction(const Config& config);

}  // namespace podwire::config
