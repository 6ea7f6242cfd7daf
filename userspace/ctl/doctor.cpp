// SPDX-License-Identifier: Apache-2.0
#include "ctl/doctor.hpp"

#include <chrono>
#include <unistd.h>

#include "api/client.hpp"
#include "ctl/pretty_json.hpp"
#include "doctor/host_facts.hpp"
#include "doctor/network_facts.hpp"

namespace podwire::ctl {

namespace {

Result<> ask_agent(const std::string& socket) {
  using namespace std::chrono_literals;
  const api::Client client(socket, 0ms, 5s);
  auto status = client.call(agent_api::StatusRequest{});
  if (!status) return tl::unexpected(status.error());
  return {};
}

// That of the configuration, unless another one was named.
std::string socket_of(const CommandLine& command, const Result<config::Config>& config) {
  const bool is_named = command.socket != agent_api::default_socket;
  return is_named || !config ? command.socket : config->socket;
}

}  // namespace

Finished run_doctor(const CommandLine& command) {
  if (::geteuid() != 0) {
    return {1, "",
            "error: doctor asks the kernel for programs, rules and links, which only root may: run "
            "it as root\n"};
  }
  const auto config = config::load(command.config_file);
  doctor::Facts facts = doctor::collect_network(config, command.config_file);
  facts.host = doctor::collect_host(config.value_or(config::Config{}));
  facts.agent = ask_agent(socket_of(command, config));
  const auto findings = doctor::examine(facts);
  const std::string text =
      command.format == Format::json ? pretty_json(doctor_json(findings)) : doctor_text(findings);
  return {doctor::has_failure(findings) ? 1 : 0, text, ""};
}

}  // namespace podwire::ctl
