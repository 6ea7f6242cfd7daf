// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>

#include "cni/cni_error.hpp"

namespace podwire::cni {

enum class Command {
  none,  // CNI_COMMAND is not set: a person called the plugin by hand
  add,
  del,
  check,
  status,
  version
};

// Variables by name. A runtime sets those that do not matter for a command to "", so that an empty
// one counts as absent.
using Variables = std::map<std::string, std::string, std::less<>>;

// The parameters of one call, checked against the specification's section "Parameters".
struct Environment {
  Command command = Command::none;
  std::string container_id;
  std::string netns;  // the path, word for word; may be empty for DEL
  std::string ifname;
  std::string args;             // CNI_ARGS as it came
  bool netns_override = false;  // the plugin's own namespace is meant
};

// Those of this process that the plugin knows.
Variables read_variables();

Checked<Environment> parse_environment(const Variables& variables);

}  // namespace podwire::cni
