// SPDX-License-Identifier: Apache-2.0
#include "cni/environment.hpp"

#include <array>
#include <cstdlib>
#include <strings.h>
#include <vector>

#include "cni/names.hpp"

namespace podwire::cni {

namespace {

constexpr std::array known_variables = {"CNI_COMMAND", "CNI_CONTAINERID", "CNI_NETNS",
                                        "CNI_IFNAME",  "CNI_ARGS",        "CNI_NETNS_OVERRIDE"};

std::string value_of(const Variables& variables, std::string_view name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string() : found->second;
}

Checked<Command> parse_command(const std::string& text) {
  if (text.empty()) return Command::none;
  if (text == "ADD") return Command::add;
  if (text == "DEL") return Command::del;
  if (text == "CHECK") return Command::check;
  if (text == "STATUS") return Command::status;
  if (text == "VERSION") return Command::version;
  if (text == "GC") return refuse(Code::invalid_environment, "unsupported CNI_COMMAND: GC");
  return refuse(Code::invalid_environment, "unknown CNI_COMMAND: " + quoted(text));
}

bool concerns_container(Command command) {
  return command == Command::add || command == Command::del || command == Command::check;
}

// All of them together, so that a person need not find them one by one.
Checked<> require_variables(const Environment& environment) {
  std::vector<std::string> missing;
  if (environment.container_id.empty()) missing.emplace_back("CNI_CONTAINERID");
  if (environment.netns.empty() && environment.command != Command::del) {
    missing.emplace_back("CNI_NETNS");
  }
  if (environment.ifname.empty()) missing.emplace_back("CNI_IFNAME");
  if (missing.empty()) return {};
  std::string list;
  for (const std::string& name : missing) list += (list.empty() ? "" : ",") + name;
  return refuse(Code::invalid_environment, "required env variables [" + list + "] missing");
}

Checked<> check_names(const Environment& environment) {
  if (!is_identifier(environment.container_id)) {
    return refuse(Code::invalid_environment,
                  "CNI_CONTAINERID " + quoted(environment.container_id) + " " + identifier_rule);
  }
  if (!is_interface_name(environment.ifname)) {
    return refuse(Code::invalid_environment,
                  "CNI_IFNAME " + quoted(environment.ifname) + " " + interface_name_rule);
  }
  // DEL does not need the namespace, and shall succeed.
  if (environment.command != Command::del && !is_text(environment.netns)) {
    return refuse(Code::invalid_environment,
                  "CNI_NETNS " + quoted(environment.netns) + " " + text_rule);
  }
  return {};
}

}  // namespace

Variables read_variables() {
  Variables variables;
  for (const char* name : known_variables) {
    if (const char* value = std::getenv(name)) variables.emplace(name, value);
  }
  return variables;
}

Checked<Environment> parse_environment(const Variables& variables) {
  auto command = parse_command(value_of(variables, "CNI_COMMAND"));
  if (!command) return tl::unexpected(command.error());
  Environment environment;
  environment.command = *command;
  if (!concerns_container(*command)) return environment;
  environment.container_id = value_of(variables, "CNI_CONTAINERID");
  environment.netns = value_of(variables, "CNI_NETNS");
  environment.ifname = value_of(variables, "CNI_IFNAME");
  environment.args = value_of(variables, "CNI_ARGS");
  const std::string override_text = value_of(variables, "CNI_NETNS_OVERRIDE");
  environment.netns_override =
      override_text == "1" || strcasecmp(override_text.c_str(), "TRUE") == 0;
  if (auto complete = require_variables(environment); !complete) {
    return tl::unexpected(complete.error());
  }
  if (auto valid = check_names(environment); !valid) return tl::unexpected(valid.error());
  return environment;
}

}  // namespace podwire::cni
