// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "datapath/tc_hook.hpp"
#include "net/netlink_socket.hpp"

namespace podwire::datapath {

// A program of another owner that sees the packets of a link before ours does: one that ends a
// packet's way hides it from podwire.
struct Preceding {
  std::string what;     // for people: "filter 'x' (bpf, priority 1, handle 0x1)"
  std::string removal;  // the command that takes it away; empty: only its owner can
};

// tc filters before ours, and what is attached through tcx (Linux 6.6), which the kernel runs
// before all filters. `socket`: in the namespace of the link. Nothing if ours is not there either.
Result<std::vector<Preceding>> preceding(net::NetlinkSocket& socket, std::uint32_t ifindex,
                                         Direction direction);

// The link's name for messages; its number if it is gone.
std::string link_name(std::uint32_t ifindex);

}  // namespace podwire::datapath
