// SPDX-License-Identifier: Apache-2.0
//
//   node: podwired, podwire
//    pw...        pw...
//     |            |
//   asker: eth0  other: eth0     the asker says which addresses and which MAC it wants
//
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

namespace json = boost::json;

constexpr const char* wanted_mac = "02:66:00:00:00:77";

class RequestedAddress : public testing::Test {
 protected:
  PluginCall add(const std::string& keys, const std::string& args = "") const {
    return {.command = "ADD",
            .container_id = "asker",
            .netns = asker_.path(),
            .args = args,
            .config = network_config(node_.agent().socket(), keys)};
  }

  Finished call(PluginCall one, const std::string& command) const {
    one.command = command;
    return call_plugin(node_.netns(), one);
  }

  // The addresses of the result, without their lengths.
  static std::vector<std::string> addresses_in(const std::string& result) {
    std::vector<std::string> found;
    const json::value parsed = json::parse(result);
    for (const json::value& ip : parsed.at("ips").as_array()) {
      const std::string text = ip.at("address").as_string().c_str();
      found.push_back(text.substr(0, text.find('/')));
    }
    return found;
  }

  void expect_refusal(const PluginCall& one, int code, const std::string& reason) const {
    SCOPED_TRACE(reason);
    const Finished refused = call_plugin(node_.netns(), one);
    EXPECT_EQ(refused.status, 1);
    ASSERT_NE(refused.out, "");
    EXPECT_EQ(json::parse(refused.out).at("code"), code) << refused.out;
    EXPECT_NE(refused.out.find(reason), std::string::npos) << refused.out;
    EXPECT_EQ(node_.links().size(), 1u) << "the other pod's";
    EXPECT_EQ(node_.metrics().sum("podwire_ipam_addresses", {{"state", "assigned"}}), 2);
  }

  mutable Node node_;
  Sandbox asker_{node_.file("asker")};
  Pod other_{node_, "other"};
};

TEST_F(RequestedAddress, is_given_whichever_way_it_comes) {
  struct Way {
    std::string keys;
    std::string args;
    std::vector<std::string> addresses;
    std::string mac;
  };
  const std::vector<Way> ways = {
      {R"("runtimeConfig": {"ips": ["fd66::77", "10.66.0.77/24"], "mac": "02:66:00:00:00:77"})",
       "",
       {"10.66.0.77", "fd66::77"},
       wanted_mac},
      {R"("args": {"cni": {"ips": ["10.66.0.78", "fd66::78"], "mac": "02:66:00:00:00:77"}})",
       "",
       {"10.66.0.78", "fd66::78"},
       wanted_mac},
      {"", "IgnoreUnknown=1;IP=10.66.0.79;MAC=02:66:00:00:00:77", {"10.66.0.79", ""}, wanted_mac},
      {"", "IP=fd66::80", {"", "fd66::80"}, ""},
      {R"("runtimeConfig": {"ips": ["10.66.0.81"]})",
       "IP=10.66.0.99;MAC=02:66:00:00:00:77",
       {"10.66.0.81", ""},
       wanted_mac}};
  for (const Way& way : ways) {
    SCOPED_TRACE(way.keys + way.args);
    const PluginCall one = add(way.keys, way.args);
    const Finished added = call_plugin(node_.netns(), one);
    ASSERT_EQ(added.status, 0) << added.out;
    const std::vector<std::string> given = addresses_in(added.out);
    ASSERT_EQ(given.size(), 2u) << "both families, requested or not";
    const std::string inside =
        run({.arguments = {"ip", "-o", "address", "show", "dev", "eth0"}, .netns = &asker_.netns()})
            .out;
    for (const std::size_t family : {0u, 1u}) {
      const std::string& wanted = way.addresses[family];
      EXPECT_TRUE(wanted.empty() || given[family] == wanted) << given[family];
      EXPECT_NE(inside.find(" " + given[family] + "/"), std::string::npos) << inside;
      const Finished pinged = other_.run({"ping", "-n", "-c", "1", "-W", "5", given[family]});
      EXPECT_EQ(pinged.status, 0) << pinged.out;
    }
    if (!way.mac.empty()) {
      EXPECT_EQ(json::parse(added.out).at("interfaces").at(1).at("mac"), way.mac.c_str());
      EXPECT_NE(run({.arguments = {"ip", "link", "show", "eth0"}, .netns = &asker_.netns()})
                    .out.find("link/ether " + way.mac),
                std::string::npos);
    }
    ASSERT_EQ(call(one, "DEL").status, 0);
  }
}

// A container that is made anew under its old address does not wait for the reuse delay.
TEST_F(RequestedAddress, is_given_again_at_once) {
  const PluginCall one = add("", "IP=10.66.0.77");
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(call(one, "ADD").status, 0);
    ASSERT_EQ(call(one, "DEL").status, 0);
  }
}

TEST_F(RequestedAddress, is_still_the_pods_after_a_restart) {
  const PluginCall one = add("", "IP=10.66.0.77;MAC=02:66:00:00:00:77");
  const Finished added = call(one, "ADD");
  ASSERT_EQ(added.status, 0) << added.out;
  node_.agent().kill();
  node_.agent().start();
  PluginCall check = one;
  json::object config = json::parse(one.config).as_object();
  config["prevResult"] = json::parse(added.out);
  check.config = json::serialize(config);
  const Finished checked = call(check, "CHECK");
  EXPECT_EQ(checked.status, 0) << checked.out;
  PluginCall again = one;
  again.container_id = "another";
  again.ifname = "eth1";
  const Finished refused = call_plugin(node_.netns(), again);
  EXPECT_NE(refused.out.find("10.66.0.77 is in use by pod=- container=asker ifname=eth0"),
            std::string::npos)
      << refused.out;
}

TEST_F(RequestedAddress, is_refused_with_the_reason) {
  const std::string taken = other_.text(net::Family::ipv4);
  expect_refusal(add("", "IP=" + taken), 11,
                 taken + " is in use by pod=test/other container=container-other ifname=eth0");
  expect_refusal(add("", "IP=10.67.0.1"), 7, "10.67.0.1 is not in 10.66.0.0/24");
  expect_refusal(add("", "IP=169.254.1.1"), 7, "169.254.1.1 is not in 10.66.0.0/24");
  expect_refusal(add("", "IP=10.66.0.0"), 7, "the first of the range");
  expect_refusal(add("", "IP=10.66.0.255"), 7, "the last of the range");
  expect_refusal(add("", "IP=fd66::"), 7, "the first of the range");
  expect_refusal(add("", "IP=10.66.0"), 7, "'10.66.0' is not an IP address");
  expect_refusal(add(R"("runtimeConfig": {"ips": ["10.66.0.8", "10.66.0.9"]})"), 7,
                 "10.66.0.8 and 10.66.0.9 are requested: a pod has one address of each family");
  expect_refusal(add(R"("runtimeConfig": {"ips": ["10.66.0.8", "10.66.0.8"]})"), 7,
                 "10.66.0.8 and 10.66.0.8 are requested");
  expect_refusal(add(R"("runtimeConfig": {"ips": ["10.66.0.8", "fd67::1"]})"), 7,
                 "fd67::1 is not in fd66::/64");
  expect_refusal(add(R"("runtimeConfig": {"mac": "01:00:5e:00:00:01"})"), 7, "multicast");
  expect_refusal(add(R"("runtimeConfig": {"mac": "00:00:00:00:00:00"})"), 7, "all zero");
  expect_refusal(add(R"("runtimeConfig": {"mac": "02-66-00-00-00-77"})"), 7, "not a MAC address");
}

TEST_F(RequestedAddress, that_has_become_the_nodes_own_is_refused) {
  const PluginCall one = add("", "IP=10.66.0.200");
  ASSERT_EQ(call(one, "ADD").status, 0);
  ASSERT_EQ(call(one, "DEL").status, 0);
  const auto resting = [&] {
    return node_.metrics().sum("podwire_ipam_addresses",
                               {{"family", "ipv4"}, {"state", "cooling"}});
  };
  EXPECT_EQ(resting(), 1);
  ASSERT_EQ(node_.run({"ip", "address", "add", "10.66.0.200/32", "dev", "lo"}).status, 0);
  EXPECT_TRUE(eventually([&] { return resting() == 0; })) << "the agent sees it soon";
  expect_refusal(one, 7, "10.66.0.200 of 10.66.0.0/24 is the node's own");
}

TEST(RequestedFamily, that_the_node_does_not_have_is_refused) {
  Node node({.ipv6 = ""});
  const Sandbox pod(node.file("pod"));
  const Finished refused =
      call_plugin(node.netns(), {.command = "ADD",
                                 .container_id = "c1",
                                 .netns = pod.path(),
                                 .args = "IP=fd66::7",
                                 .config = network_config(node.agent().socket())});
  EXPECT_EQ(json::parse(refused.out).at("code"), 7);
  EXPECT_NE(refused.out.find("this node gives pods no IPv6 addresses"), std::string::npos)
      << refused.out;
}

}  // namespace
}  // namespace podwire::netns_test
