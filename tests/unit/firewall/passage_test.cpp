// SPDX-License-Identifier: Apache-2.0
#include "firewall/passage.hpp"

#include <gtest/gtest.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

namespace podwire::firewall {

namespace {

using Kind = Verdict::Kind;
using End = Passage::End;

const Id forward{NFPROTO_IPV4, "filter", "FORWARD"};
const Verdict accept{Kind::accept, ""};
const Verdict drop{Kind::drop, ""};

Bytes text(const std::string& letters) {
  return {letters.begin(), letters.end()};
}

// "the packet comes in by an interface whose name begins so"
Rule comes_in_by(const std::string& start, const Expression& verdict) {
  return {LoadMeta{NFT_META_IIFNAME, 0}, Compare{0, NFT_CMP_EQ, text(start)}, verdict};
}

Packet packet() {
  return {.in = {"pwabc", 5},
          .out = {"eth0", 2},
          .from = net::Address::parse("10.66.0.2").value(),
          .to = net::Address::parse("198.51.100.1").value()};
}

Ruleset rules(const std::vector<Rule>& of_base, bool drops = true) {
  Ruleset ruleset;
  ruleset.chains[forward] = {.base = Base{.drops = drops}, .rules = of_base};
  return ruleset;
}

void add_chain(Ruleset& ruleset, const std::string& name, const std::vector<Rule>& of_chain) {
  ruleset.chains[{NFPROTO_IPV4, "filter", name}] = {.rules = of_chain};
}

End end_of(const Ruleset& ruleset, const Packet& of = packet()) {
  return passage(ruleset, forward, of).end;
}

TEST(Passage, EndsByThePolicyWhereNoRuleDecides) {
  EXPECT_EQ(end_of(rules({}, false)), End::accepted);
  const Passage dropped = passage(rules({}), forward, packet());
  EXPECT_EQ(dropped.end, End::dropped);
  EXPECT_TRUE(dropped.by_policy);
  EXPECT_EQ(dropped.chain, "FORWARD");
}

TEST(Passage, EndsByTheFirstRuleThatMatches) {
  EXPECT_EQ(end_of(rules({comes_in_by("eth", drop), comes_in_by("pw", accept)})), End::accepted);
  EXPECT_EQ(end_of(rules({comes_in_by("pw", drop), comes_in_by("pw", accept)}, false)),
            End::dropped);
  EXPECT_EQ(end_of(rules({comes_in_by("pwabcd", accept)})), End::dropped);
}

TEST(Passage, ReturnsFromAJumpAndNotFromAGoto) {
  Ruleset jump = rules({{Verdict{Kind::jump, "user"}}, {accept}});
  add_chain(jump, "user", {comes_in_by("pw", Verdict{Kind::back, ""}), {drop}});
  EXPECT_EQ(end_of(jump), End::accepted);
  Ruleset go_to = rules({{Verdict{Kind::go_to, "user"}}, {accept}});
  add_chain(go_to, "user", {});
  EXPECT_EQ(end_of(go_to), End::dropped) << "by the policy";
}

TEST(Passage, NamesTheChainWhoseRuleDropped) {
  Ruleset ruleset = rules({{Verdict{Kind::jump, "user"}}}, false);
  add_chain(ruleset, "user", {{drop}});
  const Passage dropped = passage(ruleset, forward, packet());
  EXPECT_EQ(dropped.end, End::dropped);
  EXPECT_EQ(dropped.chain, "user");
  EXPECT_FALSE(dropped.by_policy);
}

TEST(Passage, IsUncertainOnlyWhereAnUnknownConditionMayAccept) {
  EXPECT_EQ(end_of(rules({{Opaque{}, accept}})), End::uncertain);
  EXPECT_EQ(end_of(rules({{Opaque{}, drop}})), End::dropped);
  EXPECT_EQ(end_of(rules({{Opaque{}, drop}}, false)), End::accepted);
  EXPECT_EQ(end_of(rules({{Opaque{}, accept}, {accept}})), End::accepted);
}

TEST(Passage, MayHaveLeftAChainBehindAnUnknownCondition) {
  const Rule may_return = {Opaque{}, Verdict{Kind::back, ""}};
  EXPECT_EQ(end_of(rules({may_return, {accept}})), End::uncertain) << "the policy drops";
  EXPECT_EQ(end_of(rules({may_return, {drop}}, false)), End::accepted) << "it may be meant so";
  EXPECT_EQ(end_of(rules({may_return, {drop}})), End::dropped) << "one way or the other";
  // ufw-not-local: local addresses return, all others are dropped.
  Ruleset ruleset = rules({{Verdict{Kind::jump, "not-local"}}, comes_in_by("pw", accept)});
  add_chain(ruleset, "not-local", {may_return, {drop}});
  EXPECT_EQ(end_of(ruleset), End::accepted);
}

TEST(Passage, WalksWhatAnUnknownConditionLeadsTo) {
  Ruleset ruleset = rules({{Opaque{}, Verdict{Kind::jump, "user"}}});
  add_chain(ruleset, "user", {comes_in_by("eth", accept)});
  EXPECT_EQ(end_of(ruleset), End::dropped);
  add_chain(ruleset, "user", {comes_in_by("pw", accept)});
  EXPECT_EQ(end_of(ruleset), End::uncertain);
}

TEST(Passage, KnowsStatesOfConnections) {
  constexpr std::uint32_t established = 2;
  constexpr std::uint32_t is_new = 8;
  Packet answer = packet();
  answer.begins_connection = false;
  const auto states = [](std::uint32_t wanted, bool inverted) {
    return rules({{ConntrackStates{wanted, inverted}, accept}});
  };
  EXPECT_EQ(end_of(states(established, false)), End::dropped);
  EXPECT_EQ(end_of(states(established, false), answer), End::accepted);
  EXPECT_EQ(end_of(states(is_new, true)), End::dropped);
  EXPECT_EQ(end_of(states(is_new, true), answer), End::accepted);
}

TEST(Passage, SeesAddressesThroughMasks) {
  const auto from = [](const Bytes& network, const Bytes& mask) {
    return rules({{LoadPayload{NFT_PAYLOAD_NETWORK_HEADER, 12, 4, 0}, Mask{0, 0, mask, Bytes(4)},
                   Compare{0, NFT_CMP_EQ, network}, accept}});
  };
  EXPECT_EQ(end_of(from({10, 66, 0, 0}, {255, 255, 240, 0})), End::accepted);
  EXPECT_EQ(end_of(from({10, 67, 0, 0}, {255, 255, 240, 0})), End::dropped);
}

TEST(Passage, DoesNotKnowPortsNorWhatElseIsBehindTheAddresses) {
  for (const auto base : {NFT_PAYLOAD_TRANSPORT_HEADER, NFT_PAYLOAD_NETWORK_HEADER}) {
    EXPECT_EQ(end_of(rules({{LoadPayload{static_cast<std::uint32_t>(base), 0, 2, 0},
                             Compare{0, NFT_CMP_EQ, {0, 80}}, accept}})),
              End::uncertain);
  }
}

TEST(Passage, LooksIntoSets) {
  const auto lookup = [](const Set& set, bool inverted) {
    Ruleset ruleset = rules({{LoadPayload{NFT_PAYLOAD_NETWORK_HEADER, 12, 4, 0},
                              Lookup{.from = 0, .set = "s", .inverted = inverted}, accept}});
    ruleset.sets[{NFPROTO_IPV4, "filter", "s"}] = set;
    return end_of(ruleset);
  };
  const Set single{.elements = {{.key = {10, 66, 0, 2}}}};
  EXPECT_EQ(lookup(single, false), End::accepted);
  EXPECT_EQ(lookup(single, true), End::dropped);
  const Set range{.elements = {{.key = {0, 0, 0, 0}, .ends_interval = true},
                               {.key = {10, 66, 0, 0}},
                               {.key = {10, 66, 1, 0}, .ends_interval = true}}};
  EXPECT_EQ(lookup(range, false), End::accepted);
  const Set below{
      .elements = {{.key = {10, 0, 0, 0}}, {.key = {10, 66, 0, 2}, .ends_interval = true}}};
  EXPECT_EQ(lookup(below, false), End::dropped) << "an interval ends before its end";
  EXPECT_EQ(lookup({.is_known = false}, false), End::uncertain);
}

TEST(Passage, FollowsVerdictMaps) {
  Ruleset ruleset = rules(
      {{LoadConntrack{NFT_CT_STATE, 0}, Lookup{.from = 0, .set = "m", .gives_verdict = true}}});
  Set& map = ruleset.sets[{NFPROTO_IPV4, "filter", "m"}];
  map.elements = {{.key = {2, 0, 0, 0}, .verdict = accept}, {.key = {8, 0, 0, 0}, .verdict = drop}};
  EXPECT_EQ(end_of(ruleset), End::dropped);
  Packet answer = packet();
  answer.begins_connection = false;
  EXPECT_EQ(end_of(ruleset, answer), End::accepted);
}

TEST(Passage, EndsForChainsThatLeadToEachOther) {
  Ruleset ruleset = rules({{Verdict{Kind::jump, "a"}}});
  add_chain(ruleset, "a", {{Verdict{Kind::jump, "a"}}, {Verdict{Kind::jump, "a"}}});
  EXPECT_EQ(end_of(ruleset), End::uncertain);
}

TEST(Passage, IsAskedForTheFamiliesOfTheTable) {
  EXPECT_TRUE(sees(forward, packet()));
  EXPECT_FALSE(sees({NFPROTO_IPV6, "filter", "FORWARD"}, packet()));
  EXPECT_TRUE(sees({NFPROTO_INET, "filter", "forward"}, packet()));
}

}  // namespace

}  // namespace podwire::firewall
