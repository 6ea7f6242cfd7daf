// SPDX-License-Identifier: Apache-2.0
#include "endpoint/manager.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "base/rollback.hpp"

namespace podwire::endpoint {

namespace {

constexpr std::size_t longest_alias = 255;  // IFALIASZ less the terminating zero

std::string alias_of(const agent_api::AttachRequest& request) {
  std::string alias = "podwire " + label_of(request.id, request.pod);
  if (alias.size() > longest_alias) alias.resize(longest_alias);
  return alias;
}

// An undo step's own failure: what is left behind is removed at the next start.
void report(const char* doing, const Result<>& result) {
  if (!result) spdlog::error("{}: {}", doing, result.error().what);
}

}  // namespace

std::uint32_t link_group(const std::string& instance) {
  std::uint32_t hash = 0x811c9dc5;  // FNV-1a, 32 bits
  for (const char character : instance)
    hash = (hash ^ static_cast<unsigned char>(character)) * 0x01000193;
  return net::first_link_group | (hash & 0x00ffffff);
}

Manager::Manager(ManagerSettings settings, net::Links& links, datapath::Datapath& datapath,
                 Store& store, Pools pools, Clock clock, Observer observer)
    : settings_(std::move(settings)),
      links_(links),
      datapath_(datapath),
      store_(store),
      pools_(std::move(pools)),
      slots_(settings_.most_attachments),
      clock_(std::move(clock)),
      observer_(std::move(observer)) {}

Result<> Manager::expect_unused(const std::vector<net::Address>& requested) const {
  if (requested.empty()) return {};
  for (const auto& [id, attachment] : attachments_) {
    for (const net::Address& address : addresses_of(attachment.wiring)) {
      if (std::ranges::find(requested, address) == requested.end()) continue;
      return fail(Errc::unavailable,
                  address.text() + " is in use by " + label_of(id, attachment.pod));
    }
  }
  return {};
}

void Manager::set_limits(std::uint32_t most_attachments, ReuseDelay delay) {
  slots_.set_limit(most_attachments);
  pools_.set_delay(delay);
}

Result<Attachment> Manager::reserve(const agent_api::AttachRequest& request,
                                    const net::Netns& pod) {
  auto requested = requested_by(request);
  if (!requested) return tl::unexpected(requested.error());
  if (auto unused = expect_unused(requested->addresses); !unused)
    return tl::unexpected(unused.error());
  auto slot = slots_.take();
  if (!slot) return tl::unexpected(slot.error());
  auto addresses = pools_.allocate(clock_(), requested->addresses);
  if (!addresses) {
    slots_.give_back(*slot);
    return tl::unexpected(addresses.error());
  }
  Attachment attachment;
  attachment.id = request.id;
  attachment.pod = request.pod;
  attachment.netns_path = request.netns_path;
  attachment.netns = pod.identity();
  attachment.wiring = {.host_name = agent_api::host_link_name(request.id),
                       .host_mac = net::Mac::random(),
                       .pod_name = request.id.ifname,
                       .pod_mac = requested->mac.value_or(net::Mac::random()),
                       .mtu = request.mtu != 0 ? request.mtu : settings_.default_mtu,
                       .ipv4 = addresses->ipv4,
                       .ipv6 = addresses->ipv6,
                       .alias = alias_of(request),
                       .group = link_group(settings_.instance)};
  attachment.slot = *slot;
  attachment.attached_at = clock_();
  attachment.probes = request.probes;
  set_bandwidth(attachment, request.bandwidth);
  attachment.queued = attachment.wiring.ingress.has_value();
  return attachment;
}

// The hook is on before the address is published: a pod that can be reached is checked and counted.
Result<> Manager::wire(Attachment& attachment, const net::Netns& pod) {
  if (auto room = expect_room_for_probes(attachment, probe_targets()); !room) return room;
  Rollback rollback;
  auto ifindex = links_.create(attachment.wiring, pod);
  if (!ifindex) return tl::unexpected(ifindex.error());
  attachment.ifindex = *ifindex;
  rollback.push(
      [&] { report("undo: delete the link", links_.remove({attachment.wiring.host_name})); });

  if (auto done = links_.configure_host(attachment.wiring, attachment.ifindex); !done) return done;
  rollback.push([&] {
    report("undo: remove the container's rules", links_.remove_rules(attachment.wiring, pod));
  });
  if (auto done = links_.configure_pod(attachment.wiring, pod); !done) return done;
  if (auto done = links_.shape(attachment.wiring, attachment.ifindex, pod); !done) return done;
  if (auto done = datapath_.attach(attachment.ifindex); !done) return done;
  if (auto done = datapath_.reset(attachment.slot); !done) return done;
  if (auto done = store_.insert(attachment); !done) return done;
  rollback.push([&] { report("undo: erase the record", store_.erase(attachment, clock_())); });
  rollback.push(
      [&] { report("undo: withdraw the endpoint", datapath_.withdraw(endpoint_of(attachment))); });
  if (auto done = datapath_.publish(endpoint_of(attachment)); !done) return done;
  rollback.commit();
  return {};
}

Result<Attachment> Manager::attach(const agent_api::AttachRequest& request, const net::Netns& pod) {
  const std::string label = label_of(request.id, request.pod);
  if (auto fine = validate(request, pod); !fine) return in("attach " + label, fine);
  auto attachment = reserve(request, pod);
  if (!attachment) return in("attach " + label, attachment);
  if (auto wired = wire(*attachment, pod); !wired) {
    pools_.cancel(addresses_of(attachment->wiring));
    slots_.give_back(attachment->slot);
    return in("attach " + label, wired);
  }
  attachments_.emplace(attachment->id, *attachment);
  observer_.published(*attachment);
  spdlog::info("{} attached ipv4={} ipv6={} link={}", label,
               attachment->wiring.ipv4 ? attachment->wiring.ipv4->text() : "-",
               attachment->wiring.ipv6 ? attachment->wiring.ipv6->text() : "-",
               attachment->wiring.host_name);
  return attachment;
}

std::string Manager::begin_detach(const AttachmentId& id, const net::Netns* pod) {
  const auto found = attachments_.find(id);
  const bool first = detaching_[id]++ == 0;
  if (found != attachments_.end() && first) {
    const Attachment& attachment = found->second;
    observer_.withdrawn(attachment);
    report("withdraw the endpoint", datapath_.withdraw(endpoint_of(attachment)));
    if (pod != nullptr && pod->identity() == attachment.netns)
      report("remove the container's rules", links_.remove_rules(attachment.wiring, *pod));
  }
  return agent_api::host_link_name(id);
}

void Manager::abort_detach(const AttachmentId& id) {
  const auto detaching = detaching_.find(id);
  if (detaching == detaching_.end()) return;
  --detaching->second;
  if (detaching->second <= 0 && !attachments_.contains(id)) detaching_.erase(detaching);
}

Result<> Manager::finish_detach(const AttachmentId& id) {
  auto forgotten = forget(id);
  // This one is over; an attachment that could not be forgotten stays half detached.
  abort_detach(id);
  return forgotten;
}

Result<> Manager::forget(const AttachmentId& id) {
  const auto found = attachments_.find(id);
  if (found == attachments_.end()) return {};
  const Attachment& attachment = found->second;
  if (auto erased = store_.erase(attachment, clock_()); !erased)
    return in("detach " + label_of(id, attachment.pod), erased);
  pools_.release(addresses_of(attachment.wiring), clock_());
  slots_.give_back(attachment.slot);
  spdlog::info("{} detached", label_of(id, attachment.pod));
  attachments_.erase(found);
  return {};
}

Result<> Manager::check(const AttachmentId& id, const std::vector<std::string>& ips,
                        const net::Netns& pod) {
  const auto found = attachments_.find(id);
  if (found == attachments_.end() || detaching_.contains(id)) {
    return fail(Errc::not_found, "check: container " + id.container_id + " has no attachment " +
                                     id.ifname + " to network " + id.network);
  }
  const Attachment& attachment = found->second;
  const std::string doing = "check " + label_of(id, attachment.pod);
  for (const net::Address& address : addresses_of(attachment.wiring)) {
    if (std::ranges::find(ips, address.host_text()) != ips.end()) continue;
    return fail(Errc::corrupt,
                doing + ": prevResult lacks the attachment's address " + address.host_text());
  }
  if (auto same = links_.check(attachment.wiring, pod); !same) return in(doing, same);
  if (auto same = datapath_.check(endpoint_of(attachment)); !same) return in(doing, same);
  return {};
}

}  // namespace podwire::endpoint
