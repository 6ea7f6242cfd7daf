// SPDX-License-Identifier: Apache-2.0
//
//          node: podwired
//      pw...             pw... (a queue, if ingress is limited)
//       |                 |
//   slow: eth0          free: eth0
//   (a queue, if egress is limited)
//
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::uint16_t port = 7000;
constexpr double mbit = 1e6;

// Bits of payload a second over one TCP connection, once it is in full flow.
double throughput(const net::Netns& from, const net::Netns& to, const net::Address& address) {
  const TcpListener listener(to, address.family(), port);
  const auto connection = TcpConnection::open(from, {address, port});
  if (!connection) throw std::runtime_error(connection.error().what);
  auto accepted = listener.accept();
  if (!accepted) throw std::runtime_error("no connection");
  const std::jthread sending([&] {
    const std::string chunk(std::size_t{64} * 1024, 'x');
    while (connection->send(chunk)) {
    }
  });
  auto now = Clock::now();
  const auto begin = now + 500ms;
  const auto end = begin + 1500ms;
  auto measured_from = now;
  double bytes = 0;
  while (now < end) {
    const std::size_t got = accepted->connection.receive(std::size_t{8} * 1024).size();
    if (got == 0) break;
    now = Clock::now();
    if (now < begin) {
      measured_from = now;
    } else {
      bytes += static_cast<double>(got);
    }
  }
  accepted.reset();  // which ends the sending
  return bytes * 8 / std::chrono::duration<double>(now - measured_from).count();
}

class Bandwidth : public testing::TestWithParam<int> {
 protected:
  Pod make_slow(const std::string& direction) {
    return Pod(
        node_, "slow",
        R"("bandwidth": {")" + direction + R"(Rate": )" + std::to_string(GetParam()) + "000000}");
  }
  double metric(const std::string& name, const std::string& direction) {
    return node_.metrics().sum("podwire_bandwidth_" + name,
                               {{"pod", "slow"}, {"direction", direction}});
  }
  // A busy machine delays sender and receiver: one measurement of some must be right.
  void expect_rate(const net::Netns& from, const net::Netns& to,
                   const net::Address& address) const {
    std::vector<double> measured;
    const double limit = GetParam() * mbit;
    for (int attempt = 0; attempt < 4; ++attempt) {
      measured.push_back(throughput(from, to, address));
      if (measured.back() > 0.95 * limit && measured.back() < 1.05 * limit) return;
    }
    ADD_FAILURE() << "measured " << testing::PrintToString(measured);
  }

  Node node_;
  Pod free_{node_, "free"};
};
INSTANTIATE_TEST_SUITE_P(MbitPerSecond, Bandwidth, testing::Values(5, 100, 1000));

TEST_P(Bandwidth, of_egress_is_kept_within_5_percent) {
  const Pod slow = make_slow("egress");
  for (const net::Family family : families)
    expect_rate(slow.netns(), free_.netns(), free_.address(family));
  EXPECT_TRUE(eventually([&] {
    return throughput(free_.netns(), slow.netns(), slow.address(families[0])) >
           1.2 * GetParam() * mbit;
  })) << "the other direction is not limited";
  EXPECT_EQ(metric("limit_bits_per_second", "egress"), GetParam() * mbit);
  EXPECT_EQ(metric("dropped_packets_total", "egress"), 0);
  EXPECT_EQ(slow.call("CHECK").status, 0);
}

TEST_P(Bandwidth, of_ingress_is_kept_within_5_percent_from_pods_and_from_the_node) {
  const Pod slow = make_slow("ingress");
  for (const net::Family family : families) {
    expect_rate(free_.netns(), slow.netns(), slow.address(family));
    expect_rate(node_.netns(), slow.netns(), slow.address(family));
  }
  EXPECT_EQ(metric("limit_bits_per_second", "ingress"), GetParam() * mbit);
  EXPECT_EQ(slow.call("CHECK").status, 0);
}

using ShapedPod = Bandwidth;
INSTANTIATE_TEST_SUITE_P(MbitPerSecond, ShapedPod, testing::Values(20));

TEST_P(ShapedPod, gains_nothing_by_leaving_its_queue_aside) {
  const Pod slow = make_slow("egress");
  ASSERT_EQ(slow.run({"tc", "qdisc", "del", "dev", "eth0", "root"}).status, 0);
  // Each new MAC makes the agent publish the pod again.
  std::atomic<bool> over = false;
  const std::jthread changing([&] {
    for (int i = 0; !over; ++i) {
      slow.run({"ip", "link", "set", "eth0", "address",
                i % 2 == 0 ? "02:00:00:00:00:01" : "02:00:00:00:00:02"});
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
    }
  });
  EXPECT_LT(throughput(slow.netns(), free_.netns(), free_.address(families[0])),
            1.05 * GetParam() * mbit);
  over = true;
  EXPECT_GT(metric("dropped_packets_total", "egress"), 0);
  EXPECT_EQ(metric("dropped_packets_total", "egress"),
            node_.metrics().sum("podwire_packets_total", {{"verdict", "rate_exceeded"}}));
  const Finished checked = slow.call("CHECK");
  EXPECT_NE(checked.out.find("has lost the queue that shapes it"), std::string::npos)
      << checked.out;
}

TEST_P(ShapedPod, keeps_its_limits_over_a_restart) {
  const Pod slow = make_slow("ingress");
  throughput(free_.netns(), slow.netns(), slow.address(families[0]));
  const double before = metric("dropped_packets_total", "ingress");
  node_.agent().kill();
  node_.agent().start();
  EXPECT_GE(metric("dropped_packets_total", "ingress"), before);
  expect_rate(free_.netns(), slow.netns(), slow.address(families[0]));
}

TEST_P(ShapedPod, counts_a_packet_from_another_pod_once) {
  const Pod slow = make_slow("ingress");
  // The stack's own packets, such as router solicitations, may come at any time.
  const auto from_pods = [&] {
    const Exposition page = node_.metrics();
    return page.sum("podwire_forwarded_packets_total", {{"direction", "ingress"}}) -
           page.sum("podwire_packets_total", {{"verdict", "to_pod"}});
  };
  const double before = from_pods();
  ASSERT_EQ(free_.run({"ping", "-q", "-c", "5", "-i", "0.01", slow.text(families[0])}).status, 0);
  EXPECT_EQ(from_pods() - before, 10) << "five requests, five replies";
}

// As another plugin or a person may put it there.
TEST_P(ShapedPod, passes_a_queue_that_somebody_else_put_on_its_host_end) {
  const Pod slow(node_, "slow");
  const Finished put = node_.run({"tc", "qdisc", "add", "dev", slow.host_link(), "root", "tbf",
                                  "rate", "20mbit", "burst", "32k", "latency", "50ms"});
  ASSERT_EQ(put.status, 0) << put.err;
  const auto passes = [&] {
    return throughput(free_.netns(), slow.netns(), slow.address(families[0])) < 25 * mbit;
  };
  EXPECT_TRUE(eventually(passes));
  ASSERT_EQ(node_.run({"tc", "qdisc", "del", "dev", slow.host_link(), "root"}).status, 0);
  EXPECT_TRUE(eventually([&] { return !passes(); }));
}

}  // namespace
}  // namespace podwire::netns_test
