// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <functional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace podwire {

// What the process does on signals: SIGTERM and SIGINT stop it, a second one ends it at once;
// SIGHUP comes as often as somebody sends it. The handlers run on `io`, whose thread owns this.
class Signals {
 public:
  using Stop = std::function<void(int signal)>;
  using Hangup = std::function<void()>;

  Signals(boost::asio::io_context& io, Stop stop, Hangup hangup)
      : stop_signals_(io, SIGTERM, SIGINT),
        hangup_signals_(io, SIGHUP),
        stop_(std::move(stop)),
        hangup_(std::move(hangup)) {
    stop_signals_.async_wait([this](const boost::system::error_code& failure, int signal) {
      if (failure) return;
      stop_signals_.clear();
      stop_(signal);
    });
    await_hangup();
  }

 private:
  void await_hangup() {
    hangup_signals_.async_wait([this](const boost::system::error_code& failure, int) {
      if (failure) return;
      hangup_();
      await_hangup();
    });
  }

  boost::asio::signal_set stop_signals_;
  boost::asio::signal_set hangup_signals_;
  Stop stop_;
  Hangup hangup_;
};

}  // namespace podwire
