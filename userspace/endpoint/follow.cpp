// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <spdlog/spdlog.h>

#include "endpoint/manager.hpp"

namespace podwire::endpoint {

// A plugin further down the chain, or the pod itself, may give the pod's end another MAC. Without
// it, what the host and the prober send would be for somebody else.
Result<> Manager::follow_pod_mac(Attachment& attachment) {
  auto mac = links_.pod_mac(attachment.wiring.host_name);
  if (!mac) return tl::unexpected(mac.error());
  if (*mac == attachment.wiring.pod_mac) return {};
  Attachment next = attachment;
  next.wiring.pod_mac = *mac;
  if (auto stored = store_.set_pod_mac(next); !stored) return stored;
  if (auto done = links_.configure_host(next.wiring, next.ifindex); !done) return done;
  if (auto done = datapath_.publish(endpoint_of(next)); !done) return done;
  spdlog::info("{} mac={} (was {})", label_of(next.id, next.pod), mac->text(),
               attachment.wiring.pod_mac.text());
  attachment = std::move(next);
  observer_.published(attachment);
  return {};
}

void Manager::follow_pods(const Selector& selects) {
  for (auto& [id, attachment] : attachments_) {
    if (detaching_.contains(id) || !selects(attachment)) continue;
    auto followed = follow_pod_mac(attachment);
    if (followed || followed.error().code == Errc::not_found) continue;  // its DEL will come
    spdlog::warn("{}: follow its MAC: {}", label_of(id, attachment.pod), followed.error().what);
  }
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
