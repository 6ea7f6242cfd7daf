// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "firewall/packet.hpp"
#include "firewall/ruleset.hpp"

// What single expressions of a rule say of a packet. Pure.
namespace podwire::firewall {

enum class Match { no, maybe, yes };

// Where a rule stands, and what it is asked about. Sets belong to the table of `base`.
struct Question {
  const Ruleset& ruleset;
  const Id& base;
  const Packet& packet;
};

// One expression that is no verdict; it may change the registers for those behind it.
Match match(const Expression& expression, Registers& registers, const Question& question);

// Of a verdict map: which verdicts the packet may get, and whether these are all.
struct Verdicts {
  std::vector<Verdict> possible;
  bool is_certain = true;  // at most one, and it is that
  bool is_complete = true;
};
Verdicts look_up(const Lookup& lookup, const Registers& registers, const Question& question);

}  // namespace podwire::firewall
