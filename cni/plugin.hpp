// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "cni/cni_error.hpp"
#include "cni/environment.hpp"

namespace podwire::cni {

// How one call of the plugin ends.
struct Answer {
  int exit_status = 0;
  std::string output;          // one JSON document, or nothing
  std::string for_people;      // goes to standard error
  std::function<void()> undo;  // if the output cannot be delivered; may be empty
};

// Reads the network configuration, for at most the time given.
using InputReader = std::function<Checked<std::string>(std::chrono::milliseconds)>;

// Runs the command of the environment. Checks in the order of the Go library: environment, input,
// JSON, name, version; then what is podwire's own; then it acts.
Answer run(const Variables& variables, const InputReader& read_input);

}  // namespace podwire::cni
