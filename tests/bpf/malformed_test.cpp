// SPDX-License-Identifier: Apache-2.0
// Frames that contradict themselves, cut off at every length, and of protocols that are not IP.
#include <algorithm>

#include "fixture.hpp"

namespace podwire::bpf_test {
namespace {

constexpr std::size_t ip = ethernet_bytes;
constexpr std::size_t arp_bytes = 28;

class Malformed : public PodTest {
 protected:
  static void expect_drop(const std::string& rule, const Bytes& frame, pw_verdict verdict) {
    check(&Programs::from_pod, drops(rule + ", from the pod", frame, verdict));
    check(&Programs::to_pod, drops(rule + ", to the pod", frame, verdict));
  }
};

// Frames shorter than the IP header itself: hook_test.cpp, because a test run refuses them.
TEST_F(Malformed, ip_shorter_than_it_claims_at_every_length) {
  const Bytes ipv4 = ipv4_to_server().options({1, 1, 1, 1}).udp(1, 2).payload(40).frame();
  const Bytes ipv6 = ipv6_to_server().udp(1, 2).payload(40).frame();
  for (std::size_t length = ethernet_bytes + ipv4_bytes; length < ipv4.size(); ++length) {
    expect_drop("IPv4 cut to " + std::to_string(length), cut(ipv4, length), PW_DROP_MALFORMED);
  }
  for (std::size_t length = ethernet_bytes + ipv6_bytes; length < ipv6.size(); ++length) {
    expect_drop("IPv6 cut to " + std::to_string(length), cut(ipv6, length), PW_DROP_MALFORMED);
  }
}

TEST_F(Malformed, arp_shorter_than_its_addresses_at_every_length) {
  const Bytes arp = arp_frame({1, client.pod_mac, client.ipv4, client.host_mac, PW_GATEWAY_IPV4});
  ASSERT_EQ(arp.size(), ethernet_bytes + arp_bytes);
  for (std::size_t length = ethernet_bytes; length < arp.size(); ++length) {
    check(&Programs::from_pod,
          drops("ARP cut to " + std::to_string(length), cut(arp, length), PW_DROP_MALFORMED));
  }
}

TEST_F(Malformed, ipv4_headers_that_contradict) {
  const Bytes right = ipv4_to_server().udp(1, 2).payload(20).frame();
  const auto total = static_cast<std::uint16_t>(right.size() - ethernet_bytes);
  for (std::uint8_t ihl = 0; ihl < 5; ++ihl) {
    expect_drop("header of " + std::to_string(ihl) + " words",
                with_byte(right, ip, static_cast<std::uint8_t>(0x40 | ihl)), PW_DROP_MALFORMED);
  }
  for (const int version : {0, 5, 6, 15}) {
    expect_drop("version " + std::to_string(version),
                with_byte(right, ip, static_cast<std::uint8_t>(version << 4 | 5)),
                PW_DROP_MALFORMED);
  }
  expect_drop("longer by one than the frame",
              with_word(right, ip + 2, static_cast<std::uint16_t>(total + 1)), PW_DROP_MALFORMED);
  expect_drop("as long as the field can say", with_word(right, ip + 2, 0xffff), PW_DROP_MALFORMED);
  expect_drop("shorter than its own header", with_word(right, ip + 2, 19), PW_DROP_MALFORMED);
  expect_drop("of no length, and not GSO", with_word(right, ip + 2, 0), PW_DROP_MALFORMED);
  expect_drop("shorter than its options", with_word(with_byte(right, ip, 0x46), ip + 2, 23),
              PW_DROP_MALFORMED);
  expect_drop("options beyond the frame",
              cut(with_word(with_byte(right, ip, 0x4f), ip + 2, 40), ip + 40), PW_DROP_MALFORMED);
}

TEST_F(Malformed, ipv6_headers_that_contradict) {
  const Bytes right = ipv6_to_server().udp(1, 2).payload(20).frame();
  const auto payload = static_cast<std::uint16_t>(right.size() - ethernet_bytes - ipv6_bytes);
  for (const int version : {0, 4, 5, 7, 15}) {
    expect_drop("version " + std::to_string(version),
                with_byte(right, ip, static_cast<std::uint8_t>(version << 4)), PW_DROP_MALFORMED);
  }
  expect_drop("longer by one than the frame",
              with_word(right, ip + 4, static_cast<std::uint16_t>(payload + 1)), PW_DROP_MALFORMED);
  expect_drop("as long as the field can say", with_word(right, ip + 4, 0xffff), PW_DROP_MALFORMED);
}

// No packet on a link goes to such an address (RFC 4291, 2.5); here one would be the key of an IPv4
// endpoint, another the name of a free place in a cache.
TEST_F(Malformed, ipv6_to_an_address_of_the_host_alone) {
  for (const pw_addr& address : {kernel_address(server.ipv4), kernel_address("::"),
                                 kernel_address("::1"), kernel_address("::10.0.0.1")}) {
    Bytes frame = ipv6_to_server().udp(1, 2).payload(20).frame();
    std::ranges::copy(address.bytes, frame.begin() + ip + 24);
    expect_drop("one of ::/64", frame, PW_DROP_MALFORMED);
  }
}

TEST_F(Malformed, one_family_under_the_ethertype_of_the_other) {
  expect_drop("IPv6 as IPv4", with_word(ipv6_to_server().udp(1, 2).frame(), 12, 0x0800),
              PW_DROP_MALFORMED);
  expect_drop("IPv4 as IPv6", with_word(ipv4_to_server().udp(1, 2).payload(40).frame(), 12, 0x86dd),
              PW_DROP_MALFORMED);
}

TEST_F(Malformed, frames_that_are_not_ip) {
  const Bytes right = ipv4_to_server().udp(1, 2).frame();
  constexpr std::uint16_t types[] = {0x0801, 0x8035, 0x8847, 0x88cc, 0x88f7, 0xffff};
  for (const std::uint16_t type : types) {
    expect_drop("EtherType " + std::to_string(type), with_word(right, 12, type), PW_DROP_NOT_IP);
  }
  expect_drop("802.3 length instead of a type", with_word(right, 12, 28), PW_DROP_NOT_IP);
  expect_drop("an Ethernet header and nothing else",
              cut(with_word(right, 12, 0x88cc), ethernet_bytes), PW_DROP_NOT_IP);
}

// Ethernet pads short packets; what follows the IP packet is no part of it.
TEST_F(Malformed, padding_behind_the_packet_is_no_fault) {
  const Packet packet = ipv4_to_server().udp(1, 2);
  check(&Programs::from_pod,
        {"padded to 60 bytes", padded(packet.frame(), 18), TC_ACT_REDIRECT, PW_FORWARDED,
         padded(delivered_to_server(packet).frame(), 18), Counted::client_to_server});
}

}  // namespace
}  // namespace podwire::bpf_test
