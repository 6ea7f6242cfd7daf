// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/result.hpp"

namespace podwire::api {

struct Page {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// A small HTTP/1.1 server for GET and HEAD on the io thread. Bounds: connections served at once,
// size of a request, time for a request and for an idle connection. It reads nothing but the path.
class HttpServer {
 public:
  using Handler = std::function<boost::asio::awaitable<Page>()>;
  using Pages = std::map<std::string, Handler>;  // by path, without the query

  HttpServer(boost::asio::io_context& io, Pages pages);

  // `address`: numeric, without brackets.
  Result<> listen(const std::string& address, std::uint16_t port);
  void stop();

 private:
  boost::asio::awaitable<void> accept_loop();
  boost::asio::awaitable<void> serve_and_report(boost::asio::ip::tcp::socket socket);
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);
  boost::asio::awaitable<Page> answer(const std::string& method, const std::string& target);

  boost::asio::io_context& io_;
  Pages pages_;
  boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace podwire::api
