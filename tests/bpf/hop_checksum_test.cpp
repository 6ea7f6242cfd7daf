// SPDX-License-Identifier: Apache-2.0
// The IPv4 header checksum after a hop is adjusted, not computed; here it is compared with the
// computed one.
#include "fixture.hpp"

namespace podwire::bpf_test {
namespace {

constexpr std::size_t checksum_at = ethernet_bytes + 10;

std::uint16_t ones_complement_sum(unsigned a, unsigned b) {
  return static_cast<std::uint16_t>(a + b > 0xffff ? a + b - 0xffff : a + b);
}

// The same packet with the identification that makes its header checksum the wanted one.
Packet with_checksum(Packet packet, std::uint16_t wanted) {
  const std::uint16_t with_id_zero = word_at(packet.id(0).frame(), checksum_at);
  return packet.id(ones_complement_sum(0xffffU - wanted, with_id_zero));
}

class HopChecksum : public PodTest {
 protected:
  static Bytes forwarded(const Bytes& frame) {
    const Outcome outcome = programs().from_pod(frame, {.ifindex = Wire::get().client_host});
    EXPECT_EQ(outcome.action, TC_ACT_REDIRECT);
    return outcome.frame;
  }
};

TEST_F(HopChecksum, is_right_for_every_ttl_around_every_carry) {
  std::vector<std::uint16_t> checksums = {0x0000, 0x0001, 0x00ff, 0x0100, 0x7fff, 0x8000};
  for (unsigned value = 0xfe00; value <= 0xfffe; ++value)
    checksums.push_back(static_cast<std::uint16_t>(value));
  for (unsigned ttl = 2; ttl <= 255; ++ttl) {
    const Packet any = ipv4_to_server().ttl(static_cast<std::uint8_t>(ttl)).protocol(17);
    for (const std::uint16_t checksum : checksums) {
      const Packet packet = with_checksum(any, checksum);
      const Bytes in = packet.frame();
      ASSERT_EQ(word_at(in, checksum_at), checksum);
      const Bytes expected = delivered_to_server(packet, static_cast<std::uint8_t>(ttl)).frame();
      ASSERT_EQ(hex(forwarded(in)), hex(expected)) << "TTL " << ttl << ", checksum " << checksum;
    }
  }
}

// The other zero of the one's complement: a sender may write it, receivers accept it, it must not
// stay wrong.
TEST_F(HopChecksum, is_right_after_the_negative_zero) {
  for (unsigned ttl = 2; ttl <= 255; ++ttl) {
    const Packet packet =
        with_checksum(ipv4_to_server().ttl(static_cast<std::uint8_t>(ttl)).protocol(17), 0);
    const Bytes out = forwarded(with_word(packet.frame(), checksum_at, 0xffff));
    ASSERT_EQ(internet_checksum(quoted(out, ipv4_bytes)), 0) << "TTL " << ttl;
  }
}

// A wrong checksum stays wrong: the receiver, not the way, must notice a damaged header.
TEST_F(HopChecksum, does_not_repair_a_damaged_header) {
  const Bytes right = ipv4_to_server().udp(1, 2).frame();
  const auto damaged = static_cast<std::uint16_t>(word_at(right, checksum_at) ^ 0x1000);
  EXPECT_NE(
      internet_checksum(quoted(forwarded(with_word(right, checksum_at, damaged)), ipv4_bytes)), 0);
}

}  // namespace
}  // namespace podwire::bpf_test
