// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "firewall/ruleset.hpp"
#include "net/address.hpp"

namespace podwire::firewall {

struct Interface {
  std::string name;
  std::uint32_t index = 0;
};

// One packet that stands for many: TCP, unmarked, from any port to any port.
struct Packet {
  Interface in;   // without a name: the node itself sends it
  Interface out;  // without a name: it is for the node itself
  net::Address from;
  net::Address to;
  bool begins_connection = true;  // else it is an answer on an established one
  bool is_translated = false;     // the destination was, before it got here
};

// What a rule sees of a packet, byte by byte; nullopt: not known.
class Registers {
 public:
  using Value = std::optional<Bytes>;

  void load(const LoadMeta& what, const Packet& packet);
  void load(const LoadConntrack& what, const Packet& packet);
  void load(const LoadPayload& what, const Packet& packet);
  void load(const Mask& what);
  void put(Register to, const Bytes& value);
  void forget();  // all of them

  // nullopt if one of the bytes is not known.
  Value read(Register from, std::size_t length) const;

 private:
  void forget(Register from, std::size_t length);

  std::array<std::optional<std::uint8_t>, 64> bytes_{};  // NFT_REG32_COUNT * NFT_REG32_SIZE
};

// Bits of NF_CT_STATE_BIT and of XT_CONNTRACK_STATE_BIT, which are the same.
std::uint32_t conntrack_state(const Packet& packet);

}  // namespace podwire::firewall
