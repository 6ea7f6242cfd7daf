// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "plugin_fixture.hpp"

namespace podwire::cni {

namespace {

using fakes::ScriptedAgent;

// What every command that reads the input does with a bad one.
struct BadInput {
  const char* name;
  const char* text;
  Code code;
  const char* part_of_message;
};

class BadInputTest : public PluginTest,
                     public ::testing::WithParamInterface<std::tuple<const char*, BadInput>> {};

TEST_P(BadInputTest, IsAnErrorForEveryCommand) {
  const auto& [command, input] = GetParam();
  variables_["CNI_COMMAND"] = command;
  expect_error(run_with(input.text), input.code, input.part_of_message);
}

INSTANTIATE_TEST_SUITE_P(
    , BadInputTest,
    ::testing::Combine(
        ::testing::Values("ADD", "DEL", "CHECK", "STATUS"),
        ::testing::Values(BadInput{"empty", "", Code::decoding_failure, "stdin"},
                          BadInput{"no_json", "name: net", Code::decoding_failure, "stdin"},
                          BadInput{"no_object", "\"net\"", Code::decoding_failure, "stdin"},
                          BadInput{"no_name", "{\"cniVersion\":\"1.1.0\"}", Code::invalid_config,
                                   "name"},
                          BadInput{"bad_name", "{\"cniVersion\":\"1.1.0\",\"name\":\"-\"}",
                                   Code::invalid_config, "name is \"-\""},
                          BadInput{"no_version", "{\"name\":\"net\"}", Code::incompatible_version,
                                   "incompatible CNI versions"},
                          BadInput{"other_version", "{\"cniVersion\":\"2.0.0\",\"name\":\"net\"}",
                                   Code::incompatible_version, "incompatible CNI versions"},
                          BadInput{"no_version_number", "{\"cniVersion\":\"one\",\"name\":\"net\"}",
                                   Code::decoding_failure, "cniVersion"})),
    [](const auto& test) {
      return std::string(std::get<0>(test.param)) + "_" + std::get<1>(test.param).name;
    });

// The commands that need the agent to understand the configuration refuse a bad one; DEL does not.
class BadKeyTest : public PluginTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(BadKeyTest, IsRefusedByAllCommandsButDEL) {
  ScriptedAgent agent(socket_, done());
  for (const char* command : {"ADD", "CHECK", "STATUS"}) {
    const Answer answer = call(command, GetParam(), "1.1.0");
    EXPECT_EQ(answer.exit_status, 1) << command;
  }
  EXPECT_TRUE(agent.seen().empty());
  expect_silent_success(call("DEL", GetParam(), "1.1.0"));
}

INSTANTIATE_TEST_SUITE_P(, BadKeyTest,
                         ::testing::Values("\"unknown\":1", "\"mtu\":1", "\"probes\":[{}]",
                                           "\"ipam\":{\"type\":\"x\"}", "\"dns\":[]",
                                           "\"agentTimeoutMs\":\"5\"",
                                           "\"runtimeConfig\":{\"ipRanges\":[[]]}"));

}  // namespace

}  // namespace podwire::cni
