// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.hpp"

namespace podwire::datapath {

// Makes sure that a bpffs of our own is mounted at `directory` (0700), and returns the directory
// below it that holds the pins of this ABI version. The mount stays when the agent ends, and with
// it the maps.
Result<std::string> mount_bpffs(const std::string& directory);

// Ends the mount, and with it the maps that no program uses; one that is not there is no error.
Result<> unmount_bpffs(const std::string& directory);

}  // namespace podwire::datapath
