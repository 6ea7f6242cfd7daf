// SPDX-License-Identifier: Apache-2.0
//
//        node: podwired, killed and started again and again
//      pw...            pw...
//       |                |
//   client: eth0 ----> server: eth0
//     a TCP connection and a UDP flow in each family, all the time
//
#include <csignal>
#include <map>
#include <memory>
#include <vector>

#include "flows.hpp"
#include "two_pods.hpp"

namespace podwire::netns_test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::uint16_t tcp_port = 7000;
constexpr std::uint16_t udp_port = 7001;
constexpr std::uint16_t closed_port = 9;

class Restart : public TwoPods {
 protected:
  // How an agent ends.
  void end(bool cleanly) {
    if (cleanly) {
      EXPECT_EQ(node_.agent().stop().status, 0) << "a stop on SIGTERM is a success";
    } else {
      node_.agent().kill();
    }
  }

  void probe_server() {
    const Finished added = node_.agent().ctl({"probe", "add", "--pod", "test/server", "--tcp-port",
                                              std::to_string(closed_port), "--period", "100ms"});
    ASSERT_EQ(added.status, 0) << added.err;
  }

  // Identity, addresses, interfaces: what a restart must not touch.
  json::array attachments() {
    json::array pods = node_.agent().pods();
    for (json::value& pod : pods) {
      for (const char* moving : {"egress", "ingress", "probes"}) pod.as_object().erase(moving);
    }
    return pods;
  }

  using Counters = std::map<std::string, double>;
  Counters counters() const {
    Counters counters;
    const Exposition page = node_.metrics();
    for (const auto& [name, series] : page.series()) {
      // The process and its requests are new; everything else is counted in the kernel.
      if (!name.ends_with("_total") && !name.starts_with("podwire_tcp_probe_latency")) continue;
      if (name.starts_with("process_")) continue;
      for (const auto& [labels, value] : series) {
        std::string key = name;
        for (const auto& [label, text] : labels) key += " " + label + "=" + text;
        counters[key] = value;
      }
    }
    return counters;
  }

  static void expect_no_step_back(const Counters& before, const Counters& after) {
    for (const auto& [name, value] : before) {
      ASSERT_TRUE(after.contains(name)) << name << " is gone";
      EXPECT_GE(after.at(name), value) << name;
    }
  }
};

TEST_F(Restart, loses_no_packet_and_breaks_no_connection) {
  std::vector<std::unique_ptr<TcpFlow>> connections;
  std::vector<std::unique_ptr<UdpFlow>> flows;
  for (const net::Family family : families) {
    const net::Address& server = server_.address(family);
    connections.push_back(
        std::make_unique<TcpFlow>(client_.netns(), server_.netns(), Peer{server, tcp_port}));
    flows.push_back(
        std::make_unique<UdpFlow>(client_.netns(), server_.netns(), Peer{server, udp_port}));
  }
  for (const bool cleanly : {false, true, false, true}) {
    end(cleanly);
    const std::uint64_t without_agent = connections.front()->rounds();
    EXPECT_TRUE(eventually([&] { return connections.front()->rounds() > without_agent + 100; }))
        << "pods talk while no agent runs";
    node_.agent().start();
  }
  for (auto& connection : connections) {
    connection->stop();
    EXPECT_FALSE(connection->broken());
    EXPECT_GT(connection->rounds(), 400u);
  }
  for (auto& flow : flows) {
    flow->stop();
    EXPECT_GT(flow->sent(), 100u);
    EXPECT_EQ(flow->received(), flow->sent());
  }
}

TEST_F(Restart, keeps_attachments_and_every_counter) {
  probe_server();
  client_.run({"ping", "-n", "-c", "3", "-i", "0.05", server_.text(net::Family::ipv4)});
  ASSERT_TRUE(eventually([&] {
    return node_.metrics().sum("podwire_tcp_probe_failures_total", {{"cause", "refused"}}) >= 20;
  }));
  for (const bool cleanly : {false, true}) {
    SCOPED_TRACE(cleanly ? "stopped" : "killed");
    const json::array attachments_before = attachments();
    ASSERT_EQ(attachments_before.size(), 2u);
    const Counters before = counters();
    end(cleanly);
    node_.agent().start();
    EXPECT_EQ(attachments(), attachments_before);
    expect_no_step_back(before, counters());
    EXPECT_EQ(client_.call("CHECK").status, 0);
    EXPECT_EQ(server_.call("CHECK").status, 0);
  }
}

TEST_F(Restart, goes_on_probing_what_was_probed) {
  probe_server();
  node_.agent().kill();
  node_.agent().start();
  const auto refused = [&] {
    return node_.metrics().sum("podwire_tcp_probe_failures_total",
                               {{"pod", "server"}, {"port", "9"}, {"cause", "refused"}});
  };
  const double before = refused();
  EXPECT_TRUE(eventually([&] { return refused() >= before + 10; }));
  // What was under way when the agent died was no fault of the pod.
  EXPECT_EQ(node_.metrics().sum("podwire_tcp_probe_failures_total", {{"cause", "timeout"}}), 0);
}

TEST_F(Restart, gives_no_address_in_use_to_a_new_pod) {
  node_.agent().kill();
  node_.agent().start();
  const Pod third(node_, "third");
  for (const net::Family family : families) {
    EXPECT_NE(third.address(family), client_.address(family));
    EXPECT_NE(third.address(family), server_.address(family));
    const Finished pinged = third.run({"ping", "-n", "-c", "1", "-W", "5", client_.text(family)});
    EXPECT_EQ(pinged.status, 0) << pinged.out;
  }
}

// ADDs cut off by SIGKILL at any instruction leave either a whole attachment or nothing.
TEST_F(Restart, survives_a_kill_in_the_middle_of_add) {
  for (int round = 0; round < 10; ++round) {
    const Sandbox sandbox(node_.file("victim" + std::to_string(round)));
    Process adding({.arguments = {PODWIRE},
                    .netns = &node_.netns(),
                    .input = network_config(node_.agent().socket(), "\"agentTimeoutMs\": 1"),
                    .environment = {{"CNI_COMMAND", "ADD"},
                                    {"CNI_CONTAINERID", "victim" + std::to_string(round)},
                                    {"CNI_NETNS", sandbox.path()},
                                    {"CNI_IFNAME", "eth0"}}});
    std::this_thread::sleep_for(round * 500us);
    node_.agent().kill();
    adding.wait();
    node_.agent().start();
    const Exposition metrics = node_.metrics();
    const double pods = metrics.sum("podwire_pods");
    EXPECT_EQ(static_cast<double>(node_.links().size()), pods);
    EXPECT_EQ(metrics.sum("podwire_map_entries", {{"map", "endpoints"}}), 2 * pods);
    EXPECT_EQ(metrics.sum("podwire_ipam_addresses", {{"state", "assigned"}}), 2 * pods);
    EXPECT_EQ(client_.call("CHECK").status, 0);
  }
}

}  // namespace
}  // namespace podwire::netns_test
