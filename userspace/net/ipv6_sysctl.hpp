// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/netns.hpp"

namespace podwire::net {

// Makes the interfaces take IPv6 addresses where IPv6 is turned off for them, and leaves all others
// alone. Who attaches a container to a network with IPv6 wants it there, whatever the container's
// default; the reference plugins do the same. There is no netlink request for it.
Result<> enable_ipv6(const std::vector<std::string>& interfaces);  // where the thread is
Result<> enable_ipv6(const std::vector<std::string>& interfaces, const Netns& netns);

}  // namespace podwire::net
