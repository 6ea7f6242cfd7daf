// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <regex>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <gtest/gtest.h>

#include "process.hpp"

namespace podwire::netns_test {

namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The host's network configuration, without what changes by itself as time goes by.
std::map<std::string, std::string> host_state() {
  static const std::regex lifetimes("(valid_lft|preferred_lft|expires) [0-9a-z]+");
  const std::vector<std::vector<std::string>> questions = {
      {"ip", "-oneline", "link"},
      {"ip", "-oneline", "address"},
      {"ip", "-4", "route", "show", "table", "all"},
      {"ip", "-6", "route", "show", "table", "all"},
      {"ip", "-4", "rule"},
      {"ip", "-6", "rule"},
  };
  std::map<std::string, std::string> state;
  for (const auto& question : questions) {
    std::string name;
    for (const std::string& word : question) name += word + " ";
    state[name] = std::regex_replace(run({question}).out, lifetimes, "$1");
  }
  for (const char* name : {"ipv4/ip_forward", "ipv6/conf/all/forwarding"}) {
    state[name] = contents(std::string("/proc/sys/net/") + name);
  }
  state["mounts"] = contents("/proc/self/mountinfo");
  return state;
}

// Around all tests: whatever they do, the host's network is as it was, no mount and no process is
// left. The mount namespace takes care of a test that crashes: the kernel unmounts all with it.
class HostGuard : public testing::Environment {
 public:
  void SetUp() override {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      throw std::runtime_error(std::string("a mount namespace needs root: ") +
                               std::strerror(errno));
    }
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    before_ = host_state();
  }

  void TearDown() override {
    for (const auto& [question, answer] : host_state()) {
      EXPECT_EQ(answer, before_[question]) << "the tests changed the host: " << question;
    }
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "the tests left a process behind";
    EXPECT_EQ(errno, ECHILD);
  }

 private:
  std::map<std::string, std::string> before_;
};

const auto* const host_guard = testing::AddGlobalTestEnvironment(new HostGuard);

}  // namespace

}  // namespace podwire::netns_test
