// SPDX-License-Identifier: Apache-2.0
#include "api/http_server.hpp"

#include <chrono>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <spdlog/spdlog.h>

namespace podwire::api {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr int accept_loops = 16;  // connections served at once
constexpr std::size_t longest_header = 8192;
constexpr std::chrono::seconds patience{10};
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// A body is of no use to any page: it is not read, and the connection ends with the answer.
http::response<http::string_body> response_of(
    Page page, const http::request_parser<http::empty_body>& parser) {
  const auto& request = parser.get();
  http::response<http::string_body> response(static_cast<http::status>(page.status),
                                             request.version());
  response.set(http::field::content_type, page.content_type);
  if (page.status == 405) response.set(http::field::allow, "GET, HEAD");
  response.keep_alive(request.keep_alive() && parser.is_done());
  response.content_length(page.body.size());
  if (request.method() != http::verb::head) response.body() = std::move(page.body);
  return response;
}

}  // namespace

HttpServer::HttpServer(asio::io_context& io, Pages pages)
    : io_(io), pages_(std::move(pages)), acceptor_(io) {}

Result<> HttpServer::listen(const std::string& address, std::uint16_t port) {
  const std::string doing = "serve HTTP on " + address + " port " + std::to_string(port);
  boost::system::error_code failure;
  const tcp::endpoint endpoint(asio::ip::make_address(address, failure), port);
  if (!failure) acceptor_.open(endpoint.protocol(), failure);
  if (!failure) acceptor_.set_option(asio::socket_base::reuse_address(true), failure);
  if (!failure) acceptor_.bind(endpoint, failure);
  if (!failure) acceptor_.listen(asio::socket_base::max_listen_connections, failure);
  if (failure)
    return fail(Errc::system,
                doing + ": " + failure.message() + "; see http.listen in the configuration");
  for (int i = 0; i < accept_loops; ++i) asio::co_spawn(io_, accept_loop(), asio::detached);
  return {};
}

void HttpServer::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

asio::awaitable<void> HttpServer::accept_loop() {
  while (acceptor_.is_open()) {
    auto [failure, socket] = co_await acceptor_.async_accept(as_result);
    if (failure == asio::error::operation_aborted) co_return;
    if (!failure) {
      co_await serve_and_report(std::move(socket));
      continue;
    }
    spdlog::error("accept an HTTP connection: {}", failure.message());
    asio::steady_timer pause(io_, std::chrono::seconds(1));
    co_await pause.async_wait(as_result);
  }
}

// One page that fails must not take the loop with it.
asio::awaitable<void> HttpServer::serve_and_report(tcp::socket socket) {
  try {
    co_await serve(std::move(socket));
  } catch (const std::exception& failure) {
    spdlog::error("serve an HTTP request: {}", failure.what());
  }
}

asio::awaitable<void> HttpServer::serve(tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer(2 * longest_header);
  for (bool keep_alive = true; keep_alive;) {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(longest_header);
    stream.expires_after(patience);
    const auto [read_failure, read_bytes] =
        co_await http::async_read_header(stream, buffer, parser, as_result);
    if (read_failure) co_return;
    const auto& request = parser.get();
    auto response = response_of(co_await answer(request.method_string(), request.target()), parser);
    keep_alive = response.keep_alive();
    stream.expires_after(patience);
    const auto [write_failure, written] = co_await http::async_write(stream, response, as_result);
    if (write_failure) co_return;
  }
  boost::system::error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<Page> HttpServer::answer(const std::string& method, const std::string& target) {
  if (method != "GET" && method != "HEAD")
    co_return Page{.status = 405, .body = "only GET and HEAD are served\n"};
  const auto page = pages_.find(target.substr(0, target.find('?')));
  if (page != pages_.end()) co_return co_await page->second();
  Page missing{.status = 404, .body = "no such page; there are:\n"};
  for (const auto& [path, handler] : pages_) missing.body += path + "\n";
  co_return missing;
}

}  // namespace podwire::api
