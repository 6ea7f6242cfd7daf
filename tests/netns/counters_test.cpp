// SPDX-License-Identifier: Apache-2.0
//
//         node: podwired
//      pw...           pw...           <- device counters of the host ends
//       |               |
//   client: eth0    server: eth0
//   sends N         receives N         <- what they saw
//
#include <cstdint>
#include <thread>

#include "two_pods.hpp"

namespace podwire::netns_test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t port = 7000;

// Everything that counts the same packets, read at one time.
struct Counts {
  std::map<std::string, double> verdicts;
  double all_verdicts = 0;
  double device_packets = 0;  // of all host ends, both directions
  double egress_packets = 0, ingress_packets = 0, egress_bytes = 0, ingress_bytes = 0;
  double device_rx_bytes = 0;

  bool operator==(const Counts&) const = default;
  double since(const Counts& before, const std::string& verdict) const {
    return verdicts.at(verdict) - before.verdicts.at(verdict);
  }
};

class Counters : public TwoPods {
 protected:
  Counts read() const {
    Counts counts;
    const Exposition page = node_.metrics();
    for (const auto& [labels, value] : page.series().at("podwire_packets_total")) {
      counts.verdicts[labels.at("verdict")] = value;
      counts.all_verdicts += value;
    }
    const auto sum = [&](const char* name, const char* direction) {
      return page.sum(name, {{"direction", direction}});
    };
    counts.egress_packets = sum("podwire_forwarded_packets_total", "egress");
    counts.ingress_packets = sum("podwire_forwarded_packets_total", "ingress");
    counts.egress_bytes = sum("podwire_forwarded_bytes_total", "egress");
    counts.ingress_bytes = sum("podwire_forwarded_bytes_total", "ingress");
    for (const auto& link : node_.links()) {
      const auto& stats = link.at("stats64").as_object();
      const auto number = [&](const char* direction, const char* what) {
        return stats.at(direction).at(what).to_number<double>();
      };
      counts.device_packets += number("rx", "packets") + number("tx", "packets");
      counts.device_rx_bytes += number("rx", "bytes");
    }
    return counts;
  }

  // The kernel may take a second to notice that a link is up, and sends some packets of its own
  // then.
  void SetUp() override { at_rest(1500ms); }

  // The counters are read one after the other, so they are compared when nothing moves.
  Counts at_rest(std::chrono::milliseconds quiet = 100ms) const {
    Counts last = read();
    const bool rests = eventually(
        [&] {
          std::this_thread::sleep_for(quiet);
          Counts next = read();
          const bool same = next == last;
          last = std::move(next);
          return same;
        },
        30s);
    EXPECT_TRUE(rests) << "the counters never come to rest";
    return last;
  }

  static void expect_consistent(const Counts& before, const Counts& after) {
    EXPECT_EQ(after.all_verdicts - before.all_verdicts,
              after.device_packets - before.device_packets)
        << "a packet on a device without a verdict, or with two";
    const auto since = [&](const char* verdict) { return after.since(before, verdict); };
    EXPECT_EQ(after.egress_packets - before.egress_packets, since("forwarded") + since("to_host"));
    EXPECT_EQ(after.ingress_packets - before.ingress_packets, since("forwarded") + since("to_pod"));
  }
};

TEST_F(Counters, agree_with_sender_receiver_and_devices) {
  constexpr int datagrams = 500;
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    const UdpSocket receiver(server_.netns(), family, port);
    const UdpSocket sender(client_.netns(), family, 0);
    const Counts before = at_rest();
    int received = 0;
    for (int i = 0; i < datagrams; ++i) {
      ASSERT_TRUE(sender.send("datagram", {server_.address(family), port}));
      if (receiver.receive()) ++received;
    }
    EXPECT_EQ(received, datagrams);
    const Counts after = at_rest();
    EXPECT_EQ(after.since(before, "forwarded"), datagrams);
    EXPECT_EQ(after.egress_packets - before.egress_packets, datagrams);
    EXPECT_EQ(after.ingress_packets - before.ingress_packets, datagrams);
    const double frame = (family == net::Family::ipv4 ? 14 + 20 + 8 : 14 + 40 + 8) + 8;
    EXPECT_EQ(after.egress_bytes - before.egress_bytes, datagrams * frame);
    EXPECT_EQ(after.ingress_bytes - before.ingress_bytes, datagrams * frame);
    EXPECT_EQ(after.device_rx_bytes - before.device_rx_bytes, datagrams * frame);
    expect_consistent(before, after);
  }
}

TEST_F(Counters, name_each_packet_between_pod_and_host) {
  constexpr int datagrams = 100;
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    const UdpSocket in_pod(client_.netns(), family, port);
    const UdpSocket on_host(node_.netns(), family, port);
    const Counts before = at_rest();
    for (int i = 0; i < datagrams; ++i) {
      ASSERT_TRUE(on_host.send("to the pod", {client_.address(family), port}));
      const auto asked = in_pod.receive();
      ASSERT_TRUE(asked);
      Peer answer_to = asked->peer;
      answer_to.interface = family == net::Family::ipv6 ? "eth0" : "";
      ASSERT_TRUE(client_.netns().inside([&] { EXPECT_TRUE(in_pod.send("back", answer_to)); }));
      ASSERT_TRUE(on_host.receive());
    }
    const Counts after = at_rest();
    EXPECT_EQ(after.since(before, "to_pod"), datagrams);
    EXPECT_EQ(after.since(before, "to_host"), datagrams);
    EXPECT_EQ(after.since(before, "forwarded"), 0);
    expect_consistent(before, after);
  }
}

// A GSO packet is one packet for the programs as for the devices.
TEST_F(Counters, agree_with_devices_on_bulk_tcp) {
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    const Counts before = at_rest();
    {
      const TcpListener listener(server_.netns(), family, port);
      const auto connection = TcpConnection::open(client_.netns(), {server_.address(family), port});
      ASSERT_TRUE(connection);
      const auto accepted = listener.accept();
      ASSERT_TRUE(accepted);
      std::jthread sender([&] { EXPECT_TRUE(connection->send(std::string(5'000'000, 'x'))); });
      EXPECT_EQ(accepted->connection.receive(5'000'000).size(), 5'000'000u);
    }
    const Counts after = at_rest();
    EXPECT_GT(after.since(before, "forwarded"), 50);
    EXPECT_GT(after.egress_bytes - before.egress_bytes, 5'000'000);
    EXPECT_EQ(after.egress_bytes - before.egress_bytes,
              after.device_rx_bytes - before.device_rx_bytes);
    expect_consistent(before, after);
  }
}

// Errors and probes leave and enter a pod too, and each is counted once.
TEST_F(Counters, give_errors_and_probes_one_verdict_each) {
  const Counts before = at_rest();
  const std::string pod = "test/" + server_.name();
  ASSERT_EQ(node_.agent()
                .ctl({"probe", "add", "--pod", pod, "--tcp-port", "9", "--period", "50ms"})
                .status,
            0);
  for (const net::Family family : families) {
    client_.run(
        {"ping", "-n", "-c", "5", "-i", "0.05", "-W", "1", "-t", "1", server_.text(family)});
  }
  EXPECT_TRUE(eventually([&] { return verdict("probe_answered") >= 20; }));
  ASSERT_EQ(node_.agent().ctl({"probe", "remove", "--pod", pod, "--tcp-port", "9"}).status, 0);
  const Counts after = at_rest();
  EXPECT_EQ(after.since(before, "time_exceeded"), 10);
  EXPECT_EQ(after.since(before, "to_pod"), 10) << "one error for each";
  EXPECT_GE(after.since(before, "probe_sent"), 20);
  EXPECT_EQ(after.since(before, "probe_sent"), after.since(before, "probe_answered"))
      << "every probe of a closed port is answered by one RST, which needs no answer";
  expect_consistent(before, after);
}

}  // namespace
}  // namespace podwire::netns_test
