// SPDX-License-Identifier: Apache-2.0
#include "wire.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdexcept>
#include <sys/socket.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

namespace podwire::bpf_test {

namespace {

void run(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

// Otherwise each link would send router solicitations and multicast reports.
void silence_ipv6() {
  for (const std::string which : {"all", "default"}) {
    std::ofstream file("/proc/sys/net/ipv6/conf/" + which + "/disable_ipv6");
    if (!(file << 1 << std::flush))
      throw std::runtime_error("cannot disable IPv6 in the namespace");
  }
}

void create_link(const std::string& pod) {
  run("ip link add " + pod + "-host mtu 9000 type veth peer name " + pod + "-pod mtu 9000");
  run("ip link set " + pod + "-host up");
  run("ip link set " + pod + "-pod up");
}

Wire create_wire() {
  if (unshare(CLONE_NEWNET) != 0) throw std::runtime_error("a network namespace needs root");
  silence_ipv6();
  create_link("client");
  create_link("server");
  return {if_nametoindex("client-host"), if_nametoindex("server-host")};
}

sockaddr_ll link_address(const std::string& interface, std::uint16_t protocol) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(protocol);
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  return address;
}

}  // namespace

const Wire& Wire::get() {
  static const Wire wire = create_wire();
  return wire;
}

void inject(const std::string& interface, const Bytes& frame) {
  // Protocol 0: the kernel takes it from the frame, as it does for what a pod sends.
  const UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  const sockaddr_ll to = link_address(interface, 0);
  const ssize_t sent = sendto(socket.get(), frame.data(), frame.size(), 0,
                              reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  // A hook on the way out that drops the frame makes the call fail with ENOBUFS.
  if (sent < 0 && errno != ENOBUFS) throw std::runtime_error("cannot send on " + interface);
}

Capture::Capture(const std::string& interface)
    : socket_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) {
  const int yes = 1;
  const int buffer_bytes = 4 << 20;  // a full batch of probes before the first is read
  const sockaddr_ll address = link_address(interface, ETH_P_ALL);
  if (setsockopt(socket_.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes)) != 0 ||
      setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof(buffer_bytes)) !=
          0 ||
      bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::runtime_error("cannot capture on " + interface);
  }
}

std::optional<Bytes> Capture::next(std::chrono::milliseconds patience) const {
  pollfd ready{socket_.get(), POLLIN, 0};
  if (poll(&ready, 1, static_cast<int>(patience.count())) != 1) return std::nullopt;
  Bytes frame(65536);
  const ssize_t length = recv(socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT);
  if (length < 0) return std::nullopt;
  frame.resize(static_cast<std::size_t>(length));
  return frame;
}

}  // namespace podwire::bpf_test
