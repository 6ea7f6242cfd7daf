// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "api/client.hpp"
#include "base/result.hpp"
#include "ctl/command_line.hpp"
#include "ctl/text.hpp"

namespace podwire::ctl {

struct Output {
  std::string text;
  std::string note;  // for the error stream
  int status = 0;    // of the exit; not 0 if there is an answer, but not a whole one
};

// Asks the agent and puts its answer into words. `version`: of this program.
Result<Output> run(const CommandLine& command, const api::Client& client, EpochSeconds now,
                   const std::string& version);

}  // namespace podwire::ctl
