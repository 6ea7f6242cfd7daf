// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "firewall/packet.hpp"
#include "firewall/ruleset.hpp"

namespace podwire::firewall {

// How a packet's way through one base chain ends. Each base chain of a hook decides for itself: one
// that accepts does not spare the packet the next.
struct Passage {
  enum class End {
    accepted,
    dropped,
    uncertain  // dropped, unless a rule accepts it whose condition is not modelled
  };
  End end = End::accepted;
  std::string chain;       // where it was dropped
  bool by_policy = false;  // and not by a rule
};

// Pure. `base` names a chain of the ruleset that has a hook. Ends for any ruleset: the kernel has
// no loops, and walks as deep as this (NFT_JUMP_STACK_SIZE).
Passage passage(const Ruleset& ruleset, const Id& base, const Packet& packet);

// Whether a base chain of that family sees the packet at all.
bool sees(const Id& base, const Packet& packet);

}  // namespace podwire::firewall
