// SPDX-License-Identifier: Apache-2.0
// A pod cannot make up the health of a port: the number in an answer is a keyed hash.
#include <random>

#include "probes.hpp"

namespace podwire::bpf_test {
namespace {

class ProbeForgery : public ProbeTest {
 protected:
  void SetUp() override {
    ProbeTest::SetUp();
    set_target(7, client, client.ipv4, 80);
  }
};

// The number hides the index under HalfSipHash-1-3 of the pod's address and both ports. Vector of
// 20 bytes, 00 to 13, under the key 00 to 07, from the kernel's lib/tests/siphash_kunit.c.
TEST_F(ProbeForgery, the_sequence_number_is_the_published_hash) {
  const Pod pod{"", "1:203:405:607:809:a0b:c0d:e0f", client.pod_mac, client.host_mac, client.slot};
  attach(pod, Wire::get().client_host);
  const std::uint32_t index = 0x1234;
  set_target(index, pod, pod.ipv6, 0x1213);
  change_result(
      index,
      {.sent_ns = monotonic_ns(), .state = PW_PROBE_PENDING, .source_port = 0x1011, .attempts = 1});
  const Packet in = Packet::ip(pod.ipv6, PW_PROBE_IPV6)
                        .macs(pod.pod_mac, pod.host_mac)
                        .tcp({.source_port = 0x1213,
                              .destination_port = 0x1011,
                              .acknowledgement = (0x911bb605U ^ index) + 1,
                              .flags = rst_ack});
  check(&Programs::from_pod, {"", in.frame(), TC_ACT_SHOT, PW_PROBE_ANSWERED, in.frame()});
}

TEST_F(ProbeForgery, guessed_numbers_never_succeed) {
  Tcp guess = tcp_answer(probe(7), syn_ack);
  std::mt19937 random(7);
  constexpr std::uint64_t tries = 5000;
  clear_counters();
  for (std::uint64_t i = 0; i < tries; ++i) {
    guess.acknowledgement = static_cast<std::uint32_t>(random());
    programs().from_pod(answer(client.ipv4, guess).frame(), {.ifindex = Wire::get().client_host});
  }
  EXPECT_EQ(verdicts()[PW_DROP_PROBE_STRAY], tries);
  EXPECT_EQ(result(7).state, PW_PROBE_PENDING);
  EXPECT_EQ(result(7).successes, 0U);
}

// A pod knows the number of its own probe, so it knows what any other index would be under the same
// hash.
TEST_F(ProbeForgery, the_number_of_ones_own_probe_is_no_answer_for_anybody_else) {
  constexpr std::uint32_t targets = 2000;
  for (std::uint32_t index = 100; index < targets; ++index) {
    set_target(index, server, server.ipv4, 80);
    change_result(index, {.sent_ns = monotonic_ns(), .state = PW_PROBE_PENDING, .attempts = 1});
  }
  const Bytes syn = probe(7);
  for (std::uint32_t index = 100; index < targets; ++index) {
    pw_probe_result pending = result(index);
    pending.source_port = source_port_of(syn);
    change_result(index, pending);
  }
  clear_counters();
  for (std::uint32_t index = 100; index < targets; ++index) {
    Tcp forged = tcp_answer(syn, syn_ack);
    forged.acknowledgement = (sequence_of(syn) ^ 7 ^ index) + 1;
    programs().from_pod(answer(client.ipv4, forged).frame(), {.ifindex = Wire::get().client_host});
  }
  EXPECT_EQ(verdicts()[PW_DROP_PROBE_STRAY], targets - 100);
  for (std::uint32_t index = 100; index < targets; ++index)
    ASSERT_EQ(result(index).state, PW_PROBE_PENDING);
}

}  // namespace
}  // namespace podwire::bpf_test
