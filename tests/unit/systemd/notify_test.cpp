// SPDX-License-Identifier: Apache-2.0
#include "systemd/notify.hpp"

#include <array>
#include <cstdlib>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/unique_fd.hpp"
#include "fakes/scratch_directory.hpp"

namespace podwire::systemd {

namespace {

class Notify : public testing::Test {
 protected:
  Notify() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(manager_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    ::setenv("NOTIFY_SOCKET", path_.c_str(), 1);
  }
  ~Notify() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }

  std::string received() const {
    std::array<char, 1024> buffer{};
    const ssize_t size = ::recv(manager_.get(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

  fakes::ScratchDirectory directory_;
  std::string path_ = directory_.file("notify.sock");
  UniqueFd manager_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
};

TEST_F(Notify, says_it_in_the_words_of_the_service_manager) {
  notify_ready("serving");
  EXPECT_EQ(received(), "READY=1\nSTATUS=serving");
  notify_reloading();
  EXPECT_TRUE(received().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  notify_alive();
  EXPECT_EQ(received(), "WATCHDOG=1");
  notify_stopping();
  EXPECT_EQ(received(), "STOPPING=1");
}

TEST_F(Notify, says_nothing_where_nobody_asked) {
  ::unsetenv("NOTIFY_SOCKET");
  notify_alive();
  EXPECT_EQ(received(), "");
}

TEST_F(Notify, knows_how_long_it_may_be_silent) {
  EXPECT_FALSE(watchdog_limit());
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  EXPECT_EQ(watchdog_limit(), std::chrono::seconds(30));
  ::setenv("WATCHDOG_PID", std::to_string(::getpid() + 1).c_str(), 1);  // meant for another process
  EXPECT_FALSE(watchdog_limit());
}

}  // namespace

}  // namespace podwire::systemd
