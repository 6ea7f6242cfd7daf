// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/change_socket.hpp"

namespace podwire {

// Waits for changes of the network tables and hands on, together, what comes within a moment: one
// change seldom comes alone. Nothing more is handed on before resume(). io thread only.
class NetworkWatch {
 public:
  using Handler = std::function<void(const net::Changes&)>;

  NetworkWatch(boost::asio::io_context& io, net::ChangeSocket socket, Handler changed);
  NetworkWatch(const NetworkWatch&) = delete;
  NetworkWatch& operator=(const NetworkWatch&) = delete;
  ~NetworkWatch();

  // What was handed on has been followed, but for `behind`, which is handed on again later.
  void resume(const net::Changes& behind);

 private:
  void wait_for(boost::asio::posix::stream_descriptor& descriptor);
  void take();
  void hand_on_after(std::chrono::milliseconds pause);

  net::ChangeSocket socket_;
  // Borrowed from the socket: released, not closed.
  boost::asio::posix::stream_descriptor node_, pods_;
  boost::asio::steady_timer settled_;
  Handler changed_;
  net::Changes pending_;
  bool is_busy_ = false;  // from the first change until resume()
};

}  // namespace podwire
