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
  std::string note;  // for the error stream: nothing went wrong
};

// Asks the agent and puts its answer into words.
Result<Output> run(const CommandLine& command, const api::Client& client, EpochSeconds now);

}  // namespace podwire::ctl
