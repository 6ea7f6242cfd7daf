// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "endpoint/manager.hpp"

namespace podwire::endpoint {

// A plugin further down the chain, or the pod itself, may give the pod's end another MAC: without
// it, what the host and the prober send would be for somebody else. Another program may put a queue
// on the host end, or take it away: packets from other pods pass it only if from_pod knows of it.
Result<> Manager::follow_pair(Attachment& attachment) {
  auto pair = links_.look_at(attachment.wiring.host_name);
  if (!pair) return tl::unexpected(pair.error());
  const bool has_new_mac = pair->pod_mac != attachment.wiring.pod_mac;
  if (!has_new_mac && pair->queued == attachment.queued) return {};
  Attachment next = attachment;
  next.wiring.pod_mac = pair->pod_mac;
  next.queued = pair->queued;
  // The store is not told: a start asks for the MAC as it is then.
  if (has_new_mac) {
    if (auto done = links_.configure_host(next.wiring, next.ifindex); !done) return done;
  }
  if (auto done = datapath_.publish(endpoint_of(next)); !done) return done;
  spdlog::debug("{} mac={} queued={}", label_of(next.id, next.pod), next.wiring.pod_mac.text(),
                next.queued);
  attachment = std::move(next);
  observer_.published(attachment);
  return {};
}

std::set<std::uint32_t> Manager::follow_pods(const Selector& selects) {
  std::set<std::uint32_t> behind;
  for (auto& [id, attachment] : attachments_) {
    if (detaching_.contains(id) || !selects(attachment)) continue;
    auto followed = follow_pair(attachment);
    if (followed || followed.error().code == Errc::not_found) continue;  // its DEL will come
    spdlog::warn("{}: follow its link: {}", label_of(id, attachment.pod), followed.error().what);
    behind.insert(attachment.ifindex);
  }
  return behind;
}

Result<std::map<std::uint32_t, std::uint64_t>> Manager::shaper_drops() {
  const bool is_any_shaped = std::ranges::any_of(
      attachments_, [](const auto& entry) { return entry.second.wiring.ingress.has_value(); });
  if (!is_any_shaped) return {};
  return links_.shaper_drops();
}

Result<> Manager::follow_node(std::uint32_t default_mtu, const std::vector<net::Address>& own) {
  settings_.default_mtu = default_mtu;
  for (const net::Address& address : own) pools_.exclude(address);
  Result<> result;
  for (const auto& [id, attachment] : attachments_) {
    if (detaching_.contains(id)) continue;
    auto configured = links_.configure_host(attachment.wiring, attachment.ifindex);
    if (!configured && configured.error().code != Errc::not_found)
      result = in(label_of(id, attachment.pod), configured);
  }
  return result;
}

}  // namespace podwire::endpoint
