// SPDX-License-Identifier: Apache-2.0
#include "network_watch.hpp"

#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

namespace podwire {

namespace {

constexpr std::chrono::milliseconds moment{20};
// After more than could be kept every attachment is looked at: not again at once.
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
  if (pending_.empty() || is_settling_) return;
  is_settling_ = true;
  settled_.expires_after(pending_.incomplete ? long_moment : moment);
  settled_.async_wait([this](const boost::system::error_code& failure) {
    if (!failure) hand_on();
  });
}

void NetworkWatch::hand_on() {
  is_settling_ = false;
  changed_(std::exchange(pending_, {}));
}

}  // namespace podwire
