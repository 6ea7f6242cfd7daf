// SPDX-License-Identifier: Apache-2.0
//
//       node: podwired, no forwarding
//      pw...      pw...        pw...
//       |          |            |
//   small: eth0  middle: eth0  large: eth0
//   MTU 1280     MTU 1500      MTU 9000
//
#include <array>
#include <cstdint>
#include <future>
#include <netinet/in.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

constexpr std::uint16_t port = 7000;

class Mtu : public testing::Test {
 protected:
  Node node_;
  Pod small_{node_, "small", R"("mtu": 1280)"};
  Pod middle_{node_, "middle", R"("mtu": 1500)"};
  Pod large_{node_, "large", R"("mtu": 9000)"};

  struct End {
    const Pod& pod;
    std::size_t mtu;
  };
  std::array<End, 3> ends() const { return {{{small_, 1280}, {middle_, 1500}, {large_, 9000}}}; }

  // One echo request that makes an IP packet of that size, and may not be fragmented.
  static Finished ping(const Pod& from, const std::string& to, net::Family family,
                       std::size_t packet) {
    const std::size_t headers = family == net::Family::ipv4 ? 28 : 48;
    return from.run({"ping", "-n", "-c", "1", "-W", "5", "-M", "do", "-s",
                     std::to_string(packet - headers), to});
  }

  double too_big() const {
    return node_.metrics().sum("podwire_dropped_packets_total", {{"reason", "too_big"}});
  }
};

TEST_F(Mtu, lets_pass_what_both_ends_take) {
  for (const net::Family family : families) {
    for (const End& from : ends()) {
      for (const End& to : ends()) {
        if (&from.pod == &to.pod) continue;
        const Finished pinged =
            ping(from.pod, to.pod.text(family), family, std::min(from.mtu, to.mtu));
        EXPECT_EQ(pinged.status, 0) << from.mtu << " to " << to.mtu << ": " << pinged.out;
      }
    }
  }
  EXPECT_EQ(too_big(), 0);
}

TEST_F(Mtu, tells_the_sender_of_a_larger_packet_what_the_receiver_takes) {
  double dropped = 0;
  for (const net::Family family : families) {
    for (const auto& [from, to] : {std::pair{ends()[2], ends()[0]}, std::pair{ends()[2], ends()[1]},
                                   std::pair{ends()[1], ends()[0]}}) {
      SCOPED_TRACE(std::to_string(from.mtu) + " to " + std::to_string(to.mtu) + " " +
                   text_of(family));
      const std::string address = to.pod.text(family);
      const Finished pinged = ping(from.pod, address, family, to.mtu + 1);
      EXPECT_NE(pinged.status, 0);
      const std::string mtu = std::to_string(to.mtu);
      const bool told = pinged.out.find("mtu = " + mtu) != std::string::npos ||
                        pinged.out.find("mtu=" + mtu) != std::string::npos;
      EXPECT_TRUE(told) << pinged.out;
      EXPECT_EQ(too_big(), ++dropped);
      // The kernel has learned it and refuses by itself from now on.
      EXPECT_NE(from.pod.run({"ip", "route", "get", address}).out.find("mtu " + mtu),
                std::string::npos);
      EXPECT_NE(ping(from.pod, address, family, to.mtu + 1).status, 0);
      EXPECT_EQ(too_big(), dropped);
    }
  }
}

TEST_F(Mtu, lets_udp_in_fragments_pass_to_a_smaller_mtu) {
  for (const net::Family family : families) {
    const UdpSocket receiver(small_.netns(), family, port);
    const UdpSocket sender(large_.netns(), family, 0);
    const std::string text(20'000, 'x');
    // The sender's kernel may have to learn the path MTU from the first one, and UDP does not
    // repeat.
    std::optional<UdpSocket::Datagram> datagram;
    for (int i = 0; i < 20 && !datagram; ++i) {
      ASSERT_TRUE(sender.send(text, {small_.address(family), port}));
      datagram = receiver.receive(std::chrono::milliseconds(500));
    }
    ASSERT_TRUE(datagram) << text_of(family);
    EXPECT_EQ(datagram->text, text);
  }
}

// Both ends say in their SYN what they take, so that TCP need not learn it: here the smaller one is
// made to claim more than it takes.
TEST_F(Mtu, lets_tcp_discover_the_path_mtu) {
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    const std::string version = family == net::Family::ipv4 ? "-4" : "-6";
    const std::string gateway = family == net::Family::ipv4 ? "169.254.1.1" : "fe80::1";
    const Finished changed =
        small_.run({"ip", version, "route", "replace", "default", "via", gateway, "dev", "eth0",
                    "onlink", "proto", "112", "advmss", "8900"});
    ASSERT_EQ(changed.status, 0) << changed.err;
    const double before = too_big();

    const TcpListener listener(small_.netns(), family, port);
    const auto connection = TcpConnection::open(large_.netns(), {small_.address(family), port});
    ASSERT_TRUE(connection) << connection.error().what;
    const auto accepted = listener.accept();
    ASSERT_TRUE(accepted);
    const std::string text(4'000'000, 'x');
    auto sent = std::async(std::launch::async, [&] { return connection->send(text); });
    EXPECT_TRUE(accepted->connection.receive(text.size()) == text);
    EXPECT_TRUE(sent.get());
    EXPECT_GT(too_big(), before) << "nothing had to be discovered: the test is void";
    int learned = 0;
    socklen_t size = sizeof(learned);
    const bool is_ipv4 = family == net::Family::ipv4;
    getsockopt(connection->fd(), is_ipv4 ? IPPROTO_IP : IPPROTO_IPV6, is_ipv4 ? IP_MTU : IPV6_MTU,
               &learned, &size);
    EXPECT_EQ(learned, 1280);
  }
}

TEST_F(Mtu, is_the_same_on_both_ends_of_the_pair) {
  for (const End& end : ends()) {
    const std::string mtu = " mtu " + std::to_string(end.mtu) + " ";
    EXPECT_NE(end.pod.run({"ip", "link", "show", "eth0"}).out.find(mtu), std::string::npos);
    EXPECT_NE(node_.run({"ip", "link", "show", end.pod.host_link()}).out.find(mtu),
              std::string::npos);
  }
}

}  // namespace
}  // namespace podwire::netns_test
