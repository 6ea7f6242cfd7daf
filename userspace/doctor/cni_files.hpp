// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "doctor/facts.hpp"

namespace podwire::doctor {

// The network configurations that containerd and CRI-O read, in their order: the first one counts
// (libcni's ConfFiles: *.conf, *.conflist and *.json by name). `root` stands before every path.
std::vector<CniFile> cni_files(const std::string& root);
// Where the plugin is, of the directories in which runtimes look by default.
std::vector<std::string> cni_plugins(const std::string& root);

}  // namespace podwire::doctor
