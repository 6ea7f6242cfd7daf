// SPDX-License-Identifier: Apache-2.0
// Pods with a limited rate: what from_pod drops, and what goes through the queue of a host end.
#include <algorithm>

#include "fixture.hpp"

namespace podwire::bpf_test {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

class Rate : public PodTest {
 protected:
  void TearDown() override {
    EXPECT_TRUE(maps().rate_limits.put(client.slot, {}));
    PodTest::TearDown();
  }

  // A bucket of `burst` bytes that does not fill again while the test runs.
  static void limit_client(std::uint64_t burst) {
    constexpr std::uint64_t ns_per_byte = 100 * second;
    ASSERT_TRUE(maps().rate_limits.put(
        client.slot, {.ns_per_mib = ns_per_byte << 20, .burst_ns = burst * ns_per_byte}));
    pw_interface interface = maps().interfaces.get(Wire::get().client_host).value();
    interface.limited = 1;
    ASSERT_TRUE(maps().interfaces.put(Wire::get().client_host, interface));
  }
  static int action_of(const Packet& packet) {
    return programs().from_pod(packet.frame(), {.ifindex = Wire::get().client_host}).action;
  }
};

TEST_F(Rate, exceeded_drops_what_is_more_than_the_burst) {
  const Packet packet = ipv4_to_server().udp(1, 2).payload(58);  // a frame of 100 bytes
  limit_client(350);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(action_of(packet), TC_ACT_REDIRECT) << i;
  EXPECT_EQ(action_of(packet), TC_ACT_SHOT);
  EXPECT_EQ(action_of(ipv4_to_server().udp(1, 2).payload(8)), TC_ACT_REDIRECT)
      << "a smaller one still fits";
  EXPECT_EQ(verdicts().at(PW_DROP_RATE_EXCEEDED), 1U);
  EXPECT_EQ(maps().endpoint_counters.sum(client.slot)->rate_exceeded, 1U);
  EXPECT_EQ(counters(client).egress_packets, 4U);
}

TEST_F(Rate, exceeded_concerns_every_destination_but_not_the_neighbour) {
  limit_client(0);
  for (const Packet& packet : {ipv4_to_server().udp(1, 2), ipv6_to_server().udp(1, 2),
                               from_client(client.ipv4, "192.0.2.1").udp(1, 2)}) {
    EXPECT_EQ(action_of(packet), TC_ACT_SHOT);
  }
  check(&Programs::from_pod,
        passes("ARP", arp_frame({1, client.pod_mac, client.ipv4, {}, PW_GATEWAY_IPV4}),
               PW_NEIGHBOUR));
}

TEST_F(Rate, refills_with_time) {
  const Packet packet = ipv4_to_server().udp(1, 2).payload(58);
  limit_client(100);
  EXPECT_EQ(action_of(packet), TC_ACT_REDIRECT);
  EXPECT_EQ(action_of(packet), TC_ACT_SHOT);
  pw_rate_limit limit = maps().rate_limits.get(client.slot).value();
  limit.full_at_ns -= 100 * 100 * second;  // as if so much time had passed
  ASSERT_TRUE(maps().rate_limits.put(client.slot, limit));
  EXPECT_EQ(action_of(packet), TC_ACT_REDIRECT);
}

TEST_F(Rate, of_others_is_no_matter) {
  ASSERT_TRUE(maps().rate_limits.put(client.slot, {.ns_per_mib = second << 20}));
  EXPECT_EQ(action_of(ipv4_to_server().udp(1, 2)), TC_ACT_REDIRECT) << "the mark is missing";
}

// The kernel runs the queue's egress hook, to_pod, and hands over what passes it.
TEST_F(Rate, of_a_receiver_leads_through_the_queue_of_its_host_end) {
  const Packet packet = ipv4_to_server().udp(1, 2).payload(10);
  for (const std::string& text : {server.ipv4, server.ipv6}) {
    const pw_addr key = kernel_address(text);
    pw_endpoint endpoint = maps().endpoints.get(key).value();
    endpoint.queued = 1;
    ASSERT_TRUE(maps().endpoints.put(key, endpoint));
  }
  check(&Programs::from_pod, {"queued", packet.frame(), TC_ACT_REDIRECT, PW_FORWARDED,
                              delivered_to_server(packet).frame(), Counted::client_to_server});
}

}  // namespace
}  // namespace podwire::bpf_test
