// SPDX-License-Identifier: Apache-2.0
#include "api/http_server.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "raw_socket.hpp"

namespace podwire::api {

namespace {

using namespace std::chrono_literals;

boost::asio::awaitable<Page> hello() {
  co_return Page{.content_type = "text/x-hello", .body = "hello\n"};
}
boost::asio::awaitable<Page> busy() {
  co_return Page{.status = 503, .body = "busy\n"};
}

boost::asio::awaitable<Page> broken() {
  throw std::runtime_error("told to break down");
  co_return Page{};
}

// A port of the loopback that was free a moment ago.
std::uint16_t free_port() {
  boost::asio::io_context io;
  return boost::asio::ip::tcp::acceptor(io, {boost::asio::ip::address_v4::loopback(), 0})
      .local_endpoint()
      .port();
}

class HttpServerTest : public ::testing::Test {
 protected:
  HttpServerTest() {
    // Somebody else may take the port first.
    Result<> listening = fail(Errc::unavailable, "not tried");
    for (int i = 0; i < 10 && !listening; ++i)
      listening = server_.listen("127.0.0.1", port_ = free_port());
    EXPECT_TRUE(listening) << listening.error().what;
    thread_ = std::thread([this] { io_.run_for(60s); });
  }
  ~HttpServerTest() override {
    io_.stop();
    thread_.join();
  }

  RawSocket connect() const { return RawSocket::connect_tcp(port_); }
  // The whole answer to a request after which the connection ends.
  std::string ask(const std::string& first_line) const {
    RawSocket client = connect();
    client.send(first_line + "\r\nHost: node\r\nConnection: close\r\n\r\n");
    return client.receive_all();
  }
  void expect_service() const {
    EXPECT_TRUE(ask("GET /hello HTTP/1.1").ends_with("\r\n\r\nhello\n"));
  }

  std::uint16_t port_ = 0;
  boost::asio::io_context io_{1};
  HttpServer server_{io_, {{"/hello", hello}, {"/busy", busy}, {"/broken", broken}}};
  std::thread thread_;
};

bool has_line(const std::string& answer, const std::string& line) {
  return answer.find("\r\n" + line + "\r\n") != std::string::npos;
}

TEST_F(HttpServerTest, ServesAPage) {
  const std::string answer = ask("GET /hello HTTP/1.1");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(has_line(answer, "Content-Type: text/x-hello")) << answer;
  EXPECT_TRUE(has_line(answer, "Content-Length: 6")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nhello\n")) << answer;
}

TEST_F(HttpServerTest, DoesNotCareAboutTheQuery) {
  EXPECT_TRUE(ask("GET /hello?a=b&c HTTP/1.1").ends_with("\r\n\r\nhello\n"));
}

TEST_F(HttpServerTest, AnswersHeadWithTheHeaderOnly) {
  const std::string answer = ask("HEAD /hello HTTP/1.1");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(has_line(answer, "Content-Length: 6")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(HttpServerTest, PassesThePagesStatusOn) {
  EXPECT_TRUE(ask("GET /busy HTTP/1.1").starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
}

TEST_F(HttpServerTest, ListsThePagesWhereThereIsNone) {
  for (const char* target : {"/", "/nothing", "/hello/", "/HELLO", "/../hello"}) {
    const std::string answer = ask(std::string("GET ") + target + " HTTP/1.1");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 Not Found\r\n")) << answer;
    EXPECT_TRUE(answer.ends_with("no such page; there are:\n/broken\n/busy\n/hello\n")) << answer;
  }
}

TEST_F(HttpServerTest, RefusesOtherMethods) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "DANCE"}) {
    const std::string answer = ask(std::string(method) + " /hello HTTP/1.1");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 Method Not Allowed\r\n")) << answer;
    EXPECT_TRUE(has_line(answer, "Allow: GET, HEAD")) << answer;
  }
}

TEST_F(HttpServerTest, RefusesABodyWithoutReadingIt) {
  RawSocket client = connect();
  client.send("POST /hello HTTP/1.1\r\nHost: node\r\nContent-Length: 1000000\r\n\r\nsome");
  const std::string answer = client.receive_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 Method Not Allowed\r\n")) << answer;
  EXPECT_TRUE(has_line(answer, "Connection: close")) << answer;
}

TEST_F(HttpServerTest, KeepsTheConnection) {
  RawSocket client = connect();
  for (int i = 0; i < 3; ++i) {
    client.send("GET /hello HTTP/1.1\r\nHost: node\r\n\r\n");
    std::string answer;
    for (std::string piece = "-"; !piece.empty() && !answer.ends_with("hello\n");)
      answer += piece = client.receive_some();
    EXPECT_TRUE(answer.ends_with("\r\n\r\nhello\n")) << answer;
  }
}

TEST_F(HttpServerTest, AnswersRequestsThatCameTogether) {
  RawSocket client = connect();
  client.send(
      "GET /hello HTTP/1.1\r\nHost: n\r\n\r\nGET /busy HTTP/1.1\r\nHost: n\r\nConnection: "
      "close\r\n\r\n");
  const std::string answers = client.receive_all();
  EXPECT_NE(answers.find("hello\n"), std::string::npos) << answers;
  EXPECT_TRUE(answers.ends_with("busy\n")) << answers;
}

TEST_F(HttpServerTest, EndsTheConnectionAsHttp10Expects) {
  RawSocket client = connect();
  client.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(client.receive_all().ends_with("\r\n\r\nhello\n"));
}

TEST_F(HttpServerTest, HangsUpOnWhatItDoesNotUnderstand) {
  const std::string long_header =
      "GET /hello HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n";
  const std::string long_line = "GET /" + std::string(9000, 'x') + " HTTP/1.1\r\n\r\n";
  for (const std::string& bytes :
       {long_header, long_line, std::string("nonsense\r\n\r\n"), std::string("\0\1\2\3\r\n\r\n", 8),
        std::string("GET /hello HTTP/9.9\r\n\r\n")}) {
    RawSocket client = connect();
    client.send(bytes);
    EXPECT_EQ(client.receive_all(), "") << bytes.substr(0, 20);
    expect_service();
  }
}

TEST_F(HttpServerTest, ServesOthersWhileClientsAreSlow) {
  std::vector<RawSocket> slow;
  for (int i = 0; i < 8; ++i) {
    slow.push_back(connect());
    slow.back().send("GET /he");
  }
  const auto start = std::chrono::steady_clock::now();
  expect_service();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

TEST_F(HttpServerTest, BearsClientsThatLeave) {
  for (int i = 0; i < 50; ++i) {
    RawSocket client = connect();
    client.send("GET /hello HTTP/1.1\r\nHost: node\r\n\r\n");
    client.close();
  }
  expect_service();
}

TEST_F(HttpServerTest, OutlivesMoreBreakdownsThanItServesAtOnce) {
  for (int i = 0; i < 40; ++i) EXPECT_EQ(ask("GET /broken HTTP/1.1"), "");
  expect_service();
}

TEST_F(HttpServerTest, TellsThatThePortIsTaken) {
  boost::asio::io_context io;
  HttpServer second(io, {});
  const auto listening = second.listen("127.0.0.1", port_);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().what,
            "serve HTTP on 127.0.0.1 port " + std::to_string(port_) +
                ": Address already in use; see http.listen in the configuration");
}

TEST(HttpListen, TellsThatTheAddressIsNone) {
  boost::asio::io_context io;
  HttpServer server(io, {});
  for (const char* address : {"", "localhost", "[::1]", "10.0.0.1.1"}) {
    const auto listening = server.listen(address, 1);
    ASSERT_FALSE(listening) << address;
    EXPECT_NE(listening.error().what.find("Invalid argument"), std::string::npos)
        << listening.error().what;
  }
}

TEST(HttpListen, EndsWhenToldTo) {
  boost::asio::io_context io;
  HttpServer server(io, {});
  ASSERT_TRUE(server.listen("127.0.0.1", free_port()));
  server.stop();
  EXPECT_GT(io.run_for(5s), 0U);
  EXPECT_TRUE(io.stopped()) << "a loop still waits for connections";
}

}  // namespace

}  // namespace podwire::api
