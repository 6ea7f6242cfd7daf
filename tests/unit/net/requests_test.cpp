// SPDX-License-Identifier: Apache-2.0
#include "net/requests.hpp"

#include <map>
#include <net/if.h>
#include <vector>

#include <gtest/gtest.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

// The bytes of the requests, read back as the kernel reads them.
namespace podwire::net::requests {

namespace {

using Bytes = std::vector<std::uint8_t>;
using Attributes = std::map<int, Bytes>;

Bytes payload(const nlattr* attribute) {
  const auto* start = static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute));
  return {start, start + mnl_attr_get_payload_len(attribute)};
}

Bytes number(std::uint32_t value) {
  const auto* start = reinterpret_cast<const std::uint8_t*>(&value);
  return {start, start + sizeof(value)};
}

Bytes text(const std::string& value) {
  Bytes bytes(value.begin(), value.end());
  bytes.push_back(0);
  return bytes;
}

Bytes wire(const Address& address) {
  return {address.wire().begin(), address.wire().end()};
}
Bytes wire(const Mac& mac) {
  return {mac.bytes.begin(), mac.bytes.end()};
}

// A message or a nest, behind a fixed header.
Attributes attributes_in(const void* start, std::size_t length) {
  Attributes found;
  const auto* bytes = static_cast<const std::uint8_t*>(start);
  for (std::size_t at = 0; at + sizeof(nlattr) <= length;) {
    const auto* attribute = reinterpret_cast<const nlattr*>(bytes + at);
    found.emplace(mnl_attr_get_type(attribute), payload(attribute));
    at += MNL_ALIGN(mnl_attr_get_len(attribute));
  }
  return found;
}

template <class Header>
Attributes attributes_behind(const nlmsghdr* message) {
  const auto* start = static_cast<const std::uint8_t*>(mnl_nlmsg_get_payload(message));
  const std::size_t skip = MNL_ALIGN(sizeof(Header));
  return attributes_in(start + skip, mnl_nlmsg_get_payload_len(message) - skip);
}

Attributes nested(const Bytes& nest, std::size_t skip = 0) {
  return attributes_in(nest.data() + skip, nest.size() - skip);
}

template <class Header>
const Header& header(const nlmsghdr* message) {
  return *static_cast<const Header*>(mnl_nlmsg_get_payload(message));
}

const nlmsghdr* only_message(NetlinkBatch& batch) {
  EXPECT_EQ(batch.messages().size(), 1U);
  return batch.messages().front().get();
}

const Address ipv4 = Address::parse("10.244.0.5").value();
const Address ipv6 = Address::parse("fd00::5").value();
const Mac mac = Mac::parse("0a:00:00:00:00:01").value();

TEST(CreatePair, MakesBothEndsInOneRequestThePeerInItsOwnNamespace) {
  NetlinkBatch batch;
  const Mac pod_mac = Mac::parse("0a:00:00:00:00:02").value();
  create_pair(batch,
              {.host_name = "pw1",
               .host_mac = mac,
               .pod_name = "eth0",
               .pod_mac = pod_mac,
               .mtu = 1400,
               .group = 7},
              42);
  const nlmsghdr* message = only_message(batch);
  EXPECT_EQ(message->nlmsg_type, RTM_NEWLINK);
  EXPECT_EQ(message->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
  const Attributes host = attributes_behind<ifinfomsg>(message);
  EXPECT_EQ(host.at(IFLA_IFNAME), text("pw1"));
  EXPECT_EQ(host.at(IFLA_ADDRESS), wire(mac));
  EXPECT_EQ(host.at(IFLA_MTU), number(1400));
  EXPECT_EQ(host.at(IFLA_GROUP), number(7));
  const Attributes info = nested(host.at(IFLA_LINKINFO));
  EXPECT_EQ(info.at(IFLA_INFO_KIND), text("veth"));
  const Attributes peer =
      nested(nested(info.at(IFLA_INFO_DATA)).at(VETH_INFO_PEER), sizeof(ifinfomsg));
  EXPECT_EQ(peer.at(IFLA_IFNAME), text("eth0"));
  EXPECT_EQ(peer.at(IFLA_ADDRESS), wire(pod_mac));
  EXPECT_EQ(peer.at(IFLA_MTU), number(1400));
  EXPECT_EQ(peer.at(IFLA_NET_NS_FD), number(42));
}

TEST(AddAddress, IsASingleHostWithoutARouteOrDuplicateDetection) {
  for (const Address& address : {ipv4, ipv6}) {
    NetlinkBatch batch;
    add_address(batch, "eth0", 3, address, RT_SCOPE_UNIVERSE);
    const nlmsghdr* message = only_message(batch);
    EXPECT_EQ(message->nlmsg_type, RTM_NEWADDR);
    const auto& fixed = header<ifaddrmsg>(message);
    EXPECT_EQ(fixed.ifa_family, address.is_ipv4() ? AF_INET : AF_INET6);
    EXPECT_EQ(fixed.ifa_prefixlen, address.is_ipv4() ? 32 : 128);
    EXPECT_EQ(fixed.ifa_index, 3U);
    const Attributes attributes = attributes_behind<ifaddrmsg>(message);
    EXPECT_EQ(attributes.at(IFA_LOCAL), wire(address));
    EXPECT_EQ(attributes.at(IFA_ADDRESS), wire(address));
    EXPECT_EQ(attributes.at(IFA_FLAGS), number(IFA_F_NODAD | IFA_F_NOPREFIXROUTE));
  }
}

TEST(AddNeighbour, IsPermanent) {
  NetlinkBatch batch;
  add_neighbour(batch, "eth0", 3, ipv6, mac);
  const nlmsghdr* message = only_message(batch);
  EXPECT_EQ(message->nlmsg_type, RTM_NEWNEIGH);
  EXPECT_EQ(header<ndmsg>(message).ndm_state, NUD_PERMANENT);
  EXPECT_EQ(header<ndmsg>(message).ndm_ifindex, 3);
  EXPECT_EQ(header<ndmsg>(message).ndm_family, AF_INET6);
  const Attributes attributes = attributes_behind<ndmsg>(message);
  EXPECT_EQ(attributes.at(NDA_DST), wire(ipv6));
  EXPECT_EQ(attributes.at(NDA_LLADDR), wire(mac));
}

TEST(AddHostRoute, IsOursAndCarriesTheSourceIfThereIsOne) {
  NetlinkBatch batch;
  add_host_route(batch, "pw1", 9, ipv4, std::nullopt);
  add_host_route(batch, "pw1", 9, ipv4, Address::parse("192.0.2.1").value());
  const nlmsghdr* without = batch.messages()[0].get();
  const nlmsghdr* with = batch.messages()[1].get();
  EXPECT_EQ(header<rtmsg>(with).rtm_dst_len, 32);
  EXPECT_EQ(header<rtmsg>(with).rtm_protocol, route_protocol);
  EXPECT_EQ(header<rtmsg>(with).rtm_scope, RT_SCOPE_LINK);
  EXPECT_EQ(header<rtmsg>(with).rtm_type, RTN_UNICAST);
  EXPECT_EQ(attributes_behind<rtmsg>(with).at(RTA_DST), wire(ipv4));
  EXPECT_EQ(attributes_behind<rtmsg>(with).at(RTA_OIF), number(9));
  EXPECT_EQ(attributes_behind<rtmsg>(with).at(RTA_PREFSRC), (Bytes{192, 0, 2, 1}));
  EXPECT_FALSE(attributes_behind<rtmsg>(without).contains(RTA_PREFSRC));
}

TEST(AddDefaultRoute, TakesAGatewayThatIsOnNoSubnetAndReplacesNothing) {
  NetlinkBatch batch;
  add_default_route(batch, "eth0",
                    {.gateway = Address::parse("169.254.1.1").value(), .ifindex = 3});
  const nlmsghdr* message = only_message(batch);
  EXPECT_EQ(message->nlmsg_flags & (NLM_F_EXCL | NLM_F_REPLACE), NLM_F_EXCL);
  EXPECT_EQ(header<rtmsg>(message).rtm_flags, static_cast<unsigned>(RTNH_F_ONLINK));
  EXPECT_EQ(header<rtmsg>(message).rtm_dst_len, 0);
  const Attributes attributes = attributes_behind<rtmsg>(message);
  EXPECT_EQ(attributes.at(RTA_GATEWAY), (Bytes{169, 254, 1, 1}));
  EXPECT_EQ(attributes.at(RTA_TABLE), number(RT_TABLE_MAIN));
  EXPECT_FALSE(attributes.contains(RTA_DST));
  EXPECT_FALSE(attributes.contains(RTA_PRIORITY));
}

TEST(AddDefaultRoute, MayStandInAnotherTableAndBehindOthers) {
  NetlinkBatch batch;
  add_default_route(
      batch, "eth0",
      {.gateway = Address::parse("fe80::1").value(), .ifindex = 3, .table = 70000, .metric = 9});
  const Attributes attributes = attributes_behind<rtmsg>(only_message(batch));
  EXPECT_EQ(attributes.at(RTA_TABLE), number(70000)) << "more than the header has room for";
  EXPECT_EQ(attributes.at(RTA_PRIORITY), number(9));
}

TEST(SourceRule, IsForOneAddressAndOurs) {
  NetlinkBatch batch;
  add_source_rule(batch, ipv6, 70000);
  delete_source_rule(batch, ipv6, 70000);
  EXPECT_EQ(batch.messages()[0].get()->nlmsg_type, RTM_NEWRULE);
  EXPECT_EQ(batch.messages()[1].get()->nlmsg_type, RTM_DELRULE);
  for (NetlinkMessage& message : batch.messages()) {
    const auto& fixed = header<fib_rule_hdr>(message.get());
    EXPECT_EQ(fixed.family, AF_INET6);
    EXPECT_EQ(fixed.src_len, 128);
    EXPECT_EQ(fixed.action, FR_ACT_TO_TBL);
    const Attributes attributes = attributes_behind<fib_rule_hdr>(message.get());
    EXPECT_EQ(attributes.at(FRA_SRC), wire(ipv6));
    EXPECT_EQ(attributes.at(FRA_TABLE), number(70000));
    EXPECT_EQ(attributes.at(FRA_PROTOCOL), (Bytes{route_protocol}));
  }
}

TEST(AddUnreachableRoute, CoversThePrefix) {
  NetlinkBatch batch;
  add_unreachable_route(batch, Prefix::parse("fd00:1::/64").value(), 0x70000001);
  const nlmsghdr* message = only_message(batch);
  EXPECT_EQ(header<rtmsg>(message).rtm_type, RTN_UNREACHABLE);
  EXPECT_EQ(header<rtmsg>(message).rtm_dst_len, 64);
  EXPECT_EQ(header<rtmsg>(message).rtm_family, AF_INET6);
  EXPECT_EQ(attributes_behind<rtmsg>(message).at(RTA_PRIORITY), number(0x70000001));
}

TEST(DeleteGroup, TakesOnlyWhatWasMarkedForDeletion) {
  NetlinkBatch batch;
  set_group(batch, "pw1");
  delete_group(batch);
  const Attributes mark = attributes_behind<ifinfomsg>(batch.messages()[0].get());
  const Attributes removal = attributes_behind<ifinfomsg>(batch.messages()[1].get());
  EXPECT_EQ(batch.messages()[0].get()->nlmsg_type, RTM_SETLINK);
  EXPECT_EQ(mark.at(IFLA_IFNAME), text("pw1"));
  EXPECT_EQ(mark.at(IFLA_GROUP), number(deletion_group));
  EXPECT_EQ(batch.messages()[1].get()->nlmsg_type, RTM_DELLINK);
  EXPECT_EQ(removal, (Attributes{{IFLA_GROUP, number(deletion_group)}}));
}

TEST(Request, IsNamedInItsError) {
  NetlinkBatch batch;
  set_up(batch, "pw1", 9);
  EXPECT_EQ(batch.messages().front().doing(), "set pw1 up");
}

}  // namespace

}  // namespace podwire::net::requests
