// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <dirent.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"

// A client that may break every rule. All waits end after five seconds.
namespace podwire::api {

class RawSocket {
 public:
  static RawSocket connect_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    return RawSocket(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  }
  static RawSocket connect_tcp(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return RawSocket(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  }

  // `descriptors` go with the first byte.
  void send(std::string_view bytes, const std::vector<int>& descriptors = {}) {
    std::vector<char> control(CMSG_SPACE(descriptors.size() * sizeof(int)));
    iovec data{const_cast<char*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      cmsghdr* rights = CMSG_FIRSTHDR(&message);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
      std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size() * sizeof(int));
    }
    ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
  }
  void end_of_sending() { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }

  // One piece of what came in; empty at the end, on an error, or after five seconds.
  std::string receive_some() {
    std::array<char, 4096> buffer;
    const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(size > 0 ? size : 0)};
  }
  // Everything up to the end.
  std::string receive_all() {
    std::string all;
    for (std::string piece = receive_some(); !piece.empty(); piece = receive_some()) all += piece;
    return all;
  }

 private:
  RawSocket(int family, const sockaddr* address, socklen_t length)
      : fd_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (::connect(fd_.get(), address, length) != 0) throw std::runtime_error("connect");
  }

  UniqueFd fd_;
};

// Open descriptors of this process, but for the one that lists them.
inline std::size_t open_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc/self/fd"), ::closedir);
  std::size_t count = 0;
  while (::readdir(directory.get()) != nullptr) ++count;
  return count;
}

}  // namespace podwire::api
