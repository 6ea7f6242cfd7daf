// SPDX-License-Identifier: Apache-2.0
// What a pod sends: to another pod, to itself, to the host, and what it may not send.
#include "fixture.hpp"

namespace podwire::bpf_test {
namespace {

constexpr std::uint8_t protocol_udp = 17;
constexpr std::uint8_t protocol_esp = 50;
constexpr std::uint8_t protocol_mobility = 135;  // an IPv6 header type, not ICMPv6 type 135
constexpr std::uint8_t ipv6_hop_by_hop = 0;
constexpr std::uint8_t ipv6_fragment = 44;

Row forwards(std::string rule, const Packet& packet, std::uint8_t ttl = 64) {
  return {std::move(rule),
          packet.frame(),
          TC_ACT_REDIRECT,
          PW_FORWARDED,
          delivered_to_server(packet, ttl).frame(),
          Counted::client_to_server};
}

const Tcp request{.source_port = 40000, .destination_port = 80, .sequence = 1, .flags = tcp_syn};

class FromPod : public PodTest {
 protected:
  static void expect(const std::vector<Row>& rows) { check(&Programs::from_pod, rows); }
};

TEST_F(FromPod, forwards_to_another_pod_as_a_router_would) {
  expect({
      forwards("IPv4 TCP", ipv4_to_server().tcp(request)),
      forwards("IPv6 TCP", ipv6_to_server().tcp(request)),
      forwards("IPv4 UDP", ipv4_to_server().udp(1000, 53).payload(31)),
      forwards("IPv6 UDP", ipv6_to_server().udp(1000, 53).payload(31)),
      forwards("IPv4 echo request", ipv4_to_server().icmp(8, 0, 1).payload(56)),
      forwards("IPv6 echo request", ipv6_to_server().icmp(128, 0, 1).payload(56)),
      forwards("IPv4 ICMP error", ipv4_to_server().icmp(3, 3).payload(28)),
      forwards("IPv6 ICMP error", ipv6_to_server().icmp(1, 4).payload(48)),
      forwards("IPv4 without any payload", ipv4_to_server().protocol(protocol_udp)),
      forwards("IPv6 without any payload", ipv6_to_server().protocol(59)),
      forwards("transport that nobody here knows",
               ipv4_to_server().protocol(protocol_esp).payload(100)),
      forwards(
          "IPv6 mobility header, which is no neighbour discovery",
          ipv6_to_server().protocol(protocol_mobility).payload(Bytes{135, 0, 0, 0, 0, 0, 0, 0})),
      forwards("neighbour solicitation to a pod",
               ipv6_to_server().ttl(255).icmp(135, 0).payload(16), 255),
      forwards("traffic class stays", ipv6_to_server().tos(0xb8).udp(1, 2)),
      forwards("largest packet of the MTU",
               ipv4_to_server().dont_fragment().udp(1, 2).payload(1500 - 28)),
      forwards("largest IPv6 packet of the MTU", ipv6_to_server().udp(1, 2).payload(1500 - 48)),
      forwards("two hops left", ipv4_to_server().ttl(2).udp(1, 2), 2),
      forwards("two hops left, IPv6", ipv6_to_server().ttl(2).udp(1, 2), 2),
      forwards("255 hops left", ipv4_to_server().ttl(255).udp(1, 2), 255),
      forwards("255 hops left, IPv6", ipv6_to_server().ttl(255).udp(1, 2), 255),
  });
}

TEST_F(FromPod, forwards_options_and_fragments_unopened) {
  expect({
      forwards("IPv4 options", ipv4_to_server().options({0x94, 4, 0, 0}).udp(1, 2).payload(3)),
      forwards("forty bytes of options",
               ipv4_to_server().options(Bytes(40, 1)).udp(1, 2).payload(3)),
      forwards("first fragment", ipv4_to_server().fragment(0, true).udp(1, 2).payload(1472)),
      forwards("later fragment",
               ipv4_to_server().fragment(1480, true).protocol(protocol_udp).payload(1480)),
      forwards("last fragment",
               ipv4_to_server().fragment(2960, false).protocol(protocol_udp).payload(9)),
      forwards("IPv6 fragment",
               ipv6_to_server().protocol(ipv6_fragment).payload(Bytes{17, 0, 0, 1, 0, 0, 0, 7})),
      forwards("IPv6 hop-by-hop options",
               ipv6_to_server().protocol(ipv6_hop_by_hop).payload(Bytes{59, 0, 1, 4, 0, 0, 0, 0})),
  });
}

TEST_F(FromPod, forwards_whatever_macs_the_pod_uses) {
  const net::Mac foreign{{2, 9, 9, 9, 9, 9}};
  expect(
      {forwards("foreign source", ipv4_to_server().macs(foreign, client.host_mac).udp(1, 2)),
       forwards("foreign destination", ipv6_to_server().macs(client.pod_mac, foreign).udp(1, 2))});
}

TEST_F(FromPod, forwards_to_the_pod_itself) {
  const Packet in = from_client(client.ipv4, client.ipv4).udp(1, 2);
  const Packet out = Packet(in).macs(client.host_mac, client.pod_mac).ttl(63);
  expect({{"own address", in.frame(), TC_ACT_REDIRECT, PW_FORWARDED, out.frame(),
           Counted::client_to_itself}});
}

TEST_F(FromPod, forwards_a_gso_packet_whose_segments_fit) {
  Row tcp = forwards("TCP", ipv4_to_server().dont_fragment().tcp(request).payload(2920));
  Row udp = forwards("UDP", ipv6_to_server().udp(1, 2).payload(2904));
  // BIG TCP: the packet is longer than its length field can say, which is then zero.
  Row big = forwards("BIG TCP", ipv6_to_server().tcp(request).payload(2880));
  big.in = with_word(big.in, ethernet_bytes + 4, 0);
  big.out = with_word(big.out, ethernet_bytes + 4, 0);
  tcp.context = {.gso_size = 1460, .gso_segs = 2};
  udp.context = {.gso_size = 1452, .gso_segs = 2};
  big.context = {.gso_size = 1440, .gso_segs = 2};
  expect({tcp, udp, big});
}

TEST_F(FromPod, hands_the_rest_to_the_host_unchanged) {
  const Arp arp{1, client.pod_mac, client.ipv4, client.host_mac, PW_GATEWAY_IPV4};
  const Arp reply{2, client.pod_mac, client.ipv4, client.host_mac, PW_GATEWAY_IPV4};
  expect({
      to_host("IPv4 to somewhere else", from_client(client.ipv4, "192.0.2.1").udp(1, 53)),
      to_host("IPv6 to somewhere else", from_client(client.ipv6, "2001:db8::1").tcp(request)),
      to_host("to the gateway", from_client(client.ipv4, PW_GATEWAY_IPV4).icmp(8, 0)),
      to_host("to the IPv6 gateway", from_client(client.ipv6, PW_GATEWAY_IPV6).icmp(128, 0)),
      to_host("with the last hop: the host stack judges it",
              from_client(client.ipv4, "192.0.2.1").ttl(1).udp(1, 53)),
      passes("own ARP request", arp_frame(arp), PW_NEIGHBOUR),
      passes("own ARP reply", arp_frame(reply), PW_NEIGHBOUR),
      passes("neighbour solicitation",
             from_client(client.ipv6, PW_GATEWAY_IPV6).ttl(255).icmp(135, 0).payload(24),
             PW_NEIGHBOUR),
      passes("neighbour advertisement",
             from_client(client.ipv6, PW_GATEWAY_IPV6).ttl(255).icmp(136, 0).payload(16),
             PW_NEIGHBOUR),
      passes("neighbour solicitation to the group of the gateway",
             from_client(client.ipv6, "ff02::1:ff00:1").ttl(255).icmp(135, 0).payload(24),
             PW_NEIGHBOUR),
  });
}

TEST_F(FromPod, drops_a_source_that_is_not_the_pods_own) {
  const auto claims = [](const char* sender) {
    return arp_frame({1, client.pod_mac, sender, client.host_mac, PW_GATEWAY_IPV4});
  };
  expect({
      drops("another pod", from_client(server.ipv4, server.ipv4).udp(1, 2), PW_DROP_SPOOFED),
      drops("another pod, IPv6", from_client(server.ipv6, server.ipv6).udp(1, 2), PW_DROP_SPOOFED),
      drops("next address", from_client("10.244.0.4", server.ipv4).udp(1, 2), PW_DROP_SPOOFED),
      drops("outside address to the host", from_client("192.0.2.9", "192.0.2.1").udp(1, 2),
            PW_DROP_SPOOFED),
      drops("the probe address", from_client(PW_PROBE_IPV4, server.ipv4).tcp(request),
            PW_DROP_SPOOFED),
      drops("the IPv6 probe address", from_client(PW_PROBE_IPV6, server.ipv6).tcp(request),
            PW_DROP_SPOOFED),
      drops("IPv6 that differs in its first half",
            from_client("fd00:245::2", server.ipv6).udp(1, 2), PW_DROP_SPOOFED),
      drops("IPv6 that differs in its second half",
            from_client("fd00:244::1:2", server.ipv6).udp(1, 2), PW_DROP_SPOOFED),
      drops("link-local", from_client("fe80::2", PW_GATEWAY_IPV6).icmp(135, 0).payload(16),
            PW_DROP_SPOOFED),
      drops("none", from_client("0.0.0.0", server.ipv4).udp(1, 2), PW_DROP_SPOOFED),
      drops("none, IPv6", from_client("::", server.ipv6).udp(1, 2), PW_DROP_SPOOFED),
      drops("DHCP", from_client("0.0.0.0", "255.255.255.255").udp(68, 67), PW_DROP_SPOOFED),
      drops("ARP in the name of another pod", claims(server.ipv4.c_str()), PW_DROP_SPOOFED),
      drops("ARP in the name of the gateway", claims(PW_GATEWAY_IPV4), PW_DROP_SPOOFED),
      drops("ARP probe without a sender", claims("0.0.0.0"), PW_DROP_SPOOFED),
  });
}

// A family that the pod has no address in has no source either, above all not the unspecified one.
TEST_F(FromPod, drops_everything_of_a_family_without_an_address) {
  const std::uint32_t ifindex = Wire::get().client_host;
  ASSERT_TRUE(
      maps().interfaces.put(ifindex, {.ipv4 = kernel_address(client.ipv4), .slot = client.slot}));
  expect({
      drops("IPv6", ipv6_to_server().udp(1, 2), PW_DROP_SPOOFED),
      drops("unspecified IPv6 to a pod", from_client("::", server.ipv6).udp(1, 2), PW_DROP_SPOOFED),
      drops("unspecified IPv6 to the host", from_client("::", "2001:db8::1").udp(1, 2),
            PW_DROP_SPOOFED),
      drops("last hop: no ICMP error to nobody", from_client("::", server.ipv6).ttl(1).udp(1, 2),
            PW_DROP_SPOOFED),
  });
  ASSERT_TRUE(
      maps().interfaces.put(ifindex, {.ipv6 = kernel_address(client.ipv6), .slot = client.slot}));
  const auto claims = [](const std::string& sender) {
    return arp_frame({1, client.pod_mac, sender, client.host_mac, PW_GATEWAY_IPV4});
  };
  expect({
      drops("IPv4", ipv4_to_server().udp(1, 2), PW_DROP_SPOOFED),
      drops("unspecified IPv4", from_client("0.0.0.0", server.ipv4).udp(1, 2), PW_DROP_SPOOFED),
      drops("ARP", claims(client.ipv4), PW_DROP_SPOOFED),
      drops("ARP probe", claims("0.0.0.0"), PW_DROP_SPOOFED),
  });
}

TEST_F(FromPod, drops_groups_and_broadcast) {
  expect({
      drops("IPv4 multicast", from_client(client.ipv4, "224.0.0.251").udp(5353, 5353),
            PW_DROP_MULTICAST),
      drops("last IPv4 group", from_client(client.ipv4, "239.255.255.255").udp(1, 2),
            PW_DROP_MULTICAST),
      drops("IPv6 multicast", from_client(client.ipv6, "ff02::fb").udp(5353, 5353),
            PW_DROP_MULTICAST),
      drops("IGMP without a source", from_client("0.0.0.0", "224.0.0.22").protocol(2).payload(8),
            PW_DROP_MULTICAST),
      drops("MLD without a source",
            from_client("::", "ff02::16")
                .ttl(1)
                .protocol(ipv6_hop_by_hop)
                .payload(Bytes{58, 0, 5, 2, 0, 0, 1, 0, 143}),
            PW_DROP_MULTICAST),
      drops("router solicitation", from_client("::", "ff02::2").ttl(255).icmp(133, 0),
            PW_DROP_MULTICAST),
      drops("duplicate address detection",
            from_client("::", "ff02::1:ff00:2").ttl(255).icmp(135, 0).payload(16),
            PW_DROP_MULTICAST),
      drops("multicast with the source of another", from_client(server.ipv4, "224.0.0.1").udp(1, 2),
            PW_DROP_MULTICAST),
      drops("limited broadcast", from_client(client.ipv4, "255.255.255.255").udp(68, 67),
            PW_DROP_BROADCAST),
      to_host("just below the groups", from_client(client.ipv4, "223.255.255.255").udp(1, 2)),
      to_host("just above the groups", from_client(client.ipv4, "240.0.0.0").udp(1, 2)),
  });
}

TEST_F(FromPod, drops_from_an_interface_without_an_endpoint) {
  ASSERT_TRUE(maps().interfaces.erase(Wire::get().client_host));
  for (const Bytes& frame :
       {ipv4_to_server().udp(1, 2).frame(), ipv6_to_server().udp(1, 2).frame(),
        arp_frame({1, client.pod_mac, client.ipv4, client.host_mac, PW_GATEWAY_IPV4})}) {
    expect({drops("", frame, PW_DROP_UNKNOWN_SOURCE)});
  }
}

// The other cases leave the caches empty.
TEST_F(FromPod, believes_the_cache_only_about_the_interface_it_names) {
  const std::uint32_t ifindex = Wire::get().client_host;
  const std::uint32_t place = pw_interface_place(ifindex);
  pw_interface cached = maps().interfaces.get(ifindex).value();
  const auto expect_the_pods_own = [&] {
    expect({forwards("IPv4", ipv4_to_server().udp(1, 2)),
            forwards("IPv6", ipv6_to_server().udp(1, 2)),
            drops("spoofed", from_client("10.9.9.9", server.ipv4).udp(1, 2), PW_DROP_SPOOFED)});
  };

  ASSERT_TRUE(maps().interface_cache.put(place, cached));
  expect_the_pods_own();
  ASSERT_TRUE(maps().interfaces.erase(ifindex));
  expect_the_pods_own();

  cached.ifindex = ifindex + PW_MAX_ENDPOINTS;  // the place is another's
  cached.ipv4 = kernel_address("10.9.9.9");
  ASSERT_TRUE(maps().interface_cache.put(place, cached));
  expect({drops("", ipv4_to_server().udp(1, 2), PW_DROP_UNKNOWN_SOURCE)});
  SetUp();
  expect_the_pods_own();
}

TEST_F(FromPod, believes_the_cache_only_about_the_address_it_names) {
  for (const std::string& address : {server.ipv4, server.ipv6}) {
    const pw_addr key = kernel_address(address);
    const std::uint32_t place = pw_endpoint_place(&key);
    const Packet packet = address == server.ipv4 ? ipv4_to_server() : ipv6_to_server();
    pw_endpoint cached = maps().endpoints.get(key).value();

    ASSERT_TRUE(maps().endpoints.erase(key));
    ASSERT_TRUE(maps().endpoint_cache.put(place, cached));
    expect({forwards("from the cache alone", Packet(packet).udp(1, 2))});

    cached.address.bytes[12] ^= 1;  // the place is another's
    ASSERT_TRUE(maps().endpoint_cache.put(place, cached));
    expect({to_host("another address", Packet(packet).udp(1, 2))});
    cached.address = {};
    ASSERT_TRUE(maps().endpoint_cache.put(place, cached));
    expect({to_host("a free place", Packet(packet).udp(1, 2))});
  }
}

TEST_F(FromPod, passes_to_the_host_when_the_destination_is_detached) {
  ASSERT_TRUE(maps().endpoints.erase(kernel_address(server.ipv4)));
  expect({to_host("IPv4", ipv4_to_server().udp(1, 2)),
          forwards("IPv6, still attached", ipv6_to_server().udp(1, 2))});
}

}  // namespace
}  // namespace podwire::bpf_test
