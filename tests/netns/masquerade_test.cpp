// SPDX-License-Identifier: Apache-2.0
//
//   pods -- node: podwired ----- internet      (outside.hpp)
//
#include "outside.hpp"

namespace podwire::netns_test {
namespace {

constexpr std::uint16_t port = 7000;

class Masquerade : public Outside {
 protected:
  Masquerade() : Outside({.more = "masquerade: {except: [10.99.0.0/16, 'fd99::/16']}"}) {}

  // Whom a server at `to` sees; nothing without a connection.
  std::string seen_by(const net::Netns& server, const std::string& to) {
    const net::Address address = net::Address::parse(to).value();
    const TcpListener listener(server, address.family(), port);
    const auto connection = TcpConnection::open(pod_.netns(), {address, port});
    if (!connection) return connection.error().what;
    const auto accepted = listener.accept();
    return accepted ? accepted->peer.address.text() : "nobody";
  }
};

TEST_F(Masquerade, hides_pods_behind_the_node_from_the_world) {
  EXPECT_EQ(seen_by(internet_.netns(), "198.51.100.9"), "192.0.2.1");
  EXPECT_EQ(seen_by(internet_.netns(), "2001:db8:1::9"), "2001:db8::1");
}

TEST_F(Masquerade, shows_pods_to_each_other_and_to_the_node) {
  for (const net::Family family : families) {
    EXPECT_EQ(seen_by(other_.netns(), other_.text(family)), pod_.text(family));
  }
  EXPECT_EQ(seen_by(node_.netns(), "192.0.2.1"), pod_.text(net::Family::ipv4));
  EXPECT_EQ(seen_by(node_.netns(), "2001:db8::1"), pod_.text(net::Family::ipv6));
}

TEST_F(Masquerade, shows_pods_to_the_exceptions) {
  in_internet({"ip", "route", "add", "10.66.0.0/24", "via", "192.0.2.1"});
  in_internet({"ip", "route", "add", "fd66::/64", "via", "2001:db8::1"});
  EXPECT_EQ(seen_by(internet_.netns(), "10.99.0.9"), pod_.text(net::Family::ipv4));
  EXPECT_EQ(seen_by(internet_.netns(), "fd99::9"), pod_.text(net::Family::ipv6));
  EXPECT_EQ(seen_by(internet_.netns(), "198.51.100.9"), "192.0.2.1");
}

TEST_F(Masquerade, has_one_table_however_often_the_agent_starts) {
  const std::string before = node_.run({"nft", "list", "ruleset"}).out;
  EXPECT_NE(before.find("table inet podwire-netns-test"), std::string::npos) << before;
  node_.agent().stop();
  EXPECT_EQ(seen_by(internet_.netns(), "198.51.100.9"), "192.0.2.1") << "pods stay connected";
  node_.agent().start();
  EXPECT_EQ(node_.run({"nft", "list", "ruleset"}).out, before);
}

TEST(MasqueradeOff, takes_its_table_away) {
  ScratchDirectory directory;
  const Sandbox node(directory.file("node"));
  const auto table = [&] {
    return run({.arguments = {"nft", "list", "ruleset"}, .netns = &node.netns()}).out;
  };
  {
    Agent agent(node.netns(), directory.file("agent"), {});
    agent.start();
    EXPECT_NE(table().find("masquerade"), std::string::npos);
  }
  Agent agent(node.netns(), directory.file("next"), {.more = "masquerade: {enabled: false}"});
  agent.start();
  EXPECT_EQ(table(), "");
}

}  // namespace
}  // namespace podwire::netns_test
