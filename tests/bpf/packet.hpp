// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bytes.hpp"
#include "net/address.hpp"

namespace podwire::bpf_test {

// Flags of a TCP segment.
constexpr std::uint8_t tcp_syn = 0x02;
constexpr std::uint8_t tcp_rst = 0x04;
constexpr std::uint8_t tcp_ack = 0x10;

struct Tcp {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint8_t flags = tcp_ack;
  std::uint16_t window = 0xffff;
  Bytes options;  // a multiple of four bytes
};

// Describes one Ethernet frame; frame() renders it with correct lengths and checksums, which it
// works out byte by byte and not in the way of the programs under test. A wrong frame is a right
// one changed by the functions below. A value type; the setters return the packet itself for
// chaining.
class Packet {
 public:
  // The family is that of the addresses.
  static Packet ip(std::string_view source, std::string_view destination);

  Packet& macs(const net::Mac& source, const net::Mac& destination);
  Packet& ttl(std::uint8_t hops);   // or hop limit
  Packet& tos(std::uint8_t value);  // or traffic class
  Packet& id(std::uint16_t value);
  Packet& dont_fragment();
  Packet& fragment(std::uint16_t offset_bytes, bool more);
  Packet& options(Bytes header_options);  // of the IPv4 header, a multiple of four bytes

  Packet& udp(std::uint16_t source_port, std::uint16_t destination_port);
  Packet& tcp(const Tcp& segment);
  // ICMP in an IPv4 packet, ICMPv6 in an IPv6 one; `rest` is the second word of the header.
  Packet& icmp(std::uint8_t type, std::uint8_t code, std::uint32_t rest = 0);
  Packet& protocol(std::uint8_t number);  // no transport header: all is payload

  Packet& payload(std::size_t bytes);  // 0, 1, 2 ... 255, 0 ...
  Packet& payload(Bytes bytes);

  Bytes frame() const;

 private:
  Bytes transport() const;
  Bytes ipv4_header(std::size_t payload_bytes) const;
  Bytes ipv6_header(std::size_t payload_bytes) const;

  net::Address source_;
  net::Address destination_;
  net::Mac source_mac_;
  net::Mac destination_mac_;
  std::uint8_t ttl_ = 64;
  std::uint8_t tos_ = 0;
  std::uint16_t id_ = 0;
  std::uint16_t flags_and_offset_ = 0;
  Bytes options_;
  std::uint8_t protocol_ = 0;
  Bytes transport_header_;
  std::size_t checksum_at_ = 0;  // in the transport header; 0: it has none
  Bytes payload_;
};

struct Arp {
  std::uint16_t operation = 1;  // a request
  net::Mac sender_mac;
  std::string_view sender;
  net::Mac target_mac;
  std::string_view target;
};
Bytes arp_frame(const Arp& arp);

}  // namespace podwire::bpf_test
