// SPDX-License-Identifier: Apache-2.0
#include "systemd/watchdog.hpp"

#include <atomic>
#include <future>
#include <optional>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

namespace podwire::systemd {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto limit = 100ms;  // so a round takes 25 ms

class WatchdogTest : public testing::Test {
 protected:
  ~WatchdogTest() override { release(); }

  void start() { watchdog_.start(); }
  // The io thread turns round for so long.
  void run_io_for(std::chrono::milliseconds time) {
    io_.restart();
    io_.run_for(time);
  }
  // The thread does nothing else until release().
  void hang(asio::thread_pool& thread) {
    asio::post(thread, [held = release_.get_future().share()] { held.wait(); });
  }
  void release() {
    if (!released_) release_.set_value();
    released_ = true;
  }

  asio::io_context io_;
  asio::thread_pool control_{1};
  asio::thread_pool probe_{1};
  int alive_ = 0;
  Watchdog watchdog_{
      io_, {{"control", control_.get_executor()}, {"probe", probe_.get_executor()}}, limit, [this] {
        ++alive_;
      }};
  std::promise<void> release_;
  bool released_ = false;
};

TEST_F(WatchdogTest, is_fed_four_times_in_its_limit_while_all_threads_turn_round) {
  start();
  EXPECT_EQ(alive_, 1);
  run_io_for(8 * limit);
  // 32 rounds; a busy machine may delay many of them, but no limit may pass without one.
  EXPECT_GE(alive_, 9);
  EXPECT_LE(alive_, 33);
}

TEST_F(WatchdogTest, falls_silent_while_the_control_thread_hangs) {
  hang(control_);
  start();
  run_io_for(5 * limit);
  EXPECT_EQ(alive_, 1);
}

TEST_F(WatchdogTest, falls_silent_while_the_probe_thread_hangs) {
  start();
  run_io_for(2 * limit);
  hang(probe_);
  run_io_for(2 * limit);  // a question that was answered before may still be fed
  const int before = alive_;
  run_io_for(5 * limit);
  EXPECT_EQ(alive_, before);
}

TEST_F(WatchdogTest, is_fed_again_once_the_thread_goes_on) {
  hang(control_);
  start();
  run_io_for(4 * limit);
  EXPECT_EQ(alive_, 1);
  release();
  run_io_for(5 * limit);
  EXPECT_GE(alive_, 4);
}

// A thread that never answers must not collect questions.
TEST_F(WatchdogTest, asks_each_thread_once_at_a_time) {
  asio::io_context silent;  // nobody runs it
  Watchdog watchdog(io_, {{"silent", silent.get_executor()}}, limit, [] {});
  watchdog.start();
  run_io_for(5 * limit);
  EXPECT_EQ(silent.poll(), 1U);
}

TEST_F(WatchdogTest, may_end_before_its_questions) {
  hang(control_);
  {
    Watchdog watchdog(io_, {{"control", control_.get_executor()}}, limit, [] {});
    watchdog.start();
  }
  release();
  control_.join();
  run_io_for(2 * limit);
}

}  // namespace

}  // namespace podwire::systemd
