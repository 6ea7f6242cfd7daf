// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.hpp"

namespace podwire::nat {

// Runs nftables commands, all or none, in the network namespace of the calling thread. Blocks for
// the kernel. Errors are of category system, with the reason that nftables gives.
Result<> run_nftables(const std::string& commands);

}  // namespace podwire::nat
