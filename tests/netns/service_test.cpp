// SPDX-License-Identifier: Apache-2.0
//
//   node: podwired, as a service manager starts it
//          |
//   this test plays systemd: NOTIFY_SOCKET, and the capabilities of deploy/podwired.service
//
#include <array>
#include <csignal>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

using namespace std::chrono_literals;

// What systemd(1) listens on. Bound before the agent starts.
class NotifySocket {
 public:
  explicit NotifySocket(std::string path) : path_(std::move(path)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
      throw std::runtime_error("bind " + path_);
  }

  const std::string& path() const { return path_; }
  // The next message, or nothing within the time.
  std::string next(std::chrono::milliseconds limit = 10s) const {
    pollfd readable{socket_.get(), POLLIN, 0};
    if (::poll(&readable, 1, static_cast<int>(limit.count())) != 1) return "";
    std::array<char, 4096> buffer{};
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }
  // The next message that is no watchdog's.
  std::string next_state() const {
    std::string message = next();
    while (message == "WATCHDOG=1") message = next();
    return message;
  }

 private:
  std::string path_;
  UniqueFd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

std::string unit_value(const std::string& key) {
  std::ifstream unit(PODWIRE_SOURCE_DIR "/deploy/podwired.service");
  for (std::string line; std::getline(unit, line);) {
    if (line.starts_with(key + "=")) return line.substr(key.size() + 1);
  }
  throw std::runtime_error("podwired.service has no " + key);
}

// CAP_NET_ADMIN CAP_BPF as +net_admin,+bpf
std::string as_options(const std::string& capabilities) {
  std::string options = "-all";
  std::istringstream words(capabilities);
  for (std::string word; words >> word;) {
    options += ",+";
    for (const char letter : word.substr(4)) options += static_cast<char>(std::tolower(letter));
  }
  return options;
}

class Service : public testing::Test {
 protected:
  ScratchDirectory directory_;
  Sandbox node_{directory_.file("node")};
  NotifySocket manager_{directory_.file("notify.sock")};

  AgentSettings settings(std::chrono::microseconds watchdog) const {
    return {.environment = {{"NOTIFY_SOCKET", manager_.path()},
                            {"WATCHDOG_USEC", std::to_string(watchdog.count())}}};
  }
};

TEST_F(Service, says_when_it_is_ready_reloads_and_stops) {
  Agent agent(node_.netns(), directory_.file("agent"), settings(60s));
  agent.start();
  EXPECT_EQ(manager_.next_state(),
            "READY=1\nSTATUS=serving " + agent.socket() + ", metrics on 127.0.0.1:9617");
  EXPECT_EQ(agent.ctl({"reload"}).status, 0);
  EXPECT_TRUE(manager_.next_state().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_TRUE(manager_.next_state().starts_with("READY=1\nSTATUS=serving"));
  std::ofstream(agent.config_file(), std::ios::app) << "nonsense: 1\n";
  agent.send(SIGHUP);
  EXPECT_TRUE(manager_.next_state().starts_with("RELOADING=1"));
  EXPECT_TRUE(manager_.next_state().starts_with("READY=1\nSTATUS=reload refused: "));
  agent.stop();
  EXPECT_EQ(manager_.next_state(), "STOPPING=1");
}

// A client that connects as soon as it reads READY must be answered.
TEST_F(Service, answers_once_it_said_that_it_is_ready) {
  for (int times = 0; times < 3; ++times) {
    Agent agent(node_.netns(), directory_.file("agent" + std::to_string(times)), settings(60s));
    agent.launch();
    ASSERT_TRUE(manager_.next_state().starts_with("READY=1")) << agent.log();
    EXPECT_EQ(agent.ctl({"status"}).status, 0);
    EXPECT_NE(agent.page("/readyz").find("200 OK"), std::string::npos);
    agent.stop();
    EXPECT_EQ(manager_.next_state(), "STOPPING=1");
  }
}

TEST_F(Service, feeds_the_watchdog_four_times_within_its_limit) {
  Agent agent(node_.netns(), directory_.file("agent"), settings(400ms));
  agent.start();
  EXPECT_TRUE(manager_.next().starts_with("READY=1"));
  for (int times = 0; times < 20; ++times) EXPECT_EQ(manager_.next(400ms), "WATCHDOG=1");
}

TEST_F(Service, does_not_feed_a_watchdog_that_is_not_there) {
  AgentSettings without = settings(60s);
  without.environment.pop_back();
  Agent agent(node_.netns(), directory_.file("agent"), without);
  agent.start();
  EXPECT_TRUE(manager_.next().starts_with("READY=1"));
  EXPECT_EQ(manager_.next(1s), "");
}

// A stopped process is the plainest of hung threads; those of one thread have unit tests.
TEST_F(Service, falls_silent_when_it_hangs) {
  Agent agent(node_.netns(), directory_.file("agent"), settings(400ms));
  agent.start();
  EXPECT_TRUE(manager_.next().starts_with("READY=1"));
  agent.send(SIGSTOP);
  std::string message = "WATCHDOG=1";
  for (int times = 0; times < 10 && !message.empty(); ++times) message = manager_.next(400ms);
  EXPECT_EQ(message, "");
  agent.send(SIGCONT);
  EXPECT_EQ(manager_.next(400ms), "WATCHDOG=1");
}

// All that the agent does, with no more than the unit gives it.
class LeastCapabilities : public testing::Test {
 protected:
  AgentSettings settings_{.launcher = {"setpriv", "--no-new-privs", "--bounding-set",
                                       as_options(unit_value("CapabilityBoundingSet"))}};
  Node node_{settings_};
};

TEST_F(LeastCapabilities, are_enough_to_wire_probe_reload_restart_and_clean_up) {
  {
    Pod client(node_, "client");
    Pod server(node_, "server",
               R"("probes": [{"tcpPort": 7000, "periodMs": 50}],)"
               R"("bandwidth": {"ingressRate": 1000000000, "egressRate": 1000000000})");
    const auto expect_work = [&] {
      for (const net::Family family : families) {
        const TcpListener listener(server.netns(), family, 7000);
        EXPECT_TRUE(TcpConnection::open(client.netns(), {server.address(family), 7000}));
        EXPECT_TRUE(TcpConnection::open(node_.netns(), {server.address(family), 7000}));
        EXPECT_TRUE(eventually([&] {
          return node_.metrics().sum("podwire_tcp_probe_successes_total",
                                     {{"family", text_of(family)}}) > 0;
        }));
      }
      EXPECT_EQ(client.call("CHECK").status, 0);
      EXPECT_EQ(server.call("CHECK").status, 0);
    };
    expect_work();
    EXPECT_EQ(node_.agent().ctl({"reload"}).status, 0);
    node_.agent().kill();
    node_.agent().start();
    expect_work();
    EXPECT_EQ(client.call("DEL").status, 0);
    EXPECT_EQ(server.call("DEL").status, 0);
  }
  node_.agent().stop();
  std::vector<std::string> clean_up = settings_.launcher;
  clean_up.insert(clean_up.end(), {PODWIRED, "cleanup", "--config", node_.agent().config_file()});
  const Finished cleaned = node_.run(clean_up);
  EXPECT_EQ(cleaned.status, 0) << cleaned.err;
  EXPECT_EQ(cleaned.err.find("not removed"), std::string::npos) << cleaned.err;
}

// Each of them is needed: a start without it, or the first pod, fails.
TEST_F(LeastCapabilities, are_no_more_than_needed) {
  const std::string all = as_options(unit_value("CapabilityBoundingSet"));
  node_.agent().stop();
  for (auto at = all.find(",+"); at != std::string::npos; at = all.find(",+", at + 1)) {
    const auto end = std::min(all.find(',', at + 1), all.size());
    const std::string less = all.substr(0, at) + all.substr(end);
    SCOPED_TRACE(less);
    settings_.instance = "less";
    settings_.launcher.back() = less;
    ScratchDirectory directory;
    Agent agent(node_.netns(), directory.file("agent"), settings_);
    EXPECT_ANY_THROW({
      agent.start();
      Pod(node_, agent, "pod");
    });
  }
}

}  // namespace
}  // namespace podwire::netns_test
