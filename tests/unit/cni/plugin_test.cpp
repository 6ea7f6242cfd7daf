// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "plugin_fixture.hpp"

namespace podwire::cni {

namespace {

namespace json = boost::json;
using fakes::ScriptedAgent;

constexpr const char* own_netns = "/proc/self/ns/net";

TEST_F(PluginTest, ADDAsksTheAgentAndPrintsItsAnswer) {
  ScriptedAgent agent(socket_, attach_reply());
  const Answer answer = call("ADD", "\"mtu\":1400,\"probes\":[{\"tcpPort\":80}]");
  ASSERT_EQ(answer.exit_status, 0) << answer.output;
  EXPECT_EQ(
      answer.output,
      "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"pw1\",\"mac\":\"0a:00:00:00:00:01\"},"
      "{\"name\":\"eth0\",\"mac\":\"0a:00:00:00:00:02\",\"sandbox\":\"/proc/self/ns/net\"}],"
      "\"ips\":[{\"interface\":1,\"address\":\"10.244.0.5/32\",\"gateway\":\"169.254.1.1\"}],"
      "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"169.254.1.1\"}]}");
  ASSERT_EQ(agent.seen().size(), 1U);
  const ScriptedAgent::Seen seen = agent.seen()[0];
  EXPECT_EQ(seen.operation, "attach");
  EXPECT_EQ(json::serialize(seen.request),
            "{\"id\":{\"network\":\"net\",\"container_id\":\"c1\",\"ifname\":\"eth0\"},"
            "\"pod\":{\"pod_namespace\":\"shop\",\"name\":\"web\",\"uid\":\"7\"},"
            "\"netns_path\":\"/proc/self/ns/net\",\"mtu\":1400,"
            "\"probes\":[{\"tcp_port\":80,\"period_ms\":1000,\"timeout_ms\":1000}],"
            "\"bandwidth\":{\"ingress\":{\"bits_per_second\":0,\"burst_bits\":0},"
            "\"egress\":{\"bits_per_second\":0,\"burst_bits\":0}},"
            "\"ips\":[],\"mac\":\"\"}");
  struct stat file {};
  ASSERT_EQ(::stat(own_netns, &file), 0);
  EXPECT_EQ(seen.passed_inode, file.st_ino);
}

// CNI_ARGS last, and each kind of address for itself.
TEST_F(PluginTest, ADDPassesOnTheAddressesOfTheFirstWayThatHasAny) {
  variables_["CNI_ARGS"] = "IP=10.0.0.3;MAC=02:00:00:00:00:03";
  const std::vector<std::pair<std::string, std::string>> ways = {
      {"", R"("ips":["10.0.0.3"],"mac":"02:00:00:00:00:03")"},
      {R"("args":{"cni":{"ips":["10.0.0.2"]}})", R"("ips":["10.0.0.2"],"mac":"02:00:00:00:00:03")"},
      {R"("args":{"cni":{"ips":["10.0.0.2"]}},"runtimeConfig":{"ips":["10.0.0.1"]})",
       R"("ips":["10.0.0.1"],"mac":"02:00:00:00:00:03")"},
      {R"("runtimeConfig":{"mac":"02:00:00:00:00:01"})",
       R"("ips":["10.0.0.3"],"mac":"02:00:00:00:00:01")"}};
  for (const auto& [keys, passed_on] : ways) {
    ScriptedAgent agent(socket_, attach_reply());
    ASSERT_EQ(call("ADD", keys).exit_status, 0);
    const std::string request = json::serialize(agent.seen().at(0).request);
    EXPECT_TRUE(request.ends_with(passed_on + "}")) << request;
    ::unlink(socket_.c_str());
  }
}

TEST_F(PluginTest, ADDThatCannotBeDeliveredIsUndone) {
  ScriptedAgent agent(socket_, attach_reply());
  const Answer answer = call("ADD");
  ASSERT_TRUE(answer.undo);
  answer.undo();
  ASSERT_EQ(agent.seen().size(), 2U);
  EXPECT_EQ(agent.seen()[1].operation, "detach");
  EXPECT_EQ(agent.seen()[1].request.at("id"), agent.seen()[0].request.at("id"));
}

TEST_F(PluginTest, ADDWithoutAnAgentIsCode11AndSaysWhatToDo) {
  const Answer answer = call("ADD");
  expect_error(answer, Code::try_again_later, socket_);
  expect_error(answer, Code::try_again_later, "is podwired running?");
  EXPECT_FALSE(answer.undo);
}

TEST_F(PluginTest, ADDWaitsForTheAgentAsLongAsConfigured) {
  const auto start = std::chrono::steady_clock::now();
  variables_["CNI_COMMAND"] = "ADD";
  expect_error(
      run_with("{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"agentTimeoutMs\":200,\"socket\":\"" +
               socket_ + "\"}"),
      Code::try_again_later, "no agent");
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(200));
}

TEST_F(PluginTest, ADDTwiceIsCode101) {
  ScriptedAgent agent(socket_, ScriptedAgent::error("already_exists", "attached already"));
  expect_error(call("ADD"), Code::already_attached, "attached already");
}

TEST_F(PluginTest, ADDIntoTheOwnNamespaceDoesNotReachTheAgent) {
  ScriptedAgent agent(socket_, attach_reply());
  variables_.erase("CNI_NETNS_OVERRIDE");
  expect_error(call("ADD"), Code::own_netns, "CNI_NETNS");
  EXPECT_TRUE(agent.seen().empty());
}

TEST_F(PluginTest, ADDIntoAMissingNamespaceDoesNotReachTheAgent) {
  ScriptedAgent agent(socket_, attach_reply());
  variables_["CNI_NETNS"] = "/nowhere";
  expect_error(call("ADD"), Code::invalid_environment, "CNI_NETNS");
  EXPECT_TRUE(agent.seen().empty());
}

TEST_F(PluginTest, DELAsksTheAgent) {
  ScriptedAgent agent(socket_, done());
  expect_silent_success(call("DEL"));
  ASSERT_EQ(agent.seen().size(), 1U);
  EXPECT_EQ(agent.seen()[0].operation, "detach");
  EXPECT_NE(agent.seen()[0].passed_inode, 0U) << "what the link does not take along is there";
}

TEST_F(PluginTest, DELWorksWithWhateverIsMissingOrWrong) {
  ScriptedAgent agent(socket_, done());
  for (const char* netns : {"", "/nowhere", "/dev/null"}) {
    variables_["CNI_NETNS"] = netns;
    expect_silent_success(call("DEL", "\"unknown\":1,\"probes\":\"x\",\"prevResult\":7"));
    EXPECT_EQ(agent.seen().back().passed_inode, 0U) << netns;
  }
  variables_["CNI_ARGS"] = "nonsense";
  expect_silent_success(call("DEL"));
}

// It may be doing just what was asked.
TEST_F(PluginTest, DELDoesNotActForAnAgentThatOnlySaysLater) {
  ScriptedAgent agent(socket_, ScriptedAgent::error("unavailable", "not now"));
  expect_error(call("DEL"), Code::try_again_later, "could not detach");
}

TEST_F(PluginTest, CHECKSendsTheAddressesOfItsInterface) {
  ScriptedAgent agent(socket_, done());
  expect_silent_success(
      call("CHECK",
           "\"prevResult\":{\"interfaces\":[{\"name\":\"pw1\"},{\"name\":\"eth0\",\"sandbox\":\"" +
               std::string(own_netns) +
               "\"}],\"ips\":[{\"address\":\"10.244.0.5/32\",\"interface\":1},"
               "{\"address\":\"10.9.9.9/32\",\"interface\":0}]}"));
  ASSERT_EQ(agent.seen().size(), 1U);
  EXPECT_EQ(agent.seen()[0].operation, "check");
  EXPECT_EQ(json::serialize(agent.seen()[0].request.at("ips")), "[\"10.244.0.5/32\"]");
  EXPECT_NE(agent.seen()[0].passed_inode, 0U);
}

TEST_F(PluginTest, CHECKOfAnUnknownContainerIsCode3) {
  ScriptedAgent agent(socket_, ScriptedAgent::error("not_found", "no attachment"));
  expect_error(call("CHECK", "\"prevResult\":{}"), Code::unknown_container, "no attachment");
}

TEST_F(PluginTest, STATUSIsReadyIfTheAgentAnswersAndHasAddresses) {
  ScriptedAgent agent(
      socket_, ScriptedAgent::reply({{"pools", {{{"prefix", "10.0.0.0/24"}, {"free", 1}}}}}));
  variables_.clear();
  expect_silent_success(call("STATUS", "", "1.1.0"));
}

TEST_F(PluginTest, STATUSWithoutAnAgentIsCode50) {
  expect_error(call("STATUS", "", "1.1.0"), Code::not_available, socket_);
}

TEST_F(PluginTest, STATUSWithAnExhaustedPoolIsCode50) {
  ScriptedAgent agent(
      socket_, ScriptedAgent::reply({{"pools", {{{"prefix", "10.0.0.0/24"}, {"assigned", 254}}}}}));
  const Answer full = call("STATUS", "", "1.1.0");
  expect_error(full, Code::not_available, "10.0.0.0/24");
  EXPECT_EQ(json::parse(full.output).at("details"),
            "take pods away, or give the agent a larger range in its configuration (ipam)");
}

TEST_F(PluginTest, VERSIONEchoesTheInputsVersion) {
  EXPECT_EQ(json::parse(call("VERSION", "", "0.4.0").output).at("cniVersion").as_string(), "0.4.0");
}

TEST_F(PluginTest, VERSIONWorksWithoutUsableInput) {
  variables_ = {{"CNI_COMMAND", "VERSION"}};
  for (const char* input : {"", "{", "[]", "{\"cniVersion\":7}", "{\"cniVersion\":\"x\"}"}) {
    const Answer answer = run_with(input);
    EXPECT_EQ(answer.exit_status, 0);
    EXPECT_EQ(json::parse(answer.output).at("cniVersion").as_string(), "1.1.0");
  }
  const Answer answer = run(
      variables_, [](auto) -> Checked<std::string> { return refuse(Code::io_failure, "closed"); });
  EXPECT_EQ(json::parse(answer.output).at("cniVersion").as_string(), "1.1.0");
}

TEST_F(PluginTest, WithoutACommandItTellsWhatItIs) {
  variables_.clear();
  const Answer answer = run_with("");
  EXPECT_EQ(answer.exit_status, 0);
  EXPECT_EQ(answer.output, "");
  EXPECT_NE(answer.for_people.find("0.3.1, 0.4.0, 1.0.0, 1.1.0"), std::string::npos);
}

TEST_F(PluginTest, EnvironmentIsCheckedBeforeInputIsRead) {
  variables_.erase("CNI_IFNAME");
  expect_error(call("ADD"), Code::invalid_environment, "CNI_IFNAME");
  EXPECT_EQ(inputs_read_, 0);
}

TEST_F(PluginTest, AnErrorSpeaksTheVersionOfTheInput) {
  EXPECT_EQ(json::parse(call("ADD", "\"mtu\":5", "0.3.1").output).at("cniVersion").as_string(),
            "0.3.1");
}

}  // namespace

}  // namespace podwire::cni
