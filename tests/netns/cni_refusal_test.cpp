// SPDX-License-Identifier: Apache-2.0
//
//   node: podwired, podwire
//
//   pod: no eth0 but where a test says so
//
#include <fstream>
#include <vector>

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

namespace json = boost::json;

struct Refusal {
  std::string rule;
  PluginCall call;
  int code = 0;
  std::string text;  // part of message or details
};

class CniRefusal : public testing::Test {
 protected:
  PluginCall add(const std::string& keys = "", const std::string& version = "1.0.0") const {
    return {.command = "ADD",
            .container_id = "c1",
            .netns = sandbox_.path(),
            .config = network_config(node_.agent().socket(), keys, version)};
  }
  PluginCall with_netns(const std::string& path) const {
    PluginCall call = add();
    call.netns = path;
    return call;
  }
  PluginCall with_input(const std::string& text) const {
    PluginCall call = add();
    call.config = text;
    return call;
  }

  void expect(const Refusal& one) const {
    SCOPED_TRACE(one.rule);
    const Finished refused = call_plugin(node_.netns(), one.call);
    EXPECT_EQ(refused.status, 1);
    ASSERT_NE(refused.out, "");
    const json::object error = json::parse(refused.out).as_object();
    EXPECT_EQ(error.at("code"), one.code) << refused.out;
    EXPECT_TRUE(error.contains("cniVersion"));
    EXPECT_NE(refused.out.find(one.text), std::string::npos) << refused.out;
  }

  // A refused ADD leaves nothing behind.
  void expect_nothing_attached() const {
    EXPECT_TRUE(node_.links().empty());
    const Exposition metrics = node_.metrics();
    EXPECT_EQ(metrics.sum("podwire_pods"), 0);
    EXPECT_EQ(metrics.sum("podwire_map_entries", {{"map", "endpoints"}}), 0);
    EXPECT_EQ(metrics.sum("podwire_ipam_addresses", {{"state", "assigned"}}), 0);
  }

  Finished in_pod(std::vector<std::string> arguments) const {
    return run({.arguments = std::move(arguments), .netns = &sandbox_.netns()});
  }

  mutable Node node_;
  Sandbox sandbox_{node_.file("pod")};
};

TEST_F(CniRefusal, of_a_wrong_environment) {
  std::ofstream(node_.file("plain")) << "text";
  PluginCall no_container = add();
  no_container.container_id = "";
  PluginCall bad_container = add();
  bad_container.container_id = "../c1";
  PluginCall no_ifname = add();
  no_ifname.ifname = "";
  PluginCall long_ifname = add();
  long_ifname.ifname = "sixteen-letters!";
  PluginCall unknown_command = add();
  unknown_command.command = "FROB";
  PluginCall bad_args = add();
  bad_args.args = "K8S_POD_NAME";
  const std::vector<Refusal> refusals = {
      {"netns that does not exist", with_netns(node_.file("nothing")), 4, node_.file("nothing")},
      {"netns that is a plain file", with_netns(node_.file("plain")), 4, "not a network namespace"},
      {"netns that is another namespace", with_netns("/proc/self/ns/mnt"), 4,
       "not a network namespace"},
      {"netns that is the node's own", with_netns(node_.sandbox().path()), 8,
       "should not be the same"},
      {"no netns", with_netns(""), 4, "CNI_NETNS"},
      {"no container id", no_container, 4, "CNI_CONTAINERID"},
      {"a container id that is a path", bad_container, 4, "CNI_CONTAINERID"},
      {"no interface name", no_ifname, 4, "CNI_IFNAME"},
      {"interface name too long", long_ifname, 4, "CNI_IFNAME"},
      {"unknown command", unknown_command, 4, "unknown CNI_COMMAND"},
      {"args without a value", bad_args, 4, "CNI_ARGS"},
  };
  for (const Refusal& one : refusals) expect(one);
  expect_nothing_attached();
}

TEST_F(CniRefusal, of_a_wrong_configuration) {
  PluginCall closed = add();
  closed.has_input = false;
  const std::string socket = node_.agent().socket();
  const std::vector<Refusal> refusals = {
      {"empty input", with_input(""), 6, "stdin"},
      {"closed input", closed, 5, "stdin"},
      {"no JSON", with_input("{"), 6, "stdin"},
      {"no object", with_input("[]"), 6, "not a JSON object"},
      {"no name", with_input(R"({"cniVersion": "1.0.0", "type": "podwire"})"), 7, "name"},
      {"unknown version", add("", "9.9.9"), 1, "9.9.9"},
      {"unknown key", add(R"("mtuu": 1500)"), 2, "mtuu"},
      {"MTU too small", add(R"("mtu": 1000)"), 7, "1280 to 9000"},
      {"probe without a port", add(R"("probes": [{"periodMs": 100}])"), 7, "tcpPort"},
      {"probe every millisecond", add(R"("probes": [{"tcpPort": 80, "periodMs": 1}])"), 7,
       "periodMs"},
      {"relative socket",
       with_input(R"({"cniVersion": "1.0.0", "name": "n", "type": "podwire", "socket": "s"})"), 7,
       "socket"},
      {"not first of the list", add(R"("prevResult": {"cniVersion": "1.0.0"})"), 7, "first plugin"},
  };
  for (const Refusal& one : refusals) expect(one);
  expect_nothing_attached();
}

TEST_F(CniRefusal, of_an_interface_that_exists) {
  ASSERT_EQ(in_pod({"ip", "link", "add", "eth0", "type", "veth", "peer", "name", "other"}).status,
            0);
  expect({"eth0 exists", add(), 101, "interface named eth0 already"});
  expect_nothing_attached();
  EXPECT_NE(in_pod({"ip", "-o", "link"}).out.find("eth0@other"), std::string::npos)
      << "still there";
}

TEST_F(CniRefusal, of_adding_twice_changes_nothing) {
  const Finished added = call_plugin(node_.netns(), add());
  ASSERT_EQ(added.status, 0) << added.out;
  const std::string before = in_pod({"ip", "-o", "address"}).out;
  expect({"the same attachment", add(), 101, "already"});
  EXPECT_EQ(in_pod({"ip", "-o", "address"}).out, before);
  PluginCall check = add();
  check.command = "CHECK";
  json::object config = json::parse(check.config).as_object();
  config["prevResult"] = json::parse(added.out);
  check.config = json::serialize(config);
  EXPECT_EQ(call_plugin(node_.netns(), check).status, 0);
  EXPECT_EQ(node_.metrics().sum("podwire_pods"), 1);
}

TEST_F(CniRefusal, of_checking_what_was_never_added) {
  PluginCall check = add(R"("prevResult": {"cniVersion": "1.0.0", "interfaces": [], "ips": []})");
  check.command = "CHECK";
  expect({"unknown container", check, 3, "c1"});
  PluginCall old = add(R"("prevResult": {"cniVersion": "0.3.1"})", "0.3.1");
  old.command = "CHECK";
  expect({"before CHECK existed", old, 1, "CHECK"});
  PluginCall without = add();
  without.command = "CHECK";
  expect({"without the result of ADD", without, 7, "prevResult"});
}

}  // namespace
}  // namespace podwire::netns_test
