// SPDX-License-Identifier: Apache-2.0
#include "network_watch.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace podwire {

namespace {

constexpr std::chrono::milliseconds moment{20};
// After more than could be kept every attachment is looked at, and what could not be followed is
// tried again: not at once.
constexpr std::chrono::milliseconds long_moment{1000};

}  // namespace

NetworkWatch::NetworkWatch(boost::asio::io_context& io, net::ChangeSocket socket, Handler changed)
    : socket_(std::move(socket)),
      node_(io, socket_.node_fd()),
      pods_(io, socket_.pods_fd()),
      settled_(io),
      changed_(std::move(changed)) {
  wait_for(node_);
  wait_for(pods_);
}

NetworkWatch::~NetworkWatch() {
  node_.release();
  pods_.release();
}

void NetworkWatch::wait_for(boost::asio::posix::stream_descriptor& descriptor) {
  descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [this, &descriptor](const boost::system::error_code& failure) {
                          if (failure) return;
                          take();
                          wait_for(descriptor);
                        });
}

void NetworkWatch::take() {
  auto changes = socket_.read();
  if (!changes) {
    spdlog::error("{}; all attachments are looked at instead", changes.error().what);
    changes = net::Changes{.incomplete = true};
  }
  pending_.add(*changes);
  if (pending_.empty() || is_busy_) return;
  hand_on_after(pending_.incomplete ? long_moment : moment);
}

void NetworkWatch::hand_on_after(std::chrono::milliseconds pause) {
  is_busy_ = true;
  settled_.expires_after(pause);
  settled_.async_wait([this](const boost::system::error_code& failure) {
    if (!failure) changed_(std::exchange(pending_, {}));
  });
}

void NetworkWatch::resume(const net::Changes& behind) {
  is_busy_ = false;
  const bool is_late = pending_.incomplete || !behind.empty();
  pending_.add(behind);
  if (!pending_.empty()) hand_on_after(is_late ? long_moment : moment);
}

}  // namespace podwire
