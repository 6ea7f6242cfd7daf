// SPDX-License-Identifier: Apache-2.0
#include "api/server.hpp"

#include <chrono>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <podwire/agent_api.hpp>
#include <spdlog/spdlog.h>

#include "api/errc_name.hpp"
#include "api/frame.hpp"

namespace podwire::api {

namespace asio = boost::asio;
using asio::local::stream_protocol;

namespace {

// Each of these serves one connection after the other, so this many are served at once and the rest
// wait in the socket's backlog.
constexpr int accept_loops = 64;
constexpr std::chrono::seconds time_to_send{10};
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// Counts a request for as long as it is worked on. It may end with the io context, after the
// server.
class Serving {
 public:
  explicit Serving(std::shared_ptr<std::size_t> count) : count_(std::move(count)) { ++*count_; }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;
  ~Serving() { --*count_; }

 private:
  std::shared_ptr<std::size_t> count_;
};

json::value error_reply(const Error& error) {
  return {{"error", {{"code", errc_name(error.code)}, {"message", error.what}}}};
}

bool somebody_answers(asio::io_context& io, const std::string& path) {
  stream_protocol::socket probe(io);
  boost::system::error_code failure;
  return !probe.connect(stream_protocol::endpoint(path), failure);
}

// Takes away the socket of an agent that is gone, and nothing else.
Result<> make_way(asio::io_context& io, const std::string& path) {
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  if (path.empty() || path.size() > longest) {
    return fail(Errc::invalid_argument,
                "the path must have 1 to " + std::to_string(longest) + " bytes");
  }
  struct stat file {};
  if (lstat(path.c_str(), &file) < 0) {
    return errno == ENOENT ? Result<>{} : Result<>(fail_errno("look for an old one"));
  }
  if (!S_ISSOCK(file.st_mode)) return fail(Errc::already_exists, "it exists, and is no socket");
  if (somebody_answers(io, path)) return fail(Errc::unavailable, "another agent answers there");
  if (unlink(path.c_str()) < 0) return fail_errno("remove the old one");
  return {};
}

}  // namespace

Server::Server(asio::io_context& io, Handlers handlers)
    : io_(io), handlers_(std::move(handlers)), acceptor_(io) {}

Result<> Server::listen(const std::string& path) {
  const std::string doing = "listen on socket " + path;
  if (auto free = make_way(io_, path); !free) return in(doing, free);
  boost::system::error_code failure;
  acceptor_.open(stream_protocol(), failure);
  const mode_t before = umask(0177);
  if (!failure) acceptor_.bind(stream_protocol::endpoint(path), failure);
  umask(before);
  if (!failure) acceptor_.listen(asio::socket_base::max_listen_connections, failure);
  if (failure) {
    return fail(Errc::system,
                doing + ": " + failure.message() + "; see socket in the configuration");
  }
  path_ = path;
  for (int i = 0; i < accept_loops; ++i) asio::co_spawn(io_, accept_loop(), asio::detached);
  return {};
}

void Server::stop() {
  if (path_.empty()) return;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  unlink(path_.c_str());
  path_.clear();
}

asio::awaitable<void> Server::accept_loop() {
  while (acceptor_.is_open()) {
    auto [failure, socket] = co_await acceptor_.async_accept(as_result);
    if (failure == asio::error::operation_aborted) co_return;
    if (!failure) {
      co_await serve_and_report(std::move(socket));
      continue;
    }
    // Out of descriptors, most likely: wait instead of turning in circles.
    spdlog::error("accept on socket {}: {}", path_, failure.message());
    asio::steady_timer pause(io_, std::chrono::seconds(1));
    co_await pause.async_wait(as_result);
  }
}

// One request that fails must not take the loop with it.
asio::awaitable<void> Server::serve_and_report(Socket socket) {
  try {
    co_await serve(std::move(socket));
  } catch (const std::exception& failure) {
    spdlog::error("serve a request on socket {}: {}", path_, failure.what());
  }
}

asio::awaitable<void> Server::serve(Socket socket) {
  using asio::experimental::awaitable_operators::operator||;
  auto received = co_await read_request(socket);
  const Serving serving(serving_);
  const json::value reply = co_await answer_or_report(std::move(received));
  auto frame = make_frame(reply, agent_api::max_reply_bytes);
  if (!frame) frame = make_frame(error_reply(frame.error()), agent_api::max_reply_bytes);
  asio::steady_timer deadline(io_, time_to_send);
  // A client that left, or does not read, is its own concern: the work has been done.
  co_await (asio::async_write(socket, asio::buffer(*frame), as_result) ||
            deadline.async_wait(as_result));
}

// Whoever asked gets an answer in any case: silence would mean that no agent is there.
asio::awaitable<json::value> Server::answer_or_report(Result<ReceivedRequest> received) {
  try {
    co_return co_await answer(std::move(received));
  } catch (const std::exception& failure) {
    spdlog::error("answer a request on socket {}: {}", path_, failure.what());
    co_return error_reply({Errc::system, std::string("the agent failed: ") + failure.what()});
  }
}

asio::awaitable<json::value> Server::answer(Result<ReceivedRequest> received) {
  if (!received) co_return error_reply(received.error());
  auto message = parse(received->text);
  if (!message) co_return error_reply(message.error());
  const json::object* object = message->if_object();
  const json::value* operation = object ? object->if_contains("operation") : nullptr;
  const json::value* request = object ? object->if_contains("request") : nullptr;
  if (!operation || !operation->is_string() || !request) {
    co_return error_reply(
        {Errc::invalid_argument, "a request has the members 'operation' and 'request'"});
  }
  const std::string name = operation->get_string().c_str();
  const auto handler = handlers_.find(name);
  if (handler == handlers_.end()) {
    co_return error_reply({Errc::invalid_argument, "unknown operation '" + name + "'"});
  }
  auto reply = co_await handler->second(*request, std::move(received->netns));
  if (!reply) co_return error_reply(reply.error());
  co_return json::value{{"reply", *reply}};
}

}  // namespace podwire::api
