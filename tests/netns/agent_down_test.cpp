// SPDX-License-Identifier: Apache-2.0
//
//   node: podwire, and podwired only now and then
//    pw...
//     |
//   pod: eth0
//
#include <thread>

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

class AgentDown : public testing::Test {
 protected:
  PluginCall add(const std::string& agent_timeout_ms) {
    return {.command = "ADD",
            .container_id = "c2",
            .netns = sandbox_.path(),
            .config =
                network_config(node_.agent().socket(), "\"agentTimeoutMs\": " + agent_timeout_ms)};
  }

  Node node_;
  Sandbox sandbox_{node_.file("sandbox")};
};

TEST_F(AgentDown, add_says_try_again_later_and_what_to_look_at) {
  // Both with the socket removed, and with one that nobody listens on.
  for (const bool cleanly : {true, false}) {
    SCOPED_TRACE(cleanly ? "stopped" : "killed");
    if (cleanly) {
      EXPECT_EQ(node_.agent().stop().status, 0);
    } else {
      node_.agent().kill();
    }
    const auto begin = std::chrono::steady_clock::now();
    const Finished refused = call_plugin(node_.netns(), add("300"));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 300ms) << "it waits before it gives up";
    EXPECT_EQ(refused.status, 1);
    EXPECT_EQ(json::parse(refused.out).at("code"), 11) << refused.out;
    EXPECT_NE(refused.out.find(node_.agent().socket()), std::string::npos) << refused.out;
    EXPECT_NE(refused.out.find("is podwired running?"), std::string::npos) << refused.out;
    node_.agent().start();
  }
}

TEST_F(AgentDown, add_waits_for_an_agent_that_is_starting) {
  ASSERT_EQ(node_.agent().stop().status, 0);
  const PluginCall call = add("20000");
  Process adding({.arguments = {PODWIRE},
                  .netns = &node_.netns(),
                  .input = call.config,
                  .environment = {{"CNI_COMMAND", "ADD"},
                                  {"CNI_CONTAINERID", "c2"},
                                  {"CNI_NETNS", sandbox_.path()},
                                  {"CNI_IFNAME", "eth0"}}});
  std::this_thread::sleep_for(200ms);
  EXPECT_TRUE(adding.running());
  node_.agent().start();
  const Finished added = adding.wait();
  EXPECT_EQ(added.status, 0) << added.out;
}

TEST_F(AgentDown, del_removes_the_link_and_the_agent_the_rest_when_it_is_back) {
  const Pod pod(node_, "pod");
  node_.agent().kill();
  const Finished deleted = pod.call("DEL");
  EXPECT_EQ(deleted.status, 0) << deleted.out;
  EXPECT_EQ(deleted.out, "");
  EXPECT_TRUE(node_.links().empty());
  EXPECT_EQ(pod.call("DEL").status, 0) << "again";

  node_.agent().start();
  const Exposition metrics = node_.metrics();
  EXPECT_EQ(metrics.sum("podwire_pods"), 0);
  EXPECT_EQ(metrics.sum("podwire_ipam_addresses", {{"state", "assigned"}}), 0);
  EXPECT_EQ(metrics.sum("podwire_ipam_addresses", {{"state", "cooling"}}), 2);
  EXPECT_EQ(metrics.sum("podwire_map_entries", {{"map", "endpoints"}}), 0);
  EXPECT_EQ(node_.run({"ip", "route", "show", "scope", "link"}).out, "");
}

TEST_F(AgentDown, status_says_that_an_add_would_fail) {
  PluginCall status = add("0");
  status.command = "STATUS";
  status.config = network_config(node_.agent().socket(), "", "1.1.0");
  EXPECT_EQ(call_plugin(node_.netns(), status).status, 0);
  ASSERT_EQ(node_.agent().stop().status, 0);
  const Finished refused = call_plugin(node_.netns(), status);
  EXPECT_EQ(json::parse(refused.out).at("code"), 50) << refused.out;
}

TEST_F(AgentDown, pods_stay_connected) {
  const Pod client(node_, "client");
  const Pod server(node_, "server");
  node_.agent().kill();
  for (const net::Family family : families) {
    const Finished pinged = client.run({"ping", "-n", "-c", "1", "-W", "5", server.text(family)});
    EXPECT_EQ(pinged.status, 0) << pinged.out;
  }
}

}  // namespace
}  // namespace podwire::netns_test
