// SPDX-License-Identifier: Apache-2.0
// How many ICMP errors a pod gets: a burst of 50 and 100 in a second.
#include "probes.hpp"

namespace podwire::bpf_test {
namespace {

using IcmpLimit = PodTest;

TEST_F(IcmpLimit, rate_is_limited_for_each_pod) {
  const Bytes frame = ipv4_to_server().ttl(1).udp(1, 2).frame();
  constexpr std::uint64_t sent = 500, burst = 50, per_token_ns = 10'000'000;
  const Capture to_client("client-pod");

  const std::uint64_t start = monotonic_ns();
  for (std::uint64_t i = 0; i < sent; ++i)
    programs().from_pod(frame, {.ifindex = Wire::get().client_host});
  const std::uint64_t most = burst + (monotonic_ns() - start) / per_token_ns + 1;

  const Verdicts counts = verdicts();
  const std::uint64_t errors = counts[PW_DROP_TIME_EXCEEDED];
  EXPECT_GE(errors, burst);
  EXPECT_LE(errors, most);
  EXPECT_EQ(counts[PW_DROP_ERROR_LIMITED], sent - errors);
  std::uint64_t seen = 0;
  while (seen <= sent && to_client.next(std::chrono::milliseconds(20))) ++seen;
  EXPECT_EQ(seen, errors);

  // The other pod has a budget of its own.
  const Bytes reply = Packet::ip(server.ipv4, client.ipv4)
                          .macs(server.pod_mac, server.host_mac)
                          .ttl(1)
                          .udp(1, 2)
                          .frame();
  programs().from_pod(reply, {.ifindex = Wire::get().server_host});
  EXPECT_EQ(verdicts()[PW_DROP_TIME_EXCEEDED], errors + 1);
}

TEST_F(IcmpLimit, a_limited_packet_is_dropped_unchanged_and_tokens_come_back) {
  const Bytes frame = ipv6_to_server().ttl(1).udp(1, 2).frame();
  const std::uint32_t ifindex = Wire::get().client_host;
  bool limited = false;
  for (int i = 0; i < 500 && !limited; ++i) {
    const std::uint64_t before = verdicts()[PW_DROP_ERROR_LIMITED];
    const Outcome outcome = programs().from_pod(frame, {.ifindex = ifindex});
    limited = verdicts()[PW_DROP_ERROR_LIMITED] == before + 1;
    EXPECT_EQ(outcome.action, TC_ACT_SHOT);
    EXPECT_EQ(outcome.frame == frame, limited);
  }
  EXPECT_TRUE(limited);

  // Idle for 35 ms: three tokens, or more if this machine was slow.
  ASSERT_TRUE(maps().icmp_budgets.put(client.slot,
                                      {.refilled_ns = monotonic_ns() - 35'000'000, .tokens = 0}));
  clear_counters();
  for (int i = 0; i < 3; ++i) programs().from_pod(frame, {.ifindex = ifindex});
  EXPECT_EQ(verdicts()[PW_DROP_TIME_EXCEEDED], 3U);
}

}  // namespace
}  // namespace podwire::bpf_test
