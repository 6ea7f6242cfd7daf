// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace podwire::systemd {

// Says that the agent is alive as long as all its threads turn round. In each round every thread is
// asked once, and only when all have answered is `alive` called and the next round begun: a thread
// that hangs, the io thread too, ends the calls. Runs on the io thread. Bound: one question pending
// for each thread.
class Watchdog {
 public:
  struct Thread {
    std::string name;
    boost::asio::any_io_executor executor;
  };

  // `limit`: while all is well `alive` is called four times within it; nullopt: nobody listens.
  Watchdog(boost::asio::io_context& io, std::vector<Thread> threads,
           std::optional<std::chrono::microseconds> limit, std::function<void()> alive);

  // Calls `alive` once, and begins; does nothing if nobody listens.
  void start();

 private:
  using Answers = std::vector<bool>;  // by index of the thread; io thread only

  void begin_round();
  void wait();
  void end_round();
  void warn_of_silence() const;

  boost::asio::io_context& io_;
  std::vector<Thread> threads_;
  boost::asio::steady_timer timer_;
  std::optional<std::chrono::microseconds> limit_;
  std::function<void()> alive_;
  std::shared_ptr<Answers> answers_;  // shared with questions that outlive their round
};

}  // namespace podwire::systemd
