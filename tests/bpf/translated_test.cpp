// SPDX-License-Identifier: Apache-2.0
// Flows between two pods that the host stack translated: what comes to the client through the stack
// goes back that way, and nothing else does.
#include "fixture.hpp"

namespace podwire::bpf_test {
namespace {

class Translated : public PodTest {
 protected:
  struct Family {
    std::string client;
    std::string server;
  };
  static inline const Family families[] = {{client.ipv4, server.ipv4}, {client.ipv6, server.ipv6}};

  // From the server's address, out of the host stack.
  static Packet through_stack(const Family& family) {
    return Packet::ip(family.server, family.client).macs(client.host_mac, client.pod_mac);
  }
  static Packet back(const Family& family) { return from_client(family.client, family.server); }

  static void enters(const Packet& packet) {
    Row row = passes("through the stack", packet, PW_TO_POD);
    row.counted = Counted::client_ingress;
    check(&Programs::to_pod, row);
  }
  static void returns(const std::string& rule, const Packet& packet) {
    check(&Programs::from_pod, to_host(rule, packet));
  }
  // Only where it goes: from_pod_test.cpp looks at the packet.
  static void goes_straight(const std::string& rule, const Packet& packet) {
    SCOPED_TRACE(rule);
    clear_counters();
    const Outcome outcome =
        programs().from_pod(packet.frame(), {.ifindex = Wire::get().client_host});
    EXPECT_EQ(outcome.action, TC_ACT_REDIRECT);
  }
};

TEST_F(Translated, flows_go_back_through_the_stack_by_their_ports) {
  for (const Family& family : families) {
    goes_straight("before", back(family).tcp({.source_port = 80, .destination_port = 1000}));
    enters(through_stack(family).tcp({.source_port = 1000, .destination_port = 80}));
    returns("the answer", back(family).tcp({.source_port = 80, .destination_port = 1000}));
    goes_straight("another port of the client",
                  back(family).tcp({.source_port = 81, .destination_port = 1000}));
    goes_straight("another port of the server",
                  back(family).tcp({.source_port = 80, .destination_port = 1001}));
    goes_straight("another protocol", back(family).udp(80, 1000));
    enters(through_stack(family).udp(1000, 80));
    returns("UDP", back(family).udp(80, 1000));
  }
}

TEST_F(Translated, fragments_and_icmp_go_by_the_addresses) {
  const Family& family = families[0];
  const auto first = [&] { return back(family).fragment(0, true).udp(80, 1000).payload(80); };
  const auto later = [&] { return back(family).fragment(88, false).protocol(17).payload(8); };
  const auto error = [&] { return back(family).icmp(3, 3).payload(28); };
  goes_straight("first fragment, before", first());
  goes_straight("later fragment, before", later());
  goes_straight("ICMP, before", error());
  enters(through_stack(family).udp(1000, 80));
  returns("first fragment", first());
  returns("later fragment", later());
  returns("ICMP error", error());
}

TEST_F(Translated, a_new_connection_that_goes_straight_ends_what_was_remembered) {
  for (const Family& family : families) {
    const Packet answer = back(family).tcp({.source_port = 80, .destination_port = 1000});
    enters(through_stack(family).tcp({.source_port = 1000, .destination_port = 80}));
    returns("translated", answer);
    Tcp segment{.source_port = 1000, .destination_port = 80};
    for (const std::uint8_t flags : {tcp_ack, std::uint8_t(tcp_syn | tcp_ack), tcp_syn}) {
      segment.flags = flags;
      const Packet direct =
          Packet::ip(family.server, family.client).macs(server.pod_mac, server.host_mac);
      const Outcome outcome = programs().from_pod(Packet(direct).tcp(segment).frame(),
                                                  {.ifindex = Wire::get().server_host});
      EXPECT_EQ(outcome.action, TC_ACT_REDIRECT);
      if (flags == tcp_syn) {
        goes_straight("after a SYN", answer);
      } else {
        returns("no SYN alone", answer);
      }
    }
  }
}

TEST_F(Translated, packets_from_outside_are_no_translated_flows) {
  check(&Programs::to_pod, [] {
    Row row = passes(
        "",
        Packet::ip("192.0.2.1", client.ipv4).macs(client.host_mac, client.pod_mac).udp(1000, 80),
        PW_TO_POD);
    row.counted = Counted::client_ingress;
    return row;
  }());
  EXPECT_TRUE(maps().translated_flows.keys().empty());
  EXPECT_EQ(maps().translated_slots.get(PW_SOME_SLOT).value(), 0U);
}

TEST_F(Translated, pods_of_which_nothing_is_remembered_are_not_concerned) {
  enters(through_stack(families[0]).udp(1000, 80));
  const Packet packet =
      Packet::ip(server.ipv4, client.ipv4).macs(server.pod_mac, server.host_mac).udp(80, 1000);
  const Outcome outcome = programs().from_pod(packet.frame(), {.ifindex = Wire::get().server_host});
  EXPECT_EQ(outcome.action, TC_ACT_REDIRECT);
}

}  // namespace
}  // namespace podwire::bpf_test
