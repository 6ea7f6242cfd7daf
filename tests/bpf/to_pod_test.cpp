// SPDX-License-Identifier: Apache-2.0
// What the host stack and the prober send into a pod. Malformed frames: malformed_test.cpp.
#include "fixture.hpp"

namespace podwire::bpf_test {
namespace {

Packet to_client(const std::string& source, const std::string& destination) {
  return Packet::ip(source, destination).macs(client.host_mac, client.pod_mac);
}

Row enters(std::string rule, const Packet& packet) {
  Row row = passes(std::move(rule), packet, PW_TO_POD);
  row.counted = Counted::client_ingress;
  return row;
}

class ToPod : public PodTest {
 protected:
  static void expect(const std::vector<Row>& rows) { check(&Programs::to_pod, rows); }
};

TEST_F(ToPod, packets_of_the_host_stack_enter_unchanged_and_are_counted) {
  expect({
      enters("IPv4 from outside", to_client("192.0.2.1", client.ipv4).udp(53, 1000).payload(100)),
      enters("IPv6 from outside", to_client("2001:db8::1", client.ipv6).udp(53, 1000).payload(100)),
      enters("from the node",
             to_client("10.0.0.1", client.ipv4).tcp({.source_port = 1, .flags = tcp_syn})),
      enters("ICMP error of the gateway",
             to_client(PW_GATEWAY_IPV4, client.ipv4).icmp(11, 0).payload(28)),
      enters("ICMPv6 error of the gateway",
             to_client(PW_GATEWAY_IPV6, client.ipv6).icmp(3, 0).payload(48)),
      enters("last hop", to_client("192.0.2.1", client.ipv4).ttl(1).udp(1, 2)),
      enters("later fragment",
             to_client("192.0.2.1", client.ipv4).fragment(1480, false).protocol(17).payload(8)),
      enters("IPv4 options", to_client("192.0.2.1", client.ipv4).options({1, 1, 1, 1}).udp(1, 2)),
      enters("multicast, if the host routes it", to_client("192.0.2.1", "224.0.0.1").udp(1, 2)),
      enters("address beside the probe address", to_client("169.254.1.3", client.ipv4).udp(1, 2)),
      enters("ICMPv6 type beside neighbour discovery",
             to_client(PW_GATEWAY_IPV6, client.ipv6).icmp(134, 0)),
  });
}

TEST_F(ToPod, a_gso_packet_counts_once) {
  Row row = enters("", to_client("192.0.2.1", client.ipv4).tcp({.source_port = 1}).payload(2920));
  row.context = {.gso_size = 1460, .gso_segs = 2};
  expect({row});
}

TEST_F(ToPod, neighbour_discovery_of_the_gateway_is_not_the_pods_traffic) {
  expect({
      passes("ARP", arp_frame({2, client.host_mac, PW_GATEWAY_IPV4, client.pod_mac, client.ipv4}),
             PW_NEIGHBOUR),
      passes("solicitation",
             to_client(PW_GATEWAY_IPV6, client.ipv6).ttl(255).icmp(135, 0).payload(24),
             PW_NEIGHBOUR),
      passes("advertisement",
             to_client(PW_GATEWAY_IPV6, client.ipv6).ttl(255).icmp(136, 0).payload(24),
             PW_NEIGHBOUR),
  });
}

TEST_F(ToPod, probes_are_not_the_pods_traffic) {
  const Tcp syn{.source_port = 0x8000, .destination_port = 80, .flags = tcp_syn};
  const Tcp reset{.source_port = 0x8000, .destination_port = 80, .flags = tcp_rst};
  expect({
      passes("SYN", to_client(PW_PROBE_IPV4, client.ipv4).tcp(syn), PW_PROBE_SENT),
      passes("IPv6 SYN", to_client(PW_PROBE_IPV6, client.ipv6).tcp(syn), PW_PROBE_SENT),
      passes("reset", to_client(PW_PROBE_IPV4, client.ipv4).tcp(reset), PW_PROBE_SENT),
      enters("the probe address as destination only",
             to_client("192.0.2.1", PW_PROBE_IPV4).tcp(syn)),
  });
}

TEST_F(ToPod, a_packet_into_an_interface_without_an_endpoint_passes_uncounted) {
  ASSERT_TRUE(maps().interfaces.erase(Wire::get().client_host));
  expect({passes("", to_client("192.0.2.1", client.ipv4).udp(1, 2), PW_TO_POD)});
}

}  // namespace
}  // namespace podwire::bpf_test
