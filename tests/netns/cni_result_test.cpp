// SPDX-License-Identifier: Apache-2.0
//
//   node: podwired, podwire
//    pw...
//     |
//   pod: eth0
//
#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

namespace json = boost::json;

class CniResult : public testing::Test {
 protected:
  PluginCall call(const std::string& command, const std::string& version) const {
    return {.command = command,
            .container_id = "c1",
            .netns = sandbox_.path(),
            .config = network_config(node_.agent().socket(), "", version)};
  }

  Finished plugin(const PluginCall& one) const { return call_plugin(node_.netns(), one); }

  mutable Node node_;
  Sandbox sandbox_{node_.file("pod")};
};

TEST_F(CniResult, has_the_form_of_the_requested_version) {
  for (const std::string version : {"0.3.1", "0.4.0", "1.0.0", "1.1.0"}) {
    SCOPED_TRACE(version);
    const Finished added = plugin(call("ADD", version));
    ASSERT_EQ(added.status, 0) << added.out;
    EXPECT_EQ(added.err, "");
    const json::value result = json::parse(added.out);
    EXPECT_EQ(result.at("cniVersion"), version.c_str());

    const json::array& interfaces = result.at("interfaces").as_array();
    ASSERT_EQ(interfaces.size(), 2u);
    EXPECT_FALSE(interfaces[0].as_object().contains("sandbox"));
    EXPECT_EQ(interfaces[1].at("name"), "eth0");
    EXPECT_EQ(interfaces[1].at("sandbox"), sandbox_.path().c_str());
    EXPECT_EQ(interfaces[1].as_object().contains("mtu"), version == "1.1.0");

    const json::array& ips = result.at("ips").as_array();
    ASSERT_EQ(ips.size(), 2u);
    EXPECT_TRUE(ips[0].at("address").as_string().ends_with("/32"));
    EXPECT_EQ(ips[0].at("gateway"), "169.254.1.1");
    EXPECT_TRUE(ips[1].at("address").as_string().ends_with("/128"));
    EXPECT_EQ(ips[1].at("gateway"), "fe80::1");
    for (const json::value& ip : ips) {
      EXPECT_EQ(ip.at("interface"), 1);
      EXPECT_EQ(ip.as_object().contains("version"), version < std::string("1.0.0"));
    }
    if (version < std::string("1.0.0")) {
      EXPECT_EQ(ips[1].at("version"), "6");
    }
    EXPECT_EQ(result.at("routes").as_array().size(), 2u);
    EXPECT_EQ(result.as_object().contains("dns"), version < std::string("1.0.0"));
    EXPECT_EQ(plugin(call("DEL", version)).status, 0);
  }
}

TEST_F(CniResult, tells_what_the_kernel_has) {
  const json::value result = json::parse(plugin(call("ADD", "1.0.0")).out);
  const auto link_of = [&](const net::Netns& netns, const json::value& entry) {
    const std::string name = entry.at("name").as_string().c_str();
    return json::parse(
               run({.arguments = {"ip", "-j", "address", "show", "dev", name}, .netns = &netns})
                   .out)
        .at(0);
  };
  const json::value& interfaces = result.at("interfaces");
  const json::value host = link_of(node_.netns(), interfaces.at(0));
  const json::value pod = link_of(sandbox_.netns(), interfaces.at(1));
  EXPECT_EQ(host.at("address"), interfaces.at(0).at("mac"));
  EXPECT_EQ(pod.at("address"), interfaces.at(1).at("mac"));
  EXPECT_EQ(pod.at("operstate"), "UP");
  ASSERT_EQ(pod.at("addr_info").as_array().size(), 2u) << "no link-local address of its own";
  for (const std::size_t i : {0u, 1u}) {
    const std::string address = pod.at("addr_info").at(i).at("local").as_string().c_str();
    EXPECT_TRUE(result.at("ips").at(i).at("address").as_string().starts_with(address + "/"));
  }
}

TEST_F(CniResult, of_version_needs_no_input) {
  PluginCall one = call("VERSION", "1.0.0");
  for (const bool has_input : {true, false}) {
    one.config = "";
    one.has_input = has_input;
    const Finished version = plugin(one);
    ASSERT_EQ(version.status, 0) << version.out;
    const json::value result = json::parse(version.out);
    EXPECT_EQ(result.at("supportedVersions"), (json::array{"0.3.1", "0.4.0", "1.0.0", "1.1.0"}));
  }
}

TEST_F(CniResult, of_del_is_silent_success_whatever_is_missing) {
  const auto expect_silence = [&](const PluginCall& one, const char* rule) {
    const Finished deleted = plugin(one);
    EXPECT_EQ(deleted.status, 0) << rule << ": " << deleted.out;
    EXPECT_EQ(deleted.out, "") << rule;
  };
  const PluginCall del = call("DEL", "1.0.0");
  expect_silence(del, "never added");
  ASSERT_EQ(plugin(call("ADD", "1.0.0")).status, 0);
  expect_silence(del, "the first time");
  expect_silence(del, "the second time");

  ASSERT_EQ(plugin(call("ADD", "1.0.0")).status, 0);
  PluginCall without_netns = del;
  without_netns.netns = "";
  expect_silence(without_netns, "CNI_NETNS empty");
  EXPECT_TRUE(node_.links().empty());

  ASSERT_EQ(plugin(call("ADD", "1.0.0")).status, 0);
  PluginCall no_such_netns = del;
  no_such_netns.netns = node_.file("nothing");
  expect_silence(no_such_netns, "CNI_NETNS does not exist");
  EXPECT_TRUE(node_.links().empty());

  ASSERT_EQ(plugin(call("ADD", "1.0.0")).status, 0);
  sandbox_.remove();
  expect_silence(del, "the namespace is gone");
  EXPECT_TRUE(eventually([&] { return node_.links().empty(); }));
}

TEST_F(CniResult, of_del_leaves_nothing_in_the_kernel) {
  const std::string routes_before =
      node_.run({"ip", "route"}).out + node_.run({"ip", "-6", "route"}).out;
  ASSERT_EQ(plugin(call("ADD", "1.0.0")).status, 0);
  EXPECT_EQ(node_.metrics().sum("podwire_map_entries", {{"map", "endpoints"}}), 2);
  ASSERT_EQ(plugin(call("DEL", "1.0.0")).status, 0);
  EXPECT_EQ(node_.run({"ip", "route"}).out + node_.run({"ip", "-6", "route"}).out, routes_before);
  EXPECT_TRUE(node_.links().empty());
  const std::string inside =
      run({.arguments = {"ip", "-o", "link"}, .netns = &sandbox_.netns()}).out;
  EXPECT_EQ(inside.find("eth0"), std::string::npos) << inside;
  const Exposition metrics = node_.metrics();
  EXPECT_EQ(metrics.sum("podwire_pods"), 0);
  EXPECT_EQ(metrics.sum("podwire_map_entries", {{"map", "endpoints"}}), 0);
  EXPECT_EQ(metrics.sum("podwire_map_entries", {{"map", "interfaces"}}), 0);
  EXPECT_EQ(metrics.sum("podwire_ipam_addresses", {{"state", "assigned"}}), 0);
  EXPECT_EQ(metrics.sum("podwire_ipam_addresses", {{"state", "cooling"}}), 2);
}

}  // namespace
}  // namespace podwire::netns_test
