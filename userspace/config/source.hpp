// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.hpp"

namespace podwire::config {

// A value that the node is given from outside may stand elsewhere: `env:NAME` is an environment
// variable of the agent, `file:/PATH` the content of a file, both without white space around it.
// Any other text is the value itself. Errors name the source.
Result<std::string> value_at(const std::string& text);

// Whether `text` names a source.
bool is_source(const std::string& text);

}  // namespace podwire::config
