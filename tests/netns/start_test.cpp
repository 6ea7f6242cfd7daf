// SPDX-License-Identifier: Apache-2.0
//
//   node: podwired, which refuses to start
//
#include <filesystem>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

class Start : public testing::Test {
 protected:
  ScratchDirectory directory_;
  Sandbox node_{directory_.file("node")};
  const std::string file_ = directory_.file("podwired.yaml");

  Finished start_with(const std::string& config) const {
    std::ofstream(file_) << config;
    return run({.arguments = {PODWIRED, "--config", file_}, .netns = &node_.netns()});
  }
  std::string places() const {
    return "run_dir: " + directory_.file("run") + "\nstate_dir: " + directory_.file("state") +
           "\nsocket: " + directory_.file("agent.sock") + "\n";
  }
  std::string node_state() const {
    std::string state;
    for (const char* what : {"link", "address", "route", "rule"}) {
      state += run({.arguments = {"ip", "-oneline", what}, .netns = &node_.netns()}).out;
    }
    return state;
  }
};

TEST_F(Start, refuses_a_wrong_configuration_with_file_line_and_key) {
  struct Wrong {
    std::string rule, text, place, key;
  };
  const std::vector<Wrong> wrongs = {
      {"unknown key", "ipam: {ipv4: 10.66.0.0/24}\nipamm: 1\n", ":5:", "'ipamm'"},
      {"wrong type", "ipam: {ipv4: 10.66.0.0/24}\nlimits: {attachments: many}\n",
       ":5:", "'limits.attachments'"},
      {"impossible value", "ipam:\n  ipv4: 10.66.0.1/24\n", ":5:", "'ipam.ipv4'"},
      {"out of range", "ipam: {ipv4: 10.66.0.0/24}\ndatapath: {mtu: 100}\n",
       ":5:", "'datapath.mtu'"},
      {"contradiction", "ipam: {ipv4: 10.66.0.0/24, reuse_delay_seconds: 1}\n",
       ":4:", "reuse_delay"},
      {"no addresses", "", "", "'ipam.ipv4'"},
      {"no YAML", "ipam: {ipv4: [\n", ":", "not YAML"},
  };
  const std::string before = node_state();
  for (const Wrong& one : wrongs) {
    SCOPED_TRACE(one.rule);
    const Finished refused = start_with(places() + one.text);
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.err.find(file_ + one.place), std::string::npos) << refused.err;
    EXPECT_NE(refused.err.find(one.key), std::string::npos) << refused.err;
    for (const char* made : {"run", "state", "agent.sock"}) {
      EXPECT_FALSE(std::filesystem::exists(directory_.file(made))) << made;
    }
  }
  EXPECT_EQ(node_state(), before);
}

TEST_F(Start, refuses_a_file_that_is_not_there) {
  const std::string missing = directory_.file("missing.yaml");
  const Finished refused =
      run({.arguments = {PODWIRED, "--config", missing}, .netns = &node_.netns()});
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find(missing), std::string::npos) << refused.err;
}

TEST_F(Start, fails_where_the_port_of_its_metrics_is_taken) {
  const TcpListener taken(node_.netns(), net::Family::ipv4, 9617);
  const Finished refused = start_with(places() + "ipam: {ipv4: 10.66.0.0/24}\n");
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("9617"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("http.listen"), std::string::npos) << refused.err;
}

TEST_F(Start, refuses_a_source_address_that_the_node_does_not_have) {
  const std::string before = node_state();
  const Finished refused =
      start_with(places() + "ipam: {ipv4: 10.66.0.0/24}\nnode: {ipv4: 192.0.2.4}\n");
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("key 'node.ipv4': 192.0.2.4 is no address of this node"),
            std::string::npos)
      << refused.err;
  EXPECT_EQ(node_state(), before);
}

// Else the node could not reach the pods of whichever node has the old range now.
TEST_F(Start, unblocks_a_range_that_is_no_longer_the_nodes) {
  const auto routes = [this] {
    return run({.arguments = {"ip", "route"}, .netns = &node_.netns()}).out;
  };
  Agent first(node_.netns(), directory_.file("agent"), {.ipv4 = "10.66.0.0/24"});
  first.start();
  first.stop();
  EXPECT_NE(routes().find("unreachable 10.66.0.0/24"), std::string::npos) << routes();
  Agent second(node_.netns(), directory_.file("next"), {.ipv4 = "10.67.0.0/24"});
  second.start();
  EXPECT_EQ(routes().find("10.66.0.0/24"), std::string::npos) << routes();
  EXPECT_NE(routes().find("unreachable 10.67.0.0/24"), std::string::npos) << routes();
}

TEST_F(Start, refuses_a_wrong_command_line_as_a_wrong_configuration) {
  const Finished refused = run({.arguments = {PODWIRED, "--no-such-option"}});
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("--no-such-option"), std::string::npos) << refused.err;
}

TEST_F(Start, says_its_version) {
  const Finished version = run({.arguments = {PODWIRED, "--version"}});
  EXPECT_EQ(version.status, 0);
  EXPECT_TRUE(version.out.starts_with("podwired ")) << version.out;
}

}  // namespace
}  // namespace podwire::netns_test
