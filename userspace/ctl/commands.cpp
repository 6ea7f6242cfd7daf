// SPDX-License-Identifier: Apache-2.0
#include "ctl/commands.hpp"

#include "ctl/duration.hpp"
#include "ctl/pretty_json.hpp"
#include "ctl/table.hpp"

namespace podwire::ctl {

namespace {

using agent_api::PodsReply;

Result<Output> show_status(const CommandLine& command, const api::Client& client,
                           EpochSeconds now) {
  auto status = client.call(agent_api::StatusRequest{});
  if (!status) return tl::unexpected(status.error());
  if (command.format == Format::json) return Output{pretty_json(api::encode(*status)), ""};
  return Output{status_text(*status, now), ""};
}

std::string nothing_found(const char* what, const std::string& pod_namespace) {
  return std::string("No ") + what + " found" +
         (pod_namespace.empty() ? "" : " in namespace " + pod_namespace) + ".\n";
}

Result<Output> show_pods(const CommandLine& command, const api::Client& client, EpochSeconds now) {
  auto reply = client.call(agent_api::PodsRequest{});
  if (!reply) return tl::unexpected(reply.error());
  const PodsReply chosen = select_pods(std::move(*reply), command.pod_namespace);
  if (command.format == Format::json) return Output{pretty_json(api::encode(chosen)), ""};
  if (chosen.pods.empty()) return Output{"", nothing_found("pods", command.pod_namespace)};
  return Output{pods_text(chosen, now, command.format == Format::wide), ""};
}

bool have_probes(const PodsReply& reply) {
  for (const auto& pod : reply.pods) {
    if (!pod.probes.empty()) return true;
  }
  return false;
}

Result<Output> show_probes(const CommandLine& command, const api::Client& client) {
  auto reply = client.call(agent_api::PodsRequest{});
  if (!reply) return tl::unexpected(reply.error());
  const PodsReply chosen = select_pods(std::move(*reply), command.pod_namespace);
  if (command.format == Format::json) return Output{pretty_json(probes_json(chosen)), ""};
  if (!have_probes(chosen)) return Output{"", nothing_found("probes", command.pod_namespace)};
  return Output{probes_text(chosen), ""};
}

Result<std::string> find_container(const CommandLine& command, const api::Client& client) {
  if (command.container_id.empty()) return std::string();
  auto reply = client.call(agent_api::PodsRequest{});
  if (!reply) return tl::unexpected(reply.error());
  return full_container_id(*reply, command.container_id);
}

std::string target_text(const CommandLine& command, const std::string& container) {
  const std::string owner = command.pod.empty()
                                ? "container " + container
                                : "pod " + command.pod_namespace + "/" + command.pod;
  return "TCP port " + std::to_string(command.probe.tcp_port) + " of " + owner;
}

Result<Output> add_probe(const CommandLine& command, const api::Client& client) {
  auto container = find_container(command, client);
  if (!container) return tl::unexpected(container.error());
  auto done = client.call(
      agent_api::ProbeAddRequest{command.pod_namespace, command.pod, *container, command.probe});
  if (!done) return tl::unexpected(done.error());
  const std::chrono::milliseconds period(command.probe.period_ms);
  return Output{
      target_text(command, *container) + " is probed every " + duration_text(period) + "\n", ""};
}

Result<Output> remove_probe(const CommandLine& command, const api::Client& client) {
  auto container = find_container(command, client);
  if (!container) return tl::unexpected(container.error());
  auto done = client.call(agent_api::ProbeRemoveRequest{command.pod_namespace, command.pod,
                                                        *container, command.probe.tcp_port});
  if (!done) return tl::unexpected(done.error());
  return Output{target_text(command, *container) + " is no longer probed\n", ""};
}

// The own version is worth knowing also where no agent answers.
Result<Output> show_versions(const CommandLine& command, const api::Client& client,
                             const std::string& version) {
  const auto agent = client.call(agent_api::StatusRequest{});
  Output output;
  if (command.format == Format::json) {
    boost::json::object versions{{"podwirectl", version}, {"podwired", nullptr}};
    if (agent) versions["podwired"] = agent->version;
    output.text = pretty_json(versions);
  } else {
    Table table({"podwirectl:", version});
    table.add({"podwired:", agent ? agent->version : "unknown"});
    output.text = table.text();
  }
  if (agent) return output;
  output.note = "error: " + agent.error().what + "\n";
  output.status = 1;
  return output;
}

Result<Output> reload(const api::Client& client) {
  const auto reply = client.call(agent_api::ReloadRequest{});
  if (!reply) return tl::unexpected(reply.error());
  if (reply->changed.empty()) return Output{"nothing has changed\n", ""};
  std::string text;
  for (const std::string& key : reply->changed) text += "changed: " + key + "\n";
  return Output{text, ""};
}

Result<Output> set_log_level(const CommandLine& command, const api::Client& client) {
  const auto done = client.call(agent_api::LogLevelRequest{command.log_level});
  if (!done) return tl::unexpected(done.error());
  return Output{
      "the agent logs " + command.log_level + " and above, until its next reload or start\n", ""};
}

}  // namespace

Result<Output> run(const CommandLine& command, const api::Client& client, EpochSeconds now,
                   const std::string& version) {
  switch (command.verb) {
    case Verb::status:
      return show_status(command, client, now);
    case Verb::get_pods:
      return show_pods(command, client, now);
    case Verb::probe_list:
      return show_probes(command, client);
    case Verb::probe_add:
      return add_probe(command, client);
    case Verb::probe_remove:
      return remove_probe(command, client);
    case Verb::doctor:
      break;  // asks this machine, not the agent: doctor.hpp
    case Verb::version:
      return show_versions(command, client, version);
    case Verb::reload:
      return reload(client);
    case Verb::log_level:
      return set_log_level(command, client);
  }
  return fail(Errc::invalid_argument, "no such command");
}

}  // namespace podwire::ctl
