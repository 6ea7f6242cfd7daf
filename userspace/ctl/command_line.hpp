// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>

#include <podwire/agent_api.hpp>

namespace podwire::ctl {

enum class Verb {
  status,
  get_pods,
  probe_list,
  probe_add,
  probe_remove,
  doctor,
  version,
  reload,
  log_level
};
enum class Format { table, wide, json };

// What to do. Members that the verb has no use for keep their defaults.
struct CommandLine {
  Verb verb = Verb::status;
  std::string socket = agent_api::default_socket;
  Format format = Format::table;
  std::string config_file = "/etc/podwire/podwired.yaml";  // the agent's, for doctor
  std::string pod_namespace;  // of the pods to show, or of the one to probe
  std::string pod;            // to probe; empty: the container
  std::string container_id;   // perhaps only its start
  agent_api::Probe probe;
  std::string log_level;
};

// There is nothing to do: text for one of the two streams, and the exit status.
struct Finished {
  int status = 0;
  std::string out;
  std::string error;
};

constexpr int usage_status = 2;

// Reads the arguments and the variable PODWIRE_SOCKET.
std::variant<CommandLine, Finished> read_command_line(int count, const char* const* arguments,
                                                      const std::string& version);

}  // namespace podwire::ctl
