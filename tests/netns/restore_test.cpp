// SPDX-License-Identifier: Apache-2.0
//
//        node: podwired, and what another one has left behind or does beside it
//      pw...          pw...
//       |              |
//   client: eth0   server: eth0
//
#include <fstream>

#include "two_pods.hpp"

namespace podwire::netns_test {
namespace {

class Restore : public TwoPods {
 protected:
  std::string group_of(const Pod& pod) const {
    for (const auto& link : node_.links(pod.host_link()))
      return link.at("group").as_string().c_str();
    return {};
  }
  Finished make_link(const std::string& name) const {
    return node_.run({"ip", "link", "add", name, "type", "veth", "peer", "name", "peer-of-it"});
  }
};

TEST_F(Restore, removes_a_link_of_its_group_that_no_record_knows) {
  const std::string group = group_of(client_);
  node_.agent().kill();
  ASSERT_EQ(make_link("pw0000000000000").status, 0);
  ASSERT_EQ(node_.run({"ip", "link", "set", "pw0000000000000", "group", group}).status, 0);
  node_.agent().start();
  EXPECT_TRUE(node_.links("pw0000000000000").empty());
  EXPECT_EQ(node_.links().size(), 2u);
  EXPECT_NE(node_.agent().log().find("pw0000000000000 belongs to no attachment"),
            std::string::npos);
}

TEST_F(Restore, leaves_links_of_others_alone) {
  ASSERT_EQ(make_link("pw0000000000000").status, 0);
  node_.agent().kill();
  node_.agent().start();
  EXPECT_EQ(node_.links("pw0000000000000").size(), 1u);
}

TEST_F(Restore, puts_back_a_hook_that_was_removed_meanwhile) {
  node_.agent().kill();
  ASSERT_EQ(node_.run({"tc", "qdisc", "delete", "dev", client_.host_link(), "clsact"}).status, 0);
  node_.agent().start();
  EXPECT_EQ(client_.call("CHECK").status, 0);
}

TEST_F(Restore, forgets_a_pod_that_has_gone_meanwhile) {
  node_.agent().kill();
  client_.sandbox().remove();
  EXPECT_TRUE(eventually([&] { return node_.links(client_.host_link()).empty(); }));
  node_.agent().start();
  const Exposition metrics = node_.metrics();
  EXPECT_EQ(metrics.sum("podwire_pods"), 1);
  EXPECT_FALSE(metrics.has("podwire_forwarded_packets_total", {{"pod", "client"}}));
  EXPECT_EQ(metrics.sum("podwire_map_entries", {{"map", "endpoints"}}), 2);
  EXPECT_EQ(metrics.sum("podwire_ipam_addresses", {{"state", "cooling"}}), 2);
}

TEST_F(Restore, refuses_a_second_agent_on_one_state_directory) {
  // Everything else differs.
  const std::string file = node_.file("second.yaml");
  std::ofstream(file) << "instance: second\nrun_dir: " << node_.file("run2")
                      << "\nstate_dir: " << node_.file("agent/state")
                      << "\nsocket: " << node_.file("second.sock")
                      << "\nhttp: {listen: \"127.0.0.1:9618\"}\nipam: {ipv4: 10.67.0.0/24}\n";
  const Finished refused = node_.run({PODWIRED, "--config", file});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find(node_.file("agent/state")), std::string::npos) << refused.err;
  EXPECT_EQ(client_.call("CHECK").status, 0);
}

TEST_F(Restore, refuses_the_same_agent_twice) {
  const Finished refused = node_.agent().try_start();
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err, "");
  EXPECT_EQ(client_.call("CHECK").status, 0);
  EXPECT_EQ(node_.metrics().sum("podwire_pods"), 2);
}

TEST_F(Restore, lets_another_instance_work_beside_it) {
  Agent other(
      node_.netns(), node_.file("other"),
      {.instance = "other", .ipv4 = "10.67.0.0/24", .ipv6 = "fd67::/64", .http_port = 9618});
  other.start();
  const Pod guest(node_, other, "guest");
  const Pod friend_of_guest(node_, other, "friend");
  EXPECT_EQ(node_.links().size(), 4u);
  for (const net::Family family : families) {
    EXPECT_EQ(guest.run({"ping", "-n", "-c", "1", "-W", "5", friend_of_guest.text(family)}).status,
              0);
    EXPECT_EQ(client_.run({"ping", "-n", "-c", "1", "-W", "5", server_.text(family)}).status, 0);
  }
  // Neither takes what is the other's for a leftover.
  node_.agent().kill();
  other.kill();
  node_.agent().start();
  other.start();
  EXPECT_EQ(node_.links().size(), 4u);
  EXPECT_EQ(guest.call("CHECK").status, 0);
  EXPECT_EQ(client_.call("CHECK").status, 0);
  EXPECT_EQ(other.metrics().sum("podwire_pods"), 2);
  EXPECT_EQ(node_.metrics().sum("podwire_pods"), 2);
}

}  // namespace
}  // namespace podwire::netns_test
