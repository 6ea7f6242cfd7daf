// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "net/netlink_socket.hpp"

// What the kernel's traffic control has on a link, asked over a socket in its namespace.
namespace podwire::net::traffic_control {

struct Filter {
  std::string kind;  // "bpf", "u32", ...
  std::string name;  // of a BPF program; else empty
  std::uint32_t handle = 0;
  std::uint16_t priority = 0;
};

// Filters below `parent`, such as TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), in the order in which
// packets are shown to them. Those in chains that only other filters lead to are left out.
Result<std::vector<Filter>> filters(NetlinkSocket& socket, std::uint32_t ifindex,
                                    std::uint32_t parent);
// The kind of the qdisc that holds filters of both directions ("clsact") or of one ("ingress");
// empty if there is none.
Result<std::string> filter_qdisc(NetlinkSocket& socket, std::uint32_t ifindex);

}  // namespace podwire::net::traffic_control
