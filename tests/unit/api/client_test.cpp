// SPDX-License-Identifier: Apache-2.0
#include "api/client.hpp"

#include <chrono>
#include <fcntl.h>
#include <future>
#include <sys/stat.h>
#include <thread>

#include <gtest/gtest.h>

#include "../../fakes/scripted_agent.hpp"
#include "api/connection.hpp"

// The client against an agent that answers, is not there, or misbehaves.
namespace podwire::api {

namespace {

using namespace std::chrono_literals;
using agent_api::StatusRequest;
using fakes::ScriptedAgent;
using std::chrono::milliseconds;

// Longer than anything here should take, and short enough to notice a wait without an end.
constexpr milliseconds much_too_long = 5s;

class ClientTest : public ::testing::Test {
 protected:
  Error error_of_status(milliseconds patience, milliseconds timeout) {
    const auto start = std::chrono::steady_clock::now();
    auto reply = Client(socket_, patience, timeout).call(StatusRequest{});
    took_ = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
    EXPECT_FALSE(reply);
    return reply ? Error{} : reply.error();
  }

  int connect_without_waiting(const UniqueFd& fd) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
  }

  fakes::ScratchDirectory directory_;
  std::string socket_ = directory_.file("agent.sock");
  milliseconds took_{0};
};

TEST_F(ClientTest, SendsTheRequestAndDecodesTheReply) {
  ScriptedAgent agent(socket_, ScriptedAgent::reply({{"version", "1.2"}, {"pods", 7}}));
  auto reply = Client(socket_, 0ms, 2s).call(StatusRequest{});
  ASSERT_TRUE(reply) << reply.error().what;
  EXPECT_EQ(reply->version, "1.2");
  EXPECT_EQ(reply->pods, 7U);
  ASSERT_EQ(agent.seen().size(), 1U);
  EXPECT_EQ(agent.seen()[0].operation, "status");
  EXPECT_EQ(agent.seen()[0].passed_inode, 0U);
}

TEST_F(ClientTest, PassesTheDescriptorWithALargeRequest) {
  ScriptedAgent agent(socket_, ScriptedAgent::reply(json::object{}));
  const UniqueFd passed(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  struct stat file {};
  ASSERT_EQ(::fstat(passed.get(), &file), 0);
  const agent_api::CheckRequest request{{"net", "c1", "eth0"},
                                        std::vector<std::string>(3000, "10.0.0.1/32")};
  ASSERT_TRUE(Client(socket_, 0ms, 2s).call(request, passed.get()));
  ASSERT_EQ(agent.seen().size(), 1U);
  EXPECT_EQ(agent.seen()[0].passed_inode, file.st_ino);
  EXPECT_EQ(agent.seen()[0].request, encode(request));
}

TEST_F(ClientTest, ADescriptorIsPassedOnceHoweverManyPiecesTheRequestTakes) {
  ScriptedAgent agent(socket_, ScriptedAgent::reply(json::object{}));
  const UniqueFd passed(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  auto connection = Connection::open(socket_, 0ms, 2s);
  ASSERT_TRUE(connection);
  const std::string text(1'000'000, 'x');  // more than a socket takes at once
  const json::object message = {{"operation", "check"}, {"request", text}};
  ASSERT_TRUE(connection->send(ScriptedAgent::frame(message), passed.get()));
  std::array<char, 4> answer{};
  ASSERT_TRUE(connection->receive(answer));
  EXPECT_EQ(agent.seen()[0].descriptors_passed, 1);
}

TEST_F(ClientTest, AnAbsentAgentIsNamedAtOnceWithoutPatience) {
  const Error error = error_of_status(0ms, 1s);
  EXPECT_EQ(error.code, Errc::no_agent);
  EXPECT_NE(error.what.find(socket_), std::string::npos) << error.what;
  EXPECT_NE(error.what.find("is podwired running?"), std::string::npos) << error.what;
  EXPECT_LT(took_, 500ms);
}

TEST_F(ClientTest, AnAbsentAgentIsNamedWhenPatienceEnds) {
  EXPECT_EQ(error_of_status(300ms, 1s).code, Errc::no_agent);
  EXPECT_GE(took_, 300ms);
  EXPECT_LT(took_, much_too_long);
}

TEST_F(ClientTest, ASocketThatAnAgentLeftBehindCountsAsAbsent) {
  fakes::listen_on(socket_, 1);
  EXPECT_EQ(error_of_status(0ms, 1s).code, Errc::no_agent);
}

TEST_F(ClientTest, WaitsForAnAgentThatComesUp) {
  auto waiting = std::async(std::launch::async, [this] {
    return Client(socket_, much_too_long, 2s).call(StatusRequest{}).has_value();
  });
  ASSERT_EQ(waiting.wait_for(200ms), std::future_status::timeout);
  ScriptedAgent agent(socket_, ScriptedAgent::reply(json::object{}));
  EXPECT_TRUE(waiting.get());
}

TEST_F(ClientTest, AnAgentWhoseQueueIsFullIsThereAndHasTheTimeout) {
  const UniqueFd listener = fakes::listen_on(socket_, 0);
  std::vector<UniqueFd> queued;
  for (int number = 0; number == 0 && queued.size() < 10;) {
    number = connect_without_waiting(
        queued.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)));
  }
  EXPECT_EQ(error_of_status(0ms, 300ms).code, Errc::unavailable);
  EXPECT_GE(took_, 300ms);
  EXPECT_LT(took_, much_too_long);
}

TEST_F(ClientTest, ASocketItMayNotUseIsNoReasonToWait) {
  socket_ = "/proc/version/agent.sock";
  EXPECT_EQ(error_of_status(much_too_long, 1s).code, Errc::system);
  EXPECT_LT(took_, 1s);
}

TEST_F(ClientTest, RefusesASocketPathThatTheKernelCannotTake) {
  socket_ = "/" + std::string(200, 'x');
  EXPECT_EQ(error_of_status(0ms, 1s).code, Errc::invalid_argument);
}

TEST_F(ClientTest, ARequestBeyondTheLimitIsNotSent) {
  const agent_api::CheckRequest request{{}, std::vector<std::string>(10'000, "10.0.0.1/32")};
  auto reply = Client(socket_, 0ms, 1s).call(request);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::invalid_argument);
}

TEST_F(ClientTest, TheAgentsErrorKeepsItsCategoryAndText) {
  ScriptedAgent agent(socket_, ScriptedAgent::error("exhausted", "no address left in 10.0.0.0/24"));
  const Error error = error_of_status(0ms, 2s);
  EXPECT_EQ(error.code, Errc::exhausted);
  EXPECT_EQ(error.what, "no address left in 10.0.0.0/24");
}

TEST_F(ClientTest, AnErrorOfAnUnknownCategoryIsOneOfTheSystem) {
  ScriptedAgent agent(socket_, ScriptedAgent::error("of the future", "what then"));
  EXPECT_EQ(error_of_status(0ms, 2s).code, Errc::system);
}

TEST_F(ClientTest, AnAgentThatSaysNothingIsUnavailableAfterTheTimeout) {
  ScriptedAgent agent(socket_, "", ScriptedAgent::Then::stay_silent);
  const Error error = error_of_status(0ms, 300ms);
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_NE(error.what.find("300 ms"), std::string::npos) << error.what;
  EXPECT_GE(took_, 300ms);
  EXPECT_LT(took_, much_too_long);
}

TEST_F(ClientTest, TheTimeoutHoldsForTheAnswerAsAWhole) {
  const std::string announces_1000_bytes("\xe8\x03\0\0", 4);
  ScriptedAgent agent(socket_, announces_1000_bytes, ScriptedAgent::Then::send_a_byte_now_and_then);
  EXPECT_EQ(error_of_status(0ms, 300ms).code, Errc::unavailable);
  EXPECT_GE(took_, 300ms);
  EXPECT_LT(took_, much_too_long);
}

struct BadAnswer {
  const char* name;
  std::string bytes;
  Errc code;
};

class BadAnswerTest : public ClientTest, public ::testing::WithParamInterface<BadAnswer> {};

TEST_P(BadAnswerTest, EndsInAnErrorOfItsCategory) {
  ScriptedAgent agent(socket_, GetParam().bytes);
  const Error error = error_of_status(0ms, 2s);
  EXPECT_EQ(error.code, GetParam().code) << error.what;
  EXPECT_LT(took_, 2s);
}

const std::string whole = ScriptedAgent::reply({{"version", "1"}});

INSTANTIATE_TEST_SUITE_P(
    , BadAnswerTest,
    ::testing::Values(
        BadAnswer{"nothing", "", Errc::no_agent},
        BadAnswer{"half_a_header", whole.substr(0, 2), Errc::no_agent},
        BadAnswer{"header_only", whole.substr(0, 4), Errc::no_agent},
        BadAnswer{"one_byte_short", whole.substr(0, whole.size() - 1), Errc::no_agent},
        BadAnswer{"length_zero", std::string(4, '\0'), Errc::corrupt},
        BadAnswer{"one_byte_beyond_the_limit", std::string("\1\0\0\1", 4), Errc::corrupt},
        BadAnswer{"greatest_length", "\xff\xff\xff\xff", Errc::corrupt},
        BadAnswer{"no_json", std::string("\2\0\0\0hi", 6), Errc::corrupt},
        BadAnswer{"no_object", ScriptedAgent::frame(json::array{}), Errc::corrupt},
        BadAnswer{"neither_reply_nor_error", ScriptedAgent::frame(json::object{}), Errc::corrupt},
        BadAnswer{"error_without_form", ScriptedAgent::frame(json::object{{"error", "x"}}),
                  Errc::corrupt}),
    [](const auto& answer) { return answer.param.name; });

}  // namespace

}  // namespace podwire::api
