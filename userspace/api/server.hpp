// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "api/codec.hpp"
#include "api/request_reader.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace podwire::api {

// Answers the plugin and the command line on a Unix socket; the protocol stands in agent_api.hpp.
// Runs on the io thread. Bounds: the number of connections served at once, the size of a request,
// and the time to receive it and to send the answer. A malformed request gets an error reply where
// that is possible, and changes nothing.
class Server {
 public:
  // `netns` is empty if the request carried no descriptor.
  using Handler = std::function<boost::asio::awaitable<Result<json::value>>(json::value request,
                                                                            UniqueFd netns)>;
  using Handlers = std::map<std::string, Handler>;

  Server(boost::asio::io_context& io, Handlers handlers);

  // Binds `path` with mode 0600. A socket that nobody answers on is replaced; one that is in use,
  // or a file that is no socket, is an error.
  Result<> listen(const std::string& path);
  // Takes no more requests, and removes the socket.
  void stop();
  // Requests that were received and whose answer is not sent yet.
  std::size_t serving() const { return *serving_; }

 private:
  using Socket = boost::asio::local::stream_protocol::socket;

  boost::asio::awaitable<void> accept_loop();
  boost::asio::awaitable<void> serve_and_report(Socket socket);
  boost::asio::awaitable<void> serve(Socket socket);
  boost::asio::awaitable<json::value> answer_or_report(Result<ReceivedRequest> received);
  boost::asio::awaitable<json::value> answer(Result<ReceivedRequest> received);

  boost::asio::io_context& io_;
  Handlers handlers_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  std::string path_;
  std::shared_ptr<std::size_t> serving_ = std::make_shared<std::size_t>(0);
};

}  // namespace podwire::api
