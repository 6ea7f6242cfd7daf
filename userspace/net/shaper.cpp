// SPDX-License-Identifier: Apache-2.0
#include "net/shaper.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

namespace podwire::net {

namespace {

constexpr std::uint32_t handle = 0x70770000;  // 7077:
constexpr const char* kind = "tbf";

struct RootQueue {
  std::uint32_t ifindex = 0;
  std::string kind;
  Shaper shaper;
  std::uint64_t drops = 0;
};

// The same structs in both directions; the kernel's rate has 64 bits only in an attribute of its
// own, which it leaves out below 2^32.
void read_options(const nlattr* options, Shaper& shaper) {
  for_each_nested(options, [&](const nlattr* attribute) {
    const auto type = mnl_attr_get_type(attribute);
    if (type == TCA_TBF_RATE64) shaper.bytes_per_second = mnl_attr_get_u64(attribute);
    if (type != TCA_TBF_PARMS || mnl_attr_get_payload_len(attribute) < sizeof(tc_tbf_qopt)) return;
    tc_tbf_qopt options_of_kernel{};
    std::memcpy(&options_of_kernel, mnl_attr_get_payload(attribute), sizeof(options_of_kernel));
    shaper.queue_bytes = options_of_kernel.limit;
    if (shaper.bytes_per_second == 0) shaper.bytes_per_second = options_of_kernel.rate.rate;
  });
}

std::uint64_t drops_in(const nlattr* statistics) {
  gnet_stats_queue queue{};
  for_each_nested(statistics, [&](const nlattr* attribute) {
    if (mnl_attr_get_type(attribute) != TCA_STATS_QUEUE) return;
    const std::size_t known =
        std::min<std::size_t>(sizeof(queue), mnl_attr_get_payload_len(attribute));
    std::memcpy(&queue, mnl_attr_get_payload(attribute), known);
  });
  return queue.drops;
}

RootQueue read_queue(const nlmsghdr* message) {
  RootQueue queue;
  queue.ifindex = static_cast<std::uint32_t>(
      static_cast<const tcmsg*>(mnl_nlmsg_get_payload(message))->tcm_ifindex);
  for_each_attribute(message, sizeof(tcmsg), [&](const nlattr* attribute) {
    const auto type = mnl_attr_get_type(attribute);
    if (type == TCA_KIND) queue.kind = mnl_attr_get_str(attribute);
    if (type == TCA_OPTIONS) read_options(attribute, queue.shaper);
    if (type == TCA_STATS2) queue.drops = drops_in(attribute);
  });
  return queue;
}

// `ifindex` 0: of every link. The dump of one link is a dump of all on kernels that do not filter.
template <class Handler>
Result<> dump_root_queues(NetlinkSocket& socket, std::uint32_t ifindex, Handler handler) {
  NetlinkMessage request("list queues", RTM_GETQDISC, 0);
  request.header<tcmsg>().tcm_ifindex = static_cast<int>(ifindex);
  return socket.dump(request, [&](const nlmsghdr* message) {
    const auto* header = static_cast<const tcmsg*>(mnl_nlmsg_get_payload(message));
    if (header->tcm_parent == TC_H_ROOT) handler(read_queue(message));
  });
}

}  // namespace

void requests::set_shaper(NetlinkBatch& batch, const std::string& link, std::uint32_t ifindex,
                          const Shaper& shaper) {
  NetlinkMessage& message = batch.add("shape what " + link + " sends (needs the kernel's sch_tbf)",
                                      RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE);
  auto& header = message.header<tcmsg>();
  header.tcm_ifindex = static_cast<int>(ifindex);
  header.tcm_parent = TC_H_ROOT;
  header.tcm_handle = handle;
  message.put(TCA_KIND, kind);
  tc_tbf_qopt options{};
  options.limit = shaper.queue_bytes;
  options.rate.linklayer = TC_LINKLAYER_ETHERNET;  // no table of transmission times is needed
  options.rate.rate = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(shaper.bytes_per_second, std::numeric_limits<std::uint32_t>::max()));
  message.nest(TCA_OPTIONS, [&] {
    mnl_attr_put(message.get(), TCA_TBF_PARMS, sizeof(options), &options);
    mnl_attr_put_u64(message.get(), TCA_TBF_RATE64, shaper.bytes_per_second);
    message.put(TCA_TBF_BURST, shaper.burst_bytes);
  });
}

Result<std::optional<Shaper>> queries::shaper(NetlinkSocket& socket, std::uint32_t ifindex) {
  std::optional<Shaper> found;
  auto dumped = dump_root_queues(socket, ifindex, [&](const RootQueue& queue) {
    if (queue.ifindex == ifindex && queue.kind == kind) found = queue.shaper;
  });
  if (!dumped) return tl::unexpected(dumped.error());
  return found;
}

Result<std::map<std::uint32_t, std::uint64_t>> queries::shaper_drops(NetlinkSocket& socket) {
  std::map<std::uint32_t, std::uint64_t> drops;
  auto dumped = dump_root_queues(socket, 0, [&](const RootQueue& queue) {
    if (queue.kind == kind) drops[queue.ifindex] = queue.drops;
  });
  if (!dumped) return tl::unexpected(dumped.error());
  return drops;
}

}  // namespace podwire::net
