// SPDX-License-Identifier: Apache-2.0
#include "datapath/tc_hook.hpp"

#include <bpf/libbpf.h>

namespace podwire::datapath {

namespace {

// Priority 1 is asked first: a foreign filter before ours could let packets go by uncounted.
constexpr std::uint32_t handle = 0x7077;
constexpr std::uint32_t priority = 1;

bpf_tc_hook hook_of(std::uint32_t ifindex, Direction direction) {
  LIBBPF_OPTS(bpf_tc_hook, hook);
  hook.ifindex = static_cast<int>(ifindex);
  hook.attach_point = direction == Direction::ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS;
  return hook;
}

bpf_tc_opts our_filter() {
  LIBBPF_OPTS(bpf_tc_opts, filter);
  filter.handle = handle;
  filter.priority = priority;
  return filter;
}

}  // namespace

Result<> attach_filter(std::uint32_t ifindex, Direction direction, int program) {
  bpf_tc_hook hook = hook_of(ifindex, direction);
  if (const int error = bpf_tc_hook_create(&hook); error != 0 && error != -EEXIST) {
    return fail_errno("create clsact qdisc on interface " + std::to_string(ifindex), -error);
  }
  bpf_tc_opts filter = our_filter();
  filter.prog_fd = program;
  filter.flags = BPF_TC_F_REPLACE;
  if (const int error = bpf_tc_attach(&hook, &filter); error != 0) {
    return fail_errno("attach tc program to interface " + std::to_string(ifindex), -error);
  }
  return {};
}

Result<> detach_filter(std::uint32_t ifindex, Direction direction) {
  const bpf_tc_hook hook = hook_of(ifindex, direction);
  bpf_tc_opts filter = our_filter();
  const int error = bpf_tc_detach(&hook, &filter);
  if (error == 0 || error == -ENOENT || error == -EINVAL) return {};  // EINVAL: there is no qdisc
  return fail_errno("take the tc program off interface " + std::to_string(ifindex), -error);
}

Result<std::uint32_t> attached_program(std::uint32_t ifindex, Direction direction) {
  const bpf_tc_hook hook = hook_of(ifindex, direction);
  bpf_tc_opts filter = our_filter();
  if (const int error = bpf_tc_query(&hook, &filter); error != 0) {
    return fail_errno("look for the tc program of interface " + std::to_string(ifindex), -error);
  }
  return filter.prog_id;
}

}  // namespace podwire::datapath
