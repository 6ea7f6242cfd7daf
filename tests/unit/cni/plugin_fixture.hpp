// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <gtest/gtest.h>
#include <podwire/agent_api.hpp>

#include "../../fakes/scripted_agent.hpp"
#include "api/codec.hpp"
#include "cni/plugin.hpp"

namespace podwire::cni {

// Whole calls of the plugin, from environment and input to output, with a scripted agent. The
// sandbox is the test's own namespace, which CNI_NETNS_OVERRIDE allows, so that no root is needed.
class PluginTest : public ::testing::Test {
 protected:
  // Runs a command; `keys` are added to the configuration, such as `"mtu":1500`.
  Answer call(const std::string& command, const std::string& keys = "",
              const std::string& version = "1.0.0") {
    variables_["CNI_COMMAND"] = command;
    return run_with("{\"cniVersion\":\"" + version +
                    "\",\"name\":\"net\",\"type\":\"podwire\",\"agentTimeoutMs\":0," +
                    "\"socket\":\"" + socket_ + "\"" + (keys.empty() ? "" : "," + keys) + "}");
  }

  Answer run_with(const std::string& input) {
    return run(variables_, [&](auto) -> Checked<std::string> {
      ++inputs_read_;
      return input;
    });
  }

  static void expect_error(const Answer& answer, Code code, std::string_view part_of_message) {
    EXPECT_EQ(answer.exit_status, 1);
    const boost::json::value error = boost::json::parse(answer.output);
    EXPECT_EQ(error.at("code").as_int64(), static_cast<int>(code)) << answer.output;
    const std::string_view message = error.at("msg").as_string();
    EXPECT_NE(message.find(part_of_message), std::string_view::npos) << answer.output;
  }

  static void expect_silent_success(const Answer& answer) {
    EXPECT_EQ(answer.exit_status, 0) << answer.output;
    EXPECT_EQ(answer.output, "");
  }

  static std::string attach_reply() {
    agent_api::AttachReply reply{{"pw1", "0a:00:00:00:00:01", 1500},
                                 {"eth0", "0a:00:00:00:00:02", 1500},
                                 {{"10.244.0.5/32", "169.254.1.1"}}};
    return fakes::ScriptedAgent::reply(api::encode(reply));
  }

  static std::string done() { return fakes::ScriptedAgent::reply(boost::json::object{}); }

  fakes::ScratchDirectory directory_;
  std::string socket_ = directory_.file("agent.sock");
  Variables variables_{
      {"CNI_CONTAINERID", "c1"},
      {"CNI_NETNS", "/proc/self/ns/net"},
      {"CNI_NETNS_OVERRIDE", "1"},
      {"CNI_IFNAME", "eth0"},
      {"CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web;K8S_POD_UID=7"}};
  int inputs_read_ = 0;
};

}  // namespace podwire::cni
