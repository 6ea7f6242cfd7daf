// SPDX-License-Identifier: Apache-2.0
// ICMP errors made for a pod: every byte, when there is none, and how many.
#include <algorithm>

#include "fixture.hpp"

namespace podwire::bpf_test {
namespace {

constexpr std::size_t quote_ipv4 = 548;   // 576 bytes in all (RFC 1812, 4.3.2.3)
constexpr std::size_t quote_ipv6 = 1232;  // 1280 bytes in all (RFC 4443, 2.4)

Packet ipv4_error(std::uint8_t type, std::uint8_t code, std::uint32_t mtu, const Bytes& about) {
  return Packet::ip(PW_GATEWAY_IPV4, client.ipv4)
      .macs(client.host_mac, client.pod_mac)
      .tos(0xc0)
      .icmp(type, code, mtu)
      .payload(quoted(about, quote_ipv4));
}

Packet ipv6_error(std::uint8_t type, std::uint8_t code, std::uint32_t mtu, const Bytes& about) {
  return Packet::ip(PW_GATEWAY_IPV6, client.ipv6)
      .macs(client.host_mac, client.pod_mac)
      .ttl(255)
      .icmp(type, code, mtu)
      .payload(quoted(about, quote_ipv6));
}

// The row of a dropped packet whose sender gets `error`.
Row answered(std::string rule, const Packet& packet, pw_verdict verdict, const Packet& error) {
  return {std::move(rule), packet.frame(), TC_ACT_SHOT, verdict, error.frame()};
}

Row exceeded(std::string rule, const Packet& packet, bool is_ipv6 = false) {
  const Bytes in = packet.frame();
  return answered(std::move(rule), packet, PW_DROP_TIME_EXCEEDED,
                  is_ipv6 ? ipv6_error(3, 0, 0, in) : ipv4_error(11, 0, 0, in));
}

Row too_big(std::string rule, const Packet& packet, std::uint32_t mtu, bool is_ipv6 = false) {
  const Bytes in = packet.frame();
  return answered(std::move(rule), packet, PW_DROP_TOO_BIG,
                  is_ipv6 ? ipv6_error(2, 0, mtu, in) : ipv4_error(3, 4, mtu, in));
}

Row unreachable(std::string rule, const Packet& packet, bool is_ipv6 = false) {
  const Bytes in = packet.frame();
  return answered(std::move(rule), packet, PW_DROP_UNREACHABLE,
                  is_ipv6 ? ipv6_error(1, 3, 0, in) : ipv4_error(3, 1, 0, in));
}

Row fits(std::string rule, const Packet& packet) {
  return {std::move(rule),
          packet.frame(),
          TC_ACT_REDIRECT,
          PW_FORWARDED,
          delivered_to_server(packet).frame(),
          Counted::client_to_server};
}

Row with_gso(Row row, std::uint32_t gso_size) {
  row.context.gso_size = gso_size;
  row.context.gso_segs = 2;
  return row;
}

class IcmpError : public PodTest {
 protected:
  // Besides the row itself: the error, and nothing but it, is on the wire towards the pod.
  void expect(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
      ASSERT_TRUE(maps().icmp_budgets.put(client.slot, {}));
      check(&Programs::from_pod, row);
      SCOPED_TRACE(row.rule);
      if (row.action == TC_ACT_SHOT && row.out != row.in) {
        const auto error = to_client_.next();
        ASSERT_TRUE(error.has_value()) << "nothing on the wire";
        EXPECT_EQ(hex(*error), hex(row.out));
      }
    }
    EXPECT_TRUE(to_client_.quiet());
  }

  static void hold(const std::string& address, std::uint32_t length, pw_holder holder) {
    pw_prefix prefix{.length = length};
    std::ranges::copy(kernel_address(address).bytes, prefix.address);
    ASSERT_TRUE(maps().prefixes.put(prefix, holder));
  }

 private:
  Capture to_client_{"client-pod"};
};

TEST_F(IcmpError, time_exceeded_for_the_last_hop_and_for_none) {
  expect({
      exceeded("UDP, TTL 1", ipv4_to_server().ttl(1).udp(33434, 33434).payload(32)),
      exceeded("UDP, TTL 0", ipv4_to_server().ttl(0).udp(33434, 33434).payload(32)),
      exceeded("TCP", ipv4_to_server().ttl(1).tcp({.source_port = 1, .flags = tcp_syn})),
      exceeded("echo request", ipv4_to_server().ttl(1).icmp(8, 0, 1).payload(56)),
      exceeded("echo reply", ipv4_to_server().ttl(1).icmp(0, 0, 1).payload(56)),
      exceeded("timestamp request", ipv4_to_server().ttl(1).icmp(13, 0, 1).payload(12)),
      exceeded("unknown transport", ipv4_to_server().ttl(1).protocol(50).payload(64)),
      exceeded("nothing but the header", ipv4_to_server().ttl(1).protocol(17)),
      exceeded("options are quoted", ipv4_to_server().ttl(1).options(Bytes(40, 1)).udp(1, 2)),
      exceeded("first fragment", ipv4_to_server().ttl(1).fragment(0, true).udp(1, 2).payload(8)),
      exceeded("IPv6 UDP, hop limit 1", ipv6_to_server().ttl(1).udp(33434, 33434).payload(32),
               true),
      exceeded("IPv6 UDP, hop limit 0", ipv6_to_server().ttl(0).udp(33434, 33434).payload(32),
               true),
      exceeded("IPv6 TCP", ipv6_to_server().ttl(1).tcp({.source_port = 1, .flags = tcp_syn}), true),
      exceeded("IPv6 echo request", ipv6_to_server().ttl(1).icmp(128, 0, 1).payload(56), true),
      exceeded("IPv6 nothing but the header", ipv6_to_server().ttl(1).protocol(59), true),
      exceeded("before the size is judged",
               ipv4_to_server().ttl(1).dont_fragment().udp(1, 2).payload(2000)),
  });
}

TEST_F(IcmpError, quotes_every_length_up_to_the_limit) {
  std::vector<Row> rows;
  for (std::size_t payload = 0; payload < 16; ++payload) {
    rows.push_back(exceeded("IPv4 " + std::to_string(payload),
                            ipv4_to_server().ttl(1).udp(1, 2).payload(payload)));
    rows.push_back(exceeded("IPv6 " + std::to_string(payload),
                            ipv6_to_server().ttl(1).udp(1, 2).payload(payload), true));
  }
  // Around the pieces of 512 bytes in which the program sums, and around both limits.
  for (const std::size_t packet :
       {511, 512, 513, 547, 548, 549, 1023, 1024, 1025, 1231, 1232, 1233, 3000}) {
    rows.push_back(exceeded("IPv4 of " + std::to_string(packet),
                            ipv4_to_server().ttl(1).udp(1, 2).payload(packet - 28)));
    rows.push_back(exceeded("IPv6 of " + std::to_string(packet),
                            ipv6_to_server().ttl(1).udp(1, 2).payload(packet - 48), true));
  }
  expect(rows);
}

// The quoted bytes decide the sum: all carries, and a sum that folds twice.
TEST_F(IcmpError, checksum_survives_every_carry) {
  std::vector<Row> rows;
  for (const std::uint8_t fill : Bytes{0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff}) {
    for (const std::size_t length : {519, 520}) {
      rows.push_back(exceeded("fill " + std::to_string(fill),
                              ipv4_to_server().ttl(1).protocol(17).payload(Bytes(length, fill))));
      rows.push_back(exceeded("IPv6 fill " + std::to_string(fill),
                              ipv6_to_server().ttl(1).protocol(17).payload(Bytes(length, fill)),
                              true));
    }
  }
  for (unsigned id = 0; id < 512; ++id) {
    rows.push_back(exceeded(
        "id " + std::to_string(id),
        ipv4_to_server().ttl(1).id(static_cast<std::uint16_t>(id * 128)).udp(1, 2).payload(1)));
  }
  expect(rows);
}

TEST_F(IcmpError, too_big_names_the_receivers_mtu) {
  Pod small = server;
  small.mtu = 1280;
  attach(small, Wire::get().server_host);
  expect({
      fits("IPv4 of the MTU", ipv4_to_server().dont_fragment().udp(1, 2).payload(1280 - 28)),
      too_big("IPv4, one more", ipv4_to_server().dont_fragment().udp(1, 2).payload(1281 - 28),
              1280),
      fits("IPv4 that may be fragmented", ipv4_to_server().udp(1, 2).payload(1281 - 28)),
      fits("IPv6 of the MTU", ipv6_to_server().udp(1, 2).payload(1280 - 48)),
      too_big("IPv6, one more", ipv6_to_server().udp(1, 2).payload(1281 - 48), 1280, true),
      too_big("twice the MTU", ipv6_to_server().tcp({.source_port = 1}).payload(2500), 1280, true),
  });
}

TEST_F(IcmpError, size_of_a_gso_packet_is_that_of_its_segments) {
  Pod small = server;
  small.mtu = 1280;
  attach(small, Wire::get().server_host);
  const Packet tcp4 = ipv4_to_server().dont_fragment().tcp({.source_port = 1}).payload(2000);
  const Packet options = ipv4_to_server()
                             .dont_fragment()
                             .tcp({.source_port = 1, .options = Bytes(12, 1)})
                             .payload(2000);
  const Packet tcp6 = ipv6_to_server().tcp({.source_port = 1}).payload(2000);
  const Packet udp6 = ipv6_to_server().udp(1, 2).payload(2000);
  expect({
      with_gso(fits("TCP segments of the MTU", tcp4), 1240),
      with_gso(too_big("TCP segments, one more", tcp4, 1280), 1241),
      with_gso(fits("TCP options belong to the segment", options), 1228),
      with_gso(too_big("TCP options, one more", options, 1280), 1229),
      with_gso(fits("IPv6 TCP segments of the MTU", tcp6), 1220),
      with_gso(too_big("IPv6 TCP segments, one more", tcp6, 1280, true), 1221),
      with_gso(fits("UDP datagrams of the MTU", udp6), 1232),
      with_gso(too_big("UDP datagrams, one more", udp6, 1280, true), 1233),
  });
}

TEST_F(IcmpError, padding_is_neither_quoted_nor_part_of_the_size) {
  Row ipv4 = exceeded("IPv4", ipv4_to_server().ttl(1).udp(1, 2).payload(5));
  Row ipv6 = exceeded("IPv6", ipv6_to_server().ttl(1).udp(1, 2).payload(5), true);
  ipv4.in = padded(ipv4.in, 13);
  ipv6.in = padded(ipv6.in, 2000);
  Row small =
      fits("padded beyond the MTU", ipv4_to_server().dont_fragment().udp(1, 2).payload(1472));
  small.in = padded(small.in, 100);
  small.out = padded(small.out, 100);
  expect({ipv4, ipv6, small});
}

// Such a packet is quoted whole, so nothing else has taken its GSO marks off.
TEST_F(IcmpError, time_exceeded_for_a_gso_packet_below_the_quote_limit) {
  expect({with_gso(exceeded("IPv4", ipv4_to_server().ttl(1).udp(1, 2).payload(200)), 100),
          with_gso(exceeded("IPv6", ipv6_to_server().ttl(1).udp(1, 2).payload(200), true), 100)});
}

TEST_F(IcmpError, unreachable_for_addresses_of_the_pod_ranges_that_nobody_has) {
  const auto vacant_ipv4 = [] { return from_client(client.ipv4, "10.244.0.99").udp(1, 2); };
  const auto vacant_ipv6 = [] { return from_client(client.ipv6, "fd00:244::99").udp(1, 2); };
  check(&Programs::from_pod, {to_host("IPv4, no range is known", vacant_ipv4()),
                              to_host("IPv6, no range is known", vacant_ipv6())});
  hold("10.244.0.0", 96 + 24, PW_HOLDER_PODS);
  hold("10.244.0.1", 128, PW_HOLDER_HOST);
  hold("fd00:244::", 64, PW_HOLDER_PODS);
  expect({unreachable("IPv4", vacant_ipv4()), unreachable("IPv6", vacant_ipv6(), true),
          unreachable("the last TTL is not asked for", vacant_ipv4().ttl(1)),
          fits("a pod", ipv4_to_server().udp(1, 2)),
          drops("an ICMP error", from_client(client.ipv4, "10.244.0.99").icmp(3, 3).payload(28),
                PW_DROP_UNREACHABLE)});
  check(&Programs::from_pod,
        {to_host("the node's own address", from_client(client.ipv4, "10.244.0.1").udp(1, 2)),
         to_host("outside", from_client(client.ipv4, "10.244.1.99").udp(1, 2)),
         to_host("outside, IPv6", from_client(client.ipv6, "fd00:244:0:1::99").udp(1, 2))});
}

TEST_F(IcmpError, none_about_icmp_errors_and_later_fragments) {
  std::vector<Row> rows;
  for (const std::uint8_t type : Bytes{3, 4, 5, 11, 12}) {
    rows.push_back(drops("ICMP type " + std::to_string(type),
                         ipv4_to_server().ttl(1).icmp(type, 0).payload(28), PW_DROP_TIME_EXCEEDED));
  }
  for (const std::uint8_t type : Bytes{1, 2, 3, 4, 127}) {
    rows.push_back(drops("ICMPv6 type " + std::to_string(type),
                         ipv6_to_server().ttl(1).icmp(type, 0).payload(48), PW_DROP_TIME_EXCEEDED));
  }
  rows.push_back(
      drops("ICMP without a type", ipv4_to_server().ttl(1).protocol(1), PW_DROP_TIME_EXCEEDED));
  rows.push_back(
      drops("ICMPv6 without a type", ipv6_to_server().ttl(1).protocol(58), PW_DROP_TIME_EXCEEDED));
  rows.push_back(drops("later fragment",
                       ipv4_to_server().ttl(1).fragment(8, true).protocol(17).payload(64),
                       PW_DROP_TIME_EXCEEDED));
  rows.push_back(drops("last fragment of an echo",
                       ipv4_to_server().ttl(1).fragment(8, false).protocol(1).payload(64),
                       PW_DROP_TIME_EXCEEDED));
  rows.push_back(
      drops("too big ICMPv6 error", ipv6_to_server().icmp(1, 0).payload(2000), PW_DROP_TOO_BIG));
  expect(rows);
}

}  // namespace
}  // namespace podwire::bpf_test
