// SPDX-License-Identifier: Apache-2.0
#include "datapath/bpf_datapath.hpp"

#include <algorithm>
#include <cstring>

#include <podwire_pod.skel.h>
#include <podwire_probe.skel.h>

#include "datapath/preceding.hpp"
#include "datapath/tc_hook.hpp"

namespace podwire::datapath {

namespace {

pw_addr key_of(const net::Address& address) {
  pw_addr key{};
  std::memcpy(&key, address.bytes().data(), sizeof(key));
  return key;
}

pw_prefix prefix_of(const net::Address& base, std::uint8_t length) {
  pw_prefix prefix{.length = (base.is_ipv4() ? 96U : 0U) + length};
  std::ranges::copy(base.bytes(), prefix.address);
  return prefix;
}

bool same(const pw_addr& a, const pw_addr& b) {
  return std::memcmp(&a, &b, sizeof(a)) == 0;
}

std::vector<pw_addr> keys_of(const Endpoint& endpoint) {
  std::vector<pw_addr> keys;
  if (endpoint.ipv4) keys.push_back(key_of(*endpoint.ipv4));
  if (endpoint.ipv6) keys.push_back(key_of(*endpoint.ipv6));
  return keys;
}

pw_endpoint endpoint_at(const pw_addr& address, const Endpoint& endpoint) {
  pw_endpoint value{};
  value.address = address;
  value.ifindex = endpoint.ifindex;
  value.slot = endpoint.slot;
  value.mtu = static_cast<std::uint16_t>(endpoint.mtu);
  value.queued = endpoint.queued ? 1 : 0;
  std::ranges::copy(endpoint.pod_mac.bytes, value.pod_mac);
  std::ranges::copy(endpoint.host_mac.bytes, value.host_mac);
  return value;
}

pw_interface interface_of(const Endpoint& endpoint) {
  pw_interface value{};
  if (endpoint.ipv4) value.ipv4 = key_of(*endpoint.ipv4);
  if (endpoint.ipv6) value.ipv6 = key_of(*endpoint.ipv6);
  value.slot = static_cast<std::uint16_t>(endpoint.slot);
  value.limited = endpoint.egress_limit ? 1 : 0;
  value.ifindex = endpoint.ifindex;
  return value;
}

// Within 64 bits: a burst has less than 2^32 bytes.
pw_rate_limit rate_limit_of(const RateLimit& limit) {
  constexpr std::uint64_t second = 1'000'000'000;
  constexpr std::uint64_t mib = 1 << 20;
  return {.ns_per_mib = second * mib / limit.bytes_per_second,
          .burst_ns = limit.burst_bytes * second / limit.bytes_per_second};
}

Result<> expect_hook(net::NetlinkSocket& socket, std::uint32_t ifindex, Direction direction) {
  const std::string which =
      direction == Direction::ingress ? "from_pod (ingress)" : "to_pod (egress)";
  if (auto program = attached_program(ifindex, direction); !program)
    return fail(Errc::corrupt,
                "the program " + which + " is gone from interface " + std::to_string(ifindex));
  auto before = preceding(socket, ifindex, direction);
  if (!before) return tl::unexpected(before.error());
  if (before->empty()) return {};
  const Preceding& first = before->front();
  return fail(Errc::corrupt, first.what + " of another owner sees packets before " + which +
                                 " does" + (first.removal.empty() ? "" : ": " + first.removal));
}

}  // namespace

BpfDatapath::BpfDatapath(const Programs& programs)
    : programs_(programs),
      endpoints_(programs.pod().maps.endpoints, programs.pod().maps.endpoint_cache,
                 [](const pw_addr& address) { return pw_endpoint_place(&address); }),
      interfaces_(programs.pod().maps.interfaces, programs.pod().maps.interface_cache,
                  [](const std::uint32_t& ifindex) { return pw_interface_place(ifindex); }),
      prefixes_(programs.pod().maps.prefixes),
      rate_limits_(programs.pod().maps.rate_limits),
      translated_slots_(programs.pod().maps.translated_slots),
      endpoint_counters_(programs.pod().maps.endpoint_counters),
      verdict_counters_(programs.pod().maps.verdict_counters),
      probe_latency_(programs.pod().maps.probe_latency) {}

// New ones come before old ones go: an address that stays is never without its entry.
Result<> BpfDatapath::set_pod_ranges(const std::vector<net::Prefix>& ranges,
                                     const std::vector<net::Address>& own) {
  std::vector<pw_prefix> wanted;
  const auto put = [&](const net::Address& base, std::uint8_t length, pw_holder holder) {
    wanted.push_back(prefix_of(base, length));
    return prefixes_.put(wanted.back(), holder);
  };
  for (const net::Address& address : own) {
    if (auto done = put(address, address.host_length(), PW_HOLDER_HOST); !done) return done;
  }
  for (const net::Prefix& range : ranges) {
    if (auto done = put(range.base(), range.length(), PW_HOLDER_PODS); !done) return done;
  }
  for (const pw_prefix& known : prefixes_.keys()) {
    const bool keep = std::ranges::any_of(wanted, [&](const pw_prefix& each) {
      return std::memcmp(&each, &known, sizeof(known)) == 0;
    });
    if (keep) continue;
    if (auto erased = prefixes_.erase(known); !erased) return erased;
  }
  return {};
}

Result<> BpfDatapath::attach(std::uint32_t ifindex) {
  const auto& programs = programs_.pod().progs;
  if (auto created = create_hook(ifindex); !created) return created;
  auto ingress = attach_filter(ifindex, Direction::ingress, bpf_program__fd(programs.from_pod));
  if (!ingress) return ingress;
  return attach_filter(ifindex, Direction::egress, bpf_program__fd(programs.to_pod));
}

Result<> BpfDatapath::reset(std::uint32_t slot) {
  if (auto unmarked = translated_slots_.put(slot, 0); !unmarked) return unmarked;
  if (auto unlimited = rate_limits_.put(slot, {}); !unlimited) return unlimited;
  return endpoint_counters_.change(
      slot, [](Counters& counters) { counters = Counters{.forwarded = counters.forwarded}; });
}

// A pod can bring about that it is published again: its bucket must not be full each time.
Result<> BpfDatapath::limit(std::uint32_t slot, const RateLimit& limit) {
  auto known = rate_limits_.get(slot);
  if (!known) return tl::unexpected(known.error());
  const pw_rate_limit wanted = rate_limit_of(limit);
  const bool is_set = known->ns_per_mib == wanted.ns_per_mib && known->burst_ns == wanted.burst_ns;
  return is_set ? Result<>{} : rate_limits_.put(slot, wanted);
}

Result<> BpfDatapath::publish(const Endpoint& endpoint) {
  if (endpoint.egress_limit) {
    if (auto set = limit(endpoint.slot, *endpoint.egress_limit); !set) return set;
  }
  if (auto source = interfaces_.put(interface_of(endpoint)); !source) return source;
  for (const pw_addr& key : keys_of(endpoint)) {
    if (auto published = endpoints_.put(endpoint_at(key, endpoint)); !published) return published;
  }
  return {};
}

Result<> BpfDatapath::withdraw(const Endpoint& endpoint) {
  Result<> result;
  for (const pw_addr& key : keys_of(endpoint)) {
    if (auto erased = endpoints_.erase(key); !erased) result = erased;
  }
  if (auto erased = interfaces_.erase(endpoint.ifindex); !erased) result = erased;
  return result;
}

Result<> BpfDatapath::retain(const std::vector<Endpoint>& wanted) {
  for (const pw_addr& key : endpoints_.keys()) {
    const bool keep = std::ranges::any_of(wanted, [&](const Endpoint& endpoint) {
      return std::ranges::any_of(keys_of(endpoint),
                                 [&](const pw_addr& own) { return same(own, key); });
    });
    if (keep) continue;
    if (auto erased = endpoints_.erase(key); !erased) return erased;
  }
  for (const std::uint32_t ifindex : interfaces_.keys()) {
    if (std::ranges::find(wanted, ifindex, &Endpoint::ifindex) != wanted.end()) continue;
    if (auto erased = interfaces_.erase(ifindex); !erased) return erased;
  }
  return {};
}

Result<> BpfDatapath::check(const Endpoint& endpoint) const {
  if (auto alone = expect_no_foreign_qdisc(endpoint.ifindex); !alone)
    return fail(Errc::corrupt, alone.error().what);
  auto socket = net::NetlinkSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  for (const Direction direction : {Direction::ingress, Direction::egress}) {
    if (auto present = expect_hook(*socket, endpoint.ifindex, direction); !present) return present;
  }
  Result<> result = interfaces_.check(interface_of(endpoint));
  for (const pw_addr& key : keys_of(endpoint)) {
    if (result) result = endpoints_.check(endpoint_at(key, endpoint));
  }
  if (result) return result;
  return in("interface " + std::to_string(endpoint.ifindex), result);
}

Result<Counters> BpfDatapath::counters(std::uint32_t slot) const {
  return endpoint_counters_.sum(slot);
}

Result<Verdicts> BpfDatapath::verdicts() const {
  Verdicts verdicts{};
  for (std::uint32_t i = 0; i < verdicts.size(); ++i) {
    auto count = verdict_counters_.sum(i);
    if (!count) return tl::unexpected(count.error());
    verdicts[i] = *count;
  }
  auto slots = endpoint_counters_.total();
  if (!slots) return tl::unexpected(slots.error());
  verdicts[PW_FORWARDED] = slots->forwarded;
  return verdicts;
}

Result<Latency> BpfDatapath::probe_latency() const {
  Latency latency{};
  for (std::uint32_t i = 0; i < latency.size(); ++i) {
    auto count = probe_latency_.sum(i);
    if (!count) return tl::unexpected(count.error());
    latency[i] = *count;
  }
  return latency;
}

std::vector<MapFill> BpfDatapath::fill() const {
  return {{endpoints_.name(), endpoints_.keys().size(), endpoints_.capacity()},
          {interfaces_.name(), interfaces_.keys().size(), interfaces_.capacity()}};
}

}  // namespace podwire::datapath
