// SPDX-License-Identifier: Apache-2.0
#include "systemd/watchdog.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace podwire::systemd {

namespace asio = boost::asio;

Watchdog::Watchdog(asio::io_context& io, std::vector<Thread> threads,
                   std::optional<std::chrono::microseconds> limit, std::function<void()> alive)
    : io_(io), threads_(std::move(threads)), timer_(io), limit_(limit), alive_(std::move(alive)) {}

void Watchdog::start() {
  if (!limit_) return;
  alive_();
  begin_round();
  wait();
}

void Watchdog::begin_round() {
  answers_ = std::make_shared<Answers>(threads_.size(), false);
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    asio::post(threads_[i].executor, [&io = io_, answers = answers_, i] {
      asio::post(io, [answers, i] { (*answers)[i] = true; });
    });
  }
}

void Watchdog::wait() {
  timer_.expires_after(*limit_ / 4);
  timer_.async_wait([this](const boost::system::error_code& failure) {
    if (failure) return;
    end_round();
    wait();
  });
}

void Watchdog::end_round() {
  if (std::ranges::find(*answers_, false) != answers_->end()) return warn_of_silence();
  alive_();
  begin_round();
}

void Watchdog::warn_of_silence() const {
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (!(*answers_)[i])
      spdlog::warn("watchdog: the {} thread does not turn round", threads_[i].name);
  }
}

}  // namespace podwire::systemd
