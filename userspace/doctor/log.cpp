// SPDX-License-Identifier: Apache-2.0
#include "doctor/log.hpp"

#include <spdlog/spdlog.h>

#include "base/text.hpp"
#include "doctor/network_facts.hpp"

namespace podwire::doctor {

namespace {

std::string cure_text(const Problem& problem) {
  std::string text = problem.cure;
  for (const std::string& command : problem.commands)
    text += (&command == problem.commands.data() ? ": " : "; ") + command;
  return text;
}

}  // namespace

void log_at_start(const config::Config& config, const std::string& config_file) {
  for (const Finding& finding : examine_at_start(collect_network(config, config_file))) {
    spdlog::warn("doctor check={} state={} what=\"{}\" cure=\"{}\"", finding.check,
                 text_of(finding.problem.state), without_control_characters(finding.problem.what),
                 without_control_characters(cure_text(finding.problem)));
  }
}

}  // namespace podwire::doctor
