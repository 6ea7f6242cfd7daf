// SPDX-License-Identifier: Apache-2.0
#include "net/rtnetlink.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <linux/rtnetlink.h>
#include <podwire/abi.h>

#include "net/ipv6_sysctl.hpp"
#include "net/pod_routes.hpp"
#include "net/queries.hpp"
#include "net/requests.hpp"

namespace podwire::net {

namespace {

constexpr std::string_view unqueued = "noqueue";  // a veth's own
// Errors of a deletion group are few and the netlink socket's buffer is bounded: links go in
// groups.
constexpr std::size_t links_for_each_group = 128;

// The addresses of an attachment, each with its gateway.
std::vector<std::pair<Address, Address>> with_gateways(const Wiring& wiring) {
  static const Address gateway_ipv4 = Address::parse(PW_GATEWAY_IPV4).value();
  static const Address gateway_ipv6 = Address::parse(PW_GATEWAY_IPV6).value();
  std::vector<std::pair<Address, Address>> pairs;
  if (wiring.ipv4) pairs.emplace_back(*wiring.ipv4, gateway_ipv4);
  if (wiring.ipv6) pairs.emplace_back(*wiring.ipv6, gateway_ipv6);
  return pairs;
}

// For a check, a link that is gone is a difference like any other.
Result<queries::Link> expect_present(NetlinkSocket& socket, const std::string& name) {
  auto link = queries::link(socket, name);
  if (link || link.error().code != Errc::not_found) return link;
  return fail(Errc::corrupt, "link " + name + " is gone");
}

Result<> expect_link(const queries::Link& link, const Mac& mac, std::uint32_t mtu) {
  if (!link.up) return fail(Errc::corrupt, "link " + link.name + " is down");
  if (link.mtu != mtu) {
    return fail(Errc::corrupt, "link " + link.name + " has MTU " + std::to_string(link.mtu) +
                                   " instead of " + std::to_string(mtu));
  }
  if (link.mac != mac)
    return fail(Errc::corrupt,
                "link " + link.name + " has MAC " + link.mac.text() + " instead of " + mac.text());
  return {};
}

Result<> expect_address(NetlinkSocket& socket, const queries::Link& link, const Address& address) {
  auto found = queries::addresses(socket, link.ifindex);
  if (!found) return tl::unexpected(found.error());
  if (std::ranges::find(*found, address) != found->end()) return {};
  return fail(Errc::corrupt, "interface " + link.name + " has lost its address " + address.text());
}

// The kernel tells the burst in another unit than it was told: rate and queue stand for all.
Result<> expect_shaper(NetlinkSocket& socket, const queries::Link& link,
                       const std::optional<Shaper>& wanted) {
  if (!wanted) return {};
  auto found = queries::shaper(socket, link.ifindex);
  if (!found) return tl::unexpected(found.error());
  if (*found && (*found)->bytes_per_second == wanted->bytes_per_second &&
      (*found)->queue_bytes == wanted->queue_bytes) {
    return {};
  }
  return fail(Errc::corrupt, "link " + link.name + " has lost the queue that shapes it to " +
                                 std::to_string(wanted->bytes_per_second) + " bytes a second");
}

// The kernel finishes a new IPv6 address in a work queue, even without duplicate address detection
// (addrconf_dad_start, Linux 6.1 to 6.18); until then it would not take packets to it. Some ten
// microseconds as a rule, more on a busy node.
Result<> wait_until_local(NetlinkSocket& socket, const Address& address) {
  constexpr std::chrono::microseconds longest_pause{1000};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  std::chrono::microseconds pause{10};
  while (std::chrono::steady_clock::now() < deadline) {
    auto local = queries::is_local(socket, address);
    if (!local) return tl::unexpected(local.error());
    if (*local) return {};
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, longest_pause);
  }
  return fail(Errc::unavailable, "the kernel has not brought up " + address.text() + " within 1 s");
}

Result<> expect_host_route(NetlinkSocket& socket, const queries::Link& link,
                           const Address& address) {
  auto found = queries::routes(socket, address.family());
  if (!found) return tl::unexpected(found.error());
  const bool present = std::ranges::any_of(*found, [&](const queries::Route& route) {
    return route.ifindex == link.ifindex && route.destination == address;
  });
  if (present) return {};
  return fail(Errc::corrupt, "interface " + link.name + " has lost its route to " + address.text());
}

}  // namespace

Result<RtNetlink> RtNetlink::open() {
  auto socket = NetlinkSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  return RtNetlink(std::move(*socket));
}

Result<std::uint32_t> RtNetlink::create(const Wiring& wiring, const Netns& pod) {
  NetlinkBatch batch;
  requests::create_pair(batch, wiring, pod.fd());
  auto created = socket_.transact(batch);
  auto host_end = queries::link(socket_, wiring.host_name);
  if (created && host_end) return host_end->ifindex;
  if (created || created.error().code != Errc::already_exists) {
    // The link was made, or an answer that was lost may hide that it was.
    static_cast<void>(remove({wiring.host_name}));
  } else if (!host_end) {
    return fail(Errc::already_exists,
                "the container has an interface named " + wiring.pod_name + " already");
  }
  return tl::unexpected(created ? host_end.error() : created.error());
}

Result<> RtNetlink::configure_host(const Wiring& wiring, std::uint32_t ifindex) {
  const std::string& link = wiring.host_name;
  if (wiring.ipv6) {
    if (auto enabled = enable_ipv6({link}); !enabled) return enabled;
  }
  NetlinkBatch batch;
  requests::set_alias(batch, link, ifindex, wiring.alias);
  if (wiring.ipv6) requests::set_address_generation_none(batch, link, ifindex);
  requests::set_up(batch, link, ifindex);
  for (const auto& [address, gateway] : with_gateways(wiring)) {
    requests::add_address(batch, link, ifindex, gateway, RT_SCOPE_LINK);
    requests::add_neighbour(batch, link, ifindex, address, wiring.pod_mac);
    requests::add_host_route(batch, link, ifindex, address,
                             address.is_ipv4() ? sources_.ipv4 : sources_.ipv6);
  }
  return socket_.transact(batch);
}

Result<> RtNetlink::configure_pod(const Wiring& wiring, const Netns& pod) {
  auto socket = NetlinkSocket::open_in(pod);
  if (!socket) return in("configure the pod's end", socket);
  auto pod_end = queries::link(*socket, wiring.pod_name);
  if (!pod_end) return tl::unexpected(pod_end.error());

  const std::string& link = wiring.pod_name;
  if (wiring.ipv6) {
    // What a pod sends to its own address goes through `lo`.
    if (auto enabled = enable_ipv6({"lo", link}, pod); !enabled) return enabled;
  }
  NetlinkBatch batch;
  constexpr std::uint32_t loopback_ifindex = 1;
  requests::set_up(batch, "lo", loopback_ifindex);
  if (wiring.ipv6) requests::set_address_generation_none(batch, link, pod_end->ifindex);
  requests::set_up(batch, link, pod_end->ifindex);
  for (const auto& [address, gateway] : with_gateways(wiring)) {
    requests::add_address(batch, link, pod_end->ifindex, address, RT_SCOPE_UNIVERSE);
    requests::add_neighbour(batch, link, pod_end->ifindex, gateway, wiring.host_mac);
    if (auto routed = pod_routes::add(*socket, *pod_end, address, gateway, batch); !routed)
      return routed;
  }
  if (auto done = socket->transact(batch); !done) return done;
  return wiring.ipv6 ? wait_until_local(*socket, *wiring.ipv6) : Result<>{};
}

Result<> RtNetlink::check(const Wiring& wiring, const Netns& pod) {
  auto host_end = expect_present(socket_, wiring.host_name);
  if (!host_end) return in("host end", host_end);
  if (auto same = expect_link(*host_end, wiring.host_mac, wiring.mtu); !same) return same;

  auto socket = NetlinkSocket::open_in(pod);
  if (!socket) return in("look into the container", socket);
  auto pod_end = expect_present(*socket, wiring.pod_name);
  if (!pod_end) return in("pod end", pod_end);
  // A chained plugin may rightly have changed the pod's MAC or MTU.
  if (auto same = expect_link(*pod_end, pod_end->mac, pod_end->mtu); !same) return same;
  if (auto same = expect_shaper(socket_, *host_end, wiring.ingress); !same) return same;
  if (auto same = expect_shaper(*socket, *pod_end, wiring.egress); !same) return same;
  for (const auto& [address, gateway] : with_gateways(wiring)) {
    if (auto same = expect_address(*socket, *pod_end, address); !same) return same;
    if (auto same = pod_routes::expect(*socket, *pod_end, address); !same) return same;
    if (auto same = expect_host_route(socket_, *host_end, address); !same) return same;
  }
  return {};
}

Result<> RtNetlink::shape(const Wiring& wiring, std::uint32_t ifindex, const Netns& pod) {
  if (wiring.ingress) {
    NetlinkBatch batch;
    requests::set_shaper(batch, wiring.host_name, ifindex, *wiring.ingress);
    if (auto done = socket_.transact(batch); !done) return done;
  }
  if (!wiring.egress) return {};
  auto socket = NetlinkSocket::open_in(pod);
  if (!socket) return in("shape what the pod sends", socket);
  auto pod_end = queries::link(*socket, wiring.pod_name);
  if (!pod_end) return tl::unexpected(pod_end.error());
  NetlinkBatch batch;
  requests::set_shaper(batch, wiring.pod_name, pod_end->ifindex, *wiring.egress);
  return socket->transact(batch);
}

Result<std::map<std::uint32_t, std::uint64_t>> RtNetlink::shaper_drops() {
  return queries::shaper_drops(socket_);
}

Result<PairState> RtNetlink::look_at(const std::string& host_name) {
  auto host_end = queries::link(socket_, host_name);
  if (!host_end) return tl::unexpected(host_end.error());
  auto pod_end = queries::peer(socket_, *host_end);
  if (!pod_end) return tl::unexpected(pod_end.error());
  return PairState{.pod_mac = pod_end->mac, .queued = host_end->queue != unqueued};
}

Result<> RtNetlink::remove_rules(const Wiring& wiring, const Netns& pod) {
  auto socket = NetlinkSocket::open_in(pod);
  if (!socket) return in("look into the container", socket);
  std::vector<Address> addresses;
  for (const auto& [address, gateway] : with_gateways(wiring)) addresses.push_back(address);
  return pod_routes::remove_rules(*socket, addresses);
}

Result<> RtNetlink::remove(const std::vector<std::string>& names) {
  for (std::size_t done = 0; done < names.size(); done += links_for_each_group) {
    const std::size_t end = std::min(names.size(), done + links_for_each_group);
    Result<> removed;
    if (end - done == 1) {
      NetlinkBatch batch;
      requests::delete_link(batch, names[done]);
      removed = socket_.transact(batch);
    } else {
      NetlinkBatch marks;
      for (std::size_t i = done; i < end; ++i) requests::set_group(marks, names[i]);
      if (auto marked = socket_.transact(marks); !marked && marked.error().code != Errc::not_found)
        return marked;
      NetlinkBatch batch;
      requests::delete_group(batch);
      removed = socket_.transact(batch);
    }
    if (!removed && removed.error().code != Errc::not_found) return removed;
  }
  return {};
}

Result<std::vector<HostLink>> RtNetlink::list() {
  auto all = queries::links(socket_);
  if (!all) return tl::unexpected(all.error());
  std::vector<HostLink> ours;
  for (const queries::Link& link : *all) {
    if (!queries::is_host_end(link)) continue;
    ours.push_back(
        {.name = link.name, .ifindex = link.ifindex, .group = link.group, .mac = link.mac});
  }
  return ours;
}

Result<> RtNetlink::block(const std::vector<Prefix>& prefixes, std::uint32_t owner) {
  NetlinkBatch batch;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    auto blocked = queries::unreachable(socket_, family, owner);
    if (!blocked) return tl::unexpected(blocked.error());
    for (const Prefix& prefix : *blocked) {
      if (std::ranges::find(prefixes, prefix) != prefixes.end()) continue;
      requests::delete_unreachable_route(batch, prefix, owner);
    }
  }
  for (const Prefix& prefix : prefixes) requests::add_unreachable_route(batch, prefix, owner);
  return batch.messages().empty() ? Result<>{} : socket_.transact(batch);
}

Result<bool> RtNetlink::is_local(const Address& address) {
  return queries::is_local(socket_, address);
}

Result<std::vector<Address>> RtNetlink::own_addresses(const Prefix& within) {
  auto found = queries::addresses(socket_, queries::every_link);
  if (found)
    std::erase_if(*found, [&](const Address& address) { return !within.contains(address); });
  return found;
}

Result<std::optional<Uplink>> RtNetlink::uplink(Family family) {
  auto routes = queries::routes(socket_, family);
  if (!routes) return tl::unexpected(routes.error());
  const queries::Route* best = queries::default_route(*routes);
  if (best == nullptr) return std::nullopt;

  auto device = queries::link(socket_, best->ifindex);
  if (!device) return in("default route", device);
  Uplink uplink{.mtu = device->mtu, .source = best->source};
  if (uplink.source) return uplink;
  auto addresses = queries::addresses(socket_, best->ifindex);
  if (!addresses) return tl::unexpected(addresses.error());
  const auto usable = std::ranges::find_if(*addresses, [&](const Address& address) {
    const bool link_local =
        !address.is_ipv4() && address.bytes()[0] == 0xfe && (address.bytes()[1] & 0xc0) == 0x80;
    return address.family() == family && !link_local;
  });
  if (usable != addresses->end()) uplink.source = *usable;
  return uplink;
}

}  // namespace podwire::net
