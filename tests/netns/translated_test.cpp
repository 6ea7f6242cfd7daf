// SPDX-License-Identifier: Apache-2.0
//
//   client ---> 10.96.0.1:80, fd96::1:80 -+
//      ^                                  |  node: ip_forward on; nftables translates the service's
//      |  from the service's address      v  address to the server's
//      +------------------------------- server:8080
//                                              or: another node's pod, 10.67.0.5, fd67::5
//
// What kube-proxy, portmap and other programs on the node do: podwire knows nothing of the service.
#include <gtest/gtest.h>

#include "talk.hpp"
#include "topology.hpp"

namespace podwire::netns_test {
namespace {

constexpr std::uint16_t service_port = 80;
constexpr std::uint16_t server_port = 8080;

class Translated : public testing::Test {
 protected:
  void SetUp() override {
    node_.sandbox().set_sysctl("net/ipv4/ip_forward", "1");
    node_.sandbox().set_sysctl("net/ipv6/conf/all/forwarding", "1");
    translate_to(server_.text(families[0]), server_.text(families[1]));
    on_node({"ip", "link", "add", "uplink", "type", "veth", "peer", "name", "eth0", "netns",
             remote_.path()});
    on_node({"ip", "link", "set", "uplink", "up"});
    on_node({"ip", "address", "add", "192.0.2.1/24", "dev", "uplink"});
    on_node({"ip", "-6", "address", "add", "2001:db8::1/64", "dev", "uplink", "nodad"});
  }

  void on_node(const std::vector<std::string>& arguments) {
    const Finished finished = node_.run(arguments);
    ASSERT_EQ(finished.status, 0) << arguments.front() << ": " << finished.err;
  }

  // As kube-proxy: translated before routing; a pod's own packets come back under the node's name.
  void translate_to(const std::string& ipv4, const std::string& ipv6) {
    std::string rules =
        "table inet service {\n chain translate {\n"
        "  type nat hook prerouting priority dstnat;\n";
    for (const char* protocol : {"tcp", "udp"}) {
      const std::string ports = std::string(" ") + protocol + " dport 80 dnat ";
      rules += "  ip daddr { 10.96.0.1, 192.0.2.1 }" + ports + "ip to " + ipv4 + ":8080\n";
      rules += "  ip6 daddr { fd96::1, 2001:db8::1 }" + ports + "ip6 to [" + ipv6 + "]:8080\n";
    }
    rules += " }\n chain own {\n  type nat hook postrouting priority srcnat;\n";
    rules += "  ip saddr " + ipv4 + " ip daddr " + ipv4 + " masquerade\n";
    rules += "  ip6 saddr " + ipv6 + " ip6 daddr " + ipv6 + " masquerade\n }\n}\n";
    on_node({"nft", rules});
  }

  double verdict(const std::string& name) const {
    return node_.metrics().sum("podwire_packets_total", {{"verdict", name}});
  }

  static net::Address service(net::Family family) {
    return net::Address::parse(family == net::Family::ipv4 ? "10.96.0.1" : "fd96::1").value();
  }

  ScratchDirectory directory_;
  Sandbox remote_{directory_.file("remote")};
  Node node_{{.more = "masquerade: {except: [10.67.0.0/16, 'fd67::/16']}"}};
  Pod client_{node_, "client"};
  Pod server_{node_, "server"};
};

TEST_F(Translated, connections_to_a_service_reach_another_pod_and_live) {
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    const TcpListener listener(server_.netns(), family, server_port);
    expect_talk(client_.netns(), {service(family), service_port}, listener);
  }
}

// No NAT but that of the service: the other pod sees the client.
TEST_F(Translated, connections_to_a_service_reach_a_pod_of_another_node_and_live) {
  on_node({"nft", "delete", "table", "inet", "service"});
  translate_to("10.67.0.5", "fd67::5");
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"ip", "link", "set", "eth0", "up"},
           {"ip", "address", "add", "10.67.0.5/32", "dev", "eth0"},
           {"ip", "address", "add", "fd67::5/128", "dev", "eth0", "nodad"},
           {"ip", "route", "add", "192.0.2.0/24", "dev", "eth0"},
           {"ip", "route", "add", "2001:db8::/64", "dev", "eth0"},
           {"ip", "route", "add", "10.66.0.0/24", "via", "192.0.2.1"},
           {"ip", "route", "add", "fd66::/64", "via", "2001:db8::1"}}) {
    const Finished finished = run({.arguments = arguments, .netns = &remote_.netns()});
    ASSERT_EQ(finished.status, 0) << finished.err;
  }
  on_node({"ip", "route", "add", "10.67.0.0/24", "dev", "uplink"});
  on_node({"ip", "route", "add", "fd67::/64", "dev", "uplink"});
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    const TcpListener listener(remote_.netns(), family, server_port);
    const auto connection = TcpConnection::open(client_.netns(), {service(family), service_port});
    ASSERT_TRUE(connection) << connection.error().what;
    const auto accepted = listener.accept();
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->peer.address, client_.address(family));
    EXPECT_TRUE(accepted->connection.send(std::string(100'000, 'x')));
    EXPECT_EQ(connection->receive(100'000).size(), 100'000U);
  }
}

TEST_F(Translated, connections_of_a_pod_to_its_own_service_live) {
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    const TcpListener listener(server_.netns(), family, server_port);
    expect_talk(server_.netns(), {service(family), service_port}, listener);
  }
}

TEST_F(Translated, connections_of_a_pod_to_a_port_of_the_node_live) {
  for (const char* node : {"192.0.2.1", "2001:db8::1"}) {
    SCOPED_TRACE(node);
    const net::Address address = net::Address::parse(node).value();
    const TcpListener listener(server_.netns(), address.family(), server_port);
    expect_talk(client_.netns(), {address, service_port}, listener);
  }
}

TEST_F(Translated, datagrams_are_answered_by_the_service_whole_and_in_fragments) {
  for (const net::Family family : families) {
    for (const std::size_t size : {10U, 5000U}) {
      SCOPED_TRACE(text_of(family) + (" " + std::to_string(size)));
      const UdpSocket server(server_.netns(), family, server_port);
      const UdpSocket client(client_.netns(), family, 0);
      ASSERT_TRUE(client.send(std::string(size, 'q'), {service(family), service_port}));
      const auto request = server.receive();
      ASSERT_TRUE(request);
      EXPECT_EQ(request->text.size(), size);
      EXPECT_EQ(request->peer.address, client_.address(family)) << "translated once only";
      ASSERT_TRUE(server.send(std::string(size, 'a'), request->peer));
      const auto answer = client.receive();
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->text.size(), size);
      EXPECT_EQ(answer->peer, (Peer{service(family), service_port}));
    }
  }
}

TEST_F(Translated, errors_about_translated_datagrams_reach_the_sender) {
  const UdpSocket client(client_.netns(), net::Family::ipv4, 0);
  const Finished asked = client_.run(
      {"traceroute", "-n", "-U", "-p", "80", "-f", "2", "-m", "2", "-q", "1", "10.96.0.1"});
  EXPECT_NE(asked.out.find("10.96.0.1"), std::string::npos) << asked.out << asked.err;
}

TEST_F(Translated, direct_connections_between_the_same_pods_stay_direct) {
  for (const net::Family family : families) {
    SCOPED_TRACE(text_of(family));
    const TcpListener listener(server_.netns(), family, server_port);
    expect_talk(client_.netns(), {service(family), service_port}, listener);
    const double before = verdict("to_host");
    expect_talk(client_.netns(), {server_.address(family), server_port}, listener);
    EXPECT_EQ(verdict("to_host"), before);
  }
}

TEST_F(Translated, connections_outlive_the_agent) {
  const TcpListener listener(server_.netns(), net::Family::ipv4, server_port);
  const auto connection =
      TcpConnection::open(client_.netns(), {service(net::Family::ipv4), service_port});
  ASSERT_TRUE(connection) << connection.error().what;
  const auto accepted = listener.accept();
  ASSERT_TRUE(accepted);
  node_.agent().kill();
  EXPECT_TRUE(accepted->connection.send("while it is away"));
  EXPECT_EQ(connection->receive(16), "while it is away");
  node_.agent().start();
  // The server speaks first: what was remembered must be there still.
  EXPECT_TRUE(accepted->connection.send("and when it is back"));
  EXPECT_EQ(connection->receive(19), "and when it is back");
}

}  // namespace
}  // namespace podwire::netns_test
