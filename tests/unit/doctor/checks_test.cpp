// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

#include <gtest/gtest.h>
#include <linux/netfilter.h>

namespace podwire::doctor {

namespace {

// A node on which nothing stands in the way, with two pods.
Facts good() {
  Facts facts{.config_file = "/etc/podwire/podwired.yaml"};
  facts.config->ipam.ipv4 = net::Prefix::parse("10.66.0.0/24").value();
  facts.config->ipam.ipv6 = net::Prefix::parse("fd66::/64").value();
  for (const net::Family family : {net::Family::ipv4, net::Family::ipv6})
    facts.network->uplinks[family] = Uplink{.name = "eth0", .ifindex = 2, .mtu = 1500};
  for (const char* name : {"pwa", "pwb"}) {
    PodLink pod{.filter_qdisc = "clsact"};
    pod.link.name = name;
    pod.link.mtu = 1500;
    facts.network->pods.push_back(pod);
  }
  facts.sysctls = {{"net/ipv4/ip_forward", "1"},
                   {"net/ipv6/conf/all/forwarding", "1"},
                   {"net/ipv4/conf/eth0/forwarding", "1"}};
  facts.host = {.kernel_release = "6.1.0-18-amd64",
                .has_btf = true,
                .has_table = true,
                .plugins = {"/usr/lib/cni/podwire"},
                .cni_files = {{"/etc/cni/net.d/10-podwire.conflist", {"podwire"}}}};
  return facts;
}

Route route(const char* destination, const char* link, bool is_direct) {
  return {net::Prefix::parse(destination).value(), link, is_direct};
}

void block(Facts& facts, std::uint32_t family, const char* table, const char* chain,
           const std::vector<std::string>& others = {},
           firewall::Hook hook = firewall::Hook::forward) {
  facts.rules->chains[{family, table, chain}] = {.base =
                                                     firewall::Base{.hook = hook, .drops = true}};
  for (const std::string& name : others) facts.rules->chains[{family, table, name}] = {};
}

struct Case {
  const char* check;
  std::function<void(Facts&)> spoil;
  State state;
  const char* what;     // a part of the text
  const char* command;  // the first one; empty: none
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"configuration",
       [](Facts& f) { f.config = fail(Errc::invalid_argument, "x.yaml:3: key 'a'"); },
       State::failure, "x.yaml:3: key 'a'", ""},
      {"kernel", [](Facts& f) { f.host.kernel_release = "5.15.0-91"; }, State::failure,
       "this is Linux 5.15.0-91; podwire needs 6.1", ""},
      {"kernel", [](Facts& f) { f.host.bpf = fail(Errc::system, "load a BPF program: no"); },
       State::failure, "load a BPF program: no", ""},
      {"kernel", [](Facts& f) { f.host.has_btf = false; }, State::failure,
       "/sys/kernel/btf/vmlinux cannot be read", ""},
      {"kernel", [](Facts& f) { f.host.clsact = fail(Errc::system, "no such qdisc"); },
       State::failure, "programs cannot be attached: no such qdisc", "modprobe sch_ingress"},
      {"agent", [](Facts& f) { f.agent = fail(Errc::no_agent, "no agent answers"); },
       State::failure, "no agent answers", "systemctl start podwired"},
      {"masquerade", [](Facts& f) { f.host.masquerade = fail(Errc::system, "no nft"); },
       State::failure, "pods reach nothing outside: no nft", "modprobe nf_tables"},
      {"masquerade", [](Facts& f) { f.host.has_table = false; }, State::failure,
       "the nftables table inet podwire-podwire is gone", "systemctl restart podwired"},
      {"cni-plugin", [](Facts& f) { f.host.plugins.clear(); }, State::warning,
       "the plugin podwire is in none of", ""},
      {"cni-network",
       [](Facts& f) {
         f.host.cni_files = {{"/etc/cni/net.d/a.conf", {"ptp"}}};
       },
       State::warning, "no file in /etc/cni/net.d names the plugin podwire", ""},
      {"cni-network",
       [](Facts& f) {
         f.host.cni_files.insert(f.host.cni_files.begin(),
                                 {"/etc/cni/net.d/05-bridge.conf", {"bridge"}});
       },
       State::warning, "which is 05-bridge.conf and not 10-podwire.conflist",
       "mv /etc/cni/net.d/05-bridge.conf /etc/cni/net.d/90-05-bridge.conf"},
      {"cni-chain",
       [](Facts& f) {
         f.host.cni_files[0].plugins = {"tuning", "podwire"};
       },
       State::failure, "10-podwire.conflist has podwire behind tuning", ""},
      {"cni-chain",
       [](Facts& f) {
         f.host.cni_files[0].plugins = {"podwire", "portmap", "bandwidth"};
       },
       State::failure, "10-podwire.conflist has the plugin bandwidth", ""},
      {"default-route", [](Facts& f) { f.network->uplinks[net::Family::ipv6].reset(); },
       State::warning, "no default route for IPv6", ""},
      {"pod-range", [](Facts& f) { f.network->routes = {route("10.66.0.128/25", "wg0", false)}; },
       State::failure,
       "the route to 10.66.0.128/25 by wg0 overlaps the range of pods, 10.66.0.0/24", ""},
      {"pod-range", [](Facts& f) { f.network->routes = {route("fd66::/48", "docker0", true)}; },
       State::failure, "the route to fd66::/48 by docker0", ""},
      {"mtu", [](Facts& f) { f.network->uplinks[net::Family::ipv4]->mtu = 1400; }, State::warning,
       "eth0, takes packets of 1400 bytes; 2 pods have a larger MTU", ""},
      {"mtu", [](Facts& f) { f.config->datapath.mtu = 9000; }, State::warning,
       "takes packets of 1500 bytes", ""},
      {"forwarding", [](Facts& f) { f.sysctls["net/ipv4/ip_forward"] = "0"; }, State::failure,
       "net.ipv4.ip_forward is 0", "sysctl -w net.ipv4.ip_forward=1"},
      {"forwarding", [](Facts& f) { f.sysctls["net/ipv6/conf/all/forwarding"] = "0"; },
       State::failure, "net.ipv6.conf.all.forwarding is 0",
       "sysctl -w net.ipv6.conf.all.forwarding=1"},
      {"forwarding", [](Facts& f) { f.sysctls["net/ipv4/conf/eth0.7/forwarding"] = "0"; },
       State::failure, "net.ipv4.conf.eth0/7.forwarding is 0",
       "sysctl -w net.ipv4.conf.eth0/7.forwarding=1"},
      {"firewall", [](Facts& f) { block(f, NFPROTO_IPV4, "filter", "FORWARD", {"DOCKER-USER"}); },
       State::failure,
       "chain FORWARD of the nftables table ip filter drops packets of pods by its policy",
       "iptables -I DOCKER-USER -i pw+ -j ACCEPT"},
      {"firewall",
       [](Facts& f) { block(f, NFPROTO_IPV6, "filter", "FORWARD", {"ufw6-user-forward"}); },
       State::failure, "table ip6 filter", "ufw route allow in on pw+"},
      {"firewall", [](Facts& f) { block(f, NFPROTO_INET, "firewalld", "filter_FORWARD"); },
       State::failure, "table inet firewalld",
       "firewall-cmd --permanent --zone=trusted --add-interface=pw+"},
      {"firewall", [](Facts& f) { block(f, NFPROTO_IPV6, "filter", "FORWARD"); }, State::failure,
       "table ip6 filter", "ip6tables -I FORWARD -i pw+ -j ACCEPT"},
      {"firewall", [](Facts& f) { block(f, NFPROTO_IPV4, "mine", "fw"); }, State::failure,
       "chain fw of the nftables table ip mine",
       "nft 'insert rule ip mine fw iifname \"pw*\" accept'"},
      {"firewall",
       [](Facts& f) { block(f, NFPROTO_IPV4, "filter", "OUTPUT", {}, firewall::Hook::output); },
       State::failure, "drops packets of pods by its policy: connections of the node to pods",
       "iptables -I OUTPUT -o pw+ -j ACCEPT"},
      {"firewall", [](Facts& f) { f.rules = fail(Errc::system, "not permitted"); }, State::warning,
       "cannot be judged: not permitted", ""},
      {"iptables-legacy", [](Facts& f) { f.has_legacy_rules = true; }, State::warning,
       "iptables-legacy", "iptables-legacy -S FORWARD"},
      {"tc-filter", [](Facts& f) { f.network->pods[0].filter_qdisc = "ingress"; }, State::failure,
       "link pwa has the qdisc 'ingress' of another program", "tc qdisc delete dev pwa ingress"},
      {"tc-filter",
       [](Facts& f) {
         f.network->pods[1].preceding = {{"the tc filter 'x'", "tc x"}};
       },
       State::failure, "the tc filter 'x' on link pwb belongs to another program", "tc x"},
      {"systemd-networkd",
       [](Facts& f) {
         f.networkd.is_running = true;
         f.network->pods[0].networkd_file = "/etc/systemd/network/99-all.network";
       },
       State::failure, "configures link pwa of a pod by /etc/systemd/network/99-all.network",
       "printf '[Match]\\nKind=veth\\nName=pw*\\n\\n[Link]\\nUnmanaged=yes\\n' > "
       "/etc/systemd/network/00-podwire.network"},
      {"systemd-networkd", [](Facts& f) { f.networkd.is_running = true; }, State::warning,
       "systemd-networkd runs, and no file", "printf "},
      {"networkmanager",
       [](Facts& f) {
         f.networkmanager = {.is_running = true, .spares_pods = true};
         f.network->pods[1].has_networkmanager = true;
       },
       State::failure, "NetworkManager configures links of pods", "printf "},
      {"networkmanager", [](Facts& f) { f.networkmanager.is_running = true; }, State::warning,
       "NetworkManager runs, and no file", "printf "},
  };
  return all;
}

std::vector<Finding> wrong(const std::vector<Finding>& findings) {
  std::vector<Finding> found;
  std::ranges::copy_if(findings, std::back_inserter(found),
                       [](const Finding& one) { return one.problem.state != State::ok; });
  return found;
}

TEST(Checks, FindNothingOnAGoodNode) {
  EXPECT_TRUE(wrong(examine(good())).empty());
  EXPECT_EQ(examine(good()).size(), checks().size()) << "each says what holds";
  EXPECT_TRUE(examine_at_start(good()).empty());
}

TEST(Checks, NameWhatStandsInTheWayAndItsCure) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(std::string(one.check) + ": " + one.what);
    Facts facts = good();
    one.spoil(facts);
    const auto findings = wrong(examine(facts));
    const auto found = std::ranges::find(findings, one.check, &Finding::check);
    ASSERT_NE(found, findings.end());
    EXPECT_EQ(found->problem.state, one.state);
    EXPECT_NE(found->problem.what.find(one.what), std::string::npos) << found->problem.what;
    EXPECT_FALSE(found->problem.cure.empty());
    const std::string command =
        found->problem.commands.empty() ? "" : found->problem.commands.front();
    EXPECT_TRUE(command.starts_with(one.command) && command.empty() == !*one.command) << command;
    EXPECT_EQ(has_failure(findings), std::ranges::any_of(findings, [](const Finding& each) {
                return each.problem.state == State::failure;
              }));
  }
}

TEST(Checks, AreAllInTheTableAbove) {
  for (const Check& check : checks()) {
    EXPECT_TRUE(std::ranges::any_of(cases(), [&](const Case& one) {
      return std::string(one.check) == check.name;
    })) << check.name;
  }
}

TEST(Checks, LeaveAloneWhatIsMeantSo) {
  Facts facts = good();
  facts.network->routes = {route("10.0.0.0/8", "wg0", false), route("10.66.1.0/24", "eth1", true)};
  facts.config->masquerade.enabled = false;
  facts.host.masquerade = fail(Errc::system, "no nftables");
  facts.networkd = {.is_running = true, .spares_pods = true};
  facts.networkmanager = {.is_running = true, .spares_pods = true};
  EXPECT_TRUE(wrong(examine(facts)).empty());
  facts = good();
  facts.config->ipam.ipv6.reset();
  facts.sysctls["net/ipv6/conf/all/forwarding"] = "0";
  facts.network->uplinks[net::Family::ipv6].reset();
  EXPECT_TRUE(wrong(examine(facts)).empty()) << "pods have no IPv6";
}

TEST(Checks, AreFewLinesForManyPodsWithOneTrouble) {
  Facts facts = good();
  facts.network->pods.assign(500, {.filter_qdisc = "ingress"});
  const auto findings = wrong(examine(facts));
  EXPECT_EQ(findings.size(), 10U);
  EXPECT_NE(findings.back().problem.what.find("(and 490 more like this)"), std::string::npos);
}

TEST(Checks, AreFewLinesForManyLinksThatDoNotForward) {
  Facts facts = good();
  for (int link = 0; link < 500; ++link)
    facts.sysctls["net/ipv4/conf/pw" + std::to_string(link) + "/forwarding"] = "0";
  const auto findings = wrong(examine(facts));
  EXPECT_EQ(findings.size(), 10U);
  EXPECT_NE(findings.back().problem.what.find("(and 490 more like this)"), std::string::npos);
}

TEST(Checks, SaySoWhereTheyCannotLook) {
  Facts facts = good();
  facts.network = fail(Errc::system, "list links: not permitted");
  const auto findings = wrong(examine_at_start(facts));
  ASSERT_FALSE(findings.empty());
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.problem.state, State::warning) << finding.check;
    EXPECT_EQ(finding.problem.what, "cannot be judged: list links: not permitted");
  }
}

TEST(Checks, StandInTheDocumentation) {
  std::ifstream file(PODWIRE_SOURCE_DIR "/docs/troubleshooting.md");
  std::ostringstream page;
  page << file.rdbuf();
  for (const Check& check : checks()) {
    EXPECT_NE(page.str().find("\n### " + std::string(check.name) + "\n"), std::string::npos)
        << check.name;
  }
}

}  // namespace

}  // namespace podwire::doctor
