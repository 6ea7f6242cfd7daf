// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <thread>

#include <boost/asio/io_context.hpp>

namespace podwire {

// Runs `work` on a thread of its own. An exception there stops `io`, and is thrown again by join().
class WorkThread {
 public:
  WorkThread(boost::asio::io_context& work, boost::asio::io_context& io)
      : work_(work), thread_([this, &io] {
          try {
            work_.run();
          } catch (...) {
            failure_ = std::current_exception();
            io.stop();
          }
        }) {}
  WorkThread(const WorkThread&) = delete;
  WorkThread& operator=(const WorkThread&) = delete;
  ~WorkThread() { stop(); }

  void join() {
    stop();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void stop() {
    work_.stop();
    if (thread_.joinable()) thread_.join();
  }

  boost::asio::io_context& work_;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace podwire
