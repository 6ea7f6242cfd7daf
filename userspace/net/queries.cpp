// SPDX-License-Identifier: Apache-2.0
#include "net/queries.hpp"

#include <algorithm>
#include <cstring>
#include <net/if.h>

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "net/requests.hpp"

namespace podwire::net::queries {

namespace {

std::optional<Address> read_address(const nlattr* attribute) {
  std::array<std::uint8_t, 16> bytes{};
  const std::size_t length = mnl_attr_get_payload_len(attribute);
  if (length == 4) bytes[10] = bytes[11] = 0xff;
  if (length != 4 && length != 16) return std::nullopt;
  std::memcpy(bytes.data() + (bytes.size() - length), mnl_attr_get_payload(attribute), length);
  return Address::from_bytes(bytes);
}

std::string read_kind(const nlattr* link_info) {
  std::string kind;
  for_each_nested(link_info, [&](const nlattr* attribute) {
    if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND) kind = mnl_attr_get_str(attribute);
  });
  return kind;
}

Link read_link(const nlmsghdr* message) {
  Link link;
  const auto* header = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(message));
  link.ifindex = static_cast<std::uint32_t>(header->ifi_index);
  link.up = (header->ifi_flags & IFF_UP) != 0;
  for_each_attribute(message, sizeof(*header), [&](const nlattr* attribute) {
    switch (mnl_attr_get_type(attribute)) {
      case IFLA_IFNAME:
        link.name = mnl_attr_get_str(attribute);
        break;
      case IFLA_GROUP:
        link.group = mnl_attr_get_u32(attribute);
        break;
      case IFLA_MTU:
        link.mtu = mnl_attr_get_u32(attribute);
        break;
      case IFLA_ADDRESS:
        if (mnl_attr_get_payload_len(attribute) == link.mac.bytes.size()) {
          std::memcpy(link.mac.bytes.data(), mnl_attr_get_payload(attribute),
                      link.mac.bytes.size());
        }
        break;
      case IFLA_QDISC:
        link.queue = mnl_attr_get_str(attribute);
        break;
      case IFLA_LINK:
        link.peer_ifindex = mnl_attr_get_u32(attribute);
        break;
      case IFLA_LINK_NETNSID:
        link.peer_netns = mnl_attr_get_u32(attribute);
        break;
      case IFLA_LINKINFO:
        link.kind = read_kind(attribute);
        break;
      default:
        break;
    }
  });
  return link;
}

Route read_attributes(const nlmsghdr* message) {
  Route route{.length = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(message))->rtm_dst_len};
  for_each_attribute(message, sizeof(rtmsg), [&](const nlattr* attribute) {
    switch (mnl_attr_get_type(attribute)) {
      case RTA_DST:
        route.destination = read_address(attribute);
        break;
      case RTA_GATEWAY:
        route.gateway = read_address(attribute);
        break;
      case RTA_PREFSRC:
        route.source = read_address(attribute);
        break;
      case RTA_OIF:
        route.ifindex = mnl_attr_get_u32(attribute);
        break;
      case RTA_PRIORITY:
        route.priority = mnl_attr_get_u32(attribute);
        break;
      case RTA_TABLE:  // the header has room for numbers up to 255 only
        route.table = mnl_attr_get_u32(attribute);
        break;
      default:
        break;
    }
  });
  return route;
}

std::optional<Route> read_route(const nlmsghdr* message, std::uint32_t table) {
  const auto* header = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(message));
  if (header->rtm_type != RTN_UNICAST) return std::nullopt;
  const Route route = read_attributes(message);
  return route.table == table ? std::optional(route) : std::nullopt;
}

// Ours are told by their protocol.
std::optional<Rule> read_rule(const nlmsghdr* message) {
  Rule rule;
  bool is_ours = false;
  for_each_attribute(message, sizeof(fib_rule_hdr), [&](const nlattr* attribute) {
    const auto type = mnl_attr_get_type(attribute);
    if (type == FRA_PROTOCOL)
      is_ours = mnl_attr_get_u8(attribute) == requests::route_protocol;
    else if (type == FRA_TABLE)
      rule.table = mnl_attr_get_u32(attribute);
    else if (type == FRA_SRC)
      rule.source = read_address(attribute).value_or(Address());
  });
  return is_ours ? std::optional(rule) : std::nullopt;
}

template <class Handler>
Result<> dump_routes(NetlinkSocket& socket, Family family, Handler handler) {
  NetlinkMessage request("list routes", RTM_GETROUTE, 0);
  request.header<rtmsg>().rtm_family = family == Family::ipv4 ? AF_INET : AF_INET6;
  return socket.dump(request, handler);
}

Result<Link> get_link(NetlinkSocket& socket, NetlinkMessage& request) {
  Link found;
  auto got = socket.get(request, [&](const nlmsghdr* message) { found = read_link(message); });
  if (!got) return tl::unexpected(got.error());
  return found;
}

}  // namespace

bool is_host_end(const Link& link) {
  return link.kind == "veth" && link.name.starts_with("pw");
}

const Route* default_route(const std::vector<Route>& routes) {
  const Route* best = nullptr;
  for (const Route& route : routes) {
    if (route.destination || route.ifindex == 0) continue;
    if (best == nullptr || route.priority < best->priority) best = &route;
  }
  return best;
}

Result<Prefix> destination_of(const Route& route) {
  return Prefix::parse(route.destination->text() + "/" + std::to_string(unsigned{route.length}));
}

Result<Link> link(NetlinkSocket& socket, const std::string& name) {
  NetlinkMessage request("look up link " + name, RTM_GETLINK, 0);
  request.header<ifinfomsg>();
  request.put(IFLA_IFNAME, name);
  return get_link(socket, request);
}

Result<Link> link(NetlinkSocket& socket, std::uint32_t ifindex) {
  NetlinkMessage request("look up link number " + std::to_string(ifindex), RTM_GETLINK, 0);
  request.header<ifinfomsg>().ifi_index = static_cast<int>(ifindex);
  return get_link(socket, request);
}

Result<Link> peer(NetlinkSocket& socket, const Link& link) {
  NetlinkMessage request("look up the other end of link " + link.name, RTM_GETLINK, 0);
  request.header<ifinfomsg>().ifi_index = static_cast<int>(link.peer_ifindex);
  if (link.peer_netns) request.put(IFLA_TARGET_NETNSID, *link.peer_netns);
  auto found = get_link(socket, request);
  // A namespace that is being torn down keeps its links for a moment, but no longer its number; the
  // kernel then calls the request itself invalid (rtnl_get_net_ns_capable).
  if (!found && found.error().code == Errc::system) found.error().code = Errc::not_found;
  return found;
}

Result<std::vector<Link>> links(NetlinkSocket& socket) {
  std::vector<Link> found;
  NetlinkMessage request("list links", RTM_GETLINK, 0);
  request.header<ifinfomsg>();
  auto dumped =
      socket.dump(request, [&](const nlmsghdr* message) { found.push_back(read_link(message)); });
  if (!dumped) return tl::unexpected(dumped.error());
  return found;
}

// Of a point-to-point address IFA_ADDRESS is the peer's; IPv6 without a peer has no IFA_LOCAL.
std::optional<Address> address_of(const nlmsghdr* message) {
  std::optional<Address> own;
  for_each_attribute(message, sizeof(ifaddrmsg), [&](const nlattr* attribute) {
    const auto type = mnl_attr_get_type(attribute);
    if (type == IFA_LOCAL || (type == IFA_ADDRESS && !own)) own = read_address(attribute);
  });
  return own;
}

Result<std::vector<Address>> addresses(NetlinkSocket& socket, std::uint32_t ifindex) {
  std::vector<Address> found;
  NetlinkMessage request("list addresses", RTM_GETADDR, 0);
  request.header<ifaddrmsg>();
  auto dumped = socket.dump(request, [&](const nlmsghdr* message) {
    const auto* header = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(message));
    if (ifindex != every_link && header->ifa_index != ifindex) return;
    if (const auto own = address_of(message)) found.push_back(*own);
  });
  if (!dumped) return tl::unexpected(dumped.error());
  return found;
}

Result<std::vector<Route>> routes(NetlinkSocket& socket, Family family, std::uint32_t table) {
  std::vector<Route> found;
  auto dumped = dump_routes(socket, family, [&](const nlmsghdr* message) {
    if (auto route = read_route(message, table)) found.push_back(*route);
  });
  if (!dumped) return tl::unexpected(dumped.error());
  return found;
}

Result<std::vector<Rule>> rules(NetlinkSocket& socket, Family family) {
  std::vector<Rule> found;
  NetlinkMessage request("list rules", RTM_GETRULE, 0);
  request.header<fib_rule_hdr>().family = family == Family::ipv4 ? AF_INET : AF_INET6;
  auto dumped = socket.dump(request, [&](const nlmsghdr* message) {
    if (auto rule = read_rule(message)) found.push_back(*rule);
  });
  if (!dumped) return tl::unexpected(dumped.error());
  return found;
}

Result<std::vector<Prefix>> unreachable(NetlinkSocket& socket, Family family,
                                        std::uint32_t priority) {
  std::vector<Prefix> found;
  auto dumped = dump_routes(socket, family, [&](const nlmsghdr* message) {
    const auto* header = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(message));
    if (header->rtm_type != RTN_UNREACHABLE || header->rtm_protocol != requests::route_protocol)
      return;
    const Route route = read_attributes(message);
    if (!route.destination || route.priority != priority) return;
    auto prefix = destination_of(route);
    if (prefix) found.push_back(*prefix);
  });
  if (!dumped) return tl::unexpected(dumped.error());
  return found;
}

Result<bool> is_local(NetlinkSocket& socket, const Address& address) {
  bool local = false;
  NetlinkMessage request("look up the route to " + address.text(), RTM_GETROUTE, 0);
  auto& header = request.header<rtmsg>();
  header.rtm_family = address.is_ipv4() ? AF_INET : AF_INET6;
  header.rtm_dst_len = address.host_length();
  request.put(RTA_DST, address);
  auto got = socket.get(request, [&](const nlmsghdr* message) {
    local = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(message))->rtm_type == RTN_LOCAL;
  });
  if (!got) return tl::unexpected(got.error());
  return local;
}

}  // namespace podwire::net::queries
