// SPDX-License-Identifier: Apache-2.0
//
//     node: podwired probes by itself, without sockets
//      pw...
//       |
//   pod: eth0, ports open, closed and filtered
//
#include <csignal>
#include <memory>
#include <thread>

#include "probed_pod.hpp"

namespace podwire::netns_test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::uint16_t closed_port = 8081;
constexpr std::uint16_t filtered_port = 8082;

class Probe : public ProbedPod {};

TEST_F(Probe, of_an_open_port_succeeds) {
  const TcpListener ipv4(pod_.netns(), net::Family::ipv4, port);
  const TcpListener ipv6(pod_.netns(), net::Family::ipv6, port);
  probe(port);
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    EXPECT_TRUE(eventually([&] { return counts(port, family).successes >= 10; }));
    const Counts seen = counts(port, family);
    EXPECT_EQ(seen.refused, 0);
    EXPECT_EQ(seen.timeouts, 0);
    EXPECT_LE(seen.attempts - seen.successes - seen.unknown, 1) << "one may be on its way";
  }
}

TEST_F(Probe, of_a_closed_port_is_refused) {
  probe(closed_port);
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    EXPECT_TRUE(eventually([&] { return counts(closed_port, family).refused >= 10; }));
    EXPECT_EQ(counts(closed_port, family).successes, 0);
    EXPECT_EQ(counts(closed_port, family).timeouts, 0);
  }
}

TEST_F(Probe, of_a_filtered_port_times_out) {
  filter(filtered_port);
  const TcpListener ipv4(pod_.netns(), net::Family::ipv4, filtered_port);
  probe(filtered_port);
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    EXPECT_TRUE(eventually([&] { return counts(filtered_port, family).timeouts >= 10; }));
    EXPECT_EQ(counts(filtered_port, family).successes, 0);
    EXPECT_EQ(counts(filtered_port, family).refused, 0);
  }
}

TEST_F(Probe, follows_a_port_that_opens_and_closes) {
  probe(port);
  const auto state = [&] {
    const json::value listed = json::parse(node_.agent().ctl({"probe", "list", "-o", "json"}).out);
    for (const json::value& one : listed.at("probes").as_array()) {
      if (one.at("address") == pod_.text(net::Family::ipv4).c_str()) {
        return std::string(one.at("state").as_string());
      }
    }
    return std::string("absent");
  };
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(eventually([&] { return state() == "refused"; })) << state();
    const TcpListener listener(pod_.netns(), net::Family::ipv4, port);
    EXPECT_TRUE(eventually([&] { return state() == "open"; })) << state();
  }
  EXPECT_TRUE(eventually([&] { return state() == "refused"; })) << state();
}

// No connection comes to be: the probe is reset before its handshake is complete.
TEST_F(Probe, is_invisible_to_the_application) {
  const TcpListener ipv4(pod_.netns(), net::Family::ipv4, port);
  const TcpListener ipv6(pod_.netns(), net::Family::ipv6, port);
  const double opened_before = kernel_counter("snmp", "Tcp:", "PassiveOpens");
  const double failed_before = kernel_counter("snmp", "Tcp:", "AttemptFails");
  const double embryonic_before = kernel_counter("netstat", "TcpExt:", "EmbryonicRsts");
  probe(port);
  for (const net::Family family : families) {
    EXPECT_TRUE(eventually([&] { return counts(port, family).successes >= 10; }));
  }
  EXPECT_FALSE(ipv4.accept(0ms));
  EXPECT_FALSE(ipv6.accept(0ms));
  EXPECT_EQ(kernel_counter("snmp", "Tcp:", "PassiveOpens"), opened_before);
  EXPECT_GE(kernel_counter("snmp", "Tcp:", "AttemptFails"), failed_before + 20);
  EXPECT_GE(kernel_counter("netstat", "TcpExt:", "EmbryonicRsts"), embryonic_before + 20);
  EXPECT_EQ(pod_.run({"ss", "-tanH", "state", "all", "exclude", "listening"}).out, "");

  // A real client is served all the same.
  EXPECT_TRUE(TcpConnection::open(node_.netns(), {pod_.address(net::Family::ipv4), port}));
  EXPECT_TRUE(ipv4.accept());
}

TEST_F(Probe, measures_every_answer_once) {
  probe(closed_port);
  ASSERT_TRUE(eventually([&] { return counts(closed_port, net::Family::ipv6).refused >= 10; }));
  ASSERT_EQ(node_.agent()
                .ctl({"probe", "add", "--pod", "test/pod", "--tcp-port", "8081", "--period", "1h"})
                .status,
            0);
  std::this_thread::sleep_for(100ms);
  const Exposition page = node_.metrics();
  const double answers = page.sum("podwire_packets_total", {{"verdict", "probe_answered"}});
  EXPECT_EQ(page.sum("podwire_tcp_probe_failures_total", {{"cause", "refused"}}), answers);
  EXPECT_EQ(page.sum("podwire_pod_tcp_probe_latency_seconds_count", {{"pod", "pod"}}), answers);
  EXPECT_EQ(page.sum("podwire_tcp_probe_latency_seconds_count"), answers);
  EXPECT_EQ(page.sum("podwire_tcp_probe_latency_seconds_bucket", {{"le", "+Inf"}}), answers);
  const double sum = page.sum("podwire_tcp_probe_latency_seconds_sum");
  EXPECT_GT(sum, 0);
  EXPECT_LT(sum / answers, 0.05) << "kernel to kernel";
  EXPECT_NEAR(page.sum("podwire_pod_tcp_probe_latency_seconds_sum"), sum, 1e-9);
}

TEST_F(Probe, targets_come_from_the_network_configuration) {
  const Pod other(node_, "other",
                  R"("probes": [{"tcpPort": 80, "periodMs": 50}, {"tcpPort": 81}])");
  for (const char* tcp_port : {"80", "81"}) {
    EXPECT_TRUE(eventually([&] {
      return node_.metrics().sum("podwire_tcp_probe_attempts_total",
                                 {{"pod", "other"}, {"port", tcp_port}}) >= 2;
    }));
  }
}

TEST_F(Probe, targets_are_removed_by_command_and_with_their_pod) {
  probe(port);
  probe(closed_port);
  const auto has = [&](const char* tcp_port) {
    return node_.metrics().has("podwire_tcp_probe_attempts_total", {{"port", tcp_port}});
  };
  EXPECT_TRUE(eventually([&] { return has("8080") && has("8081"); }));
  EXPECT_EQ(
      node_.agent().ctl({"probe", "remove", "--pod", "test/pod", "--tcp-port", "8080"}).status, 0);
  EXPECT_TRUE(eventually([&] { return !has("8080"); }));
  EXPECT_TRUE(has("8081"));
  const Finished again =
      node_.agent().ctl({"probe", "remove", "--pod", "test/pod", "--tcp-port", "8080"});
  EXPECT_NE(again.status, 0);
  EXPECT_EQ(again.err,
            "error: TCP port 8080 of pod test/pod: it is not probed; see podwirectl probe list\n");

  ASSERT_EQ(pod_.call("DEL").status, 0);
  EXPECT_TRUE(eventually([&] { return !has("8081"); }));
  const json::value status = json::parse(node_.agent().ctl({"status", "-o", "json"}).out);
  EXPECT_EQ(status.at("probe_targets"), 0);
  const Finished unknown =
      node_.agent().ctl({"probe", "add", "--pod", "test/pod", "--tcp-port", "80"});
  EXPECT_NE(unknown.status, 0);
  EXPECT_EQ(unknown.err,
            "error: TCP port 80 of pod test/pod: there is no such pod; see podwirectl get pods, "
            "and name one without a name by its container\n");
}

// An agent that does not get to run says nothing about pods.
TEST_F(Probe, rounds_missed_by_the_agent_are_unknown_and_no_failures) {
  const TcpListener listener(pod_.netns(), net::Family::ipv4, port);
  probe(port);
  ASSERT_TRUE(eventually([&] { return counts(port, net::Family::ipv4).successes >= 5; }));
  const Counts before = counts(port, net::Family::ipv4);
  node_.agent().send(SIGSTOP);
  std::this_thread::sleep_for(3s);
  node_.agent().send(SIGCONT);
  ASSERT_TRUE(eventually(
      [&] { return counts(port, net::Family::ipv4).successes >= before.successes + 10; }));
  const Counts after = counts(port, net::Family::ipv4);
  EXPECT_GE(after.unknown - before.unknown, 50) << "of about sixty rounds";
  EXPECT_EQ(after.timeouts, 0);
  EXPECT_EQ(after.refused, 0);
}

}  // namespace
}  // namespace podwire::netns_test
