// SPDX-License-Identifier: Apache-2.0
#include "doctor/files.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unique_fd.hpp"

namespace podwire::doctor {

namespace {

constexpr std::size_t most_bytes = std::size_t{64} * 1024;
constexpr std::size_t most_files = 4096;

}  // namespace

Result<std::string> read_file(const std::string& path) {
  // Not blocking: a FIFO without a writer is no reason to wait.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return fail_errno("read " + path);
  if (!S_ISREG(status.st_mode)) return fail(Errc::system, path + " is no regular file");
  std::string text(most_bytes, '\0');
  std::size_t length = 0;
  while (length < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + length, text.size() - length);
    if (count < 0) return fail_errno("read " + path);
    if (count == 0) break;
    length += static_cast<std::size_t>(count);
  }
  text.resize(length);
  return text;
}

std::string read_line(const std::string& path) {
  const std::string text = read_file(path).value_or("");
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
