// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

namespace podwire::bpf_test {

namespace {

// Filled long ago: the first error of a test earns a full burst.
constexpr pw_icmp_budget unused = {.refilled_ns = 0, .tokens = 0};

Counters egress(std::size_t bytes) {
  return {.egress_packets = 1, .egress_bytes = bytes};
}
Counters ingress(std::size_t bytes) {
  return {.ingress_packets = 1, .ingress_bytes = bytes};
}

std::pair<Counters, Counters> of_client_and_server(Counted counted, std::size_t bytes) {
  switch (counted) {
    case Counted::client_egress:
      return {egress(bytes), {}};
    case Counted::client_ingress:
      return {ingress(bytes), {}};
    case Counted::client_to_server:
      return {egress(bytes), ingress(bytes)};
    case Counted::client_to_itself:
      return {{1, bytes, 1, bytes}, {}};
    case Counted::nobody:
      break;
  }
  return {};
}

}  // namespace

Packet from_client(const std::string& source, const std::string& destination) {
  return Packet::ip(source, destination).macs(client.pod_mac, client.host_mac);
}

Packet ipv4_to_server() {
  return from_client(client.ipv4, server.ipv4);
}
Packet ipv6_to_server() {
  return from_client(client.ipv6, server.ipv6);
}

Packet delivered_to_server(Packet packet, std::uint8_t ttl) {
  return packet.macs(server.host_mac, server.pod_mac).ttl(static_cast<std::uint8_t>(ttl - 1));
}

Verdicts once(pw_verdict verdict) {
  Verdicts counts{};
  counts.at(verdict) = 1;
  return counts;
}

std::ostream& operator<<(std::ostream& out, const Counters& counters) {
  return out << "egress " << counters.egress_packets << " packets " << counters.egress_bytes
             << " bytes, ingress " << counters.ingress_packets << " packets "
             << counters.ingress_bytes << " bytes";
}

Row to_host(std::string rule, const Packet& packet) {
  Row row = passes(std::move(rule), packet, PW_TO_HOST);
  row.counted = Counted::client_egress;
  return row;
}

Row passes(std::string rule, const Packet& packet, pw_verdict verdict) {
  return passes(std::move(rule), packet.frame(), verdict);
}

Row passes(std::string rule, const Bytes& frame, pw_verdict verdict) {
  return {std::move(rule), frame, TC_ACT_UNSPEC, verdict, frame};
}

Row drops(std::string rule, const Packet& packet, pw_verdict verdict) {
  return drops(std::move(rule), packet.frame(), verdict);
}

Row drops(std::string rule, const Bytes& frame, pw_verdict verdict) {
  return {std::move(rule), frame, TC_ACT_SHOT, verdict, frame};
}

void PodTest::SetUpTestSuite() {
  Wire::get();
  auto loaded = Programs::load();
  ASSERT_TRUE(loaded) << loaded.error().what;
  programs_ = std::move(*loaded);
}

void PodTest::TearDownTestSuite() {
  programs_.reset();
}

void PodTest::SetUp() {
  attach(client, Wire::get().client_host);
  attach(server, Wire::get().server_host);
  clear_counters();
}

void PodTest::TearDown() {
  for (const pw_addr& key : maps().endpoints.keys()) EXPECT_TRUE(maps().endpoints.erase(key));
  for (const std::uint32_t key : maps().interfaces.keys())
    EXPECT_TRUE(maps().interfaces.erase(key));
  for (const pw_prefix& key : maps().prefixes.keys()) EXPECT_TRUE(maps().prefixes.erase(key));
  const std::uint32_t used = pw_interface_place(Wire::get().client_host);
  EXPECT_TRUE(maps().interface_cache.put(used, {}));
  for (const std::string& address : {server.ipv4, server.ipv6}) {
    const pw_addr key = kernel_address(address);
    EXPECT_TRUE(maps().endpoint_cache.put(pw_endpoint_place(&key), {}));
  }
  for (const pw_flow& key : maps().translated_flows.keys())
    EXPECT_TRUE(maps().translated_flows.erase(key));
  for (const std::uint32_t slot : {+client.slot, +server.slot, PW_SOME_SLOT})
    EXPECT_TRUE(maps().translated_slots.put(slot, 0));
  std::ranges::fill(maps().probe_targets.values(), pw_probe_target{});
  std::ranges::fill(maps().probe_results.values(), pw_probe_result{});
}

void PodTest::attach(const Pod& pod, std::uint32_t ifindex) {
  pw_endpoint endpoint{};
  endpoint.ifindex = ifindex;
  endpoint.slot = pod.slot;
  endpoint.mtu = pod.mtu;
  std::ranges::copy(pod.pod_mac.bytes, endpoint.pod_mac);
  std::ranges::copy(pod.host_mac.bytes, endpoint.host_mac);
  pw_interface interface { .slot = pod.slot, .ifindex = ifindex };
  if (!pod.ipv4.empty()) {
    interface.ipv4 = endpoint.address = kernel_address(pod.ipv4);
    ASSERT_TRUE(maps().endpoints.put(interface.ipv4, endpoint));
  }
  if (!pod.ipv6.empty()) {
    interface.ipv6 = endpoint.address = kernel_address(pod.ipv6);
    ASSERT_TRUE(maps().endpoints.put(interface.ipv6, endpoint));
  }
  ASSERT_TRUE(maps().interfaces.put(ifindex, interface));
  ASSERT_TRUE(maps().icmp_budgets.put(pod.slot, unused));
}

void PodTest::clear_counters() {
  for (std::uint32_t verdict = 0; verdict < PW_VERDICTS; ++verdict) {
    ASSERT_TRUE(maps().verdict_counters.change(verdict, [](std::uint64_t& count) { count = 0; }));
  }
  for (const Pod& pod : {client, server}) {
    ASSERT_TRUE(maps().endpoint_counters.change(
        pod.slot, [](pw_endpoint_counters& counters) { counters = {}; }));
  }
}

Verdicts PodTest::verdicts() {
  Verdicts counts{};
  for (std::uint32_t verdict = 0; verdict < PW_VERDICTS; ++verdict) {
    counts.at(verdict) = maps().verdict_counters.sum(verdict).value();
  }
  EXPECT_EQ(counts.at(PW_FORWARDED), 0U) << "it is counted by slot";
  for (const Pod& pod : {client, server})
    counts.at(PW_FORWARDED) += maps().endpoint_counters.sum(pod.slot).value().forwarded;
  return counts;
}

Counters PodTest::counters(const Pod& pod) {
  const pw_endpoint_counters sum = maps().endpoint_counters.sum(pod.slot).value();
  return {sum.egress_packets, sum.egress_bytes, sum.ingress_packets, sum.ingress_bytes};
}

void PodTest::check(Program program, const Row& row) {
  SCOPED_TRACE(row.rule);
  clear_counters();
  Context context = row.context;
  if (context.ifindex == 0) context.ifindex = Wire::get().client_host;
  const Outcome outcome = (programs().*program)(row.in, context);
  EXPECT_EQ(outcome.action, row.action);
  EXPECT_EQ(verdicts(), once(row.verdict));
  EXPECT_EQ(hex(outcome.frame), hex(row.out));
  const auto [of_client, of_server] = of_client_and_server(row.counted, row.in.size());
  EXPECT_EQ(counters(client), of_client) << "of the client";
  EXPECT_EQ(counters(server), of_server) << "of the server";
}

void PodTest::check(Program program, const std::vector<Row>& rows) {
  for (const Row& row : rows) check(program, row);
}

}  // namespace podwire::bpf_test
