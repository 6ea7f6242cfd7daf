// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"

namespace podwire::config {

// The keys whose values differ, in the order of the documentation. invalid_argument, naming each
// key, if one of them cannot change while the agent runs: then nothing of `wanted` may take effect.
// Pure.
Result<std::vector<std::string>> changes(const Config& running, const Config& wanted);

// The keys that can change while the agent runs. A key that is not listed needs a restart.
const std::vector<std::string>& reloaded_keys();

}  // namespace podwire::config
