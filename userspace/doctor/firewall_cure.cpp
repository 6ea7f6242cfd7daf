// SPDX-License-Identifier: Apache-2.0
#include "doctor/firewall_cure.hpp"

#include <algorithm>
#include <string_view>

#include <linux/netfilter.h>

namespace podwire::doctor {

namespace {

bool leads_to(const firewall::Ruleset& rules, const firewall::Id& base, std::string_view start) {
  return std::ranges::any_of(rules.chains, [&](const auto& entry) {
    const firewall::Id& id = entry.first;
    return id.family == base.family && id.table == base.table && id.name.starts_with(start);
  });
}

bool is_iptables(const firewall::Id& base) {
  return base.family != NFPROTO_INET && base.table == "filter" &&
         (base.name == "FORWARD" || base.name == "INPUT" || base.name == "OUTPUT");
}

const char* iptables_of(net::Family family) {
  return family == net::Family::ipv4 ? "iptables" : "ip6tables";
}

// What enters the node itself has no interface to leave by, and what it sends none that it came by.
std::vector<std::string> for_directions(firewall::Hook hook, const std::string& in,
                                        const std::string& out) {
  if (hook == firewall::Hook::input) return {in};
  if (hook == firewall::Hook::output) return {out};
  return {in, out};
}

Cure in_iptables(const std::string& chain, net::Family family, firewall::Hook hook) {
  const std::string start = std::string(iptables_of(family)) + " -I " + chain;
  return {
      "accept pods at the beginning of the chain, and where the rules of this node are kept, "
      "so that they last",
      for_directions(hook, start + " -i pw+ -j ACCEPT", start + " -o pw+ -j ACCEPT")};
}

Cure docker(net::Family family) {
  Cure cure = in_iptables("DOCKER-USER", family, firewall::Hook::forward);
  cure.text =
      "accept pods in DOCKER-USER, the chain that Docker keeps for rules of others; at each boot, "
      "for Docker does not store them";
  return cure;
}

Cure ufw(firewall::Hook hook) {
  if (hook != firewall::Hook::forward) {
    return {"let ufw accept pods; it stores that",
            for_directions(hook, "ufw allow in on pw+", "ufw allow out on pw+")};
  }
  return {"let ufw forward for pods; it stores that",
          {"ufw route allow in on pw+", "ufw route allow out on pw+"}};
}

Cure firewalld() {
  return {"put the links of pods into firewalld's trusted zone; it stores that",
          {"firewall-cmd --permanent --zone=trusted --add-interface=pw+", "firewall-cmd --reload"}};
}

Cure nftables(const firewall::Id& base, firewall::Hook hook) {
  const std::string start = "nft 'insert rule " + text_of_table(base) + " " + base.name + " ";
  return {
      "accept pods at the beginning of the chain, and in the file that makes it "
      "(/etc/nftables.conf), so that it lasts",
      for_directions(hook, start + "iifname \"pw*\" accept'", start + "oifname \"pw*\" accept'")};
}

}  // namespace

Cure cure_of(const firewall::Ruleset& rules, const firewall::Id& base, net::Family family) {
  const firewall::Hook hook = rules.chains.at(base).base->hook;
  if (base.table == "firewalld") return firewalld();
  if (!is_iptables(base)) return nftables(base, hook);
  if (hook == firewall::Hook::forward && leads_to(rules, base, "DOCKER-USER"))
    return docker(family);
  if (leads_to(rules, base, family == net::Family::ipv4 ? "ufw-user-" : "ufw6-user-"))
    return ufw(hook);
  return in_iptables(base.name, family, hook);
}

std::string text_of_table(const firewall::Id& chain) {
  switch (chain.family) {
    case NFPROTO_IPV4:
      return "ip " + chain.table;
    case NFPROTO_IPV6:
      return "ip6 " + chain.table;
    default:
      return "inet " + chain.table;
  }
}

}  // namespace podwire::doctor
