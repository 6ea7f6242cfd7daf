// SPDX-License-Identifier: Apache-2.0
#include "datapath/tc_hook.hpp"

#include <bpf/libbpf.h>

#include "datapath/preceding.hpp"
#include "net/traffic_control.hpp"

namespace podwire::datapath {

namespace {

bpf_tc_hook hook_of(std::uint32_t ifindex, Direction direction) {
  LIBBPF_OPTS(bpf_tc_hook, hook);
  hook.ifindex = static_cast<int>(ifindex);
  hook.attach_point = direction == Direction::ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS;
  return hook;
}

bpf_tc_opts our_filter() {
  LIBBPF_OPTS(bpf_tc_opts, filter);
  filter.handle = filter_handle;
  filter.priority = filter_priority;
  return filter;
}

}  // namespace

Result<> create_hook(std::uint32_t ifindex) {
  bpf_tc_hook hook = hook_of(ifindex, Direction::ingress);
  const int error = bpf_tc_hook_create(&hook);
  if (error == 0) return {};
  if (error == -EEXIST) return expect_no_foreign_qdisc(ifindex);
  return fail_errno("create the clsact qdisc on link " + link_name(ifindex), -error);
}

Result<> expect_no_foreign_qdisc(std::uint32_t ifindex) {
  auto socket = net::NetlinkSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  auto kind = net::traffic_control::filter_qdisc(*socket, ifindex);
  if (!kind) return tl::unexpected(kind.error());
  if (kind->empty() || *kind == "clsact") return {};
  const std::string link = link_name(ifindex);
  return fail(Errc::already_exists,
              "link " + link + " has the qdisc '" + *kind +
                  "' of another program in the place of clsact: take it away by 'tc qdisc delete "
                  "dev " +
                  link + " " + *kind + "' and restart podwired");
}

Result<> attach_filter(std::uint32_t ifindex, Direction direction, int program) {
  const bpf_tc_hook hook = hook_of(ifindex, direction);
  bpf_tc_opts filter = our_filter();
  filter.prog_fd = program;
  filter.flags = BPF_TC_F_REPLACE;
  if (const int error = bpf_tc_attach(&hook, &filter); error != 0) {
    return fail_errno("attach the tc program to link " + link_name(ifindex), -error);
  }
  return {};
}

Result<> detach_filter(std::uint32_t ifindex, Direction direction) {
  const bpf_tc_hook hook = hook_of(ifindex, direction);
  bpf_tc_opts filter = our_filter();
  const int error = bpf_tc_detach(&hook, &filter);
  if (error == 0 || error == -ENOENT || error == -EINVAL) return {};  // EINVAL: there is no qdisc
  return fail_errno("take the tc program off link " + link_name(ifindex), -error);
}

Result<std::uint32_t> attached_program(std::uint32_t ifindex, Direction direction) {
  const bpf_tc_hook hook = hook_of(ifindex, direction);
  bpf_tc_opts filter = our_filter();
  if (const int error = bpf_tc_query(&hook, &filter); error != 0) {
    return fail_errno("look for the tc program of link " + link_name(ifindex), -error);
  }
  return filter.prog_id;
}

}  // namespace podwire::datapath
