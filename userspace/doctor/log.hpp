// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/checks.hpp"

namespace podwire::doctor {

// What stands in the way when the agent starts, one line for each finding, at level warning. Safe
// from any thread; blocks for the kernel. Throws nothing; changes nothing.
void log_at_start(const config::Config& config, const std::string& config_file);

}  // namespace podwire::doctor
