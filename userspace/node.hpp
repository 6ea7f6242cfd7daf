// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "config/config.hpp"
#include "endpoint/attachment.hpp"
#include "endpoint/pools.hpp"
#include "health/prober.hpp"
#include "net/rtnetlink.hpp"

// From the configuration and the node's own network to what the modules are built with.
namespace podwire {

struct Node {
  std::uint32_t mtu = 1500;                 // of pods that ask for none
  net::RtNetlink::NodeSources sources;      // of packets from the node to its pods
  std::vector<net::Address> in_pod_ranges;  // its own addresses there: not for pods

  bool operator==(const Node&) const = default;
};

// All that no pod may get.
std::vector<net::Address> addresses_of(const Node& node);

// Makes the directory, and a lock in it that lasts as long as the descriptor.
Result<UniqueFd> lock_run_directory(const std::string& path);
// Two agents of one name in one network namespace would take each other's links for leftovers. The
// lock is an abstract socket: it belongs to the namespace, and ends with the process.
Result<UniqueFd> lock_instance(const std::string& instance);
// Asks the default routes where the configuration says "auto".
Result<Node> describe_node(const config::Config& config, net::Links& links);
// A deleted pod's address is refused here and does not leave the node.
Result<> block_pod_ranges(const config::Config& config, net::Links& links);
// That there is no such table, or no nftables at all, is no error.
Result<> remove_masquerade(const std::string& instance);
// The way of pods to the world, or its end if the configuration turned it off.
Result<> set_masquerade(const config::Config& config);
endpoint::ReuseDelay reuse_delay_of(const config::Config& config);
// The node's own addresses are not given to pods.
endpoint::Pools pools_of(const config::Config& config, const Node& node);
// One target for each address and probe.
std::vector<health::Target> targets_of(const endpoint::Attachment& attachment);
std::string text_of(const std::optional<config::HttpListen>& listen);

}  // namespace podwire
