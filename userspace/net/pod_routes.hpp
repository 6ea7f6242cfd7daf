// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "net/netlink_socket.hpp"
#include "net/queries.hpp"

// How packets leave a container, which may have more interfaces than one: of ours, or of others.
//
// The first default route of a family stays what it was; it serves packets whose source address is
// not chosen yet. An interface that comes later gets, in this family,
//  - a rule and a routing table of its own: packets from its address leave through it, so that the
//    source check on the host end, which knows one address of each family, holds;
//  - a default route in the main table too, behind all others by its metric: for sockets bound to
//    the interface, and for the time when the first one is gone.
// Table and metric are one number, source_table(); routes go with the interface, rules do not.
namespace podwire::net::pod_routes {

// Above the numbers that people and other programs use, and legible in `ip rule`; interface numbers
// are unique in a container.
constexpr std::uint32_t source_table(std::uint32_t ifindex) {
  return 1'120'000 + ifindex;
}

// The sockets are in the container's namespace.
Result<> add(NetlinkSocket& socket, const queries::Link& link, const Address& address,
             const Address& gateway, NetlinkBatch& to);
// corrupt, with what is missing.
Result<> expect(NetlinkSocket& socket, const queries::Link& link, const Address& address);
// Removes the rules of these addresses; that there is none is no error.
Result<> remove_rules(NetlinkSocket& socket, const std::vector<Address>& addresses);

}  // namespace podwire::net::pod_routes
