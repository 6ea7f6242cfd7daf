// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"

#include <array>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unique_fd.hpp"

namespace podwire {

namespace {

// One byte more than allowed tells a file that is too large.
Result<std::string> read_up_to(int fd, std::size_t most_bytes, const std::string& doing) {
  std::string text;
  std::array<char, 16384> buffer{};
  while (text.size() <= most_bytes) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(doing);
    if (count == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

// Not blocking: a FIFO without a writer must not keep the agent from saying what is wrong.
Result<std::string> read_file(const std::string& path, const std::string& meaning,
                              std::size_t most_bytes) {
  const std::string reading = "read the " + meaning + " " + path;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return fail_errno("open the " + meaning + " " + path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return fail_errno(reading);
  if (!S_ISREG(status.st_mode)) return fail(Errc::invalid_argument, path + ": not a regular file");
  auto text = read_up_to(file.get(), most_bytes, reading);
  if (text && text->size() > most_bytes) {
    return fail(Errc::invalid_argument, path + ": larger than " + std::to_string(most_bytes) +
                                            " bytes: this is no " + meaning + " file");
  }
  return text;
}

}  // namespace podwire
