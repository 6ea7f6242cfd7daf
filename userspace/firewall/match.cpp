// SPDX-License-Identifier: Apache-2.0
#include "firewall/match.hpp"

#include <algorithm>

#include <linux/netfilter/nf_tables.h>

namespace podwire::firewall {

namespace {

Match match_of(bool holds) {
  return holds ? Match::yes : Match::no;
}

// Of big-endian numbers and of texts alike.
bool holds(const Compare& compare, const Bytes& value) {
  switch (compare.op) {
    case NFT_CMP_EQ:
      return value == compare.with;
    case NFT_CMP_NEQ:
      return value != compare.with;
    case NFT_CMP_LT:
      return value < compare.with;
    case NFT_CMP_LTE:
      return value <= compare.with;
    case NFT_CMP_GT:
      return value > compare.with;
    default:
      return value >= compare.with;
  }
}

// The last element that does not exceed the value; where one interval ends another may begin.
const Element* find_interval(const Set& set, const Bytes& value) {
  const Element* best = nullptr;
  for (const Element& element : set.elements) {
    if (element.key > value) continue;
    const bool is_nearer = best == nullptr || element.key > best->key ||
                           (element.key == best->key && best->ends_interval);
    if (is_nearer) best = &element;
  }
  return best != nullptr && !best->ends_interval ? best : nullptr;
}

// The element that covers the value; nullptr: none does.
const Element* find(const Set& set, const Bytes& value) {
  if (std::ranges::any_of(set.elements, &Element::ends_interval)) return find_interval(set, value);
  const auto same = std::ranges::find(set.elements, value, &Element::key);
  return same == set.elements.end() ? nullptr : &*same;
}

// nullptr: its elements are not known.
const Set* set_of(const Lookup& lookup, const Question& question) {
  const auto set =
      question.ruleset.sets.find({question.base.family, question.base.table, lookup.set});
  return set == question.ruleset.sets.end() || !set->second.is_known ? nullptr : &set->second;
}

Registers::Value value_of(const Lookup& lookup, const Set& set, const Registers& registers) {
  return registers.read(lookup.from, set.elements.empty() ? 0 : set.elements.front().key.size());
}

// Runs one expression. Most of them look at the registers only.
struct Step {
  Registers& registers;
  const Question& question;

  Match operator()(const LoadMeta& load) { return load_from_packet(load); }
  Match operator()(const LoadConntrack& load) { return load_from_packet(load); }
  Match operator()(const LoadPayload& load) { return load_from_packet(load); }
  Match operator()(const Mask& mask) {
    registers.load(mask);
    return Match::yes;
  }
  Match operator()(const Assign& assign) {
    registers.put(assign.to, assign.value);
    return Match::yes;
  }
  Match operator()(const Compare& compare) const {
    const auto value = registers.read(compare.from, compare.with.size());
    return value ? match_of(holds(compare, *value)) : Match::maybe;
  }
  Match operator()(const Range& range) const {
    const auto value = registers.read(range.from, range.low.size());
    if (!value) return Match::maybe;
    return match_of((*value >= range.low && *value <= range.high) != range.outside);
  }
  Match operator()(const Lookup& lookup) const {
    const Set* set = set_of(lookup, question);
    const auto value = set == nullptr ? std::nullopt : value_of(lookup, *set, registers);
    return value ? match_of((find(*set, *value) != nullptr) != lookup.inverted) : Match::maybe;
  }
  Match operator()(const ConntrackStates& wanted) const {
    constexpr std::uint32_t dnat = 1U << 7;  // XT_CONNTRACK_STATE_DNAT
    const Packet& packet = question.packet;
    const std::uint32_t state = conntrack_state(packet) | (packet.is_translated ? dnat : 0);
    return match_of(((wanted.states & state) != 0) != wanted.inverted);
  }
  Match operator()(const Opaque&) {
    registers.forget();
    return Match::maybe;
  }
  Match operator()(const Verdict&) const { return Match::yes; }

 private:
  template <class Load>
  Match load_from_packet(const Load& load) {
    registers.load(load, question.packet);
    return Match::yes;
  }
};

}  // namespace

Match match(const Expression& expression, Registers& registers, const Question& question) {
  return std::visit(Step{registers, question}, expression);
}

Verdicts look_up(const Lookup& lookup, const Registers& registers, const Question& question) {
  const Set* set = set_of(lookup, question);
  if (set == nullptr) return {.is_certain = false, .is_complete = false};
  Verdicts verdicts;
  if (const auto value = value_of(lookup, *set, registers)) {
    const Element* found = find(*set, *value);
    if (found != nullptr && found->verdict) verdicts.possible.push_back(*found->verdict);
    return verdicts;
  }
  verdicts.is_certain = false;
  for (const Element& element : set->elements) {
    if (element.verdict) verdicts.possible.push_back(*element.verdict);
  }
  return verdicts;
}

}  // namespace podwire::firewall
