// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <initializer_list>
#include <string_view>

#include "base/result.hpp"
#include "sockets.hpp"

namespace podwire::bench {

struct Command {
  Endpoint endpoint;
  std::chrono::nanoseconds duration{};  // zero for a role that runs until it is killed
};

// One of the two ends that a tool can be.
struct Role {
  std::string_view name;
  bool is_timed = false;
  Result<> (*play)(const Command& command) = nullptr;
};

// Whole main function of a tool: reads `ROLE ADDRESS PORT [SECONDS]`, with SECONDS in (0, 60] for
// timed roles only, plays the role and prints what went wrong. Returns the exit code.
int run_tool(int count, char** arguments, std::initializer_list<Role> roles);

}  // namespace podwire::bench
