// SPDX-License-Identifier: Apache-2.0
//
//              node: podwired, podwire
//      pw...       pw...        pw...
//       |           |            |
//     eth0        net1         eth0
//     container: attached     peer
//     to two networks
//
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

namespace json = boost::json;

constexpr std::uint16_t port = 7000;

std::string flag_of(net::Family family) {
  return family == net::Family::ipv4 ? "-4" : "-6";
}

// One interface of a container that may have others.
class Interface {
 public:
  Interface(const Node& node, const std::string& socket, const Sandbox& container,
            const std::string& network, const std::string& ifname)
      : node_(node), call_{.command = "ADD", .container_id = "c1"} {
    call_.netns = container.path();
    call_.ifname = ifname;
    json::object config = json::parse(network_config(socket)).as_object();
    config["name"] = network;
    config["probes"] = json::array{json::object{{"tcpPort", port}, {"periodMs", 50}}};
    call_.config = json::serialize(config);
    const Finished added = call_plugin(node_.netns(), call_);
    if (added.status != 0) throw std::runtime_error("ADD of " + ifname + ": " + added.out);
    result_ = json::parse(added.out);
  }

  std::string address(net::Family family) const {
    const std::size_t index = family == net::Family::ipv4 ? 0 : 1;
    const std::string text = result_.at("ips").at(index).at("address").as_string().c_str();
    return text.substr(0, text.find('/'));
  }
  const std::string& name() const { return call_.ifname; }

  Finished del() const {
    PluginCall call = call_;
    call.command = "DEL";
    return call_plugin(node_.netns(), call);
  }
  Finished check() const {
    PluginCall call = call_;
    call.command = "CHECK";
    json::object config = json::parse(call_.config).as_object();
    config["prevResult"] = result_;
    call.config = json::serialize(config);
    return call_plugin(node_.netns(), call);
  }

 private:
  const Node& node_;
  PluginCall call_;
  json::value result_;
};

class TwoAttachments : public testing::Test {
 protected:
  Interface attach(const std::string& network, const std::string& ifname) {
    return {node_, node_.agent().socket(), container_, network, ifname};
  }

  Finished in_container(std::vector<std::string> arguments) const {
    return run({.arguments = std::move(arguments), .netns = &container_.netns()});
  }
  // What `ip` tells of both families there.
  std::string listing(const std::vector<std::string>& what) const {
    std::string all;
    for (const net::Family family : families) {
      std::vector<std::string> arguments = {"ip", flag_of(family)};
      arguments.insert(arguments.end(), what.begin(), what.end());
      all += in_container(arguments).out;
    }
    return all;
  }
  // The agent's own.
  std::string rules() const {
    std::istringstream all(listing({"rule"}));
    std::string own;
    for (std::string rule; std::getline(all, rule);) {
      if (rule.find("proto 112") != std::string::npos) own += rule + "\n";
    }
    return own;
  }

  static void expect_ping(const Finished& pinged) { EXPECT_EQ(pinged.status, 0) << pinged.out; }
  static std::vector<std::string> ping(const std::string& to) {
    return {"ping", "-n", "-c", "1", "-W", "5", to};
  }
  static std::vector<std::string> ping_from(const std::string& source, const std::string& to) {
    return {"ping", "-n", "-c", "1", "-W", "5", "-I", source, to};
  }

  // From and to everywhere, and by a connection that the peer opens.
  void expect_to_work(const Interface& one) const {
    SCOPED_TRACE(one.name());
    for (const net::Family family : families) {
      SCOPED_TRACE(text_of(family));
      const std::string own = one.address(family);
      expect_ping(peer_.run(ping(own)));
      expect_ping(node_.run(ping(own)));
      expect_ping(in_container(ping_from(own, peer_.text(family))));
      expect_ping(in_container(ping_from(one.name(), peer_.text(family))));
      const TcpListener listener(container_.netns(), family, port);
      const auto connection =
          TcpConnection::open(peer_.netns(), {net::Address::parse(own).value(), port});
      EXPECT_TRUE(connection) << connection.error().what;
    }
    const Finished checked = one.check();
    EXPECT_EQ(checked.status, 0) << checked.out;
  }
  void expect_nothing_dropped() const {
    EXPECT_EQ(node_.metrics().sum("podwire_dropped_packets_total", {{"reason", "spoofed"}}), 0);
  }

  // Answers to a connection that was opened without naming a source.
  std::string source_towards(const std::string& to, net::Family family) const {
    const std::string route = in_container({"ip", flag_of(family), "route", "get", to}).out;
    const auto start = route.find(" src ") + 5;
    return route.substr(start, route.find(' ', start) - start);
  }

  mutable Node node_;
  Sandbox container_{node_.file("container")};
  Pod peer_{node_, "peer"};
};

TEST_F(TwoAttachments, both_work) {
  const Interface first = attach("blue", "eth0");
  const Interface second = attach("green", "net1");
  expect_to_work(first);
  expect_to_work(second);
  expect_nothing_dropped();
}

TEST_F(TwoAttachments, leave_the_first_default_route_as_it_was) {
  const Interface first = attach("blue", "eth0");
  const std::string rules_before = listing({"rule"});
  const auto first_route = [&](net::Family family) {
    const std::string routes =
        in_container({"ip", flag_of(family), "route", "show", "default"}).out;
    return routes.substr(0, routes.find('\n'));
  };
  const std::string ipv4_before = first_route(net::Family::ipv4);
  const std::string ipv6_before = first_route(net::Family::ipv6);
  {
    const Interface second = attach("green", "net1");
    EXPECT_EQ(first_route(net::Family::ipv4), ipv4_before);
    EXPECT_EQ(first_route(net::Family::ipv6), ipv6_before);
    for (const net::Family family : families) {
      EXPECT_EQ(source_towards(peer_.text(family), family), first.address(family));
      EXPECT_NE(rules().find("from " + second.address(family) + " lookup 1120003"),
                std::string::npos)
          << rules();
    }
    EXPECT_EQ(second.del().status, 0);
  }
  EXPECT_EQ(listing({"rule"}), rules_before) << "what a link does not take along is gone too";
  EXPECT_EQ(listing({"route", "show", "table", "1120003"}), "");
  expect_to_work(first);
}

TEST_F(TwoAttachments, outlive_each_other) {
  const Interface first = attach("blue", "eth0");
  const Interface second = attach("green", "net1");
  EXPECT_EQ(first.del().status, 0);
  expect_to_work(second);
  for (const net::Family family : families) {
    expect_ping(in_container(ping(peer_.text(family))));
    EXPECT_EQ(source_towards(peer_.text(family), family), second.address(family));
  }
  const Interface third = attach("blue", "eth0");
  expect_to_work(second);
  expect_to_work(third);
  EXPECT_EQ(second.del().status, 0);
  EXPECT_EQ(third.del().status, 0);
  EXPECT_EQ(rules(), "");
  expect_nothing_dropped();
}

TEST_F(TwoAttachments, are_both_adopted_after_a_restart) {
  const Interface first = attach("blue", "eth0");
  const Interface second = attach("green", "net1");
  node_.agent().kill();
  node_.agent().start();
  expect_to_work(first);
  expect_to_work(second);
  EXPECT_EQ(first.del().status, 0);
  EXPECT_EQ(second.del().status, 0);
  EXPECT_EQ(rules(), "");
}

TEST_F(TwoAttachments, leave_nothing_when_one_goes_without_an_agent) {
  const Interface first = attach("blue", "eth0");
  const Interface second = attach("green", "net1");
  node_.agent().kill();
  EXPECT_EQ(second.del().status, 0);
  for (const net::Family family : families) expect_ping(in_container(ping(peer_.text(family))));
  node_.agent().start();
  EXPECT_EQ(rules(), "");
  expect_to_work(first);
}

TEST_F(TwoAttachments, are_both_probed) {
  const Interface first = attach("blue", "eth0");
  const Interface second = attach("green", "net1");
  const TcpListener ipv4(container_.netns(), net::Family::ipv4, port);
  const TcpListener ipv6(container_.netns(), net::Family::ipv6, port);
  EXPECT_TRUE(eventually([&] {
    std::size_t open = 0;
    for (const json::value& pod : node_.agent().pods()) {
      for (const json::value& probe : pod.at("probes").as_array())
        open += probe.at("state") == "open" ? 1 : 0;
    }
    return open == 4;
  })) << node_.agent().ctl({"get", "probes"}).out;
  expect_nothing_dropped();
}

TEST_F(TwoAttachments, work_where_the_container_filters_by_reverse_path) {
  for (const char* scope : {"all", "default"})
    container_.set_sysctl("net/ipv4/conf/" + std::string(scope) + "/rp_filter", "1");
  const Interface first = attach("blue", "eth0");
  const Interface second = attach("green", "net1");
  expect_to_work(first);
  expect_to_work(second);
}

TEST_F(TwoAttachments, are_checked_for_what_the_second_one_needs) {
  const Interface first = attach("blue", "eth0");
  const Interface second = attach("green", "net1");
  const auto expect_damage = [&](const std::string& text) {
    const Finished checked = second.check();
    ASSERT_EQ(checked.status, 1);
    EXPECT_EQ(json::parse(checked.out).at("code"), 102) << checked.out;
    EXPECT_NE(checked.out.find(text), std::string::npos) << checked.out;
    EXPECT_EQ(first.check().status, 0);
  };
  const std::string ipv6 = second.address(net::Family::ipv6);
  in_container({"ip", "-6", "rule", "delete", "from", ipv6});
  expect_damage("net1 has lost its rule: from " + ipv6 + " lookup 1120003");
  in_container({"ip", "-4", "route", "delete", "default", "table", "1120003"});
  expect_damage("net1 has lost its default route in table 1120003");
  in_container({"ip", "-4", "route", "delete", "default", "dev", "net1"});
  expect_damage("net1 has lost its default route");
}

TEST_F(TwoAttachments, to_one_network_need_two_names) {
  const Interface first = attach("blue", "eth0");
  const Interface second = attach("blue", "net1");
  expect_to_work(first);
  expect_to_work(second);
  EXPECT_THROW(attach("green", "net1"), std::runtime_error);
  expect_to_work(second);
}

// Here another plugin was first, which knows IPv4 only.
TEST_F(TwoAttachments, leave_the_default_route_of_another_plugin) {
  const std::vector<std::vector<std::string>> commands = {
      {"ip", "link", "add", "eth0", "type", "veth", "peer", "name", "other"},
      {"ip", "address", "add", "192.0.2.2/24", "dev", "eth0"},
      {"ip", "link", "set", "other", "up"},
      {"ip", "link", "set", "eth0", "up"},
      {"ip", "route", "add", "default", "via", "192.0.2.1", "metric", "100"}};
  for (const auto& command : commands) ASSERT_EQ(in_container(command).status, 0);
  const Interface ours = attach("blue", "net1");
  expect_to_work(ours);
  const std::string ipv4 = in_container({"ip", "-4", "route", "show", "default"}).out;
  EXPECT_TRUE(ipv4.starts_with("default via 192.0.2.1 dev eth0 metric 100")) << ipv4;
  EXPECT_EQ(source_towards("198.51.100.1", net::Family::ipv4), "192.0.2.2");
  EXPECT_NE(rules().find("from " + ours.address(net::Family::ipv4)), std::string::npos);
  EXPECT_EQ(rules().find("from " + ours.address(net::Family::ipv6)), std::string::npos)
      << "of IPv6 it is the first: " << rules();
  EXPECT_EQ(ours.del().status, 0);
  EXPECT_EQ(rules(), "");
  EXPECT_EQ(in_container({"ip", "-4", "route", "show", "default"}).out,
            ipv4.substr(0, ipv4.find('\n') + 1));
}

}  // namespace
}  // namespace podwire::netns_test
