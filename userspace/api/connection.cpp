// SPDX-License-Identifier: Apache-2.0
#include "api/connection.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <utility>

namespace podwire::api {

namespace {

using Clock = Connection::Clock;
using std::chrono::milliseconds;

constexpr milliseconds retry_delay{50};

Result<sockaddr_un> socket_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  constexpr std::size_t longest = sizeof(address.sun_path) - 1;
  if (path.empty() || path.size() > longest) {
    return fail(Errc::invalid_argument,
                "socket path '" + path + "' must have 1 to " + std::to_string(longest) + " bytes");
  }
  path.copy(address.sun_path, longest);
  return address;
}

// 0, or the errno value. The socket does not block, so that every later wait has a deadline.
int try_connect(const sockaddr_un& address, UniqueFd& fd) {
  fd = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno;
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  return ::connect(fd.get(), generic, sizeof(address)) == 0 ? 0 : errno;
}

bool may_succeed_later(int number) {
  return number == ENOENT || number == ECONNREFUSED || number == EAGAIN;
}

Error no_agent(const std::string& path, int number) {
  if (number == EAGAIN) {
    return {Errc::unavailable,
            "the agent on " + path + " is busy: more requests wait than it can queue"};
  }
  Error error = system_error("no agent answers on " + path, number);
  if (may_succeed_later(number)) {
    error.code = Errc::no_agent;
    error.what += "; is podwired running? Start it, or read in its log why it stopped";
  }
  return error;
}

}  // namespace

Connection::Connection(UniqueFd fd, milliseconds timeout)
    : fd_(std::move(fd)), timeout_(timeout), deadline_(Clock::now() + timeout) {}

Result<Connection> Connection::open(const std::string& path, milliseconds patience,
                                    milliseconds timeout) {
  auto address = socket_address(path);
  if (!address) return tl::unexpected(address.error());
  const auto start = Clock::now();
  while (true) {
    UniqueFd fd;
    const int number = try_connect(*address, fd);
    if (number == 0) return Connection(std::move(fd), timeout);
    if (!may_succeed_later(number)) return tl::unexpected(no_agent(path, number));
    const auto allowed = number == EAGAIN ? std::max(patience, timeout) : patience;
    const auto left = start + allowed - Clock::now();
    if (left <= Clock::duration::zero()) return tl::unexpected(no_agent(path, number));
    std::this_thread::sleep_for(std::min<Clock::duration>(left, retry_delay));
  }
}

Result<> Connection::send(std::string_view bytes, int passed_fd) {
  while (!bytes.empty()) {
    const ssize_t sent = send_some(bytes, passed_fd);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      passed_fd = -1;
    } else if (auto ready = after_failure(POLLOUT, "send to the agent"); !ready) {
      return ready;
    }
  }
  return {};
}

Result<> Connection::receive(std::span<char> into) {
  while (!into.empty()) {
    const ssize_t received = ::recv(fd_.get(), into.data(), into.size(), 0);
    if (received > 0) {
      into = into.subspan(static_cast<std::size_t>(received));
    } else if (received == 0) {
      return fail(Errc::no_agent, "the agent hung up before its answer was complete");
    } else if (auto ready = after_failure(POLLIN, "receive from the agent"); !ready) {
      return ready;
    }
  }
  return {};
}

ssize_t Connection::send_some(std::string_view bytes, int passed_fd) {
  iovec data{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (passed_fd >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &passed_fd, sizeof(int));
  }
  return ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
}

// Looks at the errno of the call that failed; waits if the socket was only not ready.
Result<> Connection::after_failure(short events, std::string_view doing) {
  const int number = errno;
  if (number == EINTR) return {};
  if (number == EAGAIN) return wait_for(events);
  Error error = system_error(doing, number);
  if (number == EPIPE || number == ECONNRESET) error.code = Errc::no_agent;
  return tl::unexpected(std::move(error));
}

Result<> Connection::wait_for(short events) {
  const auto left = std::chrono::ceil<milliseconds>(deadline_ - Clock::now()).count();
  pollfd waiting{fd_.get(), events, 0};
  const int ready = left > 0 ? ::poll(&waiting, 1, static_cast<int>(left)) : 0;
  if (ready > 0 || (ready < 0 && errno == EINTR)) return {};
  if (ready < 0) return fail_errno("wait for the agent");
  return fail(Errc::unavailable, "the agent did not answer within " +
                                     std::to_string(timeout_.count()) + " ms; its log may say why");
}

}  // namespace podwire::api
