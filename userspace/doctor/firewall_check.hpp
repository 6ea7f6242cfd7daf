// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/checks.hpp"

namespace podwire::doctor {

// What pods send through the host stack, and what comes to them, must be accepted by every base
// chain that sees it: each is asked with example packets.
Result<Problems> firewall_rules(const Facts& facts);
// iptables-legacy keeps its rules where nftables does not show them.
Result<Problems> iptables_legacy(const Facts& facts);

}  // namespace podwire::doctor
