// SPDX-License-Identifier: Apache-2.0
#include "follower.hpp"

#include <spdlog/spdlog.h>

namespace podwire {

namespace {

std::string text_of(const std::optional<net::Address>& address) {
  return address ? address->text() : "-";
}

}  // namespace

net::Changes Follower::follow(const net::Changes& changes) {
  net::Changes behind;
  if (changes.node || changes.incomplete) behind.node = !follow_node(changes);
  behind.host_ends = manager_.follow_pods([&](const endpoint::Attachment& attachment) {
    return changes.incomplete || changes.host_ends.contains(attachment.ifindex);
  });
  return behind;
}

// Routes to pods went with the address that they named as their source, even if it is back.
bool Follower::suffers_from(const net::Changes& changes) const {
  const auto is_lost = [&](const std::optional<net::Address>& address) {
    return address && changes.lost.contains(*address);
  };
  return changes.incomplete || is_lost(node_.sources.ipv4) || is_lost(node_.sources.ipv6);
}

bool Follower::follow_node(const net::Changes& changes) {
  const auto next = describe_node(config_, links_);
  if (!next) {
    if (!is_behind_) spdlog::warn("follow the node's network: {}", next.error().what);
    is_behind_ = true;
    return false;
  }
  const bool is_new = *next != node_;
  if (!is_new && !suffers_from(changes) && !is_behind_) return true;
  node_ = *next;
  const auto followed = take_over(node_);
  is_behind_ = !followed;
  if (!followed) spdlog::warn("follow the node's network: {}", followed.error().what);
  if (is_new) {
    spdlog::info("node ipv4={} ipv6={} mtu={}", text_of(node_.sources.ipv4),
                 text_of(node_.sources.ipv6), node_.mtu);
  }
  return !is_behind_;
}

Result<> Follower::take_over(const Node& node) {
  links_.set_node_sources(node.sources);
  auto ranges = datapath_.set_pod_ranges(pod_ranges(config_), node.in_pod_ranges);
  auto attachments = manager_.follow_node(node.mtu, addresses_of(node));
  return ranges ? attachments : ranges;
}

}  // namespace podwire
