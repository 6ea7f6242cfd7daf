// SPDX-License-Identifier: Apache-2.0
#include "ctl/command_line.hpp"

#include <stdlib.h>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace podwire::ctl {

namespace {

using Words = std::vector<const char*>;

class Arguments : public testing::Test {
 protected:
  Arguments() { ::unsetenv("PODWIRE_SOCKET"); }
  ~Arguments() override { ::unsetenv("PODWIRE_SOCKET"); }
};

std::variant<CommandLine, Finished> read(Words words) {
  words.insert(words.begin(), "podwirectl");
  return read_command_line(static_cast<int>(words.size()), words.data(), "1.2.3");
}

CommandLine understood(Words words) {
  auto result = read(std::move(words));
  if (const auto* finished = std::get_if<Finished>(&result)) {
    ADD_FAILURE() << finished->error;
    return {};
  }
  return std::get<CommandLine>(result);
}

TEST_F(Arguments, choose_the_verb_and_the_format) {
  EXPECT_EQ(understood({"status"}).verb, Verb::status);
  EXPECT_EQ(understood({"get", "pods"}).verb, Verb::get_pods);
  EXPECT_EQ(understood({"get", "po"}).verb, Verb::get_pods);
  EXPECT_EQ(understood({"probe", "list"}).verb, Verb::probe_list);
  EXPECT_EQ(understood({"get", "pods"}).format, Format::table);
  EXPECT_EQ(understood({"get", "pods", "-o", "wide"}).format, Format::wide);
  EXPECT_EQ(understood({"status", "-ojson"}).format, Format::json);
  EXPECT_EQ(understood({"get", "pods", "-n", "a"}).pod_namespace, "a");
  EXPECT_EQ(understood({"get", "pods", "-A"}).pod_namespace, "");
}

TEST_F(Arguments, of_doctor_name_the_agents_configuration) {
  EXPECT_EQ(understood({"doctor"}).verb, Verb::doctor);
  EXPECT_EQ(understood({"doctor"}).config_file, "/etc/podwire/podwired.yaml");
  EXPECT_EQ(understood({"doctor", "--config", "/a.yaml", "-o", "json"}).config_file, "/a.yaml");
}

TEST_F(Arguments, name_a_pod_without_a_namespace_as_it_is_shown) {
  const CommandLine meant = understood({"probe", "add", "--pod", "-/web", "--tcp-port", "1"});
  EXPECT_EQ(meant.pod_namespace, "");
  EXPECT_EQ(meant.pod, "web");
}

TEST_F(Arguments, choose_the_verbs_about_the_agent_itself) {
  EXPECT_EQ(understood({"version"}).verb, Verb::version);
  EXPECT_EQ(understood({"version", "-o", "json"}).format, Format::json);
  EXPECT_EQ(understood({"reload"}).verb, Verb::reload);
  EXPECT_EQ(understood({"log-level", "debug"}).verb, Verb::log_level);
  EXPECT_EQ(understood({"log-level", "debug"}).log_level, "debug");
  EXPECT_TRUE(std::holds_alternative<Finished>(read({"log-level"})));
}

TEST_F(Arguments, name_the_socket_before_or_behind_the_verb) {
  EXPECT_EQ(understood({"status"}).socket, "/run/podwire/podwire.sock");
  EXPECT_EQ(understood({"--socket", "/a", "status"}).socket, "/a");
  EXPECT_EQ(understood({"get", "pods", "--socket", "/a"}).socket, "/a");
}

TEST_F(Arguments, come_before_the_environment) {
  ::setenv("PODWIRE_SOCKET", "/e", 1);
  EXPECT_EQ(understood({"status"}).socket, "/e");
  EXPECT_EQ(understood({"status", "--socket", "/a"}).socket, "/a");
}

TEST_F(Arguments, describe_a_probe_of_a_pod) {
  const CommandLine command = understood({"probe", "add", "--pod", "ns/web", "--tcp-port", "8080",
                                          "--period", "5s", "--timeout", "300ms"});
  EXPECT_EQ(command.verb, Verb::probe_add);
  EXPECT_EQ(command.pod_namespace, "ns");
  EXPECT_EQ(command.pod, "web");
  EXPECT_EQ(command.container_id, "");
  EXPECT_EQ(command.probe, (agent_api::Probe{8080, 5000, 300}));
}

TEST_F(Arguments, describe_a_probe_of_a_container) {
  const CommandLine command =
      understood({"probe", "remove", "--container", "abc", "--tcp-port", "1"});
  EXPECT_EQ(command.verb, Verb::probe_remove);
  EXPECT_EQ(command.container_id, "abc");
  EXPECT_EQ(command.pod, "");
  EXPECT_EQ(command.probe.tcp_port, 1);
}

TEST_F(Arguments, leave_a_probe_a_second_or_its_period_to_answer) {
  EXPECT_EQ(understood({"probe", "add", "--pod", "a/b", "--tcp-port", "1"}).probe,
            (agent_api::Probe{1, 1000, 1000}));
  EXPECT_EQ(
      understood({"probe", "add", "--pod", "a/b", "--tcp-port", "1", "--period", "24h"}).probe,
      (agent_api::Probe{1, 86'400'000, 1000}));
  EXPECT_EQ(
      understood({"probe", "add", "--pod", "a/b", "--tcp-port", "1", "--period", "10ms"}).probe,
      (agent_api::Probe{1, 10, 10}));
}

TEST_F(Arguments, that_are_wrong_end_with_status_2_and_the_reason) {
  const std::pair<Words, std::string> rows[] = {
      {{}, "A subcommand is required"},
      {{"bogus"}, "unknown command or argument 'bogus'"},
      {{"get"}, "A subcommand is required"},
      {{"get", "nodes"}, "unknown command or argument 'nodes'"},
      {{"get", "pods", "web"}, "unknown command or argument 'web'"},
      {{"get", "pods", "-o", "yaml"}, "--output: yaml not in {wide,json}"},
      {{"status", "-o", "wide"}, "--output: wide not in {json}"},
      {{"get", "pods", "-A", "-n", "a"}, "--namespace excludes --all-namespaces"},
      {{"probe", "add", "--tcp-port", "1"},
       "Exactly 1 option from [--pod,--container] is required"},
      {{"probe", "add", "--pod", "a/b"}, "--tcp-port is required"},
      {{"probe", "add", "--pod", "a/b", "--tcp-port", "0"},
       "--tcp-port: Value 0 not in range 1 to 65535"},
      {{"probe", "add", "--pod", "a/b", "--tcp-port", "65536"},
       "--tcp-port: Value 65536 not in range 1 to 65535"},
      {{"probe", "add", "--pod", "", "--tcp-port", "1"},
       "--pod: '' is not NAMESPACE/NAME; without a namespace, -/NAME"},
      {{"probe", "add", "--pod", "a", "--tcp-port", "1"},
       "--pod: 'a' is not NAMESPACE/NAME; without a namespace, -/NAME"},
      {{"probe", "add", "--pod", "/b", "--tcp-port", "1"},
       "--pod: '/b' is not NAMESPACE/NAME; without a namespace, -/NAME"},
      {{"probe", "add", "--pod", "a/b/c", "--tcp-port", "1"},
       "--pod: 'a/b/c' is not NAMESPACE/NAME; without a namespace, -/NAME"},
      {{"probe", "remove", "--container", "", "--tcp-port", "1"}, "--container: the id is empty"},
      {{"probe", "add", "--pod", "a/b", "--tcp-port", "1", "--period", "9ms"},
       "--period: 9ms is not between 10ms and 24h"},
      {{"probe", "add", "--pod", "a/b", "--tcp-port", "1", "--period", "1"},
       "--period: '1' is not a duration of at most 24h, such as 250ms, 1s or 1m30s"},
      {{"probe", "add", "--pod", "a/b", "--tcp-port", "1", "--timeout", "2s"},
       "--timeout: 2s is not between 1ms and 1s"},
      {{"probe", "add", "--pod", "a/b", "--tcp-port", "1", "--timeout", "0s"},
       "--timeout: 0s is not between 1ms and 1s"},
  };
  for (const auto& [words, reason] : rows) {
    const auto result = read(words);
    const auto* finished = std::get_if<Finished>(&result);
    ASSERT_NE(finished, nullptr) << reason;
    EXPECT_EQ(finished->status, 2);
    EXPECT_EQ(finished->out, "");
    EXPECT_EQ(finished->error, "error: " + reason + "\nRun with --help for more information.\n");
  }
}

TEST_F(Arguments, that_ask_for_help_or_version_end_with_status_0) {
  const auto version = std::get<Finished>(read({"--version"}));
  EXPECT_EQ(version.status, 0);
  EXPECT_EQ(version.out, "podwirectl 1.2.3\n");
  EXPECT_EQ(version.error, "");
  const auto help = std::get<Finished>(read({"probe", "add", "--help"}));
  EXPECT_EQ(help.status, 0);
  EXPECT_NE(help.out.find("--tcp-port"), std::string::npos) << help.out;
}

}  // namespace

}  // namespace podwire::ctl
