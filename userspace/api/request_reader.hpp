// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace podwire::api {

struct ReceivedRequest {
  std::string text;  // JSON, not parsed yet
  UniqueFd netns;    // what came along as SCM_RIGHTS, if anything did
};

// Receives one frame, within a deadline. invalid_argument for a truncated or oversized one.
boost::asio::awaitable<Result<ReceivedRequest>> read_request(
    boost::asio::local::stream_protocol::socket& socket);

}  // namespace podwire::api
