// SPDX-License-Identifier: Apache-2.0
//
//   pod: eth0 -- pw... node: uplink -- west :router: east -- eth0 :server
//   10.66.0.x          192.0.2.1  192.0.2.9  198.51.100.1  198.51.100.9
//
// Errors that routers on the way send to a masqueraded pod.
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

constexpr std::uint16_t port = 7000;

class Beyond : public testing::TestWithParam<net::Family> {
 protected:
  void SetUp() override {
    for (const Sandbox* forwards : {&node_.sandbox(), &std::as_const(router_)}) {
      forwards->set_sysctl("net/ipv4/ip_forward", "1");
      forwards->set_sysctl("net/ipv6/conf/all/forwarding", "1");
    }
    // Without a link-local address, which duplicate address detection holds up for a second, there
    // is no neighbour discovery.
    for (const Sandbox* each : {&node_.sandbox(), &std::as_const(router_), &std::as_const(server_)})
      each->set_sysctl("net/ipv6/conf/default/accept_dad", "0");
    connect(node_.netns(), "uplink", router_, "west");
    connect(router_.netns(), "east", server_, "eth0");
    configure(node_.netns(), "uplink", "192.0.2.1/24", "2001:db8::1/64");
    configure(router_.netns(), "west", "192.0.2.9/24", "2001:db8::9/64");
    configure(router_.netns(), "east", "198.51.100.1/24", "2001:db8:1::1/64");
    configure(server_.netns(), "eth0", "198.51.100.9/24", "2001:db8:1::9/64");
    route(node_.netns(), "192.0.2.9", "2001:db8::9");
    route(server_.netns(), "198.51.100.1", "2001:db8:1::1");
  }

  static void in(const net::Netns& netns, const std::vector<std::string>& arguments) {
    const Finished finished = run({.arguments = arguments, .netns = &netns});
    ASSERT_EQ(finished.status, 0) << finished.err;
  }
  static void connect(const net::Netns& netns, const std::string& name, const Sandbox& peer,
                      const std::string& peer_name) {
    in(netns, {"ip", "link", "add", name, "type", "veth", "peer", "name", peer_name, "netns",
               peer.path()});
  }
  static void configure(const net::Netns& netns, const std::string& link, const std::string& ipv4,
                        const std::string& ipv6) {
    in(netns, {"ip", "link", "set", link, "up"});
    in(netns, {"ip", "address", "add", ipv4, "dev", link});
    in(netns, {"ip", "address", "add", ipv6, "dev", link, "nodad"});
  }
  static void route(const net::Netns& netns, const std::string& ipv4, const std::string& ipv6) {
    in(netns, {"ip", "route", "add", "default", "via", ipv4});
    in(netns, {"ip", "route", "add", "default", "via", ipv6});
  }
  // The same at both ends, or the peer would drop what is too big without a word.
  static void set_mtu(const net::Netns& netns, const std::string& link, const std::string& mtu) {
    in(netns, {"ip", "link", "set", link, "mtu", mtu});
  }

  bool is_ipv4() const { return GetParam() == net::Family::ipv4; }
  std::string server() const { return is_ipv4() ? "198.51.100.9" : "2001:db8:1::9"; }
  std::string router() const { return is_ipv4() ? "192.0.2.9" : "2001:db8::9"; }

  // As ping prints it.
  std::string mtu_text(const std::string& mtu) const {
    return (is_ipv4() ? "mtu = " : "mtu=") + mtu;
  }

  Finished ping(std::vector<std::string> options) const {
    options.insert(options.begin(), {"ping", "-n", "-c", "1", "-W", "2"});
    options.push_back(server());
    return pod_.run(options);
  }

  ScratchDirectory directory_;
  Sandbox router_{directory_.file("router")};
  Sandbox server_{directory_.file("server")};
  Node node_;
  Pod pod_{node_, "a"};
};
INSTANTIATE_TEST_SUITE_P(Families, Beyond, testing::ValuesIn(families),
                         [](const auto& family) { return text_of(family.param); });

TEST_P(Beyond, a_router_on_the_way_tells_that_the_time_is_exceeded) {
  EXPECT_EQ(ping({}).status, 0);
  const Finished far = ping({"-t", "2"});
  EXPECT_NE(far.out.find("From " + router()), std::string::npos) << far.out << far.err;
  const Finished near = ping({"-t", "1"});
  EXPECT_NE(near.out.find("exceeded"), std::string::npos) << near.out << near.err;
}

TEST_P(Beyond, a_router_on_the_way_tells_that_a_packet_is_too_big) {
  set_mtu(router_.netns(), "east", "1300");
  set_mtu(server_.netns(), "eth0", "1300");
  const Finished big = ping({"-M", "do", "-s", "1400"});
  EXPECT_NE((big.out + big.err).find(mtu_text("1300")), std::string::npos) << big.out << big.err;
  EXPECT_EQ(ping({"-M", "do", "-s", is_ipv4() ? "1272" : "1252"}).status, 0);
}

TEST_P(Beyond, the_node_itself_tells_that_a_packet_is_too_big) {
  set_mtu(node_.netns(), "uplink", "1400");
  set_mtu(router_.netns(), "west", "1400");
  const Finished big = ping({"-M", "do", "-s", "1450"});
  EXPECT_NE((big.out + big.err).find(mtu_text("1400")), std::string::npos) << big.out << big.err;
}

TEST_P(Beyond, a_connection_gets_over_a_smaller_mtu) {
  set_mtu(router_.netns(), "east", "1300");
  set_mtu(server_.netns(), "eth0", "1300");
  const TcpListener listener(server_.netns(), GetParam(), port);
  const auto connection =
      TcpConnection::open(pod_.netns(), {net::Address::parse(server()).value(), port});
  ASSERT_TRUE(connection) << connection.error().what;
  const auto accepted = listener.accept();
  ASSERT_TRUE(accepted);
  const std::string text(1'000'000, 'x');
  bool sent = false;
  std::jthread sending([&] {
    sent = connection->send(text);
    connection->finish();
  });
  EXPECT_EQ(accepted->connection.receive(text.size() + 1).size(), text.size());
  sending.join();
  EXPECT_TRUE(sent);
}

// Not at the first SYN: the answer is there while the kernel still holds the socket.
TEST_P(Beyond, a_router_on_the_way_tells_that_a_server_is_unreachable) {
  const char* network = is_ipv4() ? "203.0.113.0/24" : "2001:db8:2::/64";
  in(router_.netns(), {"ip", "route", "add", "unreachable", network});
  const auto begin = std::chrono::steady_clock::now();
  const auto refused = TcpConnection::open(
      pod_.netns(),
      {net::Address::parse(is_ipv4() ? "203.0.113.9" : "2001:db8:2::9").value(), port});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find(is_ipv4() ? "No route to host" : "Network is unreachable"),
            std::string::npos)
      << refused.error().what;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << "a time-out";
}

}  // namespace
}  // namespace podwire::netns_test
