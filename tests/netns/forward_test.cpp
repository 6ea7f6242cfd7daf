// SPDX-License-Identifier: Apache-2.0
//
//     node: podwired; ip_forward as the test says
//      pw...        pw...
//       |            |
//   client: eth0  server: eth0
//
#include <cstdint>
#include <future>

#include "two_pods.hpp"

namespace podwire::netns_test {
namespace {

constexpr std::uint16_t port = 7000;
constexpr std::uint16_t other_port = 7001;

// Whether the host stack forwards must not matter between pods.
class Forward : public TwoPods, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    const std::string value = GetParam() ? "1" : "0";
    node_.sandbox().set_sysctl("net/ipv4/ip_forward", value);
    node_.sandbox().set_sysctl("net/ipv6/conf/all/forwarding", value);
  }

  static std::string ping(const Finished& finished) { return finished.out + finished.err; }
};

INSTANTIATE_TEST_SUITE_P(HostForwarding, Forward, testing::Bool(),
                         [](const auto& param) { return std::string(param.param ? "on" : "off"); });

TEST_P(Forward, carries_tcp_and_the_receiver_sees_the_senders_address) {
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    const TcpListener listener(server_.netns(), family, port);
    const auto connection = TcpConnection::open(client_.netns(), {server_.address(family), port});
    ASSERT_TRUE(connection) << connection.error().what;
    const auto accepted = listener.accept();
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->peer.address, client_.address(family));
    EXPECT_TRUE(connection->send("request"));
    EXPECT_EQ(accepted->connection.receive(7), "request");
    EXPECT_TRUE(accepted->connection.send("answer"));
    EXPECT_EQ(connection->receive(6), "answer");
  }
}

TEST_P(Forward, carries_udp_and_the_receiver_sees_the_senders_address) {
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    const UdpSocket receiver(server_.netns(), family, port);
    const UdpSocket sender(client_.netns(), family, other_port);
    // Eight thousand bytes go in fragments.
    for (const std::size_t size : {0u, 1u, 1400u, 8000u}) {
      const std::string text(size, 'x');
      ASSERT_TRUE(sender.send(text, {server_.address(family), port}));
      const auto datagram = receiver.receive();
      ASSERT_TRUE(datagram) << size << " bytes";
      EXPECT_EQ(datagram->text, text);
      EXPECT_EQ(datagram->peer, (Peer{client_.address(family), other_port}));
    }
  }
}

TEST_P(Forward, carries_icmp_whole_and_in_fragments) {
  for (const net::Family family : families) {
    for (const char* size : {"56", "4000"}) {
      const Finished pinged = client_.run(
          {"ping", "-n", "-c", "3", "-i", "0.1", "-W", "5", "-s", size, server_.text(family)});
      EXPECT_EQ(pinged.status, 0) << ping(pinged);
      EXPECT_NE(pinged.out.find(" 0% packet loss"), std::string::npos) << ping(pinged);
      EXPECT_NE(pinged.out.find("ttl=63"), std::string::npos) << ping(pinged);
    }
  }
}

TEST_P(Forward, is_a_hop_that_traceroute_sees) {
  const auto trace = [&](const char* option, const std::string& to) {
    return client_.run({"traceroute", option, "-n", "-q", "1", "-w", "5", "-N", "1", to}).out;
  };
  const std::string ipv4 = trace("-4", server_.text(net::Family::ipv4));
  EXPECT_NE(ipv4.find("\n 1  169.254.1.1 "), std::string::npos) << ipv4;
  EXPECT_NE(ipv4.find("\n 2  " + server_.text(net::Family::ipv4) + " "), std::string::npos) << ipv4;
  const std::string ipv6 = trace("-6", server_.text(net::Family::ipv6));
  EXPECT_NE(ipv6.find("\n 1  fe80::1"), std::string::npos) << ipv6;
  EXPECT_NE(ipv6.find("\n 2  " + server_.text(net::Family::ipv6) + " "), std::string::npos) << ipv6;
}

TEST_P(Forward, lets_host_and_pod_reach_each_other) {
  const Peer gateways[] = {{net::Address::parse("169.254.1.1").value(), port},
                           {net::Address::parse("fe80::1").value(), port, "eth0"}};
  for (const Peer& gateway : gateways) {
    const net::Family family = gateway.address.family();
    SCOPED_TRACE(text_of(family));
    const TcpListener in_pod(server_.netns(), family, port);
    const auto from_host = TcpConnection::open(node_.netns(), {server_.address(family), port});
    ASSERT_TRUE(from_host) << from_host.error().what;
    EXPECT_TRUE(in_pod.accept());

    const TcpListener on_host(node_.netns(), family, port);
    const auto from_pod = TcpConnection::open(client_.netns(), gateway);
    ASSERT_TRUE(from_pod) << from_pod.error().what;
    const auto accepted = on_host.accept();
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->peer.address, client_.address(family));
  }
}

TEST_P(Forward, lets_a_pod_reach_itself) {
  for (const net::Family family : families) {
    const TcpListener listener(client_.netns(), family, port);
    EXPECT_TRUE(TcpConnection::open(client_.netns(), {client_.address(family), port}));
    const auto accepted = listener.accept();
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->peer.address, client_.address(family));
  }
}

// Bytes that do not repeat in the pattern of segments or pages.
class Noise {
 public:
  char next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<char>(state_);
  }

 private:
  std::uint64_t state_ = 0x9e3779b97f4a7c15;
};

TEST_P(Forward, loses_and_changes_nothing_of_50_megabytes) {
  constexpr std::size_t total = 50'000'000;
  std::string text(total, '\0');
  Noise noise;
  for (char& byte : text) byte = noise.next();
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    const TcpListener listener(server_.netns(), family, port);
    const auto connection = TcpConnection::open(client_.netns(), {server_.address(family), port});
    ASSERT_TRUE(connection) << connection.error().what;
    const auto accepted = listener.accept();
    ASSERT_TRUE(accepted);
    auto sent = std::async(std::launch::async, [&] {
      const bool all = connection->send(text);
      connection->finish();
      return all;
    });
    EXPECT_TRUE(accepted->connection.receive(total + 1) == text);
    EXPECT_TRUE(sent.get());
  }
}

class HostRoute : public TwoPods, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(HostForwarding, HostRoute, testing::Values("0", "1"));

// The range ends at the node: an address without a pod does not travel on, and nobody has to wait.
TEST_P(HostRoute, refuses_unassigned_addresses_at_once) {
  node_.sandbox().set_sysctl("net/ipv4/ip_forward", GetParam());
  node_.sandbox().set_sysctl("net/ipv6/conf/all/forwarding", GetParam());
  for (const auto& [address, answer] : {std::pair{"10.66.0.200", "Destination Host Unreachable"},
                                        std::pair{"fd66::200", "Destination unreachable"}}) {
    const auto begin = std::chrono::steady_clock::now();
    const Finished refused = client_.run({"ping", "-n", "-c", "1", "-W", "10", address});
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.out.find(answer), std::string::npos) << address << ": " << refused.out;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  }
}

TEST_P(HostRoute, leads_to_the_nodes_own_addresses_in_the_range) {
  node_.sandbox().set_sysctl("net/ipv4/ip_forward", GetParam());
  node_.sandbox().set_sysctl("net/ipv6/conf/all/forwarding", GetParam());
  for (const char* address : {"10.66.0.200", "fd66::200"}) {
    const auto reached = [&] {
      return client_.run({"ping", "-n", "-c", "1", "-W", "1", address}).status == 0;
    };
    EXPECT_FALSE(reached());
    ASSERT_EQ(node_.run({"ip", "address", "add", address, "dev", "lo"}).status, 0);
    EXPECT_TRUE(eventually(reached)) << address;
  }
}

}  // namespace
}  // namespace podwire::netns_test
