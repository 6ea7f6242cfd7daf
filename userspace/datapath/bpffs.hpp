// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.hpp"

namespace podwire::datapath {

// Makes sure that a bpffs of our own is mounted at `directory` (0700), and returns the directory
// below it that holds the pins of this ABI version. The mount stays when the agent ends, and with
// it the maps.
Result<std::string> mount_bpffs(const std::string& directory);

}  // namespace podwire::datapath
