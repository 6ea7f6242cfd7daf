// SPDX-License-Identifier: Apache-2.0
#include "datapath/preceding.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <net/if.h>

#include <bpf/bpf.h>
#include <linux/pkt_sched.h>

#include "base/unique_fd.hpp"
#include "net/traffic_control.hpp"

namespace podwire::datapath {

namespace {

using net::traffic_control::Filter;

const char* text_of(Direction direction) {
  return direction == Direction::ingress ? "ingress" : "egress";
}

bool is_ours(const Filter& filter) {
  return filter.kind == "bpf" && filter.priority == filter_priority &&
         filter.handle == filter_handle;
}

std::string hexadecimal(std::uint32_t number) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%x", number);
  return text.data();
}

Preceding describe(const Filter& filter, const std::string& link, Direction direction) {
  const std::string priority = std::to_string(filter.priority);
  const std::string handle = hexadecimal(filter.handle);
  return {.what = "the tc filter " + (filter.name.empty() ? "" : "'" + filter.name + "' ") + "(" +
                  filter.kind + ", priority " + priority + ", handle " + handle + ")",
          .removal = "tc filter delete dev " + link + " " + text_of(direction) + " pref " +
                     priority + " handle " + handle + " " + filter.kind};
}

std::string program_name(std::uint32_t id) {
  const UniqueFd program(bpf_prog_get_fd_by_id(id));
  bpf_prog_info info{};
  std::uint32_t length = sizeof(info);
  if (!program || bpf_obj_get_info_by_fd(program.get(), &info, &length) != 0) return "";
  return info.name;
}

// Newer than the headers of Debian 12 (linux/bpf.h of 6.6).
bpf_attach_type tcx_type(Direction direction) {
  return static_cast<bpf_attach_type>(direction == Direction::ingress ? 46 : 47);
}

std::vector<Preceding> tcx_programs(std::uint32_t ifindex, Direction direction) {
  std::array<std::uint32_t, 64> ids{};  // as many as the kernel takes for one link
  auto count = static_cast<std::uint32_t>(ids.size());
  std::uint32_t flags = 0;
  // A kernel without tcx says EINVAL.
  if (bpf_prog_query(static_cast<int>(ifindex), tcx_type(direction), 0, &flags, ids.data(),
                     &count) != 0)
    return {};
  std::vector<Preceding> found;
  for (std::uint32_t i = 0; i < count; ++i) {
    found.push_back({.what = "the tcx program '" + program_name(ids[i]) + "' (id " +
                             std::to_string(ids[i]) + ")"});
  }
  return found;
}

}  // namespace

std::string link_name(std::uint32_t ifindex) {
  std::array<char, IF_NAMESIZE> name{};
  if (if_indextoname(ifindex, name.data()) == nullptr) return "number " + std::to_string(ifindex);
  return name.data();
}

Result<std::vector<Preceding>> preceding(net::NetlinkSocket& socket, std::uint32_t ifindex,
                                         Direction direction) {
  const std::uint32_t parent =
      TC_H_MAKE(TC_H_CLSACT, direction == Direction::ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
  auto filters = net::traffic_control::filters(socket, ifindex, parent);
  if (!filters) return tl::unexpected(filters.error());
  const auto ours = std::ranges::find_if(*filters, is_ours);
  if (ours == filters->end()) return std::vector<Preceding>{};
  const std::string link = link_name(ifindex);
  std::vector<Preceding> found = tcx_programs(ifindex, direction);
  for (auto filter = filters->begin(); filter != ours; ++filter)
    found.push_back(describe(*filter, link, direction));
  return found;
}

}  // namespace podwire::datapath
