// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "doctor/facts.hpp"

// What may stand in the way of pods. Pure: facts in, findings out.
namespace podwire::doctor {

enum class State {
  ok,
  warning,  // may be meant so, or cannot be judged
  failure   // something that podwire promises does not work, or will not
};
const char* text_of(State state);

struct Problem {
  State state = State::failure;
  std::string what;                   // what stands in the way, of what
  std::string cure;                   // in words
  std::vector<std::string> commands;  // the cure as shell commands, where it is one
};
using Problems = std::vector<Problem>;

// A node may have a thousand pods with the same trouble: keeps ten problems, and says how many more
// there are.
void cut(Problems& problems);

struct Check {
  const char* name;
  const char* promise;  // what holds where there is no problem
  bool at_start;        // whether the agent looks too, when it starts
  // An error: what it needs to know could not be found out.
  Result<Problems> (*judge)(const Facts&);
};

// Every check there is, in the order of the documentation.
const std::vector<Check>& checks();

struct Finding {
  std::string check;
  Problem problem;  // `what` is the promise if `state` is ok
};

// One finding for each problem, and one for each check without any.
std::vector<Finding> examine(const Facts& facts);
// The same of the checks at start only, and only what is not ok.
std::vector<Finding> examine_at_start(const Facts& facts);
bool has_failure(const std::vector<Finding>& findings);

}  // namespace podwire::doctor
