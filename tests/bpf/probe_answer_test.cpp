// SPDX-License-Identifier: Apache-2.0
// What pods send to the probe address: true answers are counted once and closed, all else is a
// stray.
#include "probes.hpp"

namespace podwire::bpf_test {
namespace {

// Target 7 is port 80 of the client over IPv4, target 8 the same over IPv6.
class ProbeAnswer : public ProbeTest {
 protected:
  void SetUp() override {
    ProbeTest::SetUp();
    set_target(7, client, client.ipv4, 80);
    set_target(8, client, client.ipv6, 80);
  }

  // The frame that closes the half-open connection in the pod.
  static Packet reset_for(const Packet& expected_syn_like, const Tcp& tcp) {
    return Packet(expected_syn_like)
        .tcp({.source_port = tcp.destination_port,
              .destination_port = tcp.source_port,
              .sequence = tcp.acknowledgement,
              .flags = tcp_rst,
              .window = 0xffff});
  }

  void expect_answered(const std::string& rule, const Packet& in, const Bytes& out) {
    check(&Programs::from_pod, {rule, in.frame(), TC_ACT_SHOT, PW_PROBE_ANSWERED, out});
  }
  // Neither counted nor closed: the probe stays as it was.
  void expect_stray(const std::string& rule, const Packet& in, std::uint32_t index = 7,
                    Context context = {}) {
    const pw_probe_result before = result(index);
    Row row = drops(rule, in, PW_DROP_PROBE_STRAY);
    row.context = context;
    check(&Programs::from_pod, row);
    SCOPED_TRACE(rule);
    const pw_probe_result after = result(index);
    EXPECT_EQ(after.state, before.state);
    EXPECT_EQ(after.outcome, before.outcome);
    EXPECT_EQ(after.successes, before.successes);
    EXPECT_EQ(after.refused, before.refused);
    EXPECT_EQ(after.latency_sum_ns, before.latency_sum_ns);
    EXPECT_TRUE(to_client_.quiet());
  }
};

TEST_F(ProbeAnswer, a_syn_ack_is_a_success_and_is_answered_with_a_reset) {
  const std::uint64_t before = monotonic_ns();
  const Bytes syn = probe(7);
  const Tcp tcp = tcp_answer(syn, syn_ack);
  const Bytes reset = reset_for(expected_syn(client, client.ipv4, 80, 0, 0), tcp).frame();
  expect_answered("", answer(client.ipv4, tcp), reset);
  EXPECT_EQ(hex(to_client_.next().value_or(Bytes{})), hex(reset));
  EXPECT_TRUE(to_client_.quiet());

  const pw_probe_result after = result(7);
  EXPECT_EQ(after.state, PW_PROBE_CLOSED);
  EXPECT_EQ(after.outcome, PW_OUTCOME_OPEN);
  EXPECT_EQ(after.attempts, 1U);
  EXPECT_EQ(after.successes, 1U);
  EXPECT_EQ(after.refused + after.send_errors + after.timeouts, 0U);
  EXPECT_GT(after.latency_sum_ns, 0U);
  EXPECT_LT(after.latency_sum_ns, monotonic_ns() - before);
}

TEST_F(ProbeAnswer, any_form_of_syn_ack_gets_the_same_reset) {
  const Bytes options = {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7};
  struct Form {
    const char* rule;
    std::string address;
    Bytes tcp_options;
    Bytes ip_options;
    std::size_t payload;
  };
  const std::vector<Form> forms = {{"plain", client.ipv4, {}, {}, 0},
                                   {"TCP options", client.ipv4, options, {}, 0},
                                   {"IPv4 options", client.ipv4, options, {1, 1, 1, 1}, 0},
                                   {"with data", client.ipv4, options, {}, 333},
                                   {"IPv6", client.ipv6, {}, {}, 0},
                                   {"IPv6, TCP options", client.ipv6, options, {}, 0},
                                   {"IPv6 with data", client.ipv6, options, {}, 333}};
  for (const Form& form : forms) {
    const bool ipv6 = form.address == client.ipv6;
    const Bytes syn = probe(ipv6 ? 8 : 7, ipv6 ? net::Family::ipv6 : net::Family::ipv4);
    Tcp tcp = tcp_answer(syn, syn_ack);
    tcp.options = form.tcp_options;
    const Bytes reset = reset_for(expected_syn(client, form.address, 80, 0, 0), tcp).frame();
    expect_answered(
        form.rule, answer(form.address, tcp).options(form.ip_options).payload(form.payload), reset);
    EXPECT_EQ(hex(to_client_.next().value_or(Bytes{})), hex(reset)) << form.rule;
  }
  EXPECT_EQ(result(7).successes, 4U);
  EXPECT_EQ(result(8).successes, 3U);
}

TEST_F(ProbeAnswer, a_reset_is_a_refusal_and_is_consumed_silently) {
  for (const std::uint32_t index : {7U, 8U}) {
    const bool ipv6 = index == 8;
    const Bytes syn = probe(index, ipv6 ? net::Family::ipv6 : net::Family::ipv4);
    const Packet in = answer(ipv6 ? client.ipv6 : client.ipv4, tcp_answer(syn, rst_ack));
    expect_answered("", in, in.frame());
    EXPECT_TRUE(to_client_.quiet());
    EXPECT_EQ(result(index).state, PW_PROBE_CLOSED);
    EXPECT_EQ(result(index).outcome, PW_OUTCOME_REFUSED);
    EXPECT_EQ(result(index).refused, 1U);
    EXPECT_EQ(result(index).successes, 0U);
    EXPECT_GT(result(index).latency_sum_ns, 0U);
  }
}

TEST_F(ProbeAnswer, what_does_not_match_the_probe_is_a_stray) {
  const Tcp right = tcp_answer(probe(7), syn_ack);
  Tcp ack_low = right, ack_high = right, our_port = right, pod_port = right;
  ack_low.acknowledgement--;
  ack_high.acknowledgement++;
  our_port.destination_port ^= 1;
  pod_port.source_port = 81;
  expect_stray("number one too low", answer(client.ipv4, ack_low));
  expect_stray("number one too high", answer(client.ipv4, ack_high));
  expect_stray("to another port of ours", answer(client.ipv4, our_port));
  expect_stray("from another port of the pod", answer(client.ipv4, pod_port));
  expect_stray("in the other family", answer(client.ipv6, right));
  for (const std::uint8_t flags :
       {tcp_syn, tcp_ack, tcp_rst, std::uint8_t{0}, std::uint8_t{tcp_ack | 1}}) {
    Tcp other = right;
    other.flags = flags;
    expect_stray("flags " + std::to_string(flags), answer(client.ipv4, other));
  }
  expect_answered("the right one, after all", answer(client.ipv4, right),
                  reset_for(expected_syn(client, client.ipv4, 80, 0, 0), right).frame());
}

TEST_F(ProbeAnswer, what_is_no_whole_tcp_segment_is_a_stray) {
  const Tcp right = tcp_answer(probe(7), syn_ack);
  const Bytes segment = quoted(answer(client.ipv4, right).frame(), 40);
  const Bytes cut_short(segment.begin() + ipv4_bytes, segment.end() - 1);
  expect_stray("UDP", from_client(client.ipv4, PW_PROBE_IPV4).udp(80, right.destination_port));
  expect_stray("echo request", from_client(client.ipv4, PW_PROBE_IPV4).icmp(8, 0));
  expect_stray("TCP header cut",
               from_client(client.ipv4, PW_PROBE_IPV4).protocol(6).payload(cut_short));
  expect_stray("later fragment", answer(client.ipv4, right).fragment(8, false));
}

TEST_F(ProbeAnswer, an_answer_over_another_interface_is_a_stray) {
  const Tcp right = tcp_answer(probe(7), syn_ack);
  // A second attachment of the same sandbox, whose programs accept the same source.
  const std::uint32_t other = Wire::get().server_host;
  ASSERT_TRUE(
      maps().interfaces.put(other, {.ipv4 = kernel_address(client.ipv4), .slot = client.slot}));
  expect_stray("", answer(client.ipv4, right), 7, {.ifindex = other});
}

TEST_F(ProbeAnswer, only_a_pending_probe_is_answered_and_only_once) {
  const Tcp right = tcp_answer(probe(7), rst_ack);
  const Packet in = answer(client.ipv4, right);
  expect_answered("first", in, in.frame());
  expect_stray("duplicate", in);
  for (const pw_probe_state state : {PW_PROBE_IDLE, PW_PROBE_CLOSED}) {
    pw_probe_result changed = result(7);
    changed.state = state;
    change_result(7, changed);
    expect_stray("state " + std::to_string(state), in);
  }
  EXPECT_EQ(result(7).refused, 1U);
}

TEST_F(ProbeAnswer, an_answer_after_the_timeout_is_a_stray) {
  const Tcp right = tcp_answer(probe(7), syn_ack);
  pw_probe_result changed = result(7);
  changed.sent_ns = monotonic_ns() - second_ns - 1;
  change_result(7, changed);
  maps().probe_targets.values()[7].timeout_ns = second_ns;
  expect_stray("late", answer(client.ipv4, right));
  EXPECT_EQ(result(7).state, PW_PROBE_PENDING) << "the agent closes it";
}

// Its number is right for the port it came to, but another attempt is the pending one.
TEST_F(ProbeAnswer, an_answer_to_the_attempt_before_is_a_stray) {
  const Bytes before = probe(7);
  Bytes now = probe(7);
  for (int i = 0; i < 10 && source_port_of(now) == source_port_of(before); ++i) now = probe(7);
  ASSERT_NE(source_port_of(now), source_port_of(before));
  expect_stray("", answer(client.ipv4, tcp_answer(before, syn_ack)));
}

TEST_F(ProbeAnswer, an_answer_to_a_target_that_has_changed_is_a_stray) {
  const Packet in = answer(client.ipv4, tcp_answer(probe(7), syn_ack));
  set_target(7, client, client.ipv6, 80);
  expect_stray("another address of the pod", in);
  set_target(7, client, client.ipv4, 81);
  expect_stray("another port", in);
  maps().probe_targets.values()[7] = {};
  expect_stray("not in use any more", in);
}

TEST_F(ProbeAnswer, latency_goes_into_the_bucket_of_its_power_of_two) {
  const std::uint64_t microsecond = 1000;
  // Long ones only: with a quarter of the bucket on both sides a slow machine does no harm.
  for (std::uint32_t bucket = 18; bucket < PW_LATENCY_BUCKETS; ++bucket) {
    const std::uint64_t counted = latency_element(bucket), sum = latency_element(PW_LATENCY_SUM);
    const std::uint64_t latency = 3 * (microsecond << bucket) / 4;
    const Tcp right = tcp_answer(probe(7), rst_ack);
    pw_probe_result changed = result(7);
    changed.latency_sum_ns = 0;
    changed.sent_ns = monotonic_ns() - latency;
    change_result(7, changed);
    programs().from_pod(answer(client.ipv4, right).frame(), {.ifindex = Wire::get().client_host});
    EXPECT_EQ(latency_element(bucket), counted + 1) << "bucket " << bucket;
    EXPECT_GE(result(7).latency_sum_ns, latency);
    EXPECT_EQ(latency_element(PW_LATENCY_SUM) - sum, result(7).latency_sum_ns);
  }
}

}  // namespace
}  // namespace podwire::bpf_test
