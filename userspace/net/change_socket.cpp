// SPDX-License-Identifier: Apache-2.0
#include "net/change_socket.hpp"

#include <array>
#include <optional>
#include <span>
#include <sys/socket.h>
#include <utility>

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <podwire/abi.h>

#include "net/links.hpp"
#include "net/queries.hpp"

namespace podwire::net {

namespace {

constexpr std::size_t receive_bytes = std::size_t{32} * 1024;
constexpr std::size_t most_lost = 256;
constexpr int most_datagrams = 256;  // of one read; what is left makes the socket readable again

struct Datagram {
  std::size_t size = 0;
  bool overrun = false;  // the kernel had no room for some before this one, which is empty
  bool from_kernel = false;
  bool from_other_namespace = false;
};

Result<UniqueFd> open_listener() {
  UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!fd) return fail_errno("open netlink socket");
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof(own)) < 0)
    return fail_errno("bind netlink socket");
  return fd;
}

Result<> listen_to(const UniqueFd& fd, int group) {
  if (setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == 0)
    return {};
  return fail_errno("listen to changes of the network");
}

// nullopt: nothing more is there.
Result<std::optional<Datagram>> receive(int fd, std::span<char> buffer) {
  sockaddr_nl sender{};
  iovec part{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_name = &sender;
  header.msg_namelen = sizeof(sender);
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  const ssize_t size = recvmsg(fd, &header, 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  if (size < 0 && errno == ENOBUFS) return Datagram{.overrun = true};
  if (size < 0) return fail_errno("receive changes of the network");
  const cmsghdr* extra = CMSG_FIRSTHDR(&header);
  return Datagram{.size = static_cast<std::size_t>(size),
                  .from_kernel = sender.nl_pid == 0,
                  .from_other_namespace = extra != nullptr && extra->cmsg_level == SOL_NETLINK &&
                                          extra->cmsg_type == NETLINK_LISTEN_ALL_NSID};
}

// A message in a pod's namespace may come from a process there: only the kernel's count.
Result<> read_all(int fd, std::span<char> buffer, bool of_pods, Changes& changes) {
  for (int i = 0; i < most_datagrams; ++i) {
    auto datagram = receive(fd, buffer);
    if (!datagram) return tl::unexpected(datagram.error());
    if (!*datagram) return {};
    changes.incomplete = changes.incomplete || (*datagram)->overrun;
    if (!(*datagram)->from_kernel || of_pods != (*datagram)->from_other_namespace) continue;
    int left = static_cast<int>((*datagram)->size);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
      of_pods ? note_pod_message(message, changes) : note_node_message(message, changes);
  }
  return {};
}

std::optional<std::uint32_t> number(const nlmsghdr* message, std::size_t header,
                                    std::uint16_t attribute) {
  std::optional<std::uint32_t> found;
  for_each_attribute(message, header, [&](const nlattr* each) {
    if (mnl_attr_get_type(each) == attribute) found = mnl_attr_get_u32(each);
  });
  return found;
}

// A pod's interface comes and goes without a meaning for the node's own.
bool is_of_node(const nlmsghdr* link) {
  const auto group = number(link, sizeof(ifinfomsg), IFLA_GROUP).value_or(0);
  return !is_link_group(group) && group != deletion_group;
}

// The gateway addresses on pods' interfaces have the scope of their link.
bool is_of_node_address(const nlmsghdr* address) {
  return static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(address))->ifa_scope < RT_SCOPE_LINK;
}

bool is_default_route(const nlmsghdr* route) {
  return static_cast<const rtmsg*>(mnl_nlmsg_get_payload(route))->rtm_dst_len == 0;
}

void note_lost_address(const nlmsghdr* message, Changes& changes) {
  changes.node = true;
  if (const auto address = queries::address_of(message)) changes.lost.insert(*address);
}

void note_root_queue(const nlmsghdr* message, Changes& changes) {
  const auto* queue = static_cast<const tcmsg*>(mnl_nlmsg_get_payload(message));
  if (queue->tcm_parent == TC_H_ROOT)
    changes.host_ends.insert(static_cast<std::uint32_t>(queue->tcm_ifindex));
}

}  // namespace

void Changes::add(const Changes& more) {
  node = node || more.node;
  incomplete = incomplete || more.incomplete;
  lost.insert(more.lost.begin(), more.lost.end());
  host_ends.insert(more.host_ends.begin(), more.host_ends.end());
  // Only a pod that makes up interfaces, or a node that loses its network, comes here.
  if (host_ends.size() <= PW_MAX_ENDPOINTS && lost.size() <= most_lost) return;
  lost.clear();
  host_ends.clear();
  incomplete = true;
}

void note_node_message(const nlmsghdr* message, Changes& changes) {
  switch (message->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      changes.node = changes.node || is_of_node(message);
      break;
    case RTM_NEWADDR:
      changes.node = changes.node || is_of_node_address(message);
      break;
    case RTM_DELADDR:
      if (is_of_node_address(message)) note_lost_address(message, changes);
      break;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      changes.node = changes.node || is_default_route(message);
      break;
    case RTM_NEWQDISC:
    case RTM_DELQDISC:
      note_root_queue(message, changes);
      break;
    default:
      break;
  }
}

void note_pod_message(const nlmsghdr* message, Changes& changes) {
  if (message->nlmsg_type != RTM_NEWLINK) return;
  const auto peer = number(message, sizeof(ifinfomsg), IFLA_LINK);
  if (peer && *peer != 0) changes.host_ends.insert(*peer);
}

Result<ChangeSocket> ChangeSocket::open() {
  ChangeSocket sockets;
  sockets.buffer_.resize(receive_bytes);
  for (UniqueFd* fd : {&sockets.node_, &sockets.pods_}) {
    auto opened = open_listener();
    if (!opened) return tl::unexpected(opened.error());
    *fd = std::move(*opened);
  }
  const int on = 1;
  if (setsockopt(sockets.pods_.get(), SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on)) < 0)
    return fail_errno("listen to changes in pods");
  if (auto done = listen_to(sockets.pods_, RTNLGRP_LINK); !done)
    return tl::unexpected(done.error());
  for (const int group : {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                          RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_TC}) {
    if (auto done = listen_to(sockets.node_, group); !done) return tl::unexpected(done.error());
  }
  return sockets;
}

Result<Changes> ChangeSocket::read() {
  Changes changes;
  for (const auto& [fd, of_pods] : {std::pair(node_.get(), false), std::pair(pods_.get(), true)}) {
    if (auto done = read_all(fd, buffer_, of_pods, changes); !done)
      return tl::unexpected(done.error());
  }
  Changes bounded;
  bounded.add(changes);
  return bounded;
}

}  // namespace podwire::net
