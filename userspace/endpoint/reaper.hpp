// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "net/links.hpp"

namespace podwire::endpoint {

// Deletes links on a thread of its own, because the kernel takes about 20 ms for one, and as long
// for a hundred in one go: what comes in during a deletion goes with the next. All calls on the io
// thread. `links` is used by the reaper's thread alone and must outlive this.
class Reaper {
 public:
  Reaper(boost::asio::io_context& io, net::Links& links) : io_(io), links_(links) {}
  ~Reaper() { thread_.join(); }
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

  // Completes when the link is gone. One that does not exist is no error.
  boost::asio::awaitable<Result<>> remove(std::string name);

 private:
  struct Batch {
    explicit Batch(boost::asio::io_context& io)
        : done(io, boost::asio::steady_timer::time_point::max()) {}
    std::vector<std::string> names;
    Result<> result;
    boost::asio::steady_timer done;  // cancelled when the batch has been dealt with
  };

  boost::asio::awaitable<void> run();

  boost::asio::io_context& io_;
  net::Links& links_;
  std::shared_ptr<Batch> next_;
  bool running_ = false;
  boost::asio::thread_pool thread_{1};
};

}  // namespace podwire::endpoint
