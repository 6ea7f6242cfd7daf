// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <boost/json.hpp>

#include "ctl/command_line.hpp"
#include "doctor/checks.hpp"

namespace podwire::ctl {

// Looks at this machine, whether the agent runs or not, and says what stands in the way of pods.
// Status 1: something does. Needs root.
Finished run_doctor(const CommandLine& command);

// One line for each finding, with its cure below it, and a summary. Pure.
std::string doctor_text(const std::vector<doctor::Finding>& findings);
boost::json::value doctor_json(const std::vector<doctor::Finding>& findings);

}  // namespace podwire::ctl
