// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace podwire::net {

enum class Family { ipv4, ipv6 };

// One IP address of either family as 16 bytes in network order; IPv4 is v4-mapped. A value type;
// the layout is that of pw_addr, the key of the kernel maps.
class Address {
 public:
  Address() = default;
  static Result<Address> parse(std::string_view text);
  // As CNI writes addresses: a prefix length may follow, which is checked and dropped.
  static Result<Address> parse_with_length(std::string_view text);
  static Address from_bytes(const std::array<std::uint8_t, 16>& bytes);

  Family family() const;
  bool is_ipv4() const { return family() == Family::ipv4; }
  // The address that is `offset` further on; wraps around at the end of the 128 bits.
  Address plus(std::uint64_t offset) const;
  // 4 or 16 bytes, in network order.
  std::basic_string_view<std::uint8_t> wire() const;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  std::string text() const;
  // With the prefix length of a single host: /32 or /128.
  std::string host_text() const;
  std::uint8_t host_length() const { return is_ipv4() ? 32 : 128; }

  auto operator<=>(const Address&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// An address range such as 10.244.0.0/24. The host bits of `base` are zero.
class Prefix {
 public:
  Prefix() = default;
  // Refuses host bits that are set: they are most often a slip.
  static Result<Prefix> parse(std::string_view text);

  const Address& base() const { return base_; }
  std::uint8_t length() const { return length_; }
  Family family() const { return base_.family(); }
  bool contains(const Address& address) const;
  bool overlaps(const Prefix& other) const {
    return contains(other.base_) || other.contains(base_);
  }
  // Number of addresses, at most 2^63.
  std::uint64_t size() const;
  std::string text() const;

  auto operator<=>(const Prefix&) const = default;

 private:
  Address base_;
  std::uint8_t length_ = 0;  // in the family's own bits
};

struct Mac {
  std::array<std::uint8_t, 6> bytes{};

  static Result<Mac> parse(std::string_view text);
  // Random, unicast, locally administered.
  static Mac random();
  std::string text() const;
  auto operator<=>(const Mac&) const = default;
};

}  // namespace podwire::net

template <>
struct std::hash<podwire::net::Address> {
  std::size_t operator()(const podwire::net::Address& address) const noexcept {
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size()});
  }
};
