// SPDX-License-Identifier: Apache-2.0
#include "net/change_socket.hpp"

#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <podwire/abi.h>

#include "net/links.hpp"

namespace podwire::net {

namespace {

Changes told_by_node(NetlinkMessage& message) {
  Changes changes;
  note_node_message(message.get(), changes);
  return changes;
}

Changes link_changed(std::uint32_t group) {
  NetlinkMessage message("", RTM_NEWLINK, 0);
  message.header<ifinfomsg>();
  message.put(IFLA_GROUP, group);
  return told_by_node(message);
}

const Address lost = Address::parse("192.0.2.1").value();

Changes address_changed(std::uint16_t type, std::uint8_t scope) {
  NetlinkMessage message("", type, 0);
  message.header<ifaddrmsg>().ifa_scope = scope;
  message.put(IFA_LOCAL, lost);
  return told_by_node(message);
}

Changes route_changed(std::uint8_t length) {
  NetlinkMessage message("", RTM_DELROUTE, 0);
  message.header<rtmsg>().rtm_dst_len = length;
  return told_by_node(message);
}

TEST(Changes, OfLinksConcernTheNodeUnlessTheyArePods) {
  EXPECT_TRUE(link_changed(0).node);
  EXPECT_TRUE(link_changed(last_link_group + 1).node);
  EXPECT_TRUE(link_changed(first_link_group).empty());
  EXPECT_TRUE(link_changed(last_link_group).empty());
  EXPECT_TRUE(link_changed(deletion_group).empty());
}

TEST(Changes, OfAddressesConcernTheNodeUnlessTheyAreGateways) {
  EXPECT_TRUE(address_changed(RTM_NEWADDR, RT_SCOPE_UNIVERSE).node);
  EXPECT_TRUE(address_changed(RTM_NEWADDR, RT_SCOPE_UNIVERSE).lost.empty());
  EXPECT_TRUE(address_changed(RTM_DELADDR, RT_SCOPE_UNIVERSE).node);
  EXPECT_EQ(address_changed(RTM_DELADDR, RT_SCOPE_UNIVERSE).lost, std::set<Address>{lost});
  EXPECT_TRUE(address_changed(RTM_NEWADDR, RT_SCOPE_LINK).empty());
  EXPECT_TRUE(address_changed(RTM_DELADDR, RT_SCOPE_LINK).empty());
}

TEST(Changes, OfRoutesConcernTheNodeIfTheyAreDefault) {
  EXPECT_TRUE(route_changed(0).node);
  EXPECT_TRUE(route_changed(32).empty());
}

TEST(Changes, OfAPodsInterfaceNameItsHostEnd) {
  NetlinkMessage message("", RTM_NEWLINK, 0);
  message.header<ifinfomsg>();
  message.put(IFLA_LINK, std::uint32_t{7});
  Changes changes;
  note_pod_message(message.get(), changes);
  EXPECT_EQ(changes.host_ends, std::set<std::uint32_t>{7});
  EXPECT_FALSE(changes.node);
}

TEST(Changes, AreAddedUp) {
  Changes changes;
  EXPECT_TRUE(changes.empty());
  changes.add({.host_ends = {1}});
  changes.add({.node = true, .lost = {lost}, .host_ends = {2}});
  changes.add({});
  EXPECT_TRUE(changes.node && !changes.incomplete);
  EXPECT_EQ(changes.lost, std::set<Address>{lost});
  EXPECT_EQ(changes.host_ends, (std::set<std::uint32_t>{1, 2}));
}

TEST(Changes, TooManyToKeepBecomeOne) {
  Changes changes;
  for (std::uint32_t i = 0; i <= PW_MAX_ENDPOINTS; ++i) changes.add({.host_ends = {i}});
  EXPECT_TRUE(changes.incomplete);
  EXPECT_TRUE(changes.host_ends.empty());
}

}  // namespace

}  // namespace podwire::net
