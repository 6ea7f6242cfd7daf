// SPDX-License-Identifier: Apache-2.0
//
//            node: podwired
//      pw...               pw...
//       |                   |
//   client: eth0        server: eth0
//   raw frames go in    must not see them
//
#include <string>
#include <vector>

#include <linux/if_ether.h>
#include <podwire/abi.h>

#include "bpf/packet.hpp"
#include "two_pods.hpp"

namespace podwire::netns_test {
namespace {

using bpf_test::Arp;
using bpf_test::arp_frame;
using bpf_test::cut;
using bpf_test::Packet;
using bpf_test::with_byte;
using bpf_test::with_word;

constexpr net::Mac broadcast{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
constexpr std::size_t at_type = 12;
constexpr std::size_t at_total_length = bpf_test::ethernet_bytes + 2;
constexpr std::size_t at_version = bpf_test::ethernet_bytes;

struct Case {
  std::string rule;
  std::string reason;
  Bytes frame;
};

class Drop : public TwoPods {
 protected:
  Packet packet(const std::string& source, const std::string& destination) const {
    return Packet::ip(source, destination).macs(client_.mac(), client_.host_mac());
  }

  std::string ipv4(const Pod& pod) const { return pod.text(net::Family::ipv4); }
  std::string ipv6(const Pod& pod) const { return pod.text(net::Family::ipv6); }

  Bytes claim(const std::string& sender) const {
    return arp_frame(Arp{1, client_.mac(), sender, broadcast, PW_GATEWAY_IPV4});
  }

  double dropped(const std::string& reason) const {
    return node_.metrics().sum("podwire_dropped_packets_total", {{"reason", reason}});
  }

  // Sends the frame a few times: each is dropped for the reason, and the other pod never sees it.
  // Kernels send multicast of their own at any time, so there may be more of that.
  void expect_dropped(const Case& one) const {
    SCOPED_TRACE(one.rule);
    constexpr int times = 5;
    const FrameSocket socket(client_.netns(), "eth0");
    const FrameSocket other(server_.netns(), "eth0");
    const double before = dropped(one.reason);
    for (int i = 0; i < times; ++i) ASSERT_TRUE(socket.send(one.frame));
    const double after = dropped(one.reason);
    if (one.reason == "multicast") {
      EXPECT_GE(after - before, times);
    } else {
      EXPECT_EQ(after - before, times);
    }
    while (const auto seen = other.receive(std::chrono::milliseconds(0))) {
      EXPECT_FALSE(std::equal(seen->begin() + at_type, seen->end(), one.frame.begin() + at_type,
                              one.frame.end()));
    }
  }

  void expect_dropped(const std::vector<Case>& cases) const {
    for (const Case& one : cases) expect_dropped(one);
    expect_all_works();
  }

  void expect_all_works() const {
    for (const net::Family family : families) {
      const Finished pinged =
          client_.run({"ping", "-n", "-c", "1", "-W", "5", server_.text(family)});
      EXPECT_EQ(pinged.status, 0) << pinged.out;
    }
    EXPECT_EQ(client_.call("CHECK").status, 0);
    EXPECT_EQ(server_.call("CHECK").status, 0);
  }
};

TEST_F(Drop, counts_spoofed_packets) {
  expect_dropped({
      {"the server's own address", "spoofed",
       packet(ipv4(server_), ipv4(server_)).udp(1, 2).frame()},
      {"an unassigned address", "spoofed", packet("10.66.0.77", ipv4(server_)).udp(1, 2).frame()},
      {"to the host", "spoofed", packet("192.0.2.1", "169.254.1.1").udp(1, 2).frame()},
      {"the gateway", "spoofed", packet(PW_GATEWAY_IPV4, ipv4(server_)).icmp(3, 4, 600).frame()},
      {"IPv6", "spoofed", packet(ipv6(server_), ipv6(server_)).udp(1, 2).frame()},
      {"an unassigned IPv6 address", "spoofed",
       packet("fd66::77", ipv6(server_)).udp(1, 2).frame()},
      {"the prober", "spoofed", packet(PW_PROBE_IPV6, ipv6(server_)).tcp({}).frame()},
      {"ARP for another", "spoofed", claim(ipv4(server_))},
      {"ARP for the gateway", "spoofed", claim(PW_GATEWAY_IPV4)},
  });
  // No claim has reached the neighbour table of the node.
  const std::string neighbours = node_.run({"ip", "neighbour"}).out;
  EXPECT_EQ(neighbours.find(ipv4(server_) + " dev " + client_.host_link()), std::string::npos)
      << neighbours;
}

TEST_F(Drop, counts_malformed_packets) {
  const Bytes ipv4_frame = packet(ipv4(client_), ipv4(server_)).udp(1, 2).payload(100).frame();
  const Bytes ipv6_frame = packet(ipv6(client_), ipv6(server_)).udp(1, 2).payload(100).frame();
  expect_dropped({
      {"IPv4 header cut", "malformed", cut(ipv4_frame, bpf_test::ethernet_bytes + 12)},
      {"IPv4 shorter than it says", "malformed", cut(ipv4_frame, bpf_test::ethernet_bytes + 60)},
      {"IPv4 longer than it is", "malformed", with_word(ipv4_frame, at_total_length, 1000)},
      {"IPv4 total length below its header", "malformed",
       with_word(ipv4_frame, at_total_length, 8)},
      {"version 5", "malformed", with_byte(ipv4_frame, at_version, 0x55)},
      {"header length 4 words", "malformed", with_byte(ipv4_frame, at_version, 0x44)},
      {"IPv6 header cut", "malformed", cut(ipv6_frame, bpf_test::ethernet_bytes + 20)},
      {"IPv6 shorter than it says", "malformed", cut(ipv6_frame, bpf_test::ethernet_bytes + 60)},
      {"IPv6 with version 4", "malformed", with_byte(ipv6_frame, at_version, 0x40)},
      {"ARP cut", "malformed", cut(claim(ipv4(client_)), bpf_test::ethernet_bytes + 10)},
  });
}

TEST_F(Drop, counts_what_is_not_ip) {
  Bytes frame = packet(ipv4(client_), ipv4(server_)).udp(1, 2).payload(40).frame();
  expect_dropped({
      {"LLDP", "not_ip", with_word(frame, at_type, 0x88cc)},
      {"MPLS", "not_ip", with_word(frame, at_type, 0x8847)},
      {"a length instead of a type", "not_ip", with_word(frame, at_type, 38)},
      {"loopback test", "not_ip", with_word(frame, at_type, 0x9000)},
  });
}

TEST_F(Drop, counts_groups_and_broadcast) {
  expect_dropped({
      {"mDNS", "multicast", packet(ipv4(client_), "224.0.0.251").udp(5353, 5353).frame()},
      {"IPv6 mDNS", "multicast", packet(ipv6(client_), "ff02::fb").udp(5353, 5353).frame()},
      {"all nodes", "multicast", packet(ipv6(client_), "ff02::1").icmp(128, 0).frame()},
      {"limited broadcast", "broadcast",
       packet(ipv4(client_), "255.255.255.255").udp(68, 67).frame()},
  });
}

TEST_F(Drop, counts_packets_that_have_used_up_their_hops) {
  expect_dropped({
      {"IPv4", "time_exceeded", packet(ipv4(client_), ipv4(server_)).ttl(1).udp(1, 2).frame()},
      {"IPv6", "time_exceeded", packet(ipv6(client_), ipv6(server_)).ttl(1).udp(1, 2).frame()},
      {"none left", "time_exceeded", packet(ipv4(client_), ipv4(server_)).ttl(0).udp(1, 2).frame()},
  });
}

TEST_F(Drop, counts_what_answers_no_probe) {
  const bpf_test::Tcp accepted{.source_port = 8080,
                               .destination_port = 40000,
                               .acknowledgement = 7,
                               .flags = bpf_test::tcp_syn | bpf_test::tcp_ack};
  expect_dropped({
      {"SYN-ACK", "probe_stray", packet(ipv4(client_), PW_PROBE_IPV4).tcp(accepted).frame()},
      {"IPv6 SYN-ACK", "probe_stray", packet(ipv6(client_), PW_PROBE_IPV6).tcp(accepted).frame()},
      {"UDP", "probe_stray", packet(ipv4(client_), PW_PROBE_IPV4).udp(1, 2).frame()},
  });
}

// Errors are worth a limited effort only; what is beyond it has its own reason.
TEST_F(Drop, limits_the_errors_it_sends) {
  const Bytes frame = packet(ipv4(client_), ipv4(server_)).ttl(1).udp(1, 2).frame();
  const FrameSocket socket(client_.netns(), "eth0");
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(socket.send(frame));
  EXPECT_EQ(dropped("time_exceeded") + dropped("error_limited"), 1000);
  EXPECT_GT(dropped("error_limited"), 0);
  EXPECT_GE(dropped("time_exceeded"), 50);
  expect_all_works();
}

}  // namespace
}  // namespace podwire::netns_test
