// SPDX-License-Identifier: Apache-2.0
#include "net/requests.hpp"

#include <net/if.h>

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

namespace podwire::net::requests {

namespace {

std::uint8_t af(const Address& address) {
  return address.is_ipv4() ? AF_INET : AF_INET6;
}

NetlinkMessage& set_link(NetlinkBatch& batch, const std::string& doing, std::uint32_t ifindex) {
  NetlinkMessage& message = batch.add(doing, RTM_SETLINK);
  message.header<ifinfomsg>().ifi_index = static_cast<int>(ifindex);
  return message;
}

rtmsg& route_header(NetlinkMessage& message, const Address& destination, std::uint8_t length) {
  auto& route = message.header<rtmsg>();
  route.rtm_family = af(destination);
  route.rtm_dst_len = length;
  route.rtm_table = RT_TABLE_MAIN;
  route.rtm_protocol = route_protocol;
  route.rtm_type = RTN_UNICAST;
  return route;
}

void put_source_rule(NetlinkMessage& message, const Address& source, std::uint32_t table) {
  constexpr std::uint32_t before_main = 11'200;  // the rule of the main table has 32766
  auto& header = message.header<fib_rule_hdr>();
  header.family = af(source);
  header.src_len = source.host_length();
  header.action = FR_ACT_TO_TBL;
  message.put(FRA_SRC, source)
      .put(FRA_TABLE, table)
      .put(FRA_PRIORITY, before_main)
      .put_byte(FRA_PROTOCOL, route_protocol);
}

}  // namespace

void create_pair(NetlinkBatch& batch, const Wiring& wiring, int pod_netns) {
  NetlinkMessage& message =
      batch.add("create veth pair " + wiring.host_name + ", " + wiring.pod_name, RTM_NEWLINK,
                NLM_F_CREATE | NLM_F_EXCL);
  message.header<ifinfomsg>();
  message.put(IFLA_IFNAME, wiring.host_name)
      .put(IFLA_ADDRESS, wiring.host_mac)
      .put(IFLA_MTU, wiring.mtu);
  message.put(IFLA_GROUP, wiring.group);
  message.nest(IFLA_LINKINFO, [&] {
    message.put(IFLA_INFO_KIND, "veth");
    message.nest(IFLA_INFO_DATA, [&] {
      message.nest(VETH_INFO_PEER, [&] {
        message.header<ifinfomsg>();
        message.put(IFLA_IFNAME, wiring.pod_name)
            .put(IFLA_ADDRESS, wiring.pod_mac)
            .put(IFLA_MTU, wiring.mtu);
        message.put(IFLA_NET_NS_FD, static_cast<std::uint32_t>(pod_netns));
      });
    });
  });
}

void set_address_generation_none(NetlinkBatch& batch, const std::string& link,
                                 std::uint32_t ifindex) {
  NetlinkMessage& message = set_link(batch, "turn off address generation on " + link, ifindex);
  message.nest(IFLA_AF_SPEC, [&] {
    message.nest(AF_INET6,
                 [&] { message.put_byte(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE); });
  });
}

void set_alias(NetlinkBatch& batch, const std::string& link, std::uint32_t ifindex,
               const std::string& alias) {
  set_link(batch, "set alias of " + link, ifindex).put(IFLA_IFALIAS, alias);
}

void set_up(NetlinkBatch& batch, const std::string& link, std::uint32_t ifindex) {
  NetlinkMessage& message = batch.add("set " + link + " up", RTM_SETLINK);
  auto& header = message.header<ifinfomsg>();
  header.ifi_index = static_cast<int>(ifindex);
  header.ifi_flags = IFF_UP;
  header.ifi_change = IFF_UP;
}

void set_group(NetlinkBatch& batch, const std::string& link) {
  set_link(batch, "mark " + link + " for deletion", 0)
      .put(IFLA_IFNAME, link)
      .put(IFLA_GROUP, deletion_group);
}

void delete_link(NetlinkBatch& batch, const std::string& link) {
  NetlinkMessage& message = batch.add("delete link " + link, RTM_DELLINK);
  message.header<ifinfomsg>();
  message.put(IFLA_IFNAME, link);
}

void delete_group(NetlinkBatch& batch) {
  NetlinkMessage& message = batch.add("delete the links marked for deletion", RTM_DELLINK);
  message.header<ifinfomsg>();
  message.put(IFLA_GROUP, deletion_group);
}

void add_address(NetlinkBatch& batch, const std::string& link, std::uint32_t ifindex,
                 const Address& address, std::uint8_t scope) {
  NetlinkMessage& message = batch.add("add address " + address.host_text() + " to " + link,
                                      RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
  auto& header = message.header<ifaddrmsg>();
  header.ifa_family = af(address);
  header.ifa_prefixlen = address.host_length();
  header.ifa_scope = scope;
  header.ifa_index = ifindex;
  message.put(IFA_LOCAL, address).put(IFA_ADDRESS, address);
  message.put(IFA_FLAGS, static_cast<std::uint32_t>(IFA_F_NODAD | IFA_F_NOPREFIXROUTE));
}

void add_neighbour(NetlinkBatch& batch, const std::string& link, std::uint32_t ifindex,
                   const Address& address, const Mac& mac) {
  NetlinkMessage& message = batch.add("add neighbour " + address.text() + " on " + link,
                                      RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
  auto& header = message.header<ndmsg>();
  header.ndm_family = af(address);
  header.ndm_ifindex = static_cast<int>(ifindex);
  header.ndm_state = NUD_PERMANENT;
  message.put(NDA_DST, address).put(NDA_LLADDR, mac);
}

void add_host_route(NetlinkBatch& batch, const std::string& link, std::uint32_t ifindex,
                    const Address& address, const std::optional<Address>& source) {
  NetlinkMessage& message = batch.add("add route to " + address.host_text() + " over " + link,
                                      RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
  route_header(message, address, address.host_length()).rtm_scope = RT_SCOPE_LINK;
  message.put(RTA_DST, address).put(RTA_OIF, ifindex);
  if (source) message.put(RTA_PREFSRC, *source);
}

void add_default_route(NetlinkBatch& batch, const std::string& link, const DefaultRoute& route) {
  NetlinkMessage& message =
      batch.add("add default route through " + route.gateway.text() + " on " + link, RTM_NEWROUTE,
                NLM_F_CREATE | NLM_F_EXCL);
  auto& header = route_header(message, route.gateway, 0);
  header.rtm_flags = RTNH_F_ONLINK;
  header.rtm_table = RT_TABLE_UNSPEC;  // the attribute says it, which has room for all numbers
  message.put(RTA_GATEWAY, route.gateway).put(RTA_OIF, route.ifindex).put(RTA_TABLE, route.table);
  if (route.metric != 0) message.put(RTA_PRIORITY, route.metric);
}

void add_source_rule(NetlinkBatch& batch, const Address& source, std::uint32_t table) {
  put_source_rule(batch.add("add rule for packets from " + source.text(), RTM_NEWRULE,
                            NLM_F_CREATE | NLM_F_EXCL),
                  source, table);
}

void delete_source_rule(NetlinkBatch& batch, const Address& source, std::uint32_t table) {
  put_source_rule(batch.add("delete rule for packets from " + source.text(), RTM_DELRULE), source,
                  table);
}

void add_unreachable_route(NetlinkBatch& batch, const Prefix& prefix, std::uint32_t owner) {
  NetlinkMessage& message = batch.add("add unreachable route for " + prefix.text(), RTM_NEWROUTE,
                                      NLM_F_CREATE | NLM_F_REPLACE);
  route_header(message, prefix.base(), prefix.length()).rtm_type = RTN_UNREACHABLE;
  message.put(RTA_DST, prefix.base()).put(RTA_PRIORITY, owner);
}

void delete_unreachable_route(NetlinkBatch& batch, const Prefix& prefix, std::uint32_t owner) {
  NetlinkMessage& message =
      batch.add("delete unreachable route for " + prefix.text(), RTM_DELROUTE);
  route_header(message, prefix.base(), prefix.length()).rtm_type = RTN_UNREACHABLE;
  message.put(RTA_DST, prefix.base()).put(RTA_PRIORITY, owner);
}

}  // namespace podwire::net::requests
