// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {

// A node that forwards, with two pods and a way out:
//
//   pod: eth0 -- pw... node: podwired, uplink ----- eth0 :internet
//   10.66.0.x          192.0.2.1, 2001:db8::1       192.0.2.9, 198.51.100.9; 2001:db8::9, ...
//                      default route -->            no route to any pod
class Outside : public testing::Test {
 protected:
  explicit Outside(AgentSettings settings = {}) : node_(std::move(settings)) {}

  void SetUp() override {
    for (const char* name : {"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"})
      node_.sandbox().set_sysctl(name, "1");
    on_node({"ip", "link", "add", "uplink", "type", "veth", "peer", "name", "eth0", "netns",
             internet_.path()});
    on_node({"ip", "link", "set", "uplink", "up"});
    on_node({"ip", "address", "add", "192.0.2.1/24", "dev", "uplink"});
    on_node({"ip", "address", "add", "2001:db8::1/64", "dev", "uplink", "nodad"});
    in_internet({"ip", "link", "set", "eth0", "up"});
    for (const char* address : {"192.0.2.9/24", "198.51.100.9/32", "10.99.0.9/32"})
      in_internet({"ip", "address", "add", address, "dev", "eth0"});
    for (const char* address : {"2001:db8::9/64", "2001:db8:1::9/128", "fd99::9/128"})
      in_internet({"ip", "address", "add", address, "dev", "eth0", "nodad"});
    on_node({"ip", "route", "add", "default", "via", "192.0.2.9"});
    on_node({"ip", "route", "add", "default", "via", "2001:db8::9"});
  }

  void on_node(const std::vector<std::string>& arguments) {
    const Finished finished = node_.run(arguments);
    ASSERT_EQ(finished.status, 0) << arguments.front() << ": " << finished.err;
  }
  void in_internet(const std::vector<std::string>& arguments) {
    const Finished finished = run({.arguments = arguments, .netns = &internet_.netns()});
    ASSERT_EQ(finished.status, 0) << finished.err;
  }

  ScratchDirectory directory_;
  Sandbox internet_{directory_.file("internet")};
  Node node_;
  Pod pod_{node_, "a"};
  Pod other_{node_, "b"};
};

}  // namespace podwire::netns_test
