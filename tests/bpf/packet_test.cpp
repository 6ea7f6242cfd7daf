// SPDX-License-Identifier: Apache-2.0
// The builder is checked against bytes from elsewhere, because what it gets wrong no packet table
// would show. The frames were recorded from a Linux 6.18 sender without checksum offload.
#include "packet.hpp"

#include <gtest/gtest.h>

namespace podwire::bpf_test {
namespace {

const net::Mac alice{{2, 0, 0, 0, 0, 1}};
const net::Mac bob{{2, 0, 0, 0, 0, 2}};

TEST(Packet, checksum_is_that_of_the_example_in_rfc_1071) {
  // Section 3: 0001 f203 f4f5 f6f7 sum to ddf2.
  EXPECT_EQ(internet_checksum({0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}), 0xffff - 0xddf2);
}

TEST(Packet, an_odd_last_byte_is_summed_as_the_high_one) {
  EXPECT_EQ(internet_checksum({0x12}), 0xffff - 0x1200);
}

TEST(Packet, a_tcp_syn_with_options_is_the_frame_that_linux_sends) {
  const Bytes recorded = {
      0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x45,
      0x00, 0x00, 0x3c, 0x5a, 0x4e, 0x40, 0x00, 0x40, 0x06, 0xcc, 0x69, 0x0a, 0x01, 0x00, 0x01,
      0x0a, 0x01, 0x00, 0x02, 0x9c, 0x40, 0x00, 0x50, 0x44, 0x82, 0x07, 0x14, 0x00, 0x00, 0x00,
      0x00, 0xa0, 0x02, 0xfa, 0xf0, 0x38, 0x9d, 0x00, 0x00, 0x02, 0x04, 0x05, 0xb4, 0x04, 0x02,
      0x08, 0x0a, 0xb8, 0x62, 0x5f, 0xe1, 0x00, 0x00, 0x00, 0x00, 0x01, 0x03, 0x03, 0x0a};
  const Tcp syn{.source_port = 40000,
                .destination_port = 80,
                .sequence = 0x44820714,
                .flags = tcp_syn,
                .window = 0xfaf0,
                .options = {recorded.end() - 20, recorded.end()}};
  EXPECT_EQ(Packet::ip("10.1.0.1", "10.1.0.2")
                .macs(alice, bob)
                .id(0x5a4e)
                .dont_fragment()
                .tcp(syn)
                .frame(),
            recorded);
}

TEST(Packet, a_udp_datagram_of_odd_length_is_the_frame_that_linux_sends) {
  const Bytes recorded = {0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00,
                          0x01, 0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x0b, 0x11, 0x40,
                          0xfd, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                          0x00, 0x00, 0x00, 0x00, 0x01, 0xfd, 0x00, 0x00, 0x01, 0x00, 0x00,
                          0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
                          0xe8, 0x10, 0x92, 0x00, 0x0b, 0x1d, 0xf3, 0x6f, 0x64, 0x64};
  EXPECT_EQ(Packet::ip("fd00:1::1", "fd00:1::2")
                .macs(alice, bob)
                .udp(1000, 4242)
                .payload(Bytes{'o', 'd', 'd'})
                .frame(),
            recorded);
}

TEST(Packet, an_icmpv6_echo_is_the_frame_that_linux_sends) {
  const Bytes recorded = {0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00,
                          0x01, 0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x0b, 0x3a, 0x40,
                          0xfd, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                          0x00, 0x00, 0x00, 0x00, 0x01, 0xfd, 0x00, 0x00, 0x01, 0x00, 0x00,
                          0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x80,
                          0x00, 0xc1, 0x48, 0x00, 0x07, 0x00, 0x01, 0x61, 0x62, 0x63};
  EXPECT_EQ(Packet::ip("fd00:1::1", "fd00:1::2")
                .macs(alice, bob)
                .icmp(128, 0, 0x00070001)
                .payload(Bytes{'a', 'b', 'c'})
                .frame(),
            recorded);
}

TEST(Packet, icmpv4_is_summed_without_a_pseudo_header) {
  const Bytes frame = Packet::ip("10.1.0.1", "10.1.0.2")
                          .icmp(8, 0, 0x00070001)
                          .payload(Bytes{'a', 'b', 'c'})
                          .frame();
  // By hand: ~(0800 + 0007 + 0001 + 6162 + 6300).
  EXPECT_EQ(word_at(frame, ethernet_bytes + ipv4_bytes + 2), 0x3395);
}

TEST(Packet, fragments_and_options_stand_where_rfc_791_puts_them) {
  const Bytes frame = Packet::ip("10.1.0.1", "10.1.0.2")
                          .options({0x94, 0x04, 0x00, 0x00})
                          .fragment(1480, true)
                          .protocol(17)
                          .payload(8)
                          .frame();
  EXPECT_EQ(frame.at(ethernet_bytes), 0x46);
  EXPECT_EQ(word_at(frame, ethernet_bytes + 2), 24 + 8);
  EXPECT_EQ(word_at(frame, ethernet_bytes + 6), 0x2000 | 1480 / 8);
  EXPECT_EQ(long_at(frame, ethernet_bytes + 20), 0x94040000U);
  EXPECT_EQ(internet_checksum(quoted(frame, 24)), 0);
}

TEST(Packet, arp_has_the_fields_of_rfc_826) {
  const Bytes expected = {2, 0, 0, 0, 0, 2, 2, 0,  0, 0, 0, 1, 8, 6, 0, 1, 8, 0,  6, 4, 0,
                          2, 2, 0, 0, 0, 0, 1, 10, 1, 0, 1, 2, 0, 0, 0, 0, 2, 10, 1, 0, 2};
  EXPECT_EQ(arp_frame({2, alice, "10.1.0.1", bob, "10.1.0.2"}), expected);
}

}  // namespace
}  // namespace podwire::bpf_test
