// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <linux/rtnetlink.h>

#include "net/links.hpp"
#include "net/netlink_socket.hpp"

// What the kernel's tables say, asked over a socket in the namespace concerned.
namespace podwire::net::queries {

struct Link {
  std::string name;
  std::string kind;   // "veth"; empty for devices of drivers
  std::string queue;  // the kind of the root queue
  std::uint32_t ifindex = 0;
  std::uint32_t mtu = 0;
  std::uint32_t group = 0;
  Mac mac;
  bool up = false;
  std::uint32_t peer_ifindex = 0;           // of a veth pair: the other end
  std::optional<std::uint32_t> peer_netns;  // the number of its namespace; nullopt: the same one
};

struct Route {
  std::uint32_t ifindex = 0;
  std::uint32_t table = 0;
  std::uint32_t priority = 0;
  std::uint8_t length = 0;             // of the destination's prefix
  std::optional<Address> destination;  // nullopt: the default route
  std::optional<Address> gateway;
  std::optional<Address> source;
};

// Packets from `source` are routed by `table`.
struct Rule {
  Address source;
  std::uint32_t table = 0;

  bool operator==(const Rule&) const = default;
};

// Whether a link is the host end of a pod's veth pair, whosever.
bool is_host_end(const Link& link);
// The default route that the kernel takes; nullptr: there is none.
const Route* default_route(const std::vector<Route>& routes);
// The destination of a route that has one.
Result<Prefix> destination_of(const Route& route);

Result<Link> link(NetlinkSocket& socket, const std::string& name);
Result<Link> link(NetlinkSocket& socket, std::uint32_t ifindex);
// The other end of a veth pair, wherever it is.
Result<Link> peer(NetlinkSocket& socket, const Link& link);
Result<std::vector<Link>> links(NetlinkSocket& socket);
// The address that an RTM_NEWADDR or RTM_DELADDR message is about.
std::optional<Address> address_of(const nlmsghdr* message);
constexpr std::uint32_t every_link = 0;
Result<std::vector<Address>> addresses(NetlinkSocket& socket, std::uint32_t ifindex);
// Unicast routes of one table.
Result<std::vector<Route>> routes(NetlinkSocket& socket, Family family,
                                  std::uint32_t table = RT_TABLE_MAIN);
// Our own rules.
Result<std::vector<Rule>> rules(NetlinkSocket& socket, Family family);
// Destinations of our own unreachable routes with this priority.
Result<std::vector<Prefix>> unreachable(NetlinkSocket& socket, Family family,
                                        std::uint32_t priority);
// True once packets to the address are delivered in the namespace of the socket.
Result<bool> is_local(NetlinkSocket& socket, const Address& address);

}  // namespace podwire::net::queries
