// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace podwire::api {

// The client's end of one connection to the agent. Blocking, for one thread; everything that is
// sent and received must be done `timeout` after the connection stands. Errors: no_agent if the
// agent is not there or goes away, unavailable if it takes too long.
class Connection {
 public:
  using Clock = std::chrono::steady_clock;
  using milliseconds = std::chrono::milliseconds;

  // Tries again every 50 ms for as long as `patience` if no agent listens, and for as long as
  // `timeout` if one listens whose queue of new connections is full.
  static Result<Connection> open(const std::string& path, milliseconds patience,
                                 milliseconds timeout);

  // `passed_fd`: a borrowed descriptor that goes with the first byte, or -1.
  Result<> send(std::string_view bytes, int passed_fd);
  // Fills all of `into`.
  Result<> receive(std::span<char> into);

 private:
  Connection(UniqueFd fd, milliseconds timeout);
  ssize_t send_some(std::string_view bytes, int passed_fd);
  Result<> after_failure(short events, std::string_view doing);
  Result<> wait_for(short events);

  UniqueFd fd_;
  milliseconds timeout_;
  Clock::time_point deadline_;
};

}  // namespace podwire::api
