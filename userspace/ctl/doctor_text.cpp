// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.hpp"
#include "ctl/doctor.hpp"

namespace podwire::ctl {

namespace {

using doctor::Finding;
using doctor::State;

constexpr std::size_t state_width = 10;
constexpr std::size_t check_width = 19;

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size() + 1), ' ');
  return text;
}

std::string lines_of(const Finding& finding) {
  const doctor::Problem& problem = finding.problem;
  std::string text = padded(doctor::text_of(problem.state), state_width) +
                     padded(finding.check, check_width) + without_control_characters(problem.what) +
                     "\n";
  const std::string margin(state_width, ' ');
  if (!problem.cure.empty())
    text += margin + "cure: " + without_control_characters(problem.cure) + "\n";
  for (const std::string& command : problem.commands)
    text += margin + "      " + without_control_characters(command) + "\n";
  return text;
}

std::string counted(std::ptrdiff_t number, const char* what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::string summary(const std::vector<Finding>& findings) {
  const auto count = [&](State state) {
    return std::ranges::count_if(
        findings, [&](const Finding& finding) { return finding.problem.state == state; });
  };
  const auto failures = count(State::failure);
  const auto warnings = count(State::warning);
  if (failures == 0 && warnings == 0) return "Nothing stands in the way of pods.\n";
  return counted(failures, "failure") + ", " + counted(warnings, "warning") + "\n";
}

}  // namespace

std::string doctor_text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) text += lines_of(finding);
  return text + "\n" + summary(findings);
}

boost::json::value doctor_json(const std::vector<Finding>& findings) {
  boost::json::array list;
  for (const Finding& finding : findings) {
    const doctor::Problem& problem = finding.problem;
    list.push_back({{"check", finding.check},
                    {"state", doctor::text_of(problem.state)},
                    {"what", problem.what},
                    {"cure", problem.cure},
                    {"commands", boost::json::value_from(problem.commands)}});
  }
  return boost::json::object{{"findings", std::move(list)}};
}

}  // namespace podwire::ctl
