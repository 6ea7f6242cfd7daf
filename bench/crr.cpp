// SPDX-License-Identifier: Apache-2.0
//
// Connections per second: connect, one byte there, one byte back, close; one connection at a time.
//
//   crr server ADDRESS PORT            serves until it is killed
//   crr client ADDRESS PORT SECONDS    prints {"connections": N, "per_second": R}
//
// The client ends its direction first and waits for the server's end, so that every connection
// takes the same ten or so segments and none is reset.
#include <cstdio>

#include "sockets.hpp"
#include "tool.hpp"

namespace podwire::bench {

namespace {

using Clock = std::chrono::steady_clock;

Result<> serve_one(int fd) {
  char byte = 0;
  if (::recv(fd, &byte, 1, 0) != 1) return fail_errno("receive request");
  if (::send(fd, &byte, 1, MSG_NOSIGNAL) != 1) return fail_errno("send reply");
  if (::recv(fd, &byte, 1, 0) != 0) return fail_errno("wait for the client's end");
  return {};
}

Result<> serve(const Command& command) {
  auto listener = listen_on(command.endpoint);
  if (!listener) return in("serve", listener);
  for (;;) {
    auto connection = accept_from(listener->get());
    if (!connection) return in("serve", connection);
    if (auto served = serve_one(connection->get()); !served)
      std::fprintf(stderr, "crr: %s\n", served.error().what.c_str());
  }
}

Result<> transact(const Endpoint& endpoint) {
  auto connection = connect_to(endpoint);
  if (!connection) return in("transact", connection);
  const int fd = connection->get();
  char byte = 'r';
  if (::send(fd, &byte, 1, MSG_NOSIGNAL) != 1) return fail_errno("send request");
  if (::recv(fd, &byte, 1, 0) != 1) return fail_errno("receive reply");
  if (::shutdown(fd, SHUT_WR) != 0) return fail_errno("shut down");
  if (::recv(fd, &byte, 1, 0) != 0) return fail_errno("wait for the server's end");
  return {};
}

Result<> measure(const Command& command) {
  const auto begin = Clock::now();
  std::uint64_t connections = 0;
  while (Clock::now() - begin < command.duration) {
    if (auto done = transact(command.endpoint); !done) return done;
    ++connections;
  }
  const std::chrono::duration<double> elapsed = Clock::now() - begin;
  std::printf("{\"connections\": %llu, \"per_second\": %.1f}\n",
              static_cast<unsigned long long>(connections),
              static_cast<double>(connections) / elapsed.count());
  return {};
}

}  // namespace

}  // namespace podwire::bench

int main(int count, char** arguments) {
  using namespace podwire::bench;
  return run_tool(count, arguments, {{"server", false, serve}, {"client", true, measure}});
}
