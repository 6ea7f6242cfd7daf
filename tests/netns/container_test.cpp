// SPDX-License-Identifier: Apache-2.0
//
//   node: podwired, podwire
//    pw...                  pw...
//     |                      |
//   container: as runtimes   peer: eth0
//   and people make them
//
#include <csignal>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

namespace json = boost::json;

class Container : public testing::Test {
 protected:
  PluginCall call(const std::string& command, const std::string& netns,
                  const std::string& ifname = "eth0") const {
    return {.command = command,
            .container_id = "c1",
            .netns = netns,
            .ifname = ifname,
            .config = network_config(node_.agent().socket())};
  }
  PluginCall check_of(PluginCall added, const std::string& result) const {
    added.command = "CHECK";
    json::object config = json::parse(added.config).as_object();
    config["prevResult"] = json::parse(result);
    added.config = json::serialize(config);
    return added;
  }
  Finished in_container(std::vector<std::string> arguments) const {
    return run({.arguments = std::move(arguments), .netns = &container_.netns()});
  }

  static std::string address_in(const std::string& result, std::size_t family) {
    const json::value parsed = json::parse(result);
    const std::string text = parsed.at("ips").at(family).at("address").as_string().c_str();
    return text.substr(0, text.find('/'));
  }

  void expect_reachable(const std::string& result) const {
    for (const std::size_t family : {0u, 1u}) {
      const std::string own = address_in(result, family);
      const std::string other = peer_.text(families.at(family));
      for (const Finished& pinged : {peer_.run({"ping", "-n", "-c", "1", "-W", "5", own}),
                                     in_container({"ping", "-n", "-c", "1", "-W", "5", other}),
                                     in_container({"ping", "-n", "-c", "1", "-W", "5", own})})
        EXPECT_EQ(pinged.status, 0) << pinged.out;
    }
  }

  // ADD, everything works, CHECK, DEL.
  void expect_life(const PluginCall& add) const {
    const Finished added = call_plugin(node_.netns(), add);
    ASSERT_EQ(added.status, 0) << added.out;
    expect_reachable(added.out);
    const Finished checked = call_plugin(node_.netns(), check_of(add, added.out));
    EXPECT_EQ(checked.status, 0) << checked.out;
    PluginCall del = add;
    del.command = "DEL";
    EXPECT_EQ(call_plugin(node_.netns(), del).status, 0);
    EXPECT_EQ(node_.links().size(), 1u) << "the peer's";
  }

  mutable Node node_;
  Sandbox container_{node_.file("container")};
  Pod peer_{node_, "peer"};
};

TEST_F(Container, may_call_its_interface_as_the_kernel_allows) {
  for (const char* name : {"net1", "podwire0", "fifteen.letters", "a", "eth0.100", "_-+@#all"}) {
    SCOPED_TRACE(name);
    expect_life(call("ADD", container_.path(), name));
  }
}

TEST_F(Container, may_have_a_namespace_without_a_path_of_its_own) {
  Process inside({.arguments = {"sleep", "60"}, .netns = &container_.netns()});
  const std::string pid = std::to_string(inside.pid());
  const std::string by_process = "/proc/" + pid + "/ns/net";
  const std::string by_thread = "/proc/" + pid + "/task/" + pid + "/ns/net";
  ASSERT_TRUE(eventually([&] {
    const auto entered = net::Netns::open(by_process);
    return entered && entered->identity() == container_.netns().identity();
  })) << "until then it has the namespace of the test";
  expect_life(call("ADD", by_process));
  expect_life(call("ADD", by_thread));

  // The process ends before the DEL, as it does when a container is stopped.
  ASSERT_EQ(call_plugin(node_.netns(), call("ADD", by_process)).status, 0);
  inside.send(SIGKILL);
  inside.wait();
  const Finished deleted = call_plugin(node_.netns(), call("DEL", by_process));
  EXPECT_EQ(deleted.status, 0) << deleted.out;
  EXPECT_EQ(node_.links().size(), 1u);
}

// A container's own switch is for its other interfaces.
TEST_F(Container, gets_ipv6_where_it_is_turned_off) {
  for (const std::string scope : {"all", "default", "lo"}) {
    SCOPED_TRACE(scope);
    for (const char* conf : {"all", "default", "lo"})
      container_.set_sysctl("net/ipv6/conf/" + std::string(conf) + "/disable_ipv6", "0");
    container_.set_sysctl("net/ipv6/conf/" + scope + "/disable_ipv6", "1");
    ASSERT_EQ(in_container({"ip", "link", "add", "other", "type", "veth"}).status, 0);
    const auto switch_of = [&](const std::string& name) {
      return in_container({"cat", "/proc/sys/net/ipv6/conf/" + name + "/disable_ipv6"}).out;
    };
    const std::string before = switch_of("other") + switch_of("all") + switch_of("default");
    expect_life(call("ADD", container_.path()));
    EXPECT_EQ(switch_of("other") + switch_of("all") + switch_of("default"), before);
    ASSERT_EQ(in_container({"ip", "link", "delete", "other"}).status, 0);
  }
}

TEST_F(Container, gets_ipv6_on_a_node_that_turns_it_off_for_new_interfaces) {
  node_.sandbox().set_sysctl("net/ipv6/conf/default/disable_ipv6", "1");
  expect_life(call("ADD", container_.path()));
}

}  // namespace
}  // namespace podwire::netns_test
