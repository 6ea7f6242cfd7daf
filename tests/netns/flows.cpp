// SPDX-License-Identifier: Apache-2.0
#include "flows.hpp"

#include <chrono>

namespace podwire::netns_test {

using namespace std::chrono_literals;

TcpFlow::TcpFlow(const net::Netns& from, const net::Netns& to, const Peer& server)
    : listener_(to, server.address.family(), server.port),
      client_(TcpConnection::open(from, server).value()),
      server_(listener_.accept().value().connection),
      thread_([this](const std::stop_token& stop) {
        const std::string message = "message";
        while (!stop.stop_requested() && !broken_) {
          const bool there = client_.send(message) && server_.receive(message.size()) == message;
          const bool back = server_.send(message) && client_.receive(message.size()) == message;
          broken_ = !there || !back;
          if (!broken_) ++rounds_;
        }
      }) {}

void TcpFlow::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

UdpFlow::UdpFlow(const net::Netns& from, const net::Netns& to, const Peer& receiver)
    : sender_(from, receiver.address.family(), 0),
      receiver_(to, receiver.address.family(), receiver.port),
      receiving_([this](const std::stop_token& stop) {
        // After the end, until nothing has come for a while.
        bool came = true;
        while (!stop.stop_requested() || came) {
          came = receiver_.receive(200ms).has_value();
          if (came) ++received_;
        }
      }),
      sending_([this, receiver](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          if (sender_.send("datagram", receiver)) ++sent_;
          std::this_thread::sleep_for(200us);
        }
      }) {}

void UdpFlow::stop() {
  for (std::jthread* thread : {&sending_, &receiving_}) {
    thread->request_stop();
    if (thread->joinable()) thread->join();
  }
}

}  // namespace podwire::netns_test
