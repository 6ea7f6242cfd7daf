// SPDX-License-Identifier: Apache-2.0
#include "firewall/packet.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>

namespace podwire::firewall {

namespace {

constexpr std::size_t longest_load = 16;  // that of an IPv6 address

template <class Number>
Bytes number(Number value) {
  Bytes bytes(sizeof(value));
  std::memcpy(bytes.data(), &value, sizeof(value));
  return bytes;
}

Bytes name(const Interface& interface) {
  Bytes bytes(IFNAMSIZ);
  std::copy_n(interface.name.begin(), std::min<std::size_t>(interface.name.size(), IFNAMSIZ - 1),
              bytes.begin());
  return bytes;
}

// In the kernel's byte order, as the expressions have it.
std::optional<Bytes> meta(std::uint32_t key, const Packet& packet) {
  const bool is_ipv4 = packet.from.is_ipv4();
  switch (key) {
    case NFT_META_IIFNAME:
      return name(packet.in);
    case NFT_META_OIFNAME:
      return name(packet.out);
    case NFT_META_IIF:
      return number(packet.in.index);
    case NFT_META_OIF:
      return number(packet.out.index);
    case NFT_META_IIFTYPE:
    case NFT_META_OIFTYPE:
      return number<std::uint16_t>(ARPHRD_ETHER);
    case NFT_META_NFPROTO:
      return number<std::uint8_t>(is_ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
    case NFT_META_PROTOCOL:
      return number<std::uint16_t>(htons(is_ipv4 ? ETHERTYPE_IP : ETHERTYPE_IPV6));
    case NFT_META_L4PROTO:
      return number<std::uint8_t>(IPPROTO_TCP);
    case NFT_META_MARK:
      return number<std::uint32_t>(0);
    default:
      return std::nullopt;
  }
}

std::optional<Bytes> conntrack(std::uint32_t key, const Packet& packet) {
  switch (key) {
    case NFT_CT_STATE:
      return number(conntrack_state(packet));
    case NFT_CT_STATUS:
      return number<std::uint32_t>(packet.is_translated ? IPS_DST_NAT : 0);
    case NFT_CT_DIRECTION:
      return number<std::uint8_t>(packet.begins_connection ? 0 : 1);
    case NFT_CT_MARK:
      return number<std::uint32_t>(0);
    default:
      return std::nullopt;
  }
}

// The IP header, as far as it is known.
std::vector<std::optional<std::uint8_t>> header(const Packet& packet) {
  const bool is_ipv4 = packet.from.is_ipv4();
  std::vector<std::optional<std::uint8_t>> bytes(is_ipv4 ? 20 : 40);
  bytes[is_ipv4 ? 9 : 6] = IPPROTO_TCP;
  std::ranges::copy(packet.from.wire(), bytes.begin() + (is_ipv4 ? 12 : 8));
  std::ranges::copy(packet.to.wire(), bytes.begin() + (is_ipv4 ? 16 : 24));
  return bytes;
}

}  // namespace

std::uint32_t conntrack_state(const Packet& packet) {
  return 1U << (packet.begins_connection ? IP_CT_NEW + 1 : IP_CT_ESTABLISHED + 1);
}

void Registers::load(const LoadMeta& what, const Packet& packet) {
  forget(what.to, longest_load);
  if (const auto value = meta(what.key, packet)) put(what.to, *value);
}

void Registers::load(const LoadConntrack& what, const Packet& packet) {
  forget(what.to, longest_load);
  if (const auto value = conntrack(what.key, packet)) put(what.to, *value);
}

void Registers::load(const LoadPayload& what, const Packet& packet) {
  forget(what.to, what.length);
  if (what.base != NFT_PAYLOAD_NETWORK_HEADER) return;
  const auto bytes = header(packet);
  for (std::size_t i = 0; i < what.length && what.to + i < bytes_.size(); ++i) {
    if (what.offset + i < bytes.size()) bytes_[what.to + i] = bytes[what.offset + i];
  }
}

void Registers::load(const Mask& what) {
  const std::size_t length = std::min(what.mask.size(), what.flip.size());
  auto value = read(what.from, length);
  forget(what.to, length);
  if (!value) return;
  for (std::size_t i = 0; i < length; ++i)
    (*value)[i] = static_cast<std::uint8_t>(((*value)[i] & what.mask[i]) ^ what.flip[i]);
  put(what.to, *value);
}

void Registers::put(Register to, const Bytes& value) {
  for (std::size_t i = 0; i < value.size() && to + i < bytes_.size(); ++i)
    bytes_[to + i] = value[i];
}

void Registers::forget() {
  bytes_.fill(std::nullopt);
}

void Registers::forget(Register from, std::size_t length) {
  for (std::size_t i = from; i < std::min(from + length, bytes_.size()); ++i)
    bytes_[i] = std::nullopt;
}

Registers::Value Registers::read(Register from, std::size_t length) const {
  Bytes value;
  for (std::size_t i = from; i < from + length; ++i) {
    if (i >= bytes_.size() || !bytes_[i]) return std::nullopt;
    value.push_back(*bytes_[i]);
  }
  return value;
}

}  // namespace podwire::firewall
