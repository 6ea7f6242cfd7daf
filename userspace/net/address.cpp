// SPDX-License-Identifier: Apache-2.0
#include "net/address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <sys/random.h>

namespace podwire::net {

namespace {

constexpr std::array<std::uint8_t, 12> v4_mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// Bits before the family's own in the 128: an IPv4 prefix length n stands for n + 96.
unsigned family_offset(Family family) {
  return family == Family::ipv4 ? 96 : 0;
}

bool bit_is_equal(const Address& a, const Address& b, unsigned bit) {
  const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
  return ((a.bytes()[bit / 8] ^ b.bytes()[bit / 8]) & mask) == 0;
}

bool host_bits_are_zero(const Address& address, unsigned from) {
  for (unsigned bit = from; bit < 128; ++bit) {
    if ((address.bytes()[bit / 8] & (0x80U >> (bit % 8))) != 0) return false;
  }
  return true;
}

Result<std::uint8_t> parse_length(std::string_view text, unsigned longest) {
  unsigned length = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (failure != std::errc{} || end != text.data() + text.size() || length > longest) {
    return fail(Errc::invalid_argument, "prefix length '" + std::string(text) +
                                            "' is not a number from 0 to " +
                                            std::to_string(longest));
  }
  return static_cast<std::uint8_t>(length);
}

}  // namespace

Address Address::from_bytes(const std::array<std::uint8_t, 16>& bytes) {
  Address address;
  address.bytes_ = bytes;
  return address;
}

Result<Address> Address::parse(std::string_view text) {
  const std::string terminated(text);
  const bool is_whole =
      terminated.find('\0') == std::string::npos;  // inet_pton stops at a zero byte
  Address address;
  if (is_whole &&
      inet_pton(AF_INET, terminated.c_str(), address.bytes_.data() + v4_mapped.size()) == 1) {
    std::ranges::copy(v4_mapped, address.bytes_.begin());
    return address;
  }
  if (is_whole && inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1)
    return address;
  return fail(Errc::invalid_argument, "'" + terminated + "' is not an IP address");
}

Result<Address> Address::parse_with_length(std::string_view text) {
  const auto slash = text.find('/');
  auto address = parse(text.substr(0, slash));
  if (!address || slash == std::string_view::npos) return address;
  auto length = parse_length(text.substr(slash + 1), address->host_length());
  if (!length) return tl::unexpected(length.error());
  return address;
}

Family Address::family() const {
  return std::equal(v4_mapped.begin(), v4_mapped.end(), bytes_.begin()) ? Family::ipv4
                                                                        : Family::ipv6;
}

Address Address::plus(std::uint64_t offset) const {
  Address sum = *this;
  std::uint64_t carry = offset;
  for (std::size_t i = sum.bytes_.size(); i-- > 0 && carry != 0;) {
    const std::uint64_t digit = sum.bytes_[i] + (carry & 0xff);
    sum.bytes_[i] = static_cast<std::uint8_t>(digit);
    carry = (carry >> 8) + (digit >> 8);
  }
  return sum;
}

std::basic_string_view<std::uint8_t> Address::wire() const {
  const std::size_t skip = is_ipv4() ? v4_mapped.size() : 0;
  return {bytes_.data() + skip, bytes_.size() - skip};
}

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(is_ipv4() ? AF_INET : AF_INET6, wire().data(), buffer.data(), buffer.size());
  return buffer.data();
}

std::string Address::host_text() const {
  return text() + "/" + std::to_string(host_length());
}

Result<Prefix> Prefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) {
    return fail(Errc::invalid_argument,
                "'" + std::string(text) + "' has no prefix length, such as 10.244.0.0/24");
  }
  auto base = Address::parse(text.substr(0, slash));
  if (!base) return tl::unexpected(base.error());
  auto length = parse_length(text.substr(slash + 1), base->host_length());
  if (!length) return tl::unexpected(length.error());
  if (!host_bits_are_zero(*base, family_offset(base->family()) + *length)) {
    return fail(
        Errc::invalid_argument,
        "'" + std::string(text) +
            "' has bits set behind its prefix length: write the first address of the range");
  }
  Prefix prefix;
  prefix.base_ = *base;
  prefix.length_ = *length;
  return prefix;
}

bool Prefix::contains(const Address& address) const {
  if (address.family() != family()) return false;
  for (unsigned bit = family_offset(family()); bit < family_offset(family()) + length_; ++bit) {
    if (!bit_is_equal(base_, address, bit)) return false;
  }
  return true;
}

std::uint64_t Prefix::size() const {
  const unsigned host_bits = base_.host_length() - length_;
  return std::uint64_t{1} << std::min(host_bits, 63U);
}

std::string Prefix::text() const {
  return base_.text() + "/" + std::to_string(length_);
}

Result<Mac> Mac::parse(std::string_view text) {
  Mac mac;
  bool fits = text.size() == 3 * mac.bytes.size() - 1;
  for (std::size_t i = 0; fits && i < mac.bytes.size(); ++i) {
    const char* digits = text.data() + 3 * i;
    const auto [end, failure] = std::from_chars(digits, digits + 2, mac.bytes[i], 16);
    fits =
        failure == std::errc{} && end == digits + 2 && (i + 1 == mac.bytes.size() || *end == ':');
  }
  if (!fits)
    return fail(Errc::invalid_argument, "'" + std::string(text) + "' is not a MAC address");
  return mac;
}

Mac Mac::random() {
  Mac mac;
  if (getrandom(mac.bytes.data(), mac.bytes.size(), 0) != static_cast<ssize_t>(mac.bytes.size())) {
    throw std::runtime_error("the kernel gives no random bytes");
  }
  mac.bytes[0] = static_cast<std::uint8_t>((mac.bytes[0] & 0xfc) | 0x02);
  return mac;
}

std::string Mac::text() const {
  std::array<char, 18> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1],
                bytes[2], bytes[3], bytes[4], bytes[5]);
  return buffer.data();
}

}  // namespace podwire::net
