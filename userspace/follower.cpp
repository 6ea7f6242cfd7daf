// SPDX-License-Identifier: Apache-2.0
#include "follower.hpp"

#include <spdlog/spdlog.h>

namespace podwire {

namespace {

std::string text_of(const std::optional<net::Address>& address) {
  return address ? address->text() : "-";
}

}  // namespace

void Follower::follow(const net::Changes& changes) {
  if (changes.node || changes.incomplete) follow_node(changes.address_lost || changes.incomplete);
  manager_.follow_pods([&](const endpoint::Attachment& attachment) {
    return changes.incomplete || changes.host_ends.contains(attachment.ifindex);
  });
}

void Follower::follow_node(bool routes_are_lost) {
  const auto next = describe_node(config_, links_);
  if (!next) {
    spdlog::warn("follow the node's network: {}", next.error().what);
    is_behind_ = true;
    return;
  }
  const bool is_new = *next != node_;
  if (!is_new && !routes_are_lost && !is_behind_) return;
  node_ = *next;
  const auto followed = take_over(node_);
  is_behind_ = !followed;
  if (!followed) spdlog::warn("follow the node's network: {}", followed.error().what);
  if (is_new) {
    spdlog::info("node ipv4={} ipv6={} mtu={}", text_of(node_.sources.ipv4),
                 text_of(node_.sources.ipv6), node_.mtu);
  }
}

Result<> Follower::take_over(const Node& node) {
  links_.set_node_sources(node.sources);
  auto ranges = datapath_.set_pod_ranges(pod_ranges(config_), node.in_pod_ranges);
  auto attachments = manager_.follow_node(node.mtu, addresses_of(node));
  return ranges ? attachments : ranges;
}

}  // namespace podwire
