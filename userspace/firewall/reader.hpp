// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.hpp"
#include "firewall/ruleset.hpp"

namespace podwire::firewall {

// The base chains that filter what enters, crosses or leaves the node in the network namespace of
// the calling thread, and all chains and sets they lead to. Needs CAP_NET_ADMIN; blocks for the
// kernel. Over netlink and not by libnftables, which may end the process, and which does not show
// what the matches of iptables ask for.
Result<Ruleset> read_ruleset();

// Whether there is a table of family inet with that name.
Result<bool> has_table(const std::string& name);

}  // namespace podwire::firewall
