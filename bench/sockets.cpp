// SPDX-License-Identifier: Apache-2.0
#include "sockets.hpp"

#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/time.h>

namespace podwire::bench {

namespace {

constexpr int receive_buffer_bytes = 16 * 1024 * 1024;

Result<UniqueFd> open_socket(const Endpoint& endpoint, int type) {
  UniqueFd fd(::socket(endpoint.address.ss_family, type | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno("open socket");
  return fd;
}

Result<> set_option(int fd, int level, int name, int value) {
  if (::setsockopt(fd, level, name, &value, sizeof value) != 0)
    return fail_errno("set socket option");
  return {};
}

// A connection that waits for nothing longer than limit_waits says and sends each message at once.
Result<UniqueFd> prepare_connection(UniqueFd fd) {
  if (auto limited = limit_waits(fd.get()); !limited) return in("limit waits", limited);
  if (auto set = set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1); !set)
    return in("no delay", set);
  return fd;
}

}  // namespace

Result<Endpoint> parse_endpoint(const char* address, const char* port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(address, port, &hints, &found); code != 0)
    return fail(Errc::invalid_argument,
                std::string("address ") + address + " port " + port + ": " + ::gai_strerror(code));
  Endpoint endpoint;
  std::memcpy(&endpoint.address, found->ai_addr, found->ai_addrlen);
  endpoint.length = found->ai_addrlen;
  ::freeaddrinfo(found);
  return endpoint;
}

Result<> limit_waits(int fd) {
  const timeval limit{5, 0};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
    if (::setsockopt(fd, SOL_SOCKET, option, &limit, sizeof limit) != 0)
      return fail_errno("set socket timeout");
  return {};
}

Result<UniqueFd> listen_on(const Endpoint& endpoint) {
  auto fd = open_socket(endpoint, SOCK_STREAM);
  if (!fd) return fd;
  if (auto set = set_option(fd->get(), SOL_SOCKET, SO_REUSEADDR, 1); !set) return in("listen", set);
  if (::bind(fd->get(), endpoint.data(), endpoint.length) != 0) return fail_errno("bind");
  if (::listen(fd->get(), SOMAXCONN) != 0) return fail_errno("listen");
  return fd;
}

Result<UniqueFd> accept_from(int listener) {
  UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) return fail_errno("accept");
  return prepare_connection(std::move(fd));
}

Result<UniqueFd> connect_to(const Endpoint& endpoint) {
  auto fd = open_socket(endpoint, SOCK_STREAM);
  if (!fd) return fd;
  auto prepared = prepare_connection(std::move(*fd));
  if (!prepared) return prepared;
  if (::connect(prepared->get(), endpoint.data(), endpoint.length) != 0)
    return fail_errno("connect");
  return prepared;
}

Result<UniqueFd> bind_datagram(const Endpoint& endpoint) {
  auto fd = open_socket(endpoint, SOCK_DGRAM);
  if (!fd) return fd;
  if (auto set = set_option(fd->get(), SOL_SOCKET, SO_RCVBUFFORCE, receive_buffer_bytes); !set)
    return in("receive buffer", set);
  if (::bind(fd->get(), endpoint.data(), endpoint.length) != 0) return fail_errno("bind");
  return fd;
}

Result<UniqueFd> connect_datagram(const Endpoint& endpoint) {
  auto fd = open_socket(endpoint, SOCK_DGRAM);
  if (!fd) return fd;
  if (::connect(fd->get(), endpoint.data(), endpoint.length) != 0) return fail_errno("connect");
  return fd;
}

}  // namespace podwire::bench
