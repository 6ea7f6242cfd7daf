// SPDX-License-Identifier: Apache-2.0
//
//   node: podwired
//     its Unix socket  <- requests of all kinds
//
#include <array>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <podwire/agent_api.hpp>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

std::string frame(const std::string& text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::string bytes(sizeof(size), '\0');
  for (std::size_t i = 0; i < sizeof(size); ++i) bytes[i] = static_cast<char>(size >> (8 * i));
  return bytes + text;
}

std::string request(const std::string& operation, const std::string& content) {
  return frame(R"({"operation": ")" + operation + R"(", "request": )" + content + "}");
}

class ApiSocket : public testing::Test {
 protected:
  Node node_;
  Pod pod_{node_, "pod"};

  UniqueFd connect() const {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = socket_path_;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    return fd;
  }

  static void send(const UniqueFd& fd, const std::string& bytes) {
    // The agent may hang up before it has read all of a request that is wrong.
    ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  // Everything until the agent hangs up.
  static std::string reply(const UniqueFd& fd) {
    std::string all;
    std::array<char, 4096> buffer{};
    ssize_t size = 0;
    while ((size = ::recv(fd.get(), buffer.data(), buffer.size(), 0)) > 0) {
      all.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return all.size() > 4 ? all.substr(4) : all;
  }

  std::string ask(const std::string& bytes) const {
    const UniqueFd fd = connect();
    send(fd, bytes);
    ::shutdown(fd.get(), SHUT_WR);
    return reply(fd);
  }

  // The agent is there, and nothing has changed.
  void expect_unharmed() const {
    EXPECT_TRUE(node_.metrics().has("podwire_build_info"));
    EXPECT_EQ(node_.metrics().sum("podwire_pods"), 1);
    EXPECT_EQ(pod_.call("CHECK").status, 0);
  }

  const std::string socket_path_ = node_.agent().socket();
};

TEST_F(ApiSocket, belongs_to_its_owner_alone) {
  struct stat status {};
  ASSERT_EQ(::stat(socket_path_.c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(ApiSocket, answers_a_wrong_request_with_what_is_wrong) {
  struct Wrong {
    std::string rule, bytes, text;
  };
  const std::string id = R"({"network": "net", "container_id": "c9", "ifname": "eth0"})";
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  const std::vector<Wrong> requests = {
      {"nothing", "", "without a request"},
      {"half a header", std::string("\x10\x00", 2), "in the middle"},
      {"header only", std::string("\x10\x00\x00\x00", 4), "in the middle"},
      {"text cut", request("status", "{}").substr(0, 20), "in the middle"},
      {"length zero", std::string(4, '\0'), "error"},
      {"length beyond the limit", std::string("\x01\x00\x01\x00", 4), "error"},
      {"length of four gigabytes", std::string("\xff\xff\xff\xff", 4), "error"},
      {"an HTTP request", "GET / HTTP/1.1\r\n\r\n", "error"},
      {"no JSON", frame("status"), "error"},
      {"nested deeply", frame(deep), "error"},
      {"no object", frame("[]"), "'operation' and 'request'"},
      {"no operation", frame(R"({"request": {}})"), "'operation' and 'request'"},
      {"no request", frame(R"({"operation": "status"})"), "'operation' and 'request'"},
      {"unknown operation", request("format_disk", "{}"), "unknown operation 'format_disk'"},
      {"request of another type", request("detach", "[]"), "expected an object"},
      {"field of another type", request("detach", R"({"id": 7})"), "id: expected an object"},
      {"number out of range", request("probe_add", R"({"probe": {"tcp_port": 70000}})"),
       "tcp_port"},
      {"period too short",
       request(
           "probe_add",
           R"({"pod_namespace": "test", "pod": "pod", "probe": {"tcp_port": 1, "period_ms": 1}})"),
       "10 ms to 24 h"},
      {"attach without a namespace", request("attach", R"({"id": )" + id + "}"), "namespace"},
      {"check without a namespace", request("check", R"({"id": )" + id + "}"), "namespace"},
      {"bytes that are no UTF-8", frame("{\"operation\": \"\xff\xfe\", \"request\": {}}"), "error"},
  };
  for (const Wrong& one : requests) {
    SCOPED_TRACE(one.rule);
    const std::string answer = ask(one.bytes);
    ASSERT_NE(answer, "");
    EXPECT_NE(answer.find(one.text), std::string::npos) << answer;
    EXPECT_EQ(json::parse(answer).at("error").at("code"), "invalid_argument") << answer;
  }
  expect_unharmed();
}

TEST_F(ApiSocket, refuses_a_descriptor_that_is_no_network_namespace) {
  const double before = node_.metrics().sum("process_open_fds");
  const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  UniqueFd fd = connect();
  std::string bytes =
      request("attach", R"({"id": {"network": "n", "container_id": "c9", "ifname": "eth0"}})");
  iovec data{bytes.data(), bytes.size()};
  // Three of them: those beyond the first are closed.
  const std::array<int, 3> passed{file.get(), file.get(), file.get()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(passed))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(passed));
  std::memcpy(CMSG_DATA(rights), passed.data(), sizeof(passed));
  ASSERT_EQ(::sendmsg(fd.get(), &message, MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  const std::string answer = reply(fd);
  EXPECT_NE(answer.find("not a network namespace"), std::string::npos) << answer;
  EXPECT_TRUE(eventually([&] { return node_.metrics().sum("process_open_fds") <= before; }));
  expect_unharmed();
}

TEST_F(ApiSocket, takes_a_request_that_comes_byte_by_byte) {
  const UniqueFd fd = connect();
  for (const char byte : request("status", "{}")) {
    send(fd, std::string(1, byte));
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_TRUE(json::parse(reply(fd)).at("reply").as_object().contains("version"));
}

// Clients that say nothing cost nobody else anything, and are told so after ten seconds.
TEST_F(ApiSocket, is_not_held_up_by_silent_clients) {
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 32; ++i) silent.push_back(connect());
  for (int i = 0; i < 16; ++i)
    send(silent[static_cast<std::size_t>(i)], std::string("\x10\x00", 2));
  const auto begin = std::chrono::steady_clock::now();
  const Pod another(node_, "another");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_NE(reply(silent.front()).find("not complete within 10 s"), std::string::npos);
}

TEST_F(ApiSocket, survives_clients_that_leave_or_do_not_read) {
  for (int i = 0; i < 200; ++i) {
    const UniqueFd fd = connect();
    send(fd, request("pods", "{}").substr(0, static_cast<std::size_t>(i % 30)));
  }
  for (int i = 0; i < 20; ++i) send(connect(), request("pods", "{}"));
  expect_unharmed();
}

}  // namespace
}  // namespace podwire::netns_test
