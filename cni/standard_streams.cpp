// SPDX-License-Identifier: Apache-2.0
#include "cni/standard_streams.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace podwire::cni {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t most_input = 1 << 20;
constexpr std::string_view stopped =
    "{\"cniVersion\":\"1.1.0\",\"code\":11,\"msg\":\"podwire was told to stop (SIGTERM)\"}";

extern "C" void answer_stop(int /*signal*/) {
  const ssize_t written = ::write(STDOUT_FILENO, stopped.data(), stopped.size());
  ::_exit(written < 0 ? 2 : 1);
}

// Opens /dev/null the other way round: reading from a closed input must fail, not find it empty.
void occupy_if_closed(int fd, int wrong_mode) {
  if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) return;
  const int opened = ::open("/dev/null", wrong_mode);
  if (opened != fd) ::_exit(2);  // numbers are given in rising order, so this cannot be
}

tl::unexpected<CniError> no_input(const std::string& why) {
  return refuse(Code::io_failure, "read the network configuration from stdin: " + why);
}

// True if there is something to read, or the end.
Checked<bool> wait_for_input(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
  pollfd waiting{STDIN_FILENO, POLLIN, 0};
  const int ready = left > 0 ? ::poll(&waiting, 1, static_cast<int>(left)) : 0;
  if (ready == 0) return no_input("it was not complete in time");
  if (ready < 0 && errno != EINTR) return no_input(std::strerror(errno));
  return ready > 0;
}

}  // namespace

void prepare_standard_streams() {
  occupy_if_closed(STDIN_FILENO, O_WRONLY);
  occupy_if_closed(STDOUT_FILENO, O_RDONLY);
  occupy_if_closed(STDERR_FILENO, O_RDONLY);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGTERM, answer_stop);
}

Checked<std::string> read_input(milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  std::string text;
  std::array<char, 16384> buffer;
  while (true) {
    auto ready = wait_for_input(deadline);
    if (!ready) return tl::unexpected(ready.error());
    if (!*ready) continue;
    const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size == 0) return text;
    if (size < 0 && errno != EINTR && errno != EAGAIN) return no_input(std::strerror(errno));
    if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
    if (text.size() > most_input) {
      return no_input("it is larger than " + std::to_string(most_input) + " bytes");
    }
  }
}

bool write_output(std::string_view text) {
  ::signal(SIGTERM, SIG_IGN);  // a second document must not follow
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd waiting{STDOUT_FILENO, POLLOUT, 0};
      constexpr int patience_ms = 10'000;
      if (::poll(&waiting, 1, patience_ms) == 0) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

void write_note(std::string_view text) {
  // If nobody hears it there is nothing more to do.
  static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()) < 0);
}

}  // namespace podwire::cni
