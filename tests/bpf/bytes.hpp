// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace podwire::bpf_test {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t ethernet_bytes = 14;
constexpr std::size_t ipv4_bytes = 20;
constexpr std::size_t ipv6_bytes = 40;

// The Internet checksum of RFC 1071; an odd last byte counts as the high one of its word.
std::uint16_t internet_checksum(const Bytes& bytes);

Bytes with_byte(Bytes frame, std::size_t at, std::uint8_t value);
Bytes with_word(Bytes frame, std::size_t at, std::uint16_t value);
Bytes cut(Bytes frame, std::size_t bytes);
Bytes padded(Bytes frame, std::size_t more);
// The IP packet of a frame, at most `limit` bytes of it.
Bytes quoted(const Bytes& frame, std::size_t limit);

std::uint16_t word_at(const Bytes& frame, std::size_t at);
std::uint32_t long_at(const Bytes& frame, std::size_t at);

// Lines of sixteen bytes: a failed comparison then shows where two frames differ.
std::string hex(const Bytes& frame);

}  // namespace podwire::bpf_test
