// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/address.hpp"
#include "net/netlink_message.hpp"

namespace podwire::net {

// What the kernel has told of its tables, reduced to what the agent follows. A hint, no more: the
// tables themselves say what holds now.
struct Changes {
  bool node = false;        // a link, an address or a default route of the node's own
  bool incomplete = false;  // more was told than could be kept: anything may have changed
  std::set<Address> lost;   // addresses of the node: routes that named them as source suffered
  std::set<std::uint32_t> host_ends;  // whose queue, or whose peer in a pod, may have changed

  bool empty() const { return !node && !incomplete && host_ends.empty(); }
  void add(const Changes& more);
};

// Adds what one message of the node's namespace, or of a pod's, means.
void note_node_message(const nlmsghdr* message, Changes& changes);
void note_pod_message(const nlmsghdr* message, Changes& changes);

// Two NETLINK_ROUTE sockets that only listen: one for the namespace they were opened in, one for
// the links of all namespaces that it knows by number, which is where its veth pairs lead. One
// thread; never blocks.
class ChangeSocket {
 public:
  static Result<ChangeSocket> open();

  // Readable when there is something to read.
  int node_fd() const { return node_.get(); }
  int pods_fd() const { return pods_.get(); }
  // Everything that has come since the last time, up to a bound.
  Result<Changes> read();

 private:
  UniqueFd node_;
  UniqueFd pods_;
  std::vector<char> buffer_;
};

}  // namespace podwire::net
