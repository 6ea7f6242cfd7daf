// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

// Small files of other software, read with bounds.
namespace podwire::doctor {

// A regular file of 64 KiB at most; empty if it is none, or cannot be read.
std::string content_of(const std::string& path);
// The first line of that file, without its end.
std::string read_line(const std::string& path);
// The paths of the files in a directory, in the order of their names, 4096 at most; none if there
// is no such directory.
std::vector<std::string> files_in(const std::string& directory);
std::vector<std::string> lines_of(const std::string& text);

}  // namespace podwire::doctor
