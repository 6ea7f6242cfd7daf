// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "api/codec.hpp"
#include "api/frame.hpp"
#include "base/unique_fd.hpp"
#include "fakes/scratch_directory.hpp"

namespace podwire::fakes {

// A listening Unix socket; nobody accepts.
inline UniqueFd listen_on(const std::string& path, int backlog) {
  UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener.get(), backlog) != 0) {
    throw std::runtime_error("listen on " + path + ": " + std::strerror(errno));
  }
  return listener;
}

// Stands for the agent: takes one request on each connection, remembers it, and answers with the
// given bytes, right or wrong. One thread of its own, which ends with the object.
class ScriptedAgent {
 public:
  enum class Then { hang_up, stay_silent, send_a_byte_now_and_then };

  struct Seen {
    std::string operation;
    boost::json::value request;
    ino_t passed_inode = 0;  // of the descriptor that came along; 0 if none did
    int descriptors_passed = 0;
  };

  ScriptedAgent(const std::string& path, std::string answer, Then then = Then::hang_up)
      : answer_(std::move(answer)),
        then_(then),
        stop_(::eventfd(0, EFD_CLOEXEC)),
        listener_(listen_on(path, 16)),
        thread_([this] { serve(); }) {}
  ScriptedAgent(const ScriptedAgent&) = delete;
  ScriptedAgent& operator=(const ScriptedAgent&) = delete;
  ~ScriptedAgent() {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(stop_.get(), &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
    thread_.join();
  }

  // The bytes of an answer.
  static std::string frame(const boost::json::value& message) {
    return *api::make_frame(message, 1024 * 1024);
  }
  static std::string reply(const boost::json::value& content) {
    return frame(boost::json::object{{"reply", content}});
  }
  static std::string error(std::string_view code, std::string_view message) {
    return frame(boost::json::object{{"error", {{"code", code}, {"message", message}}}});
  }

  std::vector<Seen> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  // False if the agent is to stop, or nothing came for ten seconds.
  bool wait_for(int fd) {
    std::array<pollfd, 2> waiting{{{stop_.get(), POLLIN, 0}, {fd, POLLIN, 0}}};
    return ::poll(waiting.data(), waiting.size(), 10'000) > 0 && waiting[0].revents == 0;
  }

  void serve() {
    while (wait_for(listener_.get())) {
      const UniqueFd connection(::accept(listener_.get(), nullptr, nullptr));
      take_request(connection.get());
      ::send(connection.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
      if (then_ == Then::stay_silent) wait_for(connection.get());
      while (then_ == Then::send_a_byte_now_and_then &&
             ::send(connection.get(), " ", 1, MSG_NOSIGNAL) == 1) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    }
  }

  void take_request(int connection) {
    Seen seen;
    std::string bytes;
    while (!is_complete(bytes) && wait_for(connection) && receive_some(connection, bytes, seen)) {
    }
    const auto message = boost::json::parse(std::string_view(bytes).substr(4));
    seen.operation = message.at("operation").as_string().c_str();
    seen.request = message.at("request");
    const std::lock_guard lock(mutex_);
    seen_.push_back(std::move(seen));
  }

  static bool is_complete(const std::string& bytes) {
    if (bytes.size() < 4) return false;
    api::FrameHeader header;
    std::memcpy(header.data(), bytes.data(), header.size());
    return bytes.size() - 4 >= *api::frame_length(header, 1024 * 1024);
  }

  static bool receive_some(int connection, std::string& bytes, Seen& seen) {
    std::array<char, 4096> buffer;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec data{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (size <= 0) return false;
    bytes.append(buffer.data(), static_cast<std::size_t>(size));
    if (const cmsghdr* rights = CMSG_FIRSTHDR(&message)) {
      int passed = -1;
      std::memcpy(&passed, CMSG_DATA(rights), sizeof(passed));
      const UniqueFd owner(passed);
      struct stat file {};
      if (::fstat(passed, &file) == 0) seen.passed_inode = file.st_ino;
      ++seen.descriptors_passed;
    }
    return true;
  }

  const std::string answer_;
  const Then then_;
  UniqueFd stop_;
  UniqueFd listener_;
  std::mutex mutex_;
  std::vector<Seen> seen_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace podwire::fakes
