// SPDX-License-Identifier: Apache-2.0
// What send_probes puts on the wire and into the results.
#include <cstdlib>
#include <set>

#include "probes.hpp"

namespace podwire::bpf_test {
namespace {

class SendProbes : public ProbeTest {
 protected:
  static void expect_syn(const Capture& pod_end, const Pod& pod, const std::string& address,
                         std::uint16_t port, std::uint32_t index) {
    const auto syn = pod_end.next();
    ASSERT_TRUE(syn.has_value());
    EXPECT_EQ(
        hex(*syn),
        hex(expected_syn(pod, address, port, source_port_of(*syn), sequence_of(*syn)).frame()));
    EXPECT_EQ(source_port_of(*syn), result(index).source_port);
  }
};

TEST_F(SendProbes, one_syn_for_each_target_of_the_batch) {
  set_target(0, client, client.ipv4, 80);
  set_target(1, server, server.ipv4, 8080);
  set_target(PW_MAX_PROBE_TARGETS - 1, client, client.ipv4, 65535);
  EXPECT_EQ(send({0, 1, PW_MAX_PROBE_TARGETS - 1}).action, TC_ACT_SHOT);
  expect_syn(to_client_, client, client.ipv4, 80, 0);
  expect_syn(to_client_, client, client.ipv4, 65535, PW_MAX_PROBE_TARGETS - 1);
  expect_syn(to_server_, server, server.ipv4, 8080, 1);
  EXPECT_TRUE(to_client_.quiet());
  EXPECT_TRUE(to_server_.quiet());
}

TEST_F(SendProbes, one_ipv6_syn_for_each_target_of_the_batch) {
  set_target(5, client, client.ipv6, 1);
  set_target(6, server, server.ipv6, 443);
  EXPECT_EQ(send({5, 6}, net::Family::ipv6).action, TC_ACT_SHOT);
  expect_syn(to_client_, client, client.ipv6, 1, 5);
  expect_syn(to_server_, server, server.ipv6, 443, 6);
  EXPECT_TRUE(to_client_.quiet());
  EXPECT_TRUE(to_server_.quiet());
}

TEST_F(SendProbes, checksums_are_right_for_any_port_and_number) {
  set_target(0, client, client.ipv4, 80);
  set_target(1, client, client.ipv6, 80);
  for (int i = 0; i < 500; ++i) {
    for (const std::uint32_t index : {0U, 1U}) {
      const Bytes syn = probe(index, index == 0 ? net::Family::ipv4 : net::Family::ipv6);
      const std::string& address = index == 0 ? client.ipv4 : client.ipv6;
      ASSERT_EQ(
          hex(syn),
          hex(expected_syn(client, address, 80, source_port_of(syn), sequence_of(syn)).frame()));
    }
  }
}

TEST_F(SendProbes, a_sent_probe_is_pending_and_counted_as_an_attempt) {
  set_target(3, client, client.ipv4, 80);
  change_result(3, {.attempts = 10, .successes = 7, .refused = 2, .timeouts = 1});
  const std::uint64_t before = monotonic_ns();
  probe(3);
  const pw_probe_result after = result(3);
  EXPECT_EQ(after.state, PW_PROBE_PENDING);
  EXPECT_EQ(after.attempts, 11U);
  EXPECT_EQ(after.successes + after.refused + after.send_errors + after.timeouts, 10U);
  EXPECT_GE(after.sent_ns, before);
  EXPECT_LE(after.sent_ns, monotonic_ns());
}

TEST_F(SendProbes, source_ports_come_from_the_upper_half_and_numbers_do_not_repeat) {
  set_target(3, client, client.ipv4, 80);
  std::set<std::uint16_t> ports;
  std::set<std::uint32_t> numbers;
  for (int i = 0; i < 1000; ++i) {
    const Bytes syn = probe(3);
    ASSERT_GE(source_port_of(syn), 0x8000);
    ports.insert(source_port_of(syn));
    numbers.insert(sequence_of(syn));
  }
  // 1,000 draws out of 32,768 hold about 985 different ones; each port has a number of its own.
  EXPECT_GT(ports.size(), 900U);
  EXPECT_GT(numbers.size(), 900U);
}

TEST_F(SendProbes, a_full_batch_is_sent_whole) {
  std::vector<std::uint32_t> all;
  for (std::uint32_t i = 0; i < PW_PROBE_BATCH; ++i) {
    set_target(i, client, client.ipv4, static_cast<std::uint16_t>(i + 1));
    all.push_back(i);
  }
  send(all);
  for (const std::uint32_t i : all)
    expect_syn(to_client_, client, client.ipv4, static_cast<std::uint16_t>(i + 1), i);
  EXPECT_EQ(maps().probe_batch.values().front().cursor, static_cast<std::uint32_t>(PW_PROBE_BATCH));
}

TEST_F(SendProbes, repetitions_beyond_the_batch_send_nothing) {
  set_target(0, client, client.ipv4, 80);
  send({0});
  expect_syn(to_client_, client, client.ipv4, 80, 0);
  const Bytes frame(54);
  programs().send_probes(with_word(frame, 12, 0x0800), 10);
  EXPECT_EQ(result(0).attempts, 1U);

  pw_probe_batch& batch = maps().probe_batch.values().front();
  batch = {.count = 0xffffffff, .cursor = PW_PROBE_BATCH};
  programs().send_probes(with_word(frame, 12, 0x0800), 10);
  EXPECT_EQ(result(0).attempts, 1U);
  EXPECT_TRUE(to_client_.quiet());
}

TEST_F(SendProbes, targets_that_are_not_in_use_are_passed_over) {
  set_target(1, client, client.ipv4, 80);
  send({0, PW_MAX_PROBE_TARGETS, 0xffffffff, 1});
  expect_syn(to_client_, client, client.ipv4, 80, 1);
  EXPECT_TRUE(to_client_.quiet());
  EXPECT_EQ(result(0).attempts, 0U);
  EXPECT_EQ(result(0).state, PW_PROBE_IDLE);
}

TEST_F(SendProbes, an_interface_that_is_gone_is_a_send_error_and_the_others_go_on) {
  set_target(0, client, client.ipv4, 80, 0x7ffffff0);
  set_target(1, client, client.ipv4, 81);
  change_result(0, {.outcome = PW_OUTCOME_OPEN});
  send({0, 1});
  expect_syn(to_client_, client, client.ipv4, 81, 1);
  EXPECT_EQ(result(0).attempts, 1U);
  EXPECT_EQ(result(0).send_errors, 1U);
  EXPECT_EQ(result(0).state, PW_PROBE_IDLE);
  EXPECT_EQ(result(0).outcome, PW_OUTCOME_UNKNOWN);
  EXPECT_EQ(result(1).send_errors, 0U);
  EXPECT_EQ(result(1).state, PW_PROBE_PENDING);
}

TEST_F(SendProbes, an_interface_that_is_down_is_a_send_error) {
  set_target(0, server, server.ipv4, 80);
  ASSERT_EQ(std::system("ip link set server-host down"), 0);
  send({0});
  ASSERT_EQ(std::system("ip link set server-host up"), 0);
  EXPECT_EQ(result(0).send_errors, 1U);
  EXPECT_EQ(result(0).state, PW_PROBE_IDLE);
}

}  // namespace
}  // namespace podwire::bpf_test
