// SPDX-License-Identifier: Apache-2.0
#include "net/traffic_control.hpp"

#include <optional>

#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

namespace podwire::net::traffic_control {

namespace {

std::string bpf_name(const nlattr* options) {
  std::string name;
  for_each_nested(options, [&](const nlattr* attribute) {
    if (mnl_attr_get_type(attribute) == TCA_BPF_NAME) name = mnl_attr_get_str(attribute);
  });
  return name;
}

// nullopt: a message about the place of filters and not about one, or one of another chain.
std::optional<Filter> read_filter(const nlmsghdr* message) {
  const auto* header = static_cast<const tcmsg*>(mnl_nlmsg_get_payload(message));
  Filter filter{.handle = header->tcm_handle,
                .priority = static_cast<std::uint16_t>(header->tcm_info >> 16)};
  const nlattr* options = nullptr;
  std::uint32_t chain = 0;
  for_each_attribute(message, sizeof(*header), [&](const nlattr* attribute) {
    const auto type = mnl_attr_get_type(attribute);
    if (type == TCA_KIND) filter.kind = mnl_attr_get_str(attribute);
    if (type == TCA_OPTIONS) options = attribute;
    if (type == TCA_CHAIN) chain = mnl_attr_get_u32(attribute);
  });
  if (filter.handle == 0 || chain != 0) return std::nullopt;
  if (filter.kind == "bpf" && options != nullptr) filter.name = bpf_name(options);
  return filter;
}

}  // namespace

Result<std::vector<Filter>> filters(NetlinkSocket& socket, std::uint32_t ifindex,
                                    std::uint32_t parent) {
  std::vector<Filter> found;
  NetlinkMessage request("list the filters of link number " + std::to_string(ifindex),
                         RTM_GETTFILTER, 0);
  auto& header = request.header<tcmsg>();
  header.tcm_ifindex = static_cast<int>(ifindex);
  header.tcm_parent = parent;
  auto dumped = socket.dump(request, [&](const nlmsghdr* message) {
    if (auto filter = read_filter(message)) found.push_back(std::move(*filter));
  });
  if (!dumped) return tl::unexpected(dumped.error());
  return found;
}

Result<std::string> filter_qdisc(NetlinkSocket& socket, std::uint32_t ifindex) {
  std::string kind;
  NetlinkMessage request("look up the qdisc of link number " + std::to_string(ifindex),
                         RTM_GETQDISC, NLM_F_ECHO);  // else only listeners hear the answer
  auto& header = request.header<tcmsg>();
  header.tcm_ifindex = static_cast<int>(ifindex);
  header.tcm_parent = TC_H_CLSACT;
  auto got = socket.get(request, [&](const nlmsghdr* message) {
    for_each_attribute(message, sizeof(tcmsg), [&](const nlattr* attribute) {
      if (mnl_attr_get_type(attribute) == TCA_KIND) kind = mnl_attr_get_str(attribute);
    });
  });
  if (!got && got.error().code != Errc::not_found) return tl::unexpected(got.error());
  return kind;
}

}  // namespace podwire::net::traffic_control
