// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <linux/rtnetlink.h>

#include "net/links.hpp"
#include "net/netlink_socket.hpp"

// The rtnetlink requests of this project, each added to a batch. Pure: nothing is sent here.
namespace podwire::net::requests {

// The protocol number of our routes and rules ("p"), by which they can be told from those of
// others.
constexpr std::uint8_t route_protocol = 112;

void create_pair(NetlinkBatch& batch, const Wiring& wiring, int pod_netns);
// No automatic link-local address: there is no duplicate address detection to wait for.
void set_address_generation_none(NetlinkBatch& batch, const std::string& link,
                                 std::uint32_t ifindex);
void set_alias(NetlinkBatch& batch, const std::string& link, std::uint32_t ifindex,
               const std::string& alias);
void set_up(NetlinkBatch& batch, const std::string& link, std::uint32_t ifindex);
void set_group(NetlinkBatch& batch, const std::string& link);
void delete_link(NetlinkBatch& batch, const std::string& link);
void delete_group(NetlinkBatch& batch);

// As /32 or /128, without a route of its own and without duplicate address detection.
void add_address(NetlinkBatch& batch, const std::string& link, std::uint32_t ifindex,
                 const Address& address, std::uint8_t scope);
void add_neighbour(NetlinkBatch& batch, const std::string& link, std::uint32_t ifindex,
                   const Address& address, const Mac& mac);
void add_host_route(NetlinkBatch& batch, const std::string& link, std::uint32_t ifindex,
                    const Address& address, const std::optional<Address>& source);
struct DefaultRoute {
  Address gateway;
  std::uint32_t ifindex = 0;
  std::uint32_t table = RT_TABLE_MAIN;
  std::uint32_t metric = 0;  // 0: the kernel's own choice
};
void add_default_route(NetlinkBatch& batch, const std::string& link, const DefaultRoute& route);
// Packets from the address are routed by that table, before the main one is asked.
void add_source_rule(NetlinkBatch& batch, const Address& source, std::uint32_t table);
void delete_source_rule(NetlinkBatch& batch, const Address& source, std::uint32_t table);
// The owner is the route's metric: so are they told apart, and whatever others say of the prefix
// goes before.
void add_unreachable_route(NetlinkBatch& batch, const Prefix& prefix, std::uint32_t owner);
void delete_unreachable_route(NetlinkBatch& batch, const Prefix& prefix, std::uint32_t owner);

}  // namespace podwire::net::requests
