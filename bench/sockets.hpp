// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string_view>
#include <sys/socket.h>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace podwire::bench {

// A numeric address of either family with a port, ready for the system calls.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t length = 0;

  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&address); }
  sockaddr* data() { return reinterpret_cast<sockaddr*>(&address); }
};

// Both are written as numbers; names are not looked up.
Result<Endpoint> parse_endpoint(const char* address, const char* port);

// Waits at most five seconds in any later send or receive on `fd`.
Result<> limit_waits(int fd);

Result<UniqueFd> listen_on(const Endpoint& endpoint);
Result<UniqueFd> accept_from(int listener);
Result<UniqueFd> connect_to(const Endpoint& endpoint);
// A UDP socket bound to `endpoint`, with the largest receive buffer that the kernel gives.
Result<UniqueFd> bind_datagram(const Endpoint& endpoint);
// A UDP socket that sends to `endpoint`.
Result<UniqueFd> connect_datagram(const Endpoint& endpoint);

}  // namespace podwire::bench
