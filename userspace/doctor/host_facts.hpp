// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "doctor/facts.hpp"

namespace podwire::doctor {

// Looks at the kernel and at the files of the CNI. What the agent will ask of the kernel is tried
// in a network namespace that exists for the length of the call; the node's own is left as it is.
// Blocks for the kernel; needs CAP_SYS_ADMIN. libnftables, which the rehearsal uses, may end the
// process: not for the agent.
Host collect_host(const config::Config& config, const std::string& root = "");

}  // namespace podwire::doctor
