// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"

#include <algorithm>

#include "doctor/firewall_check.hpp"
#include "doctor/host_checks.hpp"
#include "doctor/link_checks.hpp"
#include "doctor/network_checks.hpp"

namespace podwire::doctor {

namespace {

constexpr std::size_t most_problems = 10;

void judge(const Check& check, const Facts& facts, std::vector<Finding>& findings) {
  auto problems = check.judge(facts);
  if (!problems) {
    problems = Problems{{.state = State::warning,
                         .what = "cannot be judged: " + problems.error().what,
                         .cure = "see to that error, then look again"}};
  }
  if (problems->empty()) problems->push_back({.state = State::ok, .what = check.promise});
  for (Problem& problem : *problems) findings.push_back({check.name, std::move(problem)});
}

}  // namespace

void cut(Problems& problems) {
  if (problems.size() <= most_problems) return;
  const std::size_t more = problems.size() - most_problems;
  problems.resize(most_problems);
  problems.back().what += " (and " + std::to_string(more) + " more like this)";
}

const char* text_of(State state) {
  switch (state) {
    case State::ok:
      return "ok";
    case State::warning:
      return "warning";
    case State::failure:
      return "failure";
  }
  return "";
}

const std::vector<Check>& checks() {
  static const std::vector<Check> all = {
      {"configuration", "the agent's configuration can be used", false, configuration},
      {"kernel", "the kernel is Linux 6.1 or newer with what the programs need", false, kernel},
      {"agent", "the agent answers", false, agent},
      {"masquerade", "the node's address can stand in for those of pods", false, masquerade},
      {"cni-plugin", "the plugin is where container runtimes look for it", false, cni_plugin},
      {"cni-network", "container runtimes use podwire's network", false, cni_network},
      {"cni-chain", "the plugins of podwire's network go together", false, cni_chain},
      {"default-route", "the node has a way to the world", true, default_route},
      {"pod-range", "no other link has addresses of pods", true, pod_range},
      {"mtu", "the packets of pods fit the node's way out", true, mtu},
      {"forwarding", "the node forwards what pods send to Services, hostPorts and the world", true,
       forwarding},
      {"firewall", "the rules of the node let packets of pods pass", true, firewall_rules},
      {"iptables-legacy", "all rules of the node can be seen", true, iptables_legacy},
      {"tc-filter", "no other program takes packets of pods before podwire sees them", true,
       tc_filter},
      {"systemd-networkd", "systemd-networkd leaves the links of pods alone", true,
       systemd_networkd},
      {"networkmanager", "NetworkManager leaves the links of pods alone", true, networkmanager},
  };
  return all;
}

std::vector<Finding> examine(const Facts& facts) {
  std::vector<Finding> findings;
  for (const Check& check : checks()) judge(check, facts, findings);
  return findings;
}

std::vector<Finding> examine_at_start(const Facts& facts) {
  std::vector<Finding> findings;
  for (const Check& check : checks()) {
    if (check.at_start) judge(check, facts, findings);
  }
  std::erase_if(findings,
                [](const Finding& finding) { return finding.problem.state == State::ok; });
  return findings;
}

bool has_failure(const std::vector<Finding>& findings) {
  return std::ranges::any_of(
      findings, [](const Finding& finding) { return finding.problem.state == State::failure; });
}

}  // namespace podwire::doctor
