// SPDX-License-Identifier: Apache-2.0
//
//   node: podwired with room for two pods, podwire
//
//   first, second, third: the pods that want in
//
#include <thread>

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

namespace json = boost::json;

// A /30 and a /126 less the first address, and less the broadcast address of IPv4.
AgentSettings small_pools(const std::string& delays) {
  return {.ipv4 = "10.66.0.0/30", .ipv6 = "", .ipam = delays};
}

void expect_try_again_later(const Finished& refused, const std::string& text) {
  EXPECT_EQ(refused.status, 1);
  ASSERT_NE(refused.out, "");
  EXPECT_EQ(json::parse(refused.out).at("code"), 11) << refused.out;
  EXPECT_NE(refused.out.find(text), std::string::npos) << refused.out;
}

Finished add(Node& node, const Sandbox& sandbox, const std::string& id) {
  return call_plugin(node.netns(), {.command = "ADD",
                                    .container_id = id,
                                    .netns = sandbox.path(),
                                    .config = network_config(node.agent().socket())});
}

TEST(Pool, refuses_more_pods_than_addresses_and_says_what_to_do) {
  Node node(small_pools("reuse_delay_seconds: 0\n  reuse_delay_min_seconds: 0"));
  const Pod first(node, "first");
  const Pod second(node, "second");
  const Sandbox third(node.file("third"));
  const Finished refused = add(node, third, "c3");
  expect_try_again_later(refused, "no free address in 10.66.0.0/30");
  EXPECT_NE(refused.out.find("raise in the agent"), std::string::npos) << refused.out;
  EXPECT_EQ(node.metrics().sum("podwire_ipam_addresses", {{"state", "free"}}), 0);
  EXPECT_EQ(node.links().size(), 2u);

  // STATUS says it before an ADD is tried.
  const Finished status =
      call_plugin(node.netns(), {.command = "STATUS",
                                 .container_id = "",
                                 .netns = "",
                                 .config = network_config(node.agent().socket(), "", "1.1.0")});
  EXPECT_EQ(json::parse(status.out).at("code"), 50) << status.out;

  ASSERT_EQ(first.call("DEL").status, 0);
  const Finished added = add(node, third, "c3");
  ASSERT_EQ(added.status, 0) << added.out;
  EXPECT_EQ(json::parse(added.out).at("ips").at(0).at("address"),
            first.address(net::Family::ipv4).host_text().c_str());
}

TEST(Pool, lets_a_released_address_rest) {
  Node node(small_pools("reuse_delay_seconds: 2\n  reuse_delay_min_seconds: 2"));
  const Pod first(node, "first");
  const Pod second(node, "second");
  const Sandbox third(node.file("third"));
  ASSERT_EQ(first.call("DEL").status, 0);
  EXPECT_EQ(node.metrics().sum("podwire_ipam_addresses", {{"state", "cooling"}}), 1);
  expect_try_again_later(add(node, third, "c3"), "free yet");
  EXPECT_TRUE(eventually([&] { return add(node, third, "c3").status == 0; }));
}

TEST(Pool, gives_each_pod_an_address_of_its_own) {
  Node node;
  const Pod first(node, "first");
  const Pod second(node, "second");
  ASSERT_EQ(first.call("DEL").status, 0);
  const Pod third(node, "third");
  for (const net::Family family : families) {
    EXPECT_NE(first.address(family), second.address(family));
    EXPECT_NE(third.address(family), second.address(family));
    EXPECT_NE(third.address(family), first.address(family)) << "others are free: that one rests";
  }
}

TEST(Pool, serves_one_family_alone) {
  for (const net::Family family : families) {
    const bool is_ipv4 = family == net::Family::ipv4;
    Node node({.ipv4 = is_ipv4 ? "10.66.0.0/24" : "", .ipv6 = is_ipv4 ? "" : "fd66::/64"});
    const Pod first(node, "first");
    const Pod second(node, "second");
    EXPECT_EQ(first.result().at("ips").as_array().size(), 1u);
    const Finished pinged = first.run({"ping", "-n", "-c", "1", "-W", "5", second.text(family)});
    EXPECT_EQ(pinged.status, 0) << pinged.out;
    EXPECT_EQ(first.call("CHECK").status, 0);
  }
}

}  // namespace
}  // namespace podwire::netns_test
