// SPDX-License-Identifier: Apache-2.0
// Damaged frames: whatever they hold, one verdict each, an action that fits it, and no foreign
// source goes anywhere.
#include <algorithm>
#include <iostream>
#include <optional>
#include <random>

#include "effort.hpp"
#include "probes.hpp"

namespace podwire::bpf_test {
namespace {

constexpr unsigned seed = 20240611;
const int rounds = 20000 * test_effort();

class Fuzz : public ProbeTest {
 protected:
  void SetUp() override {
    ProbeTest::SetUp();
    std::cout << "seed " << seed << ", " << rounds << " frames\n";
    RecordProperty("seed", static_cast<int>(seed));
    set_target(7, client, client.ipv4, 80);
    const Tcp answer{.source_port = 80, .destination_port = 0x8000, .flags = tcp_syn | tcp_ack};
    corpus_ = {
        ipv4_to_server().tcp(answer).payload(100).frame(),
        ipv6_to_server().tcp(answer).payload(100).frame(),
        ipv4_to_server().ttl(1).udp(1, 2).payload(700).frame(),
        ipv6_to_server().ttl(1).udp(1, 2).payload(1400).frame(),
        ipv4_to_server().dont_fragment().udp(1, 2).payload(1600).frame(),
        ipv6_to_server().udp(1, 2).payload(1600).frame(),
        ipv4_to_server().options(Bytes(12, 1)).icmp(8, 0).payload(64).frame(),
        ipv4_to_server().fragment(8, true).protocol(17).payload(64).frame(),
        from_client(client.ipv4, PW_PROBE_IPV4).tcp(answer).frame(),
        from_client(client.ipv6, PW_PROBE_IPV6).tcp(answer).frame(),
        from_client(client.ipv6, PW_GATEWAY_IPV6).icmp(135, 0).payload(24).frame(),
        from_client(client.ipv4, "192.0.2.1").udp(1, 2).payload(10).frame(),
        arp_frame({1, client.pod_mac, client.ipv4, client.host_mac, PW_GATEWAY_IPV4}),
    };
  }

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
  }

  // A test run refuses an IP frame without a whole IP header: hook_test.cpp has those.
  static std::size_t shortest(const Bytes& frame) {
    const std::uint16_t type = word_at(frame, 12);
    const std::size_t header = type == 0x0800 ? ipv4_bytes : type == 0x86dd ? ipv6_bytes : 1;
    return ethernet_bytes + header;
  }

  Bytes mutated() {
    Bytes frame = corpus_[below(corpus_.size())];
    const std::size_t changes = below(6);
    for (std::size_t i = 0; i < changes; ++i) {
      // Most of the bytes that decide stand in front.
      const std::size_t at =
          below(below(4) == 0 ? frame.size() : std::min<std::size_t>(frame.size(), 80));
      frame[at] =
          static_cast<std::uint8_t>(below(3) == 0 ? frame[at] ^ (1U << below(8)) : below(256));
    }
    if (below(4) == 0) frame.resize(below(frame.size()) + 1);
    if (below(8) == 0) frame.resize(frame.size() + below(200));
    frame.resize(std::max(frame.size(), ethernet_bytes));
    frame.resize(std::max(frame.size(), shortest(frame)));
    return frame;
  }

  Context context() {
    const Wire& wire = Wire::get();
    Context about{.ifindex = below(10) == 0 ? wire.server_host : wire.client_host};
    if (below(10) == 0) about.gso_size = static_cast<std::uint32_t>(below(0x10000));
    return about;
  }

  static std::string source_of(const Bytes& frame) {
    const bool ipv6 = word_at(frame, 12) == 0x86dd;
    const auto start = frame.begin() + (ipv6 ? 22 : 26);
    std::array<std::uint8_t, 16> bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    std::copy_n(start, ipv6 ? 16 : 4, bytes.begin() + (ipv6 ? 0 : 12));
    return net::Address::from_bytes(bytes).text();
  }

  static int action_of(std::size_t verdict) {
    if (verdict == PW_FORWARDED) return TC_ACT_REDIRECT;
    return verdict <= PW_PROBE_SENT ? TC_ACT_UNSPEC : TC_ACT_SHOT;
  }

  // The verdict that was counted, if it is one and once.
  static std::optional<std::size_t> only_verdict(const Verdicts& counts) {
    const auto verdict = static_cast<std::size_t>(std::ranges::find(counts, 1U) - counts.begin());
    if (verdict == counts.size() || counts != once(static_cast<pw_verdict>(verdict)))
      return std::nullopt;
    return verdict;
  }

  static void expect_own_source(std::size_t verdict, const Bytes& frame, const Context& about) {
    if (verdict != PW_FORWARDED && verdict != PW_TO_HOST && verdict != PW_PROBE_ANSWERED) return;
    const Pod& pod = about.ifindex == Wire::get().client_host ? client : server;
    const std::string source = source_of(frame);
    EXPECT_TRUE(source == pod.ipv4 || source == pod.ipv6) << source;
  }

  std::mt19937 random_{seed};
  std::vector<Bytes> corpus_;
};

TEST_F(Fuzz, from_pod_gives_each_frame_one_verdict_and_lets_no_foreign_source_through) {
  std::array<std::uint64_t, PW_VERDICTS> seen{};
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    const Bytes frame = mutated();
    const Context about = context();
    clear_counters();
    const Outcome outcome = programs().from_pod(frame, about);
    const auto verdict = only_verdict(verdicts());
    SCOPED_TRACE("round " + std::to_string(round) + "\n" + hex(frame));
    ASSERT_TRUE(verdict.has_value()) << "not exactly one verdict";
    EXPECT_EQ(outcome.action, action_of(*verdict));
    expect_own_source(*verdict, frame, about);
    ++seen[*verdict];
  }
  // The frames are worth something only if they reach the depths.
  for (const pw_verdict verdict :
       {PW_FORWARDED, PW_TO_HOST, PW_NEIGHBOUR, PW_DROP_PROBE_STRAY, PW_DROP_MALFORMED,
        PW_DROP_NOT_IP, PW_DROP_SPOOFED, PW_DROP_TIME_EXCEEDED, PW_DROP_TOO_BIG}) {
    EXPECT_GT(seen[verdict], 20U) << "verdict " << verdict;
  }
}

TEST_F(Fuzz, to_pod_gives_each_frame_one_verdict_and_changes_none) {
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    const Bytes frame = mutated();
    clear_counters();
    const Outcome outcome = programs().to_pod(frame, context());
    const auto verdict = only_verdict(verdicts());
    SCOPED_TRACE("round " + std::to_string(round) + "\n" + hex(frame));
    ASSERT_TRUE(verdict.has_value()) << "not exactly one verdict";
    EXPECT_EQ(outcome.action, action_of(*verdict));
    EXPECT_EQ(hex(outcome.frame), hex(frame));
  }
}

}  // namespace
}  // namespace podwire::bpf_test
