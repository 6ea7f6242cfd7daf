// SPDX-License-Identifier: Apache-2.0
#include "doctor/files.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "base/file.hpp"

namespace podwire::doctor {

namespace {

constexpr std::size_t most_bytes = std::size_t{64} * 1024;
constexpr std::size_t most_files = 4096;

}  // namespace

std::string content_of(const std::string& path) {
  return read_file(path, "small", most_bytes).value_or("");
}

std::string read_line(const std::string& path) {
  const std::string text = content_of(path);
  return text.substr(0, text.find('\n'));
}

std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(directory, failed), end;
       !failed && entry != end && paths.size() < most_files; entry.increment(failed))
    paths.push_back(entry->path());
  std::ranges::sort(paths);
  return paths;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace podwire::doctor
