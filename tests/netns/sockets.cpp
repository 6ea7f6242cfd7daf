// SPDX-License-Identifier: Apache-2.0
#include "sockets.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

namespace podwire::netns_test {

namespace {

constexpr std::size_t longest_response = 8 << 20;
constexpr timeval longest_wait{.tv_sec = 10, .tv_usec = 0};

[[noreturn]] void stop(const std::string& doing) {
  throw std::runtime_error(doing + ": " + std::strerror(errno));
}

int domain_of(net::Family family) {
  return family == net::Family::ipv4 ? AF_INET : AF_INET6;
}

struct Name {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&bytes); }
};

Name name_of(const Peer& peer) {
  Name name;
  if (peer.address.is_ipv4()) {
    auto* ipv4 = reinterpret_cast<sockaddr_in*>(&name.bytes);
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(peer.port);
    std::memcpy(&ipv4->sin_addr, peer.address.wire().data(), sizeof(ipv4->sin_addr));
    name.size = sizeof(*ipv4);
  } else {
    auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&name.bytes);
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons(peer.port);
    std::memcpy(&ipv6->sin6_addr, peer.address.wire().data(), sizeof(ipv6->sin6_addr));
    if (!peer.interface.empty()) ipv6->sin6_scope_id = if_nametoindex(peer.interface.c_str());
    name.size = sizeof(*ipv6);
  }
  return name;
}

Peer peer_of(const Name& name) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (name.bytes.ss_family == AF_INET) {
    const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(&name.bytes);
    inet_ntop(AF_INET, &ipv4->sin_addr, text.data(), text.size());
    return {net::Address::parse(text.data()).value(), ntohs(ipv4->sin_port)};
  }
  const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(&name.bytes);
  inet_ntop(AF_INET6, &ipv6->sin6_addr, text.data(), text.size());
  return {net::Address::parse(text.data()).value(), ntohs(ipv6->sin6_port)};
}

bool readable(const UniqueFd& fd, std::chrono::milliseconds patience) {
  pollfd waiting{fd.get(), POLLIN, 0};
  return ::poll(&waiting, 1, static_cast<int>(patience.count())) == 1;
}

void limit_waits(const UniqueFd& fd) {
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &longest_wait, sizeof(longest_wait));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &longest_wait, sizeof(longest_wait));
}

UniqueFd socket_in(const net::Netns& netns, int domain, int type) {
  UniqueFd fd;
  const auto entered =
      netns.inside([&] { fd = UniqueFd(::socket(domain, type | SOCK_CLOEXEC, 0)); });
  if (!entered || !fd) stop("create a socket");
  limit_waits(fd);
  return fd;
}

void bind_port(const UniqueFd& fd, net::Family family, std::uint16_t port) {
  const int yes = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (family == net::Family::ipv6)
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
  Name any =
      name_of({net::Address::parse(family == net::Family::ipv4 ? "0.0.0.0" : "::").value(), port});
  if (::bind(fd.get(), any.generic(), any.size) != 0) stop("bind port " + std::to_string(port));
}

// The interface's number is that of the namespace.
Name name_in(const net::Netns& netns, const Peer& peer) {
  Name name;
  if (!netns.inside([&] { name = name_of(peer); })) stop("enter a namespace");
  return name;
}

}  // namespace

Result<TcpConnection> TcpConnection::open(const net::Netns& netns, const Peer& to) {
  UniqueFd fd = socket_in(netns, domain_of(to.address.family()), SOCK_STREAM);
  Name name = name_in(netns, to);
  if (::connect(fd.get(), name.generic(), name.size) != 0) return fail_errno("connect");
  return TcpConnection(std::move(fd));
}

bool TcpConnection::send(const std::string& text) const {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t sent = ::send(fd_.get(), text.data() + done, text.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    done += static_cast<std::size_t>(sent);
  }
  return true;
}

std::string TcpConnection::receive(std::size_t bytes) const {
  std::string text(bytes, '\0');
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t received = ::recv(fd_.get(), text.data() + done, bytes - done, 0);
    if (received <= 0) break;
    done += static_cast<std::size_t>(received);
  }
  text.resize(done);
  return text;
}

void TcpConnection::finish() const {
  ::shutdown(fd_.get(), SHUT_WR);
}

TcpListener::TcpListener(const net::Netns& netns, net::Family family, std::uint16_t port)
    : fd_(socket_in(netns, domain_of(family), SOCK_STREAM)) {
  bind_port(fd_, family, port);
  if (::listen(fd_.get(), 64) != 0) stop("listen");
}

std::optional<TcpListener::Accepted> TcpListener::accept(std::chrono::milliseconds patience) const {
  if (!readable(fd_, patience)) return std::nullopt;
  Name name;
  name.size = sizeof(name.bytes);
  UniqueFd fd(::accept4(fd_.get(), name.generic(), &name.size, SOCK_CLOEXEC));
  if (!fd) return std::nullopt;
  limit_waits(fd);
  return Accepted{TcpConnection(std::move(fd)), peer_of(name)};
}

UdpSocket::UdpSocket(const net::Netns& netns, net::Family family, std::uint16_t port)
    : fd_(socket_in(netns, domain_of(family), SOCK_DGRAM)) {
  // What is not read in time must not look like loss on the way.
  const int bytes = 16 * 1024 * 1024;
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
  bind_port(fd_, family, port);
}

Result<> UdpSocket::send(const std::string& text, const Peer& to) const {
  Name name = name_of(to);
  const ssize_t sent =
      ::sendto(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL, name.generic(), name.size);
  if (sent != static_cast<ssize_t>(text.size())) return fail_errno("send");
  return {};
}

std::optional<UdpSocket::Datagram> UdpSocket::receive(std::chrono::milliseconds patience) const {
  if (!readable(fd_, patience)) return std::nullopt;
  std::string text(65536, '\0');
  Name name;
  name.size = sizeof(name.bytes);
  const ssize_t size =
      ::recvfrom(fd_.get(), text.data(), text.size(), 0, name.generic(), &name.size);
  if (size < 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(size));
  return Datagram{std::move(text), peer_of(name)};
}

FrameSocket::FrameSocket(const net::Netns& netns, const std::string& interface)
    : fd_(socket_in(netns, AF_PACKET, SOCK_RAW)) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  if (!netns.inside(
          [&] { address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str())); }) ||
      ::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    stop("open interface " + interface);
  }
}

bool FrameSocket::send(const Bytes& frame) const {
  return ::send(fd_.get(), frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size());
}

std::optional<Bytes> FrameSocket::receive(std::chrono::milliseconds patience) const {
  if (!readable(fd_, patience)) return std::nullopt;
  Bytes frame(65536);
  const ssize_t size = ::recv(fd_.get(), frame.data(), frame.size(), 0);
  if (size < 0) return std::nullopt;
  frame.resize(static_cast<std::size_t>(size));
  return frame;
}

std::string http_get(const net::Netns& netns, const Peer& server, const std::string& path) {
  const auto connection = TcpConnection::open(netns, server);
  if (!connection) return {};
  connection->send("GET " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  return connection->receive(longest_response);
}

}  // namespace podwire::netns_test
