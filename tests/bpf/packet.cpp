// SPDX-License-Identifier: Apache-2.0
#include "packet.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace podwire::bpf_test {

namespace {

constexpr std::uint8_t protocol_icmp = 1;
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::uint8_t protocol_udp = 17;
constexpr std::uint8_t protocol_icmpv6 = 58;

template <class Range>
void append(Bytes& to, const Range& bytes) {
  to.insert(to.end(), std::begin(bytes), std::end(bytes));
}

void append_word(Bytes& to, std::size_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8 & 0xff));
  to.push_back(static_cast<std::uint8_t>(value & 0xff));
}

void append_long(Bytes& to, std::size_t value) {
  append_word(to, value >> 16 & 0xffff);
  append_word(to, value & 0xffff);
}

net::Address address(std::string_view text) {
  return net::Address::parse(text).value();
}

Bytes pseudo_header(const net::Address& source, const net::Address& destination,
                    std::uint8_t protocol, std::size_t length) {
  Bytes header;
  append(header, source.wire());
  append(header, destination.wire());
  append_long(header, length);
  append_long(header, protocol);
  return header;
}

}  // namespace

Packet Packet::ip(std::string_view source, std::string_view destination) {
  Packet packet;
  packet.source_ = address(source);
  packet.destination_ = address(destination);
  return packet;
}

Packet& Packet::macs(const net::Mac& source, const net::Mac& destination) {
  source_mac_ = source;
  destination_mac_ = destination;
  return *this;
}

Packet& Packet::ttl(std::uint8_t hops) {
  ttl_ = hops;
  return *this;
}

Packet& Packet::tos(std::uint8_t value) {
  tos_ = value;
  return *this;
}

Packet& Packet::id(std::uint16_t value) {
  id_ = value;
  return *this;
}

Packet& Packet::dont_fragment() {
  flags_and_offset_ |= 0x4000;
  return *this;
}

Packet& Packet::fragment(std::uint16_t offset_bytes, bool more) {
  flags_and_offset_ = static_cast<std::uint16_t>(offset_bytes / 8 | (more ? 0x2000 : 0));
  return *this;
}

Packet& Packet::options(Bytes header_options) {
  options_ = std::move(header_options);
  return *this;
}

Packet& Packet::udp(std::uint16_t source_port, std::uint16_t destination_port) {
  protocol_ = protocol_udp;
  transport_header_.clear();
  append_word(transport_header_, source_port);
  append_word(transport_header_, destination_port);
  append_long(transport_header_, 0);  // length and checksum: see transport()
  checksum_at_ = 6;
  return *this;
}

Packet& Packet::tcp(const Tcp& segment) {
  protocol_ = protocol_tcp;
  transport_header_.clear();
  append_word(transport_header_, segment.source_port);
  append_word(transport_header_, segment.destination_port);
  append_long(transport_header_, segment.sequence);
  append_long(transport_header_, segment.acknowledgement);
  append_word(transport_header_, (5 + segment.options.size() / 4) << 12 | segment.flags);
  append_word(transport_header_, segment.window);
  append_long(transport_header_, 0);
  append(transport_header_, segment.options);
  checksum_at_ = 16;
  return *this;
}

Packet& Packet::icmp(std::uint8_t type, std::uint8_t code, std::uint32_t rest) {
  protocol_ = source_.is_ipv4() ? protocol_icmp : protocol_icmpv6;
  transport_header_ = {type, code, 0, 0};
  append_long(transport_header_, rest);
  checksum_at_ = 2;
  return *this;
}

Packet& Packet::protocol(std::uint8_t number) {
  protocol_ = number;
  transport_header_.clear();
  checksum_at_ = 0;
  return *this;
}

Packet& Packet::payload(std::size_t bytes) {
  payload_.resize(bytes);
  std::generate(payload_.begin(), payload_.end(),
                [next = std::uint8_t{0}]() mutable { return next++; });
  return *this;
}

Packet& Packet::payload(Bytes bytes) {
  payload_ = std::move(bytes);
  return *this;
}

Bytes Packet::transport() const {
  Bytes bytes = transport_header_;
  append(bytes, payload_);
  if (protocol_ == protocol_udp && checksum_at_ != 0) {
    const auto length = static_cast<std::uint16_t>(bytes.size());
    bytes = with_word(std::move(bytes), 4, length);
  }
  if (checksum_at_ == 0) return bytes;

  Bytes summed;
  if (protocol_ != protocol_icmp)
    summed = pseudo_header(source_, destination_, protocol_, bytes.size());
  append(summed, bytes);
  const std::uint16_t checksum = internet_checksum(summed);
  // RFC 768: a UDP checksum of zero means that there is none.
  const bool none = checksum == 0 && protocol_ == protocol_udp;
  return with_word(std::move(bytes), checksum_at_, none ? 0xffff : checksum);
}

Bytes Packet::ipv4_header(std::size_t payload_bytes) const {
  const std::size_t header_bytes = ipv4_bytes + options_.size();
  Bytes header{static_cast<std::uint8_t>(0x40 | header_bytes / 4), tos_};
  append_word(header, header_bytes + payload_bytes);
  append_word(header, id_);
  append_word(header, flags_and_offset_);
  header.push_back(ttl_);
  header.push_back(protocol_);
  append_word(header, 0);
  append(header, source_.wire());
  append(header, destination_.wire());
  append(header, options_);
  return with_word(header, 10, internet_checksum(header));
}

Bytes Packet::ipv6_header(std::size_t payload_bytes) const {
  Bytes header;
  append_long(header, std::size_t{0x60000000} | static_cast<std::size_t>(tos_) << 20);
  append_word(header, payload_bytes);
  header.push_back(protocol_);
  header.push_back(ttl_);
  append(header, source_.wire());
  append(header, destination_.wire());
  return header;
}

Bytes Packet::frame() const {
  const Bytes inner = transport();
  Bytes frame;
  append(frame, destination_mac_.bytes);
  append(frame, source_mac_.bytes);
  append_word(frame, source_.is_ipv4() ? 0x0800 : 0x86dd);
  append(frame, source_.is_ipv4() ? ipv4_header(inner.size()) : ipv6_header(inner.size()));
  append(frame, inner);
  return frame;
}

Bytes arp_frame(const Arp& arp) {
  Bytes frame;
  append(frame, arp.target_mac.bytes);
  append(frame, arp.sender_mac.bytes);
  append_word(frame, 0x0806);
  append_word(frame, 1);       // Ethernet
  append_word(frame, 0x0800);  // IPv4
  append_word(frame, 0x0604);  // lengths of their addresses
  append_word(frame, arp.operation);
  append(frame, arp.sender_mac.bytes);
  append(frame, address(arp.sender).wire());
  append(frame, arp.target_mac.bytes);
  append(frame, address(arp.target).wire());
  return frame;
}

}  // namespace podwire::bpf_test
