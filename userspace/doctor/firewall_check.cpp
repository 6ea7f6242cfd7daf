// SPDX-License-Identifier: Apache-2.0
#include "doctor/firewall_check.hpp"

#include <algorithm>

#include <podwire/abi.h>

#include "doctor/firewall_cure.hpp"
#include "firewall/passage.hpp"

namespace podwire::doctor {

namespace {

using firewall::Hook;
using firewall::Packet;
using firewall::Passage;

// One kind of traffic, and a packet that stands for it.
struct Traffic {
  std::string name;
  Hook hook = Hook::forward;
  Packet packet;
  State blocked = State::failure;
};

net::Address address(const char* text) {
  return net::Address::parse(text).value();
}

// Addresses of the documentation (RFC 5737, RFC 3849) stand for the world.
net::Address world(net::Family family) {
  return address(family == net::Family::ipv4 ? "198.51.100.1" : "2001:db8::1");
}

net::Address gateway(net::Family family) {
  return address(family == net::Family::ipv4 ? PW_GATEWAY_IPV4 : PW_GATEWAY_IPV6);
}

// A name that "pw*" matches, where there is no pod yet.
firewall::Interface pod_interface(const Network& network) {
  if (network.pods.empty()) return {"pwexample", 0};
  const auto& link = network.pods.front().link;
  return {link.name, link.ifindex};
}

void add_world(const firewall::Interface& pod, const net::Prefix& pods, const Uplink& uplink,
               std::vector<Traffic>& to) {
  const firewall::Interface out{uplink.name, uplink.ifindex};
  const net::Address own = pods.base().plus(2);
  const net::Address far = world(pods.family());
  to.push_back({"connections to the world", Hook::forward, {pod, out, own, far}});
  to.push_back({"answers from the world", Hook::forward, {out, pod, far, own, false}});
  to.push_back({"connections to hostPorts", Hook::forward, {out, pod, far, own, true, true}});
  to.push_back({"answers to the world", Hook::forward, {pod, out, own, far, false}});
}

std::vector<Traffic> traffic_of(const net::Prefix& pods, const Network& network) {
  const firewall::Interface pod = pod_interface(network);
  const net::Address own = pods.base().plus(2);
  std::vector<Traffic> all;
  const auto uplink = network.uplinks.find(pods.family());
  if (uplink != network.uplinks.end() && uplink->second) add_world(pod, pods, *uplink->second, all);
  all.push_back(
      {"connections to Services", Hook::forward, {pod, pod, own, pods.base().plus(3), true, true}});
  const net::Address node = gateway(pods.family());
  all.push_back({"answers to the node", Hook::input, {pod, {}, own, node, false}});
  all.push_back({"connections to the node", Hook::input, {pod, {}, own, node}, State::warning});
  all.push_back({"connections of the node to pods", Hook::output, {{}, pod, node, own}});
  return all;
}

// What one base chain does to all traffic of one family.
struct Blocked {
  State state = State::ok;
  std::vector<std::string> names;
  Passage passage;  // of the first that is blocked
};

Blocked blocked_by(const firewall::Ruleset& rules, const firewall::Id& base,
                   const std::vector<Traffic>& all) {
  Blocked blocked;
  for (const Traffic& traffic : all) {
    if (rules.chains.at(base).base->hook != traffic.hook || !firewall::sees(base, traffic.packet))
      continue;
    const Passage passage = firewall::passage(rules, base, traffic.packet);
    if (passage.end == Passage::End::accepted) continue;
    if (blocked.names.empty()) blocked.passage = passage;
    blocked.names.push_back(traffic.name);
    const State state = passage.end == Passage::End::uncertain ? State::warning : traffic.blocked;
    blocked.state = std::max(blocked.state, state);
  }
  return blocked;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string what_of(const firewall::Id& base, const Blocked& blocked) {
  const Passage& passage = blocked.passage;
  const bool is_uncertain = passage.end == Passage::End::uncertain;
  std::string text = "chain " + base.name + " of the nftables table " + text_of_table(base);
  text += is_uncertain ? " may drop packets of pods by " : " drops packets of pods by ";
  text += passage.by_policy ? "its policy" : "a rule in chain " + passage.chain;
  return text + ": " + joined(blocked.names);
}

}  // namespace

Result<Problems> firewall_rules(const Facts& facts) {
  if (!facts.config) return tl::unexpected(facts.config.error());
  if (!facts.network) return tl::unexpected(facts.network.error());
  if (!facts.rules) return tl::unexpected(facts.rules.error());
  Problems problems;
  for (const net::Prefix& pods : pod_ranges(*facts.config)) {
    const auto all = traffic_of(pods, *facts.network);
    for (const auto& [id, chain] : facts.rules->chains) {
      if (!chain.base) continue;
      const Blocked blocked = blocked_by(*facts.rules, id, all);
      if (blocked.names.empty()) continue;
      const Cure cure = cure_of(*facts.rules, id, pods.family());
      // What cures a chain of an inet table for one family does for the other.
      const auto known = std::ranges::find(problems, cure.commands, &Problem::commands);
      if (known != problems.end()) {
        known->state = std::max(known->state, blocked.state);
      } else {
        problems.push_back({blocked.state, what_of(id, blocked), cure.text, cure.commands});
      }
    }
  }
  return problems;
}

Result<Problems> iptables_legacy(const Facts& facts) {
  if (!facts.has_legacy_rules) return Problems{};
  return Problems{{.state = State::warning,
                   .what =
                       "a program has made rules by iptables-legacy, which doctor does not see: "
                       "a policy DROP of its chain FORWARD would stop pods on their way to "
                       "Services, hostPorts and the world",
                   .cure = "look yourself, and let pods pass where it drops",
                   .commands = {"iptables-legacy -S FORWARD", "ip6tables-legacy -S FORWARD"}}};
}

}  // namespace podwire::doctor
