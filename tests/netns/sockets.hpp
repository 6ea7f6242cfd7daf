// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/address.hpp"
#include "net/netns.hpp"

namespace podwire::netns_test {

using Bytes = std::vector<std::uint8_t>;

struct Peer {
  net::Address address;
  std::uint16_t port = 0;
  std::string interface = {};  // of a link-local address

  bool operator==(const Peer&) const = default;
};

// Sockets in the namespace of one's choice, used from outside. Every wait ends after ten seconds.
// Constructors throw std::runtime_error; other errors are for the test to judge.
class TcpConnection {
 public:
  explicit TcpConnection(UniqueFd fd) : fd_(std::move(fd)) {}
  static Result<TcpConnection> open(const net::Netns& netns, const Peer& to);

  bool send(const std::string& text) const;
  // Up to that many bytes; fewer if the peer closes or nothing comes.
  std::string receive(std::size_t bytes) const;
  void finish() const;  // no more will be sent
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

class TcpListener {
 public:
  TcpListener(const net::Netns& netns, net::Family family, std::uint16_t port);

  struct Accepted {
    TcpConnection connection;
    Peer peer;
  };
  std::optional<Accepted> accept(
      std::chrono::milliseconds patience = std::chrono::seconds(10)) const;

 private:
  UniqueFd fd_;
};

class UdpSocket {
 public:
  // Port 0: any.
  UdpSocket(const net::Netns& netns, net::Family family, std::uint16_t port);

  struct Datagram {
    std::string text;
    Peer peer;
  };
  Result<> send(const std::string& text, const Peer& to) const;
  std::optional<Datagram> receive(
      std::chrono::milliseconds patience = std::chrono::seconds(10)) const;

 private:
  UniqueFd fd_;
};

// Whole frames on one interface, in both directions.
class FrameSocket {
 public:
  FrameSocket(const net::Netns& netns, const std::string& interface);

  bool send(const Bytes& frame) const;
  std::optional<Bytes> receive(std::chrono::milliseconds patience) const;

 private:
  UniqueFd fd_;
};

// The whole response, header and all; empty if nobody answers.
std::string http_get(const net::Netns& netns, const Peer& server, const std::string& path);

}  // namespace podwire::netns_test
