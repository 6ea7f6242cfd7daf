// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "endpoint/manager.hpp"

namespace podwire::endpoint {

namespace {

// The container of an attachment whose link is gone may live on, with what the link did not take
// along.
void remove_rules_of(const Attachment& attachment, net::Links& links) {
  auto pod = net::Netns::open(attachment.netns_path);
  if (!pod || pod->identity() != attachment.netns) return;
  auto removed = links.remove_rules(attachment.wiring, *pod);
  if (removed) return;
  spdlog::warn("{}: remove the container's rules: {}", label_of(attachment.id, attachment.pod),
               removed.error().what);
}

}  // namespace

// Its link as it is now; false if it is gone, or going. What others did to one pod's link must not
// keep all the others from their agent: what cannot be put right is logged, and CHECK names it.
bool Manager::take_over_link(Attachment& attachment,
                             const std::map<std::string, net::HostLink>& links) {
  const auto link = links.find(attachment.wiring.host_name);
  if (link == links.end() || link->second.mac != attachment.wiring.host_mac ||
      link->second.group == net::deletion_group) {
    return false;
  }
  attachment.ifindex = link->second.ifindex;
  attachment.wiring.group = link->second.group;
  auto pair = links_.look_at(attachment.wiring.host_name);
  if (!pair && pair.error().code == Errc::not_found) return false;
  if (pair) {
    attachment.wiring.pod_mac = pair->pod_mac;
    attachment.queued = pair->queued;
  }
  Result<> configured = pair ? links_.configure_host(attachment.wiring, attachment.ifindex)
                             : tl::unexpected(pair.error());
  if (!configured) {
    spdlog::error("adopt {}: {}", label_of(attachment.id, attachment.pod), configured.error().what);
  }
  return true;
}

Result<> Manager::drop(const Attachment& attachment) {
  remove_rules_of(attachment, links_);
  pools_.release(addresses_of(attachment.wiring), clock_());
  if (auto erased = store_.erase(attachment, clock_()); !erased) return erased;
  spdlog::info("{} dropped: its link {} is gone, or was being deleted",
               label_of(attachment.id, attachment.pod), attachment.wiring.host_name);
  return {};
}

// An attachment lives on if its host end does: the kernel deletes that with the pod's namespace.
// One that an earlier agent was about to delete goes, for its runtime has begun to tear it down.
Result<bool> Manager::adopt(Attachment attachment,
                            const std::map<std::string, net::HostLink>& links) {
  const std::string label = label_of(attachment.id, attachment.pod);
  if (!take_over_link(attachment, links)) {
    if (auto dropped = drop(attachment); !dropped) return tl::unexpected(dropped.error());
    return false;
  }
  if (!slots_.claim(attachment.slot)) {
    return fail(Errc::corrupt, label + " shares its counters, number " +
                                   std::to_string(attachment.slot) +
                                   ", with another: the database contradicts itself");
  }
  auto attached = datapath_.attach(attachment.ifindex);
  if (!attached && attached.error().code == Errc::already_exists) {
    spdlog::error("{} has no programs: {}", label, attached.error().what);
  } else if (!attached) {
    return in("adopt " + label, attached);
  }
  if (auto published = datapath_.publish(endpoint_of(attachment)); !published)
    return in("adopt " + label, published);
  const auto [adopted, inserted] = attachments_.emplace(attachment.id, std::move(attachment));
  observer_.published(adopted->second);
  return true;
}

// A crash between the creation of a link and its record, or between the two steps of a deletion,
// leaves a link that nobody knows.
Result<std::size_t> Manager::remove_unknown(const std::map<std::string, net::HostLink>& links) {
  std::vector<std::string> unknown;
  for (const auto& entry : links) {
    const net::HostLink& link = entry.second;
    const bool known = std::ranges::any_of(attachments_, [&link](const auto& attachment) {
      return attachment.second.wiring.host_name == link.name;
    });
    const bool ours =
        link.group == link_group(settings_.instance) || link.group == net::deletion_group;
    if (!known && ours) unknown.push_back(link.name);
  }
  for (const std::string& name : unknown)
    spdlog::warn("link {} belongs to no attachment: removed", name);
  if (auto removed = links_.remove(unknown); !removed) return tl::unexpected(removed.error());
  return unknown.size();
}

Result<Restored> Manager::restore() {
  auto stored = store_.attachments();
  if (!stored) return in("restore", stored);
  auto released = store_.released();
  if (!released) return in("restore", released);
  auto listed = links_.list();
  if (!listed) return in("restore", listed);
  std::map<std::string, net::HostLink> links;
  for (net::HostLink& link : *listed) links.emplace(link.name, link);

  // No address may be given out before all that are in use are known.
  for (const Attachment& attachment : *stored) {
    if (auto claimed = pools_.claim(addresses_of(attachment.wiring)); !claimed)
      return in("restore", claimed);
  }
  for (const auto& [address, at] : *released) pools_.remember_release(address, at);

  Restored report;
  for (Attachment& attachment : *stored) {
    auto adopted = adopt(std::move(attachment), links);
    if (!adopted) return in("restore", adopted);
    ++(*adopted ? report.adopted : report.dropped);
  }
  auto removed = remove_unknown(links);
  if (!removed) return in("restore", removed);
  report.removed = *removed;

  std::vector<datapath::Endpoint> wanted;
  for (const auto& [id, attachment] : attachments_) wanted.push_back(endpoint_of(attachment));
  if (auto retained = datapath_.retain(wanted); !retained) return in("restore", retained);
  return report;
}

}  // namespace podwire::endpoint
