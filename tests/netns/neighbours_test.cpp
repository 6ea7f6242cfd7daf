// SPDX-License-Identifier: Apache-2.0
//
//   pods -- node: podwired, another's firewall or switches ----- internet      (outside.hpp)
//
// For each neighbour: what stands in the way; that doctor says so, and what it does not hinder;
// that after doctor's own cure nothing does.
#include "doctor.hpp"
#include "outside.hpp"

namespace podwire::netns_test {
namespace {

using Findings = std::vector<Finding>;

constexpr std::uint16_t port = 7000;
constexpr const char* everything = "world service hostPort";

class Neighbours : public Outside {
 protected:
  void SetUp() override {
    Outside::SetUp();
    // As kube-proxy and portmap translate: a Service, and a port of the node.
    std::string rules =
        "table inet service {\n chain translate {\n"
        "  type nat hook prerouting priority dstnat;\n";
    rules += "  ip daddr 10.96.0.1 tcp dport 80 dnat ip to " + other_.text(net::Family::ipv4) +
             ":7000\n  ip daddr 192.0.2.1 tcp dport 80 dnat ip to " + pod_.text(net::Family::ipv4) +
             ":7000\n";
    rules += "  ip6 daddr fd96::1 tcp dport 80 dnat ip6 to [" + other_.text(net::Family::ipv6) +
             "]:7000\n  ip6 daddr 2001:db8::1 tcp dport 80 dnat ip6 to [" +
             pod_.text(net::Family::ipv6) + "]:7000\n";
    on_node({"nft", rules + " }\n}\n"});
  }

  void in_shell(const std::string& script) { on_node({"sh", "-ec", script}); }

  // Whether a connection comes about, soon; on a busy machine at the second try.
  static bool connects(const net::Netns& from, const std::string& to, std::uint16_t to_port) {
    const std::string target = "/dev/tcp/" + to + "/" + std::to_string(to_port);
    const auto once = [&] {
      return run({.arguments = {"timeout", "0.5", "bash", "-c", "exec 3<>" + target},
                  .netns = &from})
                 .status == 0;
    };
    return once() || once();
  }

  // What works of all that goes through the host stack.
  std::string working(net::Family family) const {
    const bool is_ipv4 = family == net::Family::ipv4;
    const TcpListener world(internet_.netns(), family, port);
    const TcpListener own(pod_.netns(), family, port);
    const TcpListener service(other_.netns(), family, port);
    std::string names;
    const auto add = [&](bool works, const char* name) {
      if (works) names += (names.empty() ? "" : " ") + std::string(name);
    };
    add(connects(pod_.netns(), is_ipv4 ? "198.51.100.9" : "2001:db8:1::9", port), "world");
    add(connects(pod_.netns(), is_ipv4 ? "10.96.0.1" : "fd96::1", 80), "service");
    add(connects(internet_.netns(), is_ipv4 ? "192.0.2.1" : "2001:db8::1", 80), "hostPort");
    return names;
  }

  // What podwire does by itself: nothing of the host's stands in its way.
  void expect_own_ways_open() {
    for (const net::Family family : families) {
      SCOPED_TRACE(text_of(family));
      const TcpListener listener(other_.netns(), family, port);
      EXPECT_TRUE(connects(pod_.netns(), other_.text(family), port)) << "pod to pod";
      EXPECT_TRUE(connects(node_.netns(), other_.text(family), port)) << "node to pod";
    }
    const std::vector<std::string> probe = {"probe",      "add",  "--pod",    "test/b",
                                            "--tcp-port", "7000", "--period", "20ms"};
    EXPECT_EQ(node_.agent().ctl(probe).status, 0);
    const TcpListener listener(other_.netns(), net::Family::ipv6, port);
    EXPECT_TRUE(eventually([&] {
      return node_.metrics().sum("podwire_tcp_probe_successes_total", {{"pod", "b"}}) > 3;
    })) << "probes";
  }

  void expect_working(const std::string& ipv4, const std::string& ipv6) const {
    EXPECT_EQ(working(net::Family::ipv4), ipv4);
    EXPECT_EQ(working(net::Family::ipv6), ipv6);
  }
  void expect_all_working() const {
    expect_working(everything, everything);
    for (const char* check : {"firewall", "forwarding", "masquerade"})
      EXPECT_TRUE(doctor_.findings(check).empty()) << check;
  }
  static void expect_says(const Findings& findings, std::size_t index, const std::string& text) {
    ASSERT_GT(findings.size(), index);
    EXPECT_EQ(findings[index].state, "failure");
    EXPECT_NE(findings[index].what.find(text), std::string::npos) << findings[index].what;
  }

  Doctor doctor_{node_.agent()};
};

TEST_F(Neighbours, without_any_nothing_stands_in_the_way) {
  expect_all_working();
}

TEST_F(Neighbours, dockers_forward_drop) {
  // As dockerd 26 makes them, of both families.
  for (const char* iptables : {"iptables", "ip6tables"}) {
    in_shell(std::string("t=") + iptables + R"(
      $t -P FORWARD DROP
      for chain in DOCKER DOCKER-ISOLATION-STAGE-1 DOCKER-ISOLATION-STAGE-2 DOCKER-USER; do
        $t -N $chain
      done
      $t -A FORWARD -j DOCKER-USER
      $t -A FORWARD -j DOCKER-ISOLATION-STAGE-1
      $t -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      $t -A FORWARD -o docker0 -j DOCKER
      $t -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
      $t -A FORWARD -i docker0 -o docker0 -j ACCEPT
      $t -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
      $t -A DOCKER-ISOLATION-STAGE-1 -j RETURN
      $t -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
      $t -A DOCKER-ISOLATION-STAGE-2 -j RETURN
      $t -A DOCKER-USER -j RETURN)");
  }
  expect_working("", "");
  expect_own_ways_open();
  const Findings findings = doctor_.findings("firewall");
  ASSERT_EQ(findings.size(), 2U);
  expect_says(findings, 0,
              "chain FORWARD of the nftables table ip filter drops packets of pods by its policy: "
              "connections to the world, answers from the world");
  expect_says(findings, 1, "table ip6 filter");
  EXPECT_EQ(findings[0].commands.front(), "iptables -I DOCKER-USER -i pw+ -j ACCEPT");
  EXPECT_EQ(doctor_.follow(findings), "");
  expect_all_working();
}

TEST_F(Neighbours, ufws_default_drop) {
  // As `ufw enable` of ufw 0.36.2 makes them, as far as they concern forwarding.
  for (const char* names : {"t=iptables; u=ufw; i=icmp", "t=ip6tables; u=ufw6; i=icmpv6"}) {
    in_shell(std::string(names) + R"(
      $t -P FORWARD DROP
      for chain in before-logging before user after after-logging reject track; do
        $t -N $u-$chain-forward
      done
      for chain in before-logging before after after-logging reject track; do
        $t -A FORWARD -j $u-$chain-forward
      done
      $t -A $u-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      $t -A $u-before-forward -p $i -j ACCEPT
      $t -A $u-before-forward -j $u-user-forward
      $t -A $u-after-logging-forward -m limit --limit 3/min --limit-burst 10 -j LOG)");
  }
  expect_working("", "");
  expect_own_ways_open();
  const Findings findings = doctor_.findings("firewall");
  ASSERT_EQ(findings.size(), 1U) << "ufw's command is for both families";
  expect_says(
      findings, 0,
      "drops packets of pods by its policy: connections to the world, connections to hostPorts");
  EXPECT_EQ(findings[0].what.find("answers"), std::string::npos) << findings[0].what;
  EXPECT_EQ(findings[0].commands,
            (std::vector<std::string>{"ufw route allow in on pw+", "ufw route allow out on pw+"}));
  // What ufw 0.36.2 does on these.
  for (const char* names : {"t=iptables; u=ufw", "t=ip6tables; u=ufw6"}) {
    in_shell(std::string(names) + R"(
      $t -A $u-user-forward -i pw+ -j ACCEPT
      $t -A $u-user-forward -o pw+ -j ACCEPT)");
  }
  expect_all_working();
}

// The chains and rules of firewalld 1.3.3 that a forwarded packet meets, by the nftables backend.
constexpr const char* firewalld = R"(
table inet firewalld {
  chain filter_FORWARD {
    type filter hook forward priority filter + 10; policy accept;
    ct state { established, related } accept
    ct status dnat accept
    iifname "lo" accept
    ct state invalid drop
    ip6 daddr { ::/96, ::ffff:0.0.0.0/96, 2002::/24 } reject with icmpv6 addr-unreachable
    jump filter_FORWARD_ZONES
    reject with icmpx admin-prohibited
  }
  chain filter_FORWARD_ZONES {
    goto filter_FWD_public
  }
  chain filter_FWD_public {
    jump filter_FWD_public_allow
    reject with icmpx admin-prohibited
  }
  chain filter_FWD_public_allow { }
  chain filter_FWD_trusted {
    jump filter_FWD_trusted_allow
    accept
  }
  chain filter_FWD_trusted_allow { }
})";

TEST_F(Neighbours, firewalld) {
  on_node({"nft", firewalld});
  expect_working("service hostPort", "service hostPort");
  expect_own_ways_open();
  const Findings findings = doctor_.findings("firewall");
  ASSERT_EQ(findings.size(), 1U);
  expect_says(
      findings, 0,
      "chain filter_FORWARD of the nftables table inet firewalld drops packets of pods by a "
      "rule in chain filter_FWD_public: connections to the world");
  EXPECT_TRUE(findings[0].what.ends_with("connections to the world")) << "and nothing else";
  EXPECT_EQ(findings[0].commands,
            (std::vector<std::string>{"firewall-cmd --permanent --zone=trusted --add-interface=pw+",
                                      "firewall-cmd --reload"}));
  // What firewalld 1.3.3 does on these.
  on_node({"nft",
           "insert rule inet firewalld filter_FORWARD_ZONES iifname \"pw*\" goto "
           "filter_FWD_trusted"});
  on_node({"nft", "insert rule inet firewalld filter_FWD_trusted_allow oifname \"pw*\" accept"});
  expect_all_working();
}

TEST_F(Neighbours, a_default_drop_of_nftables) {
  on_node({"nft", R"(
    table inet filter {
      set admins { type ipv4_addr; flags interval; elements = { 203.0.113.0/24 } }
      chain forward {
        type filter hook forward priority 0; policy drop;
        ct state vmap { established : accept, related : accept, invalid : drop }
        ip saddr @admins accept
        iifname { "wg0", "wg1" } oifname "uplink" accept
      }
    })"});
  expect_working("", "");
  expect_own_ways_open();
  const Findings findings = doctor_.findings("firewall");
  ASSERT_EQ(findings.size(), 1U);
  expect_says(findings, 0, "chain forward of the nftables table inet filter drops");
  EXPECT_EQ(doctor_.follow(findings), "");
  expect_all_working();
}

TEST_F(Neighbours, a_forward_policy_of_iptables) {
  in_shell(
      "iptables -P FORWARD DROP; ip6tables -P FORWARD DROP 2>/dev/null || "
      "{ ip6tables -N x; ip6tables -P FORWARD DROP; }");
  expect_working("", "");
  const Findings findings = doctor_.findings("firewall");
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[1].commands.front(), "ip6tables -I FORWARD -i pw+ -j ACCEPT");
  EXPECT_EQ(doctor_.follow(findings), "");
  expect_all_working();
}

TEST_F(Neighbours, a_rule_that_doctor_cannot_read) {
  on_node({"nft", R"(
    table inet filter {
      chain forward {
        type filter hook forward priority 0; policy drop;
        ct state established,related accept
        tcp dport 7000-7001 accept
      }
    })"});
  expect_working(everything, everything);
  const Findings findings = doctor_.findings("firewall");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].state, "warning");
  EXPECT_NE(findings[0].what.find("may drop"), std::string::npos) << findings[0].what;
}

TEST_F(Neighbours, an_input_that_drops_by_default) {
  on_node({"nft", R"(
    table inet filter {
      chain input {
        type filter hook input priority 0; policy drop;
        ct state established,related accept
        iifname "lo" accept
        meta l4proto icmpv6 accept
      }
    })"});
  expect_working(everything, everything);
  expect_own_ways_open();
  const Findings findings = doctor_.findings("firewall");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].state, "warning") << "it may be meant so";
  EXPECT_NE(findings[0].what.find("drops packets of pods by its policy: connections to the node"),
            std::string::npos)
      << findings[0].what;
  const TcpListener listener(node_.netns(), net::Family::ipv4, port);
  EXPECT_FALSE(connects(pod_.netns(), "192.0.2.1", port));
  EXPECT_EQ(doctor_.follow(findings), "");
  EXPECT_TRUE(connects(pod_.netns(), "192.0.2.1", port));
  EXPECT_TRUE(doctor_.findings("firewall").empty());
}

TEST_F(Neighbours, an_output_that_drops_by_default) {
  on_node({"nft", R"(
    table inet filter {
      chain output {
        type filter hook output priority 0; policy drop;
        ct state established,related accept
        oifname "lo" accept
        meta l4proto icmpv6 accept
      }
    })"});
  expect_working(everything, everything);
  const Findings findings = doctor_.findings("firewall");
  ASSERT_EQ(findings.size(), 1U);
  expect_says(findings, 0, "drops packets of pods by its policy: connections of the node to pods");
  const TcpListener listener(pod_.netns(), net::Family::ipv4, port);
  EXPECT_FALSE(connects(node_.netns(), pod_.text(net::Family::ipv4), port));
  EXPECT_EQ(doctor_.follow(findings), "");
  EXPECT_TRUE(connects(node_.netns(), pod_.text(net::Family::ipv4), port));
  EXPECT_TRUE(doctor_.findings("firewall").empty());
}

TEST_F(Neighbours, forwarding_switched_off) {
  for (const char* name : {"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"})
    node_.sandbox().set_sysctl(name, "0");
  expect_working("", "");
  expect_own_ways_open();
  const Findings findings = doctor_.findings("forwarding");
  ASSERT_EQ(findings.size(), 2U);
  expect_says(findings, 0, "net.ipv4.ip_forward is 0");
  expect_says(findings, 1, "net.ipv6.conf.all.forwarding is 0");
  EXPECT_EQ(doctor_.follow(findings), "");
  expect_all_working();
}

TEST_F(Neighbours, forwarding_switched_off_on_one_link) {
  node_.sandbox().set_sysctl("net/ipv4/conf/" + pod_.host_link() + "/forwarding", "0");
  expect_working("", everything);
  const Findings findings = doctor_.findings("forwarding");
  ASSERT_EQ(findings.size(), 1U);
  expect_says(findings, 0, "net.ipv4.conf." + pod_.host_link() + ".forwarding is 0");
  EXPECT_EQ(doctor_.follow(findings), "");
  expect_all_working();
}

TEST_F(Neighbours, strict_reverse_path_filters) {
  for (const std::string& link : {std::string("all"), std::string("default"), std::string("uplink"),
                                  pod_.host_link(), other_.host_link()})
    node_.sandbox().set_sysctl("net/ipv4/conf/" + link + "/rp_filter", "1");
  // As firewalld does for IPv6.
  on_node({"nft", R"(
    table inet rpfilter {
      chain prerouting {
        type filter hook prerouting priority mangle + 10; policy accept;
        icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
        meta nfproto ipv6 fib saddr . mark . iif oif missing drop
      }
    })"});
  expect_own_ways_open();
  expect_all_working();
}

TEST_F(Neighbours, somebody_flushes_all_rules) {
  on_node({"nft", "flush", "ruleset"});
  EXPECT_FALSE(connects(pod_.netns(), "198.51.100.9", port));
  const Findings findings = doctor_.findings("masquerade");
  expect_says(findings, 0, "table inet podwire-netns-test is gone");
  EXPECT_EQ(findings[0].commands.front(), "systemctl restart podwired");
  node_.agent().stop();
  EXPECT_TRUE(doctor_.findings("masquerade").empty()) << "the agent will make it";
  node_.agent().start();
  const TcpListener world(internet_.netns(), net::Family::ipv4, port);
  EXPECT_TRUE(connects(pod_.netns(), "198.51.100.9", port));
}

}  // namespace
}  // namespace podwire::netns_test
