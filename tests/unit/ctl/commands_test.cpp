// SPDX-License-Identifier: Apache-2.0
#include "ctl/commands.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "fakes/scratch_directory.hpp"
#include "fakes/scripted_agent.hpp"

namespace podwire::ctl {

namespace {

using fakes::ScriptedAgent;

constexpr std::chrono::seconds now{100'000};

// An agent that gives one answer to all questions.
class Commands : public testing::Test {
 protected:
  void answer(const std::string& bytes) { agent_.emplace(socket_, bytes); }
  Result<Output> run_command(const CommandLine& command) {
    return run(command, api::Client(socket_, std::chrono::seconds(0), std::chrono::seconds(5)), now,
               "1.2.3");
  }
  std::vector<ScriptedAgent::Seen> seen() { return agent_->seen(); }

  fakes::ScratchDirectory directory_;
  std::string socket_ = directory_.file("agent.sock");
  std::optional<ScriptedAgent> agent_;
};

agent_api::PodsReply two_pods() {
  agent_api::PodsReply reply;
  for (const char* name : {"web", "db"}) {
    agent_api::PodStatus& pod = reply.pods.emplace_back();
    pod.id = {"podwire", "id-of-" + std::string(name), "eth0"};
    pod.pod = {name, name, ""};
    pod.attached_at = now.count() - 5;
  }
  return reply;
}

std::string pods_answer(const agent_api::PodsReply& reply) {
  return ScriptedAgent::reply(api::encode(reply));
}

std::string status_answer() {
  agent_api::StatusReply reply;
  reply.version = "1.2.2";
  return ScriptedAgent::reply(api::encode(reply));
}

TEST_F(Commands, version_names_both_programs) {
  answer(status_answer());
  const auto output = run_command({.verb = Verb::version});
  ASSERT_TRUE(output) << output.error().what;
  EXPECT_EQ(output->text, "podwirectl:   1.2.3\npodwired:     1.2.2\n");
  EXPECT_EQ(output->status, 0);
}

TEST_F(Commands, version_as_json_names_both_programs) {
  answer(status_answer());
  const auto output = run_command({.verb = Verb::version, .format = Format::json});
  ASSERT_TRUE(output) << output.error().what;
  EXPECT_EQ(output->text, "{\n    \"podwirectl\": \"1.2.3\",\n    \"podwired\": \"1.2.2\"\n}\n");
}

TEST_F(Commands, version_says_so_where_no_agent_answers) {
  const auto table = run_command({.verb = Verb::version});
  ASSERT_TRUE(table) << table.error().what;
  EXPECT_EQ(table->text, "podwirectl:   1.2.3\npodwired:     unknown\n");
  EXPECT_NE(table->note.find(socket_), std::string::npos) << table->note;
  EXPECT_EQ(table->status, 1);
  const auto json = run_command({.verb = Verb::version, .format = Format::json});
  ASSERT_TRUE(json) << json.error().what;
  EXPECT_EQ(json->text, "{\n    \"podwirectl\": \"1.2.3\",\n    \"podwired\": null\n}\n");
  EXPECT_EQ(json->status, 1);
}

TEST_F(Commands, reload_names_the_keys_that_changed) {
  answer(ScriptedAgent::reply(api::encode(agent_api::ReloadReply{{"log_level", "ipam.x"}})));
  const auto output = run_command({.verb = Verb::reload});
  ASSERT_TRUE(output) << output.error().what;
  EXPECT_EQ(output->text, "changed: log_level\nchanged: ipam.x\n");
  EXPECT_EQ(seen().front().operation, "reload");
}

TEST_F(Commands, reload_says_so_if_nothing_changed) {
  answer(ScriptedAgent::reply(api::encode(agent_api::ReloadReply{})));
  const auto output = run_command({.verb = Verb::reload});
  ASSERT_TRUE(output) << output.error().what;
  EXPECT_EQ(output->text, "nothing has changed\n");
}

TEST_F(Commands, log_level_is_passed_on) {
  answer(ScriptedAgent::reply(api::encode(agent_api::DoneReply{})));
  const auto output = run_command({.verb = Verb::log_level, .log_level = "debug"});
  ASSERT_TRUE(output) << output.error().what;
  EXPECT_EQ(output->text, "the agent logs debug and above, until its next reload or start\n");
  EXPECT_EQ(seen().front().operation, "log_level");
  EXPECT_EQ(seen().front().request.at("level").as_string(), "debug");
}

TEST_F(Commands, get_pods_draws_a_table_of_what_the_agent_replies) {
  answer(pods_answer(two_pods()));
  const auto output = run_command({.verb = Verb::get_pods});
  ASSERT_TRUE(output) << output.error().what;
  EXPECT_EQ(output->text,
            "NAMESPACE   NAME   IPS      PROBES   AGE\n"
            "db          db     <none>   <none>   5s\n"
            "web         web    <none>   <none>   5s\n");
  EXPECT_EQ(output->note, "");
  EXPECT_EQ(seen().front().operation, "pods");
}

TEST_F(Commands, get_pods_as_json_is_the_reply_of_one_namespace) {
  answer(pods_answer(two_pods()));
  const auto output =
      run_command({.verb = Verb::get_pods, .format = Format::json, .pod_namespace = "web"});
  ASSERT_TRUE(output) << output.error().what;
  const auto json = boost::json::parse(output->text);
  EXPECT_EQ(json, api::encode(agent_api::PodsReply{{two_pods().pods[0]}}));
}

TEST_F(Commands, say_beside_the_output_that_nothing_was_found) {
  answer(pods_answer(two_pods()));
  const auto pods = run_command({.verb = Verb::get_pods, .pod_namespace = "x"});
  ASSERT_TRUE(pods) << pods.error().what;
  EXPECT_EQ(pods->text, "");
  EXPECT_EQ(pods->note, "No pods found in namespace x.\n");
  const auto probes = run_command({.verb = Verb::probe_list});
  ASSERT_TRUE(probes) << probes.error().what;
  EXPECT_EQ(probes->text, "");
  EXPECT_EQ(probes->note, "No probes found.\n");
}

TEST_F(Commands, status_shows_the_agent) {
  answer(ScriptedAgent::reply(api::encode(agent_api::StatusReply{.version = "0.9"})));
  const auto output = run_command({.verb = Verb::status});
  ASSERT_TRUE(output) << output.error().what;
  EXPECT_TRUE(output->text.starts_with("Version:         0.9\n")) << output->text;
  const auto json = run_command({.verb = Verb::status, .format = Format::json});
  ASSERT_TRUE(json) << json.error().what;
  EXPECT_EQ(boost::json::parse(json->text).at("version").as_string(), "0.9");
  EXPECT_EQ(seen().front().operation, "status");
}

TEST_F(Commands, probe_add_names_the_pod_to_the_agent) {
  answer(ScriptedAgent::reply(boost::json::object{}));
  const auto output = run_command(
      {.verb = Verb::probe_add, .pod_namespace = "a", .pod = "web", .probe = {80, 250, 100}});
  ASSERT_TRUE(output) << output.error().what;
  EXPECT_EQ(output->text, "TCP port 80 of pod a/web is probed every 250ms\n");
  ASSERT_EQ(seen().size(), 1U);
  EXPECT_EQ(seen()[0].operation, "probe_add");
  EXPECT_EQ(seen()[0].request,
            api::encode(agent_api::ProbeAddRequest{"a", "web", "", {80, 250, 100}}));
}

TEST_F(Commands, probe_remove_completes_the_id_of_a_container) {
  answer(pods_answer(two_pods()));
  const auto output =
      run_command({.verb = Verb::probe_remove, .container_id = "id-of-w", .probe = {80}});
  ASSERT_TRUE(output) << output.error().what;
  EXPECT_EQ(output->text, "TCP port 80 of container id-of-web is no longer probed\n");
  ASSERT_EQ(seen().size(), 2U);
  EXPECT_EQ(seen()[1].operation, "probe_remove");
  EXPECT_EQ(seen()[1].request, api::encode(agent_api::ProbeRemoveRequest{"", "", "id-of-web", 80}));
}

TEST_F(Commands, change_nothing_while_the_container_is_not_clear) {
  answer(pods_answer(two_pods()));
  const auto output =
      run_command({.verb = Verb::probe_add, .container_id = "id-of-", .probe = {80}});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().what,
            "2 containers have ids that begin with 'id-of-': write more of it");
  EXPECT_EQ(seen().size(), 1U);
}

TEST_F(Commands, pass_on_what_the_agent_refuses) {
  answer(ScriptedAgent::error("not_found", "no pod a/web is attached"));
  for (const Verb verb :
       {Verb::status, Verb::get_pods, Verb::probe_list, Verb::probe_add, Verb::probe_remove}) {
    const auto output = run_command({.verb = verb, .pod_namespace = "a", .pod = "web"});
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, Errc::not_found);
    EXPECT_EQ(output.error().what, "no pod a/web is attached");
  }
}

}  // namespace

}  // namespace podwire::ctl
