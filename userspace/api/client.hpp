// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include <podwire/agent_api.hpp>

#include "api/codec.hpp"
#include "base/result.hpp"

namespace podwire::api {

// Asks the agent, blocking; one connection for each call. Used by the CNI plugin and the command
// line. A call ends at the deadline at the latest. Errors: no_agent if none is there
// or it ends meanwhile, unavailable if it takes too long; otherwise the agent's own error, with its
// category.
class Client {
 public:
  // `patience`: how long to wait for an agent that is not there yet; zero tries once.
  // `timeout`: how long an answer may take once connected.
  Client(std::string socket_path, std::chrono::milliseconds patience,
         std::chrono::milliseconds timeout);

  // `netns`: a borrowed descriptor that is passed along, or -1.
  template <class Request>
  Result<typename agent_api::Operation<Request>::Reply> call(const Request& request,
                                                             int netns = -1) const {
    typename agent_api::Operation<Request>::Reply reply;
    auto answer = exchange(agent_api::Operation<Request>::name, encode(request), netns);
    if (!answer) return tl::unexpected(answer.error());
    auto decoded = decode(*answer, reply, "reply");
    if (!decoded) return tl::unexpected(decoded.error());
    return reply;
  }

 private:
  Result<json::value> exchange(const char* operation, json::value request, int netns) const;

  std::string socket_path_;
  std::chrono::milliseconds patience_;
  std::chrono::milliseconds timeout_;
};

}  // namespace podwire::api
