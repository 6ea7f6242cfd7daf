// SPDX-License-Identifier: Apache-2.0
#include "doctor/network_checks.hpp"

#include <algorithm>

namespace podwire::doctor {

namespace {

const char* name_of(const net::Prefix& prefix) {
  return prefix.base().is_ipv4() ? "IPv4" : "IPv6";
}

bool is_within(const net::Prefix& inner, const net::Prefix& outer) {
  return outer.overlaps(inner) && inner.length() >= outer.length();
}

// A wider route by a gateway leads elsewhere in the world; the unreachable route of the pods' own
// range is more specific. One to a link's own addresses, or to a part of the range, is a conflict.
bool takes_from(const Route& route, const net::Prefix& pods) {
  return is_within(route.destination, pods) ||
         (route.is_direct && is_within(pods, route.destination));
}

bool is_off(const Facts& facts, const std::string& sysctl) {
  const auto value = facts.sysctls.find(sysctl);
  return value != facts.sysctls.end() && value->second == "0";
}

// net/ipv4/conf/eth0.7/forwarding is written net.ipv4.conf.eth0/7.forwarding (sysctl(8)).
std::string dotted(std::string name) {
  for (char& c : name) c = c == '/' ? '.' : c == '.' ? '/' : c;
  return name;
}

Problem switched_off(const std::string& sysctl, const std::string& consequence) {
  const std::string name = dotted(sysctl);
  return {.what = name + " is 0: " + consequence,
          .cure = "switch it on, and write '" + name +
                  " = 1' into /etc/sysctl.d/90-podwire.conf, "
                  "so that it stays so",
          .commands = {"sysctl -w " + name + "=1"}};
}

}  // namespace

Result<Problems> default_route(const Facts& facts) {
  if (!facts.config) return tl::unexpected(facts.config.error());
  if (!facts.network) return tl::unexpected(facts.network.error());
  Problems problems;
  for (const net::Prefix& pods : pod_ranges(*facts.config)) {
    const auto uplink = facts.network->uplinks.find(pods.family());
    if (uplink != facts.network->uplinks.end() && uplink->second) continue;
    problems.push_back({.state = State::warning,
                        .what = std::string("the node has no default route for ") + name_of(pods) +
                                ": pods reach nothing beyond the networks of its links",
                        .cure = std::string("give the node one, or pods no ") + name_of(pods) +
                                " (ipam in " + facts.config_file + ")"});
  }
  return problems;
}

Result<Problems> pod_range(const Facts& facts) {
  if (!facts.config) return tl::unexpected(facts.config.error());
  if (!facts.network) return tl::unexpected(facts.network.error());
  Problems problems;
  for (const net::Prefix& pods : pod_ranges(*facts.config)) {
    for (const Route& route : facts.network->routes) {
      if (!takes_from(route, pods)) continue;
      problems.push_back({.what = "the route to " + route.destination.text() + " by " + route.link +
                                  " overlaps the range of pods, " + pods.text() +
                                  ": one address would mean two machines",
                          .cure = "give pods a range that nothing else uses (ipam in " +
                                  facts.config_file + "), or take that network away"});
    }
  }
  return problems;
}

Result<Problems> mtu(const Facts& facts) {
  if (!facts.network) return tl::unexpected(facts.network.error());
  Problems problems;
  for (const auto& entry : facts.network->uplinks) {
    const auto& uplink = entry.second;
    if (!uplink) continue;
    const auto larger = std::ranges::count_if(
        facts.network->pods, [&](const PodLink& pod) { return pod.link.mtu > uplink->mtu; });
    const bool is_configured = facts.config && facts.config->datapath.mtu.value_or(0) > uplink->mtu;
    if (larger == 0 && !is_configured) continue;
    const std::string limit = std::to_string(uplink->mtu);
    problems.push_back(
        {.state = State::warning,
         .what = "the node's way out, " + uplink->name + ", takes packets of " + limit +
                 " bytes; " + std::to_string(larger) +
                 " pods have a larger MTU: their larger packets must be split or sent again",
         .cure = "start those pods again; 'datapath: {mtu: ...}' in " + facts.config_file +
                 ", if it is there, must not exceed " + limit});
  }
  if (problems.size() == 2 && problems[0].what == problems[1].what) problems.pop_back();
  return problems;
}

Result<Problems> forwarding(const Facts& facts) {
  const std::string consequence =
      "pods reach neither Services nor hostPorts nor the world; each other, and the node, they do";
  Problems problems;
  if (!facts.config) return tl::unexpected(facts.config.error());
  const auto& ipam = facts.config->ipam;
  if (ipam.ipv6 && is_off(facts, "net/ipv6/conf/all/forwarding")) {
    problems.push_back(switched_off("net/ipv6/conf/all/forwarding", consequence));
    problems.back().cure +=
        ". A node that has its own IPv6 route from router advertisements needs accept_ra = 2 on "
        "that link too";
  }
  if (!ipam.ipv4) return problems;
  if (is_off(facts, "net/ipv4/ip_forward")) {
    problems.insert(problems.begin(), switched_off("net/ipv4/ip_forward", consequence));
    return problems;
  }
  for (const auto& [name, value] : facts.sysctls) {
    if (name.starts_with("net/ipv4/conf/") && value == "0")
      problems.push_back(switched_off(name, "what comes in by that link is not forwarded"));
  }
  cut(problems);
  return problems;
}

}  // namespace podwire::doctor
