// SPDX-License-Identifier: Apache-2.0
#include "firewall/passage.hpp"

#include <utility>

#include <linux/netfilter.h>

#include "firewall/match.hpp"

namespace podwire::firewall {

namespace {

constexpr int deepest = 16;
constexpr std::size_t most_rules = 100'000;  // walked for one packet

// Walks one base chain. A rule whose condition is not known is walked as well as passed over: what
// it might accept is remembered.
class Walk {
 public:
  explicit Walk(const Question& question) : question_(question) {}

  Passage run() {
    const std::string& name = question_.base.name;
    Ending ending = walk(name, {.is_certain = true});
    if (ending == Ending::none && question_.ruleset.chains.at(question_.base).base->drops) {
      ending = Ending::dropped;
      dropped_by_ = {.chain = name, .by_policy = true};
    }
    if (ending != Ending::dropped) return {};
    dropped_by_.end = may_be_accepted_ ? Passage::End::uncertain : Passage::End::dropped;
    return dropped_by_;
  }

 private:
  enum class Ending { none, accepted, dropped };
  // Where the walk is.
  struct Place {
    std::string chain = {};
    bool is_certain = true;  // that the packet comes here
    int depth = 0;
  };
  struct Step {
    bool goes_on = true;  // with the next rule of this chain
    Ending ending = Ending::none;
    bool may_have_left = false;  // what is behind in this chain may not be reached
  };

  Ending walk(const std::string& name, Place place) {
    const Id& base = question_.base;
    const auto chain = question_.ruleset.chains.find({base.family, base.table, name});
    if (chain == question_.ruleset.chains.end() || place.depth > deepest) {
      may_be_accepted_ = true;
      return Ending::none;
    }
    place.chain = name;
    for (const Rule& rule : chain->second.rules) {
      if (++walked_ > most_rules) {
        may_be_accepted_ = true;
        return Ending::none;
      }
      const Step step = apply(rule, place);
      if (!step.goes_on || step.ending != Ending::none) return step.ending;
      place.is_certain = place.is_certain && !step.may_have_left;
    }
    return Ending::none;
  }

  Step apply(const Rule& rule, Place place) {
    Registers registers;
    for (const Expression& expression : rule) {
      if (const auto* verdict = std::get_if<Verdict>(&expression)) return follow(*verdict, place);
      const auto* lookup = std::get_if<Lookup>(&expression);
      if (lookup != nullptr && lookup->gives_verdict)
        return follow(look_up(*lookup, registers, question_), place);
      const Match matched = match(expression, registers, question_);
      if (matched == Match::no) return {};
      place.is_certain = place.is_certain && matched == Match::yes;
    }
    return {};
  }

  Step follow(const Verdicts& verdicts, Place place) {
    may_be_accepted_ = may_be_accepted_ || !verdicts.is_complete;
    place.is_certain = place.is_certain && verdicts.is_certain;
    Step last{.may_have_left = !verdicts.is_complete};
    for (const Verdict& verdict : verdicts.possible) {
      const bool may_have_left = last.may_have_left;
      last = follow(verdict, place);
      last.may_have_left = last.may_have_left || may_have_left;
    }
    return last;
  }

  Step follow(const Verdict& verdict, const Place& place) {
    switch (verdict.kind) {
      case Verdict::Kind::back:
        return {.goes_on = !place.is_certain, .may_have_left = true};
      case Verdict::Kind::jump:
        return {.ending = walk(verdict.chain, below(place))};
      case Verdict::Kind::go_to: {
        const Ending ending = walk(verdict.chain, below(place));
        return {.goes_on = !place.is_certain, .ending = ending, .may_have_left = true};
      }
      case Verdict::Kind::accept:
        may_be_accepted_ = may_be_accepted_ || !place.is_certain;
        return {.ending = place.is_certain ? Ending::accepted : Ending::none};
      default:
        if (!place.is_certain) return {};
        dropped_by_ = {.chain = place.chain};
        return {.ending = Ending::dropped};
    }
  }

  static Place below(Place place) {
    ++place.depth;
    return place;
  }

  const Question question_;
  Passage dropped_by_;
  bool may_be_accepted_ = false;
  std::size_t walked_ = 0;
};

}  // namespace

Passage passage(const Ruleset& ruleset, const Id& base, const Packet& packet) {
  return Walk({ruleset, base, packet}).run();
}

bool sees(const Id& base, const Packet& packet) {
  return base.family == NFPROTO_INET ||
         base.family == (packet.from.is_ipv4() ? NFPROTO_IPV4 : NFPROTO_IPV6);
}

}  // namespace podwire::firewall
