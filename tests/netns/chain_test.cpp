// SPDX-License-Identifier: Apache-2.0
//
//   client: eth0      server: eth0        outside: eth0
//      |                 |                    |
//    pw...             pw...    node:       uplink
//    podwire           podwire, tuning, portmap, firewall, one after another as a runtime calls
//    them
//
// The reference plugins are those of Debian's containernetworking-plugins.
#include <gtest/gtest.h>

#include "talk.hpp"
#include "topology.hpp"

namespace podwire::netns_test {
namespace {

namespace json = boost::json;

constexpr std::uint16_t container_port = 8080;
constexpr std::uint16_t host_port = 8000;
constexpr const char* mac = "02:00:00:00:77:77";

// The plugins behind podwire, in the order of their list.
const std::vector<json::object> behind = {
    {{"type", "tuning"}, {"mac", mac}, {"sysctl", {{"net.core.somaxconn", "500"}}}},
    {{"type", "portmap"},
     {"snat", true},
     {"runtimeConfig",
      {{"portMappings",
        {{{"hostPort", host_port}, {"containerPort", container_port}, {"protocol", "tcp"}}}}}}},
    {{"type", "firewall"}, {"backend", "iptables"}}};

class Chain : public testing::Test {
 protected:
  void SetUp() override {
    node_.sandbox().set_sysctl("net/ipv4/ip_forward", "1");
    node_.sandbox().set_sysctl("net/ipv6/conf/all/forwarding", "1");
    on_node({"ip", "link", "add", "uplink", "type", "veth", "peer", "name", "eth0", "address",
             "02:00:00:00:00:99", "netns", outside_.path()});
    on_node({"ip", "link", "set", "uplink", "up"});
    on_node({"ip", "address", "add", "192.0.2.1/24", "dev", "uplink"});
    on_node({"ip", "address", "add", "2001:db8::1/64", "dev", "uplink", "nodad"});
    in_outside({"ip", "link", "set", "eth0", "up"});
    in_outside({"ip", "address", "add", "192.0.2.9/24", "dev", "eth0"});
    in_outside({"ip", "address", "add", "2001:db8::9/64", "dev", "eth0", "nodad"});
    on_node({"ip", "route", "add", "default", "via", "192.0.2.9"});
    on_node({"ip", "route", "add", "default", "via", "2001:db8::9"});
    result_ = server_.result();
    for (const json::object& plugin : behind) result_ = call(plugin, "ADD");
  }

  void on_node(const std::vector<std::string>& arguments) {
    const Finished finished = node_.run(arguments);
    ASSERT_EQ(finished.status, 0) << finished.err;
  }
  void in_outside(const std::vector<std::string>& arguments) {
    const Finished finished = run({.arguments = arguments, .netns = &outside_.netns()});
    ASSERT_EQ(finished.status, 0) << finished.err;
  }

  // As libcni calls a plugin of a list; the result of CHECK and DEL is empty.
  json::value call(json::object plugin, const std::string& command) {
    const std::string type(plugin.at("type").as_string());
    plugin["cniVersion"] = "1.0.0";
    plugin["name"] = "net";
    plugin["prevResult"] = result_;
    const Finished finished = run({.arguments = {"/usr/lib/cni/" + type},
                                   .netns = &node_.netns(),
                                   .input = json::serialize(plugin),
                                   .environment = {{"CNI_COMMAND", command},
                                                   {"CNI_CONTAINERID", "container-server"},
                                                   {"CNI_NETNS", server_.sandbox().path()},
                                                   {"CNI_IFNAME", "eth0"},
                                                   {"CNI_PATH", "/usr/lib/cni"}}});
    EXPECT_EQ(finished.status, 0) << type << " " << command << ": " << finished.out << finished.err;
    return command == "ADD" ? json::parse(finished.out) : json::value();
  }

  ScratchDirectory directory_;
  Sandbox outside_{directory_.file("outside")};
  Node node_;
  Pod client_{node_, "client"};
  Pod server_{node_, "server"};
  json::value result_;
};

TEST_F(Chain, lets_everybody_reach_a_mapped_port) {
  for (const char* node : {"192.0.2.1", "2001:db8::1"}) {
    SCOPED_TRACE(node);
    const net::Address address = net::Address::parse(node).value();
    const TcpListener listener(server_.netns(), address.family(), container_port);
    expect_talk(outside_.netns(), {address, host_port}, listener);
    expect_talk(client_.netns(), {address, host_port}, listener);
    expect_talk(server_.netns(), {address, host_port}, listener);
    expect_talk(node_.netns(), {address, host_port}, listener);
    expect_talk(client_.netns(), {server_.address(address.family()), container_port}, listener);
  }
}

TEST_F(Chain, lets_the_node_reach_a_pod_whose_mac_it_changed) {
  const Finished link = server_.run({"ip", "link", "show", "eth0"});
  ASSERT_NE(link.out.find(mac), std::string::npos) << link.out;
  for (const net::Family family : families) {
    EXPECT_TRUE(eventually([&] {
      return node_.run({"ping", "-c1", "-W1", server_.text(family)}).status == 0;
    })) << text_of(family);
  }
}

TEST_F(Chain, passes_every_check) {
  ASSERT_TRUE(eventually(
      [&] { return node_.agent().pods().at(1).at("interface").at("mac").as_string() == mac; }));
  PluginCall first = server_.plugin_call("CHECK");
  json::object config = json::parse(first.config).as_object();
  config["prevResult"] = result_;
  first.config = json::serialize(config);
  const Finished checked = call_plugin(node_.netns(), first);
  EXPECT_EQ(checked.status, 0) << checked.out;
  for (const json::object& plugin : behind) {
    // Debian's portmap 1.1 looks for the rules of IPv4 among those of IPv6.
    if (plugin.at("type") != "portmap") call(plugin, "CHECK");
  }
}

TEST_F(Chain, leaves_nothing_behind) {
  for (auto plugin = behind.rbegin(); plugin != behind.rend(); ++plugin) call(*plugin, "DEL");
  EXPECT_EQ(server_.call("DEL").status, 0);
  const std::string rules = node_.run({"iptables-save"}).out;
  EXPECT_EQ(rules.find(server_.text(families[0])), std::string::npos) << rules;
  EXPECT_EQ(node_.links().size(), 1U) << "the client's";
}

// For egress it wants an ingress qdisc where podwire has its clsact.
TEST_F(Chain, cannot_have_the_reference_bandwidth_plugin) {
  json::object plugin = {{"type", "bandwidth"},     {"cniVersion", "1.0.0"},
                         {"name", "net"},           {"prevResult", result_},
                         {"egressRate", 1'000'000}, {"egressBurst", 100'000}};
  const Finished finished = run({.arguments = {"/usr/lib/cni/bandwidth"},
                                 .netns = &node_.netns(),
                                 .input = json::serialize(plugin),
                                 .environment = {{"CNI_COMMAND", "ADD"},
                                                 {"CNI_CONTAINERID", "container-server"},
                                                 {"CNI_NETNS", server_.sandbox().path()},
                                                 {"CNI_IFNAME", "eth0"},
                                                 {"CNI_PATH", "/usr/lib/cni"}}});
  EXPECT_NE(finished.status, 0);
  EXPECT_NE(finished.out.find("exists"), std::string::npos) << finished.out;
}

}  // namespace
}  // namespace podwire::netns_test
