// SPDX-License-Identifier: Apache-2.0
#include "api/server.hpp"

#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>
#include <thread>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <podwire/agent_api.hpp>

#include "api/frame.hpp"
#include "fakes/scratch_directory.hpp"
#include "raw_socket.hpp"

namespace podwire::api {

namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

boost::asio::awaitable<Result<json::value>> echo(json::value request, UniqueFd netns) {
  struct stat file {};
  if (netns) ::fstat(netns.get(), &file);
  co_return json::value{{"request", request}, {"inode", file.st_ino}};
}

boost::asio::awaitable<Result<json::value>> refuse(json::value, UniqueFd) {
  co_return fail(Errc::exhausted, "no address is left");
}

boost::asio::awaitable<Result<json::value>> break_down(json::value, UniqueFd) {
  throw std::runtime_error("told to break down");
  co_return json::value();
}

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    const auto listening = server_.listen(socket_);
    EXPECT_TRUE(listening) << listening.error().what;
    thread_ = std::thread([this] { io_.run_for(60s); });
  }
  ~ServerTest() override {
    io_.stop();
    thread_.join();
  }

  static std::string frame(const std::string& text) {
    std::string bytes;
    for (unsigned shift = 0; shift < 32; shift += 8)
      bytes += static_cast<char>(text.size() >> shift & 0xff);
    return bytes + text;
  }
  static json::value content(const std::string& answer) {
    if (answer.size() < 4) return nullptr;
    return json::parse(answer.substr(4));
  }
  json::value ask(const std::string& bytes, const std::vector<int>& descriptors = {}) const {
    RawSocket client = RawSocket::connect_unix(socket_);
    client.send(bytes, descriptors);
    client.end_of_sending();
    return content(client.receive_all());
  }
  void expect_service() const {
    EXPECT_EQ(ask(frame(R"({"operation":"echo","request":7})")),
              (json::value{{"reply", {{"request", 7}, {"inode", 0}}}}));
  }

  fakes::ScratchDirectory directory_;
  std::string socket_ = directory_.file("agent.sock");
  boost::asio::io_context io_{1};
  Server server_{io_, {{"echo", echo}, {"refuse", refuse}, {"break_down", break_down}}};
  std::thread thread_;
};

TEST_F(ServerTest, AnswersWithTheLengthAndTheReply) {
  RawSocket client = RawSocket::connect_unix(socket_);
  client.send(frame(R"({"operation":"echo","request":{"a":[1]}})"));
  const std::string answer = client.receive_all();
  FrameHeader header;
  ASSERT_GE(answer.size(), header.size());
  std::memcpy(header.data(), answer.data(), header.size());
  EXPECT_EQ(frame_length(header, agent_api::max_reply_bytes), answer.size() - header.size());
  EXPECT_EQ(content(answer), json::parse(R"({"reply":{"request":{"a":[1]},"inode":0}})"));
}

TEST_F(ServerTest, HandsTheDescriptorOn) {
  const UniqueFd passed(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  struct stat file {};
  ASSERT_EQ(::fstat(passed.get(), &file), 0);
  const json::value reply = ask(frame(R"({"operation":"echo","request":{}})"), {passed.get()});
  EXPECT_EQ(reply.at("reply").at("inode").to_number<ino_t>(), file.st_ino);
}

TEST_F(ServerTest, TellsTheErrorOfTheOperation) {
  EXPECT_EQ(ask(frame(R"({"operation":"refuse","request":{}})")),
            json::parse(R"({"error":{"code":"exhausted","message":"no address is left"}})"));
}

TEST_F(ServerTest, TakesARequestOfTheGreatestSize) {
  const std::string begin = R"({"operation":"echo","request":")";
  const std::string text =
      begin + std::string(agent_api::max_request_bytes - begin.size() - 2, 'x') + "\"}";
  ASSERT_EQ(text.size(), agent_api::max_request_bytes);
  EXPECT_TRUE(ask(frame(text)).as_object().contains("reply"));
}

TEST_F(ServerTest, TakesARequestThatComesByteByByte) {
  RawSocket client = RawSocket::connect_unix(socket_);
  for (const char byte : frame(R"({"operation":"echo","request":7})")) client.send({&byte, 1});
  EXPECT_TRUE(content(client.receive_all()).as_object().contains("reply"));
}

struct Bad {
  std::string bytes;
  std::string message;
};

class BadRequest : public ServerTest, public ::testing::WithParamInterface<Bad> {};

TEST_P(BadRequest, GetsAnErrorAndHarmsNothing) {
  const json::value answer = ask(GetParam().bytes);
  ASSERT_TRUE(answer.is_object());
  EXPECT_EQ(answer.at("error").at("code"), "invalid_argument");
  const std::string message = answer.at("error").at("message").as_string().c_str();
  EXPECT_NE(message.find(GetParam().message), std::string::npos) << message;
  expect_service();
}

std::string bad_frame(const std::string& text) {
  return std::string{static_cast<char>(text.size()), 0, 0, 0} + text;
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, BadRequest,
    ::testing::Values(
        Bad{"", "closed without a request"}, Bad{"\x07\0"s, "ends in the middle"},
        Bad{"\x07\0\0\0"s, "ends in the middle"}, Bad{"\x07\0\0\0{\"a\""s, "ends in the middle"},
        Bad{"\0\0\0\0"s, "message of 0 bytes"},
        Bad{"\x01\0\x01\0"s, "message of 65537 bytes; at most 65536 are allowed"},
        Bad{"\xff\xff\xff\xff"s, "message of 4294967295 bytes"}, Bad{bad_frame("{"), "not JSON"},
        Bad{bad_frame("\0\0"s), "not JSON"}, Bad{bad_frame("{} {}"), "not JSON"},
        Bad{bad_frame(std::string(40, '[')), "not JSON"},
        Bad{bad_frame("[]"), "has the members 'operation' and 'request'"},
        Bad{bad_frame("{}"), "has the members 'operation' and 'request'"},
        Bad{bad_frame(R"({"operation":"echo"})"), "has the members"},
        Bad{bad_frame(R"({"request":{}})"), "has the members"},
        Bad{bad_frame(R"({"operation":5,"request":{}})"), "has the members"},
        Bad{bad_frame(R"({"operation":"dance","request":{}})"), "unknown operation 'dance'"}));

TEST_F(ServerTest, KeepsNoDescriptorOfAnyRequest) {
  const UniqueFd passed(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const std::vector<int> many(20, passed.get());
  const std::string good = frame(R"({"operation":"echo","request":{}})");
  expect_service();
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 20; ++i) {
    ask(good, many);
    ask(good, {passed.get(), passed.get()});
    ask("\x07\0"s, many);    // truncated
    ask("\0\0\0\0"s, many);  // malformed
    ask(frame("nonsense"), many);
    RawSocket late = RawSocket::connect_unix(socket_);
    late.send(good.substr(0, 10));
    late.send(good.substr(10), many);  // not with the first byte
    EXPECT_EQ(content(late.receive_all()).at("reply").at("inode"), 0);
  }
  expect_service();
  for (int i = 0; i < 100 && open_descriptors() > before; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_LE(open_descriptors(), before);
}

TEST_F(ServerTest, ServesOthersWhileClientsAreSlow) {
  std::vector<RawSocket> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(RawSocket::connect_unix(socket_));
    slow.back().send("\x07"s);
  }
  const auto start = std::chrono::steady_clock::now();
  expect_service();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

TEST_F(ServerTest, BearsClientsThatLeaveBeforeTheAnswer) {
  for (int i = 0; i < 50; ++i) {
    RawSocket client = RawSocket::connect_unix(socket_);
    client.send(frame(R"({"operation":"echo","request":{}})"));
    client.close();
  }
  expect_service();
}

// Silence would tell the plugin that there is no agent.
TEST_F(ServerTest, AnswersWithItsBreakdownAndOutlivesMoreThanItServesAtOnce) {
  for (int i = 0; i < 100; ++i) {
    const json::value reply = ask(frame(R"({"operation":"break_down","request":{}})"));
    ASSERT_TRUE(reply.is_object());
    EXPECT_EQ(reply.at("error").at("code"), "system");
  }
  expect_service();
}

TEST_F(ServerTest, IsForRootOnly) {
  struct stat file {};
  ASSERT_EQ(::stat(socket_.c_str(), &file), 0);
  EXPECT_TRUE(S_ISSOCK(file.st_mode));
  EXPECT_EQ(file.st_mode & 0777, 0600U);
}

TEST_F(ServerTest, IsNotPushedAsideByASecondOne) {
  boost::asio::io_context io;
  Server second(io, {});
  const auto listening = second.listen(socket_);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().code, Errc::unavailable);
  EXPECT_EQ(listening.error().what,
            "listen on socket " + socket_ + ": another agent answers there");
  expect_service();
}

TEST_F(ServerTest, EndsWithItsSocket) {
  boost::asio::post(io_, [this] { server_.stop(); });
  for (int i = 0; i < 500 && ::access(socket_.c_str(), F_OK) == 0; ++i)
    std::this_thread::sleep_for(10ms);
  EXPECT_NE(::access(socket_.c_str(), F_OK), 0);
  EXPECT_THROW(RawSocket::connect_unix(socket_), std::runtime_error);
}

class Listen : public ::testing::Test {
 protected:
  Result<> listen(const std::string& path) { return server_.listen(path); }

  fakes::ScratchDirectory directory_;
  boost::asio::io_context io_{1};
  Server server_{io_, {{"echo", echo}}};
};

TEST_F(Listen, ReplacesTheSocketOfAnAgentThatIsGone) {
  const std::string path = directory_.file("stale.sock");
  { boost::asio::local::stream_protocol::acceptor gone(io_, path); }
  ASSERT_EQ(::access(path.c_str(), F_OK), 0);
  const auto listening = listen(path);
  EXPECT_TRUE(listening) << listening.error().what;
  EXPECT_NO_THROW(RawSocket::connect_unix(path));
}

TEST_F(Listen, DoesNotRemoveAFileThatIsNoSocket) {
  const std::string path = directory_.file("precious");
  std::ofstream(path) << "data";
  const auto listening = listen(path);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().what, "listen on socket " + path + ": it exists, and is no socket");
  EXPECT_EQ(::access(path.c_str(), F_OK), 0);
}

TEST_F(Listen, TellsWhichKeyNamesADirectoryThatDoesNotExist) {
  const std::string path = directory_.file("none/podwire.sock");
  const auto listening = listen(path);
  ASSERT_FALSE(listening);
  EXPECT_EQ(
      listening.error().what,
      "listen on socket " + path + ": No such file or directory; see socket in the configuration");
}

TEST_F(Listen, TellsThatThePathIsTooLong) {
  const auto listening = listen(directory_.file(std::string(120, 'x')));
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().code, Errc::invalid_argument);
  EXPECT_NE(listening.error().what.find("1 to 107 bytes"), std::string::npos);
}

TEST_F(Listen, TellsThatTheDirectoryIsMissing) {
  const auto listening = listen(directory_.file("none/agent.sock"));
  ASSERT_FALSE(listening);
  EXPECT_NE(listening.error().what.find("No such file or directory"), std::string::npos);
}

TEST_F(Listen, LeavesTheFileModeMaskAsItWas) {
  const mode_t before = ::umask(0027);
  EXPECT_TRUE(listen(directory_.file("agent.sock")));
  EXPECT_EQ(::umask(before), 0027U);
}

}  // namespace

}  // namespace podwire::api
