// SPDX-License-Identifier: Apache-2.0
//
//   node: podwired, podwire
//    pw...    damaged in turn: the pod's end, the host's end, routes, hook, maps
//     |
//   pod: eth0
//
#include <cstdint>
#include <cstdio>
#include <net/if.h>
#include <vector>

#include <gtest/gtest.h>
#include <podwire/abi.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

namespace json = boost::json;
using Arguments = std::vector<std::string>;

class Check : public testing::Test {
 protected:
  Node node_;
  Pod pod_{node_, "pod"};

  void expect_good() const {
    const Finished checked = pod_.call("CHECK");
    EXPECT_EQ(checked.status, 0) << checked.out;
    EXPECT_EQ(checked.out, "");
  }

  // The attachment's own state is not as ADD left it: code 102, and which part.
  void expect_damage(const std::string& text) const {
    const Finished checked = pod_.call("CHECK");
    EXPECT_EQ(checked.status, 1);
    ASSERT_NE(checked.out, "") << text;
    EXPECT_EQ(json::parse(checked.out).at("code"), 102) << checked.out;
    EXPECT_NE(checked.out.find(text), std::string::npos) << checked.out;
  }

  void in_pod(const Arguments& arguments) const { expect_done(pod_.run(arguments)); }
  void on_node(const Arguments& arguments) const { expect_done(node_.run(arguments)); }
  static void expect_done(const Finished& finished) {
    ASSERT_EQ(finished.status, 0) << finished.err;
  }

  // As bpftool wants a key: hexadecimal bytes, one by one.
  static Arguments hex(const std::uint8_t* bytes, std::size_t count) {
    Arguments words;
    for (std::size_t i = 0; i < count; ++i) {
      char word[3];
      std::snprintf(word, sizeof(word), "%02x", bytes[i]);
      words.emplace_back(word);
    }
    return words;
  }

  std::string pin_of(const std::string& map) const {
    return node_.file("agent/run/bpf/v" + std::to_string(PW_ABI_VERSION) + "/" + map);
  }

  void delete_entry(const std::string& map, const Arguments& key) const {
    Arguments arguments = {"bpftool", "map", "delete", "pinned", pin_of(map), "key", "hex"};
    arguments.insert(arguments.end(), key.begin(), key.end());
    on_node(arguments);
  }
};

TEST_F(Check, finds_a_new_attachment_good) {
  expect_good();
}

TEST_F(Check, notices_a_lost_address) {
  // IPv4 is looked at first.
  for (const net::Family family : {net::Family::ipv6, net::Family::ipv4}) {
    in_pod({"ip", "address", "delete", pod_.address(family).host_text(), "dev", "eth0"});
    expect_damage("lost its address " + pod_.text(family));
  }
}

TEST_F(Check, notices_lost_routes) {
  in_pod({"ip", "-6", "route", "delete", "default"});
  expect_damage("lost its default route");
  in_pod({"ip", "route", "delete", "default"});
  expect_damage("lost its default route");
}

TEST_F(Check, notices_a_lost_route_of_the_host) {
  on_node({"ip", "-6", "route", "delete", pod_.text(net::Family::ipv6)});
  expect_damage("lost its route to " + pod_.text(net::Family::ipv6));
  on_node({"ip", "route", "delete", pod_.text(net::Family::ipv4)});
  expect_damage("lost its route to " + pod_.text(net::Family::ipv4));
}

TEST_F(Check, notices_a_link_that_is_down) {
  in_pod({"ip", "link", "set", "eth0", "down"});
  expect_damage("link eth0 is down");
}

TEST_F(Check, notices_a_host_end_that_is_down) {
  on_node({"ip", "link", "set", pod_.host_link(), "down"});
  expect_damage("link " + pod_.host_link() + " is down");
}

TEST_F(Check, notices_a_deleted_link) {
  in_pod({"ip", "link", "delete", "eth0"});
  expect_damage("link " + pod_.host_link() + " is gone");
}

TEST_F(Check, notices_a_deleted_hook) {
  on_node({"tc", "qdisc", "delete", "dev", pod_.host_link(), "clsact"});
  expect_damage("from_pod (ingress) is gone");
}

TEST_F(Check, notices_a_deleted_endpoint) {
  const net::Address& address = pod_.address(net::Family::ipv4);
  delete_entry("endpoints", hex(address.bytes().data(), address.bytes().size()));
  expect_damage("map endpoints has no right entry");
}

TEST_F(Check, notices_a_deleted_interface_entry) {
  std::uint32_t ifindex = 0;
  ASSERT_TRUE(node_.netns().inside([&] { ifindex = if_nametoindex(pod_.host_link().c_str()); }));
  delete_entry("interfaces", hex(reinterpret_cast<const std::uint8_t*>(&ifindex), sizeof(ifindex)));
  expect_damage("map interfaces has no right entry");
}

TEST_F(Check, notices_a_wrong_entry_of_a_cache) {
  const net::Address& address = pod_.address(net::Family::ipv4);
  pw_addr key{};
  std::ranges::copy(address.bytes(), key.bytes);
  pw_endpoint wrong{};
  wrong.address = key;  // and no interface
  const std::uint32_t place = pw_endpoint_place(&key);
  Arguments update = {"bpftool", "map", "update", "pinned", pin_of("endpoint_cache"), "key", "hex"};
  for (const std::string& word : hex(reinterpret_cast<const std::uint8_t*>(&place), sizeof(place)))
    update.push_back(word);
  update.insert(update.end(), {"value", "hex"});
  for (const std::string& word : hex(reinterpret_cast<const std::uint8_t*>(&wrong), sizeof(wrong)))
    update.push_back(word);
  on_node(update);
  expect_damage("map endpoint_cache has a wrong entry");
}

TEST_F(Check, notices_an_address_the_runtime_does_not_know) {
  PluginCall call = pod_.plugin_call("CHECK");
  json::object config = json::parse(call.config).as_object();
  config["prevResult"].at("ips").at(0).at("address") = "10.66.0.99/32";
  call.config = json::serialize(config);
  const Finished checked = call_plugin(node_.netns(), call);
  EXPECT_EQ(json::parse(checked.out).at("code"), 102) << checked.out;
  EXPECT_NE(checked.out.find("prevResult lacks the attachment's address 10.66.0."),
            std::string::npos)
      << checked.out;
}

// What plugins further down the chain may rightly do.
TEST_F(Check, tolerates_what_chained_plugins_change) {
  in_pod({"ip", "route", "add", "192.0.2.0/24", "dev", "eth0"});
  in_pod({"ip", "address", "add", "192.0.2.7/24", "dev", "eth0"});
  in_pod({"ip", "link", "set", "eth0", "mtu", "1400"});
  in_pod({"ip", "link", "set", "eth0", "address", "02:00:00:00:00:99"});
  expect_good();
}

}  // namespace
}  // namespace podwire::netns_test
