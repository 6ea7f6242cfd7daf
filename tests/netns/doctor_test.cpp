// SPDX-License-Identifier: Apache-2.0
//
//   pods -- node: podwirectl doctor, with and without an agent ----- internet      (outside.hpp)
//
#include "doctor.hpp"

#include <fstream>

#include "outside.hpp"

namespace podwire::netns_test {
namespace {

class DoctorCommand : public Outside {
 protected:
  Doctor doctor_{node_.agent()};

  static void expect_has(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
  }
};

TEST_F(DoctorCommand, ends_with_0_where_nothing_stands_in_the_way) {
  const Finished asked = doctor_.ask();
  EXPECT_EQ(asked.status, 0) << asked.out;
  for (const char* check : {"configuration", "kernel", "agent", "masquerade", "default-route",
                            "pod-range", "mtu", "forwarding", "firewall", "tc-filter"})
    expect_has(asked.out, "ok        " + std::string(check) + " ");
  EXPECT_EQ(asked.err, "");
}

TEST_F(DoctorCommand, looks_at_a_machine_whose_agent_is_down) {
  node_.agent().stop();
  node_.sandbox().set_sysctl("net/ipv4/ip_forward", "0");
  const Finished asked = doctor_.ask();
  EXPECT_EQ(asked.status, 1);
  expect_has(asked.out,
             "failure   agent              no agent answers on " + node_.agent().socket());
  expect_has(asked.out,
             "failure   forwarding         net.ipv4.ip_forward is 0: pods reach neither");
  expect_has(asked.out, "          cure: switch it on");
  expect_has(asked.out, "                sysctl -w net.ipv4.ip_forward=1\n");
  expect_has(asked.out, "2 failures, ");
}

TEST_F(DoctorCommand, says_what_is_wrong_with_the_configuration) {
  std::ofstream(node_.agent().config_file(), std::ios::app) << "ipamm: 1\n";
  const auto findings = doctor_.findings("configuration");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].state, "failure");
  expect_has(findings[0].what, "key 'ipamm': unknown key");
  EXPECT_EQ(doctor_.findings("firewall").at(0).state, "warning") << "it needs the ranges of pods";
}

TEST_F(DoctorCommand, changes_nothing) {
  const auto state = [&] {
    std::string text = node_.run({"nft", "list", "ruleset"}).out;
    for (const char* what : {"link", "address", "route", "rule"})
      text += node_.run({"ip", "-oneline", what}).out;
    return text + node_.run({"tc", "qdisc"}).out;
  };
  node_.agent().stop();  // it follows what changes on the node
  const std::string before = state();
  doctor_.ask();
  EXPECT_EQ(state(), before);
}

TEST_F(DoctorCommand, needs_root) {
  const Finished refused =
      run({.arguments = {"setpriv", "--reuid", "65534", "--clear-groups", PODWIRECTL, "doctor"}});
  EXPECT_EQ(refused.status, 1);
  expect_has(refused.err, "run it as root");
}

TEST_F(DoctorCommand, finds_another_link_with_addresses_of_pods) {
  on_node({"ip", "link", "add", "br-other", "type", "bridge"});
  on_node({"ip", "address", "add", "10.66.0.1/16", "dev", "br-other"});
  on_node({"ip", "link", "set", "br-other", "up"});
  const auto findings = doctor_.findings("pod-range");
  ASSERT_EQ(findings.size(), 1U);
  expect_has(findings[0].what,
             "the route to 10.66.0.0/16 by br-other overlaps the range of pods, 10.66.0.0/24");
}

TEST_F(DoctorCommand, finds_a_way_out_that_is_narrower_than_pods) {
  on_node({"ip", "link", "set", "uplink", "mtu", "1400"});
  const auto findings = doctor_.findings("mtu");
  ASSERT_EQ(findings.size(), 1U);
  expect_has(findings[0].what, "uplink, takes packets of 1400 bytes; 2 pods have a larger MTU");
}

TEST_F(DoctorCommand, is_asked_at_each_start_of_the_agent) {
  EXPECT_EQ(node_.agent().log().find("doctor check=firewall"), std::string::npos);
  node_.agent().stop();
  on_node({"nft",
           "table inet f { chain forward { type filter hook forward priority 0; policy "
           "drop; }; }"});
  node_.agent().start();
  EXPECT_TRUE(eventually([&] {
    return node_.agent().log().find(
               "warning doctor check=firewall state=failure what=\"chain forward of the nftables "
               "table inet f drops") != std::string::npos;
  })) << node_.agent().log();
  EXPECT_EQ(node_.agent().log().find("check=forwarding"), std::string::npos);
}

}  // namespace
}  // namespace podwire::netns_test
