// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "sockets.hpp"

namespace podwire::netns_test {

// A TCP connection on which each message is answered before the next one is sent, in a thread of
// its own from construction until stop(). Loss shows as a long round, a break as a failure.
class TcpFlow {
 public:
  TcpFlow(const net::Netns& from, const net::Netns& to, const Peer& server);
  ~TcpFlow() { stop(); }

  void stop();
  std::uint64_t rounds() const { return rounds_; }
  bool broken() const { return broken_; }

 private:
  TcpListener listener_;
  TcpConnection client_, server_;
  std::atomic<std::uint64_t> rounds_ = 0;
  std::atomic<bool> broken_ = false;
  std::jthread thread_;
};

// Datagrams in one direction, a few thousand a second, each counted where it is sent and where it
// arrives.
class UdpFlow {
 public:
  UdpFlow(const net::Netns& from, const net::Netns& to, const Peer& receiver);
  ~UdpFlow() { stop(); }

  void stop();  // and wait for what is on its way
  std::uint64_t sent() const { return sent_; }
  std::uint64_t received() const { return received_; }

 private:
  UdpSocket sender_, receiver_;
  std::atomic<std::uint64_t> sent_ = 0, received_ = 0;
  std::jthread receiving_, sending_;
};

}  // namespace podwire::netns_test
