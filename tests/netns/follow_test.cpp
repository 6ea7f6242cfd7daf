// SPDX-License-Identifier: Apache-2.0
//
//   pod: eth0 -- pw... node: podwired, uplink -- eth0 :beyond
//   whose MAC changes    whose addresses, MTU and default route change
//
#include <fstream>

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t port = 7000;

class Follow : public testing::Test {
 protected:
  void SetUp() override {
    on_node({"ip", "link", "add", "uplink", "type", "veth", "peer", "name", "eth0", "netns",
             beyond_.path()});
    on_node({"ip", "link", "set", "uplink", "up"});
  }

  void on_node(const std::vector<std::string>& arguments) {
    const Finished finished = node_.run(arguments);
    ASSERT_EQ(finished.status, 0) << finished.err;
  }
  void in_pod(const std::vector<std::string>& arguments) {
    const Finished finished = pod_.run(arguments);
    ASSERT_EQ(finished.status, 0) << finished.err;
  }
  void set_uplink(const std::string& address, const std::string& gateway) {
    on_node({"ip", "address", "add", address, "dev", "uplink", "nodad"});
    on_node({"ip", "route", "replace", "default", "via", gateway});
  }

  bool logged(const std::string& text) {
    return eventually([&] { return node_.agent().log().find(text) != std::string::npos; });
  }

  // The first pod's.
  std::string mac_known() {
    return std::string(node_.agent().pods().at(0).at("interface").at("mac").as_string());
  }

  // The address under which the node speaks to its pod; nothing without a connection.
  std::string node_as_seen_by_pod(net::Family family) {
    const TcpListener listener(pod_.netns(), family, port);
    const auto connection = TcpConnection::open(node_.netns(), {pod_.address(family), port});
    if (!connection) return connection.error().what;
    const auto accepted = listener.accept();
    return accepted ? accepted->peer.address.text() : "nobody";
  }
  bool node_is_seen_as(net::Family family, const std::string& address) {
    return eventually([&] { return node_as_seen_by_pod(family) == address; });
  }

  ScratchDirectory directory_;
  Sandbox beyond_{directory_.file("beyond")};
  Node node_;
  Pod pod_{node_, "a", R"("probes": [{"tcpPort": 9, "periodMs": 50, "timeoutMs": 50}])"};
};

TEST_F(Follow, finds_a_pod_whose_mac_was_changed) {
  in_pod({"ip", "link", "set", "eth0", "address", "02:00:00:00:12:34"});
  ASSERT_TRUE(eventually([&] { return mac_known() == "02:00:00:00:12:34"; }));
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    EXPECT_EQ(node_.run({"ping", "-c1", "-W2", pod_.text(family)}).status, 0);
    const auto answered = [&] {
      return node_.metrics().sum("podwire_tcp_probe_failures_total",
                                 {{"family", text_of(family)}, {"cause", "refused"}});
    };
    const double before = answered();
    EXPECT_TRUE(eventually([&] { return answered() > before + 2; })) << "probes reach the pod";
  }
  EXPECT_EQ(pod_.call("CHECK").status, 0);
}

TEST_F(Follow, finds_a_mac_that_changed_while_no_agent_ran) {
  node_.agent().stop();
  in_pod({"ip", "link", "set", "eth0", "address", "02:00:00:00:12:34"});
  EXPECT_NE(node_.run({"ping", "-c1", "-W1", pod_.text(net::Family::ipv4)}).status, 0);
  node_.agent().start();
  for (const net::Family family : families)
    EXPECT_EQ(node_.run({"ping", "-c1", "-W2", pod_.text(family)}).status, 0) << text_of(family);
}

TEST_F(Follow, lets_no_pod_speak_of_another) {
  Pod other(node_, "b");
  // An interface whose peer has the number that the first pod's host end has on the node.
  const std::string number =
      std::to_string(node_.links(pod_.host_link()).at(0).at("ifindex").as_int64());
  const Sandbox nested(directory_.file("nested"));
  const Finished made = run({.arguments = {"ip", "link", "add", "name", "peer", "index", number,
                                           "type", "veth", "peer", "name", "forged", "address",
                                           "02:00:00:00:66:66", "netns", other.sandbox().path()},
                             .netns = &nested.netns()});
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_FALSE(eventually([&] { return mac_known() != pod_.mac().text(); }, 300ms));
  EXPECT_EQ(node_.run({"ping", "-c1", "-W2", pod_.text(net::Family::ipv4)}).status, 0);
}

TEST_F(Follow, speaks_to_pods_under_the_address_the_node_has_now) {
  EXPECT_EQ(node_as_seen_by_pod(net::Family::ipv4), "169.254.1.1") << "the node has no address";
  set_uplink("192.0.2.1/24", "192.0.2.9");
  EXPECT_TRUE(node_is_seen_as(net::Family::ipv4, "192.0.2.1"));
  set_uplink("2001:db8::1/64", "2001:db8::9");
  EXPECT_TRUE(node_is_seen_as(net::Family::ipv6, "2001:db8::1"));

  on_node({"ip", "address", "flush", "dev", "uplink"});
  set_uplink("198.51.100.1/24", "198.51.100.9");
  set_uplink("2001:db8:1::1/64", "2001:db8:1::9");
  EXPECT_TRUE(node_is_seen_as(net::Family::ipv4, "198.51.100.1"));
  EXPECT_TRUE(node_is_seen_as(net::Family::ipv6, "2001:db8:1::1"));
}

TEST_F(Follow, survives_the_loss_and_return_of_the_same_address) {
  set_uplink("192.0.2.1/24", "192.0.2.9");
  ASSERT_TRUE(node_is_seen_as(net::Family::ipv4, "192.0.2.1"));
  on_node({"ip", "address", "del", "192.0.2.1/24", "dev", "uplink"});
  set_uplink("192.0.2.1/24", "192.0.2.9");
  EXPECT_TRUE(node_is_seen_as(net::Family::ipv4, "192.0.2.1"));
}

TEST_F(Follow, gives_new_pods_the_mtu_the_uplink_has_now) {
  set_uplink("192.0.2.1/24", "192.0.2.9");
  ASSERT_TRUE(logged("node ipv4=192.0.2.1 ipv6=- mtu=1500"));
  on_node({"ip", "link", "set", "uplink", "mtu", "1400"});
  ASSERT_TRUE(logged("mtu=1400"));
  const Pod later(node_, "b");
  const boost::json::array pods = node_.agent().pods();
  EXPECT_EQ(pods.at(0).at("interface").at("mtu"), 1500);
  EXPECT_EQ(pods.at(1).at("interface").at("mtu"), 1400);
}

TEST_F(Follow, keeps_a_configured_address_that_went_and_came_back) {
  on_node({"ip", "address", "add", "192.0.2.1/24", "dev", "uplink"});
  Agent& agent = node_.agent();
  agent.stop();
  std::ofstream(agent.config_file(), std::ios::app) << "node: {ipv4: 192.0.2.1}\n";
  agent.start();
  ASSERT_TRUE(node_is_seen_as(net::Family::ipv4, "192.0.2.1"));
  on_node({"ip", "address", "del", "192.0.2.1/24", "dev", "uplink"});
  ASSERT_TRUE(logged("192.0.2.1 is no address of this node"));
  on_node({"ip", "address", "add", "192.0.2.1/24", "dev", "uplink"});
  EXPECT_TRUE(node_is_seen_as(net::Family::ipv4, "192.0.2.1"));
}

}  // namespace
}  // namespace podwire::netns_test
