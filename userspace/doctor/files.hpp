// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

// Small files of other software, read with bounds.
namespace podwire::doctor {

// A regular file of 64 KiB at most; what is longer is cut.
Result<std::string> read_file(const std::string& path);
// That file without the line end; empty if it cannot be read.
std::string read_line(const std::string& path);
// The paths of the files in a directory, in the order of their names, 4096 at most; none if there
// is no such directory.
std::vector<std::string> files_in(const std::string& directory);
std::vector<std::string> lines_of(const std::string& text);

}  // namespace podwire::doctor
