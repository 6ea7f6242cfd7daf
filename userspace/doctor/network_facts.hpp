// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "doctor/facts.hpp"

namespace podwire::doctor {

// Looks at the network namespace of the calling thread, and at the files of its link managers below
// `root`; changes nothing. Blocks for the kernel. Needs CAP_NET_ADMIN.
Facts collect_network(const Result<config::Config>& config, const std::string& config_file,
                      const std::string& root = "");

}  // namespace podwire::doctor
