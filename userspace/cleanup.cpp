// SPDX-License-Identifier: Apache-2.0
#include "cleanup.hpp"

#include <spdlog/spdlog.h>

#include "datapath/bpffs.hpp"
#include "datapath/tc_hook.hpp"
#include "endpoint/manager.hpp"
#include "nat/masquerade.hpp"
#include "net/rtnetlink.hpp"
#include "node.hpp"

namespace podwire {

namespace {

class Steps {
 public:
  void take(const std::string& what, Result<> done) {
    if (done) {
      spdlog::info("removed: {}", what);
      return;
    }
    spdlog::error("not removed: {}: {}", what, done.error().what);
    if (result_) result_ = std::move(done);
  }
  Result<> result() const { return result_; }

 private:
  Result<> result_;
};

void take_hooks(Steps& steps, net::Links& links, std::uint32_t group) {
  auto found = links.list();
  if (!found) return steps.take("programs on links", tl::unexpected(found.error()));
  for (const net::HostLink& link : *found) {
    if (link.group != group) continue;
    for (const auto direction : {datapath::Direction::ingress, datapath::Direction::egress}) {
      const char* name = direction == datapath::Direction::ingress ? "from_pod" : "to_pod";
      steps.take(std::string("program ") + name + " on link " + link.name,
                 datapath::detach_filter(link.ifindex, direction));
    }
  }
}

}  // namespace

Result<> clean_up(const config::Config& config) {
  const auto run_lock = lock_run_directory(config.run_dir);
  if (!run_lock) return tl::unexpected(run_lock.error());
  const auto instance_lock = lock_instance(config.instance);
  if (!instance_lock) return tl::unexpected(instance_lock.error());
  auto links = net::RtNetlink::open();
  if (!links) return tl::unexpected(links.error());

  Steps steps;
  const std::uint32_t group = endpoint::link_group(config.instance);
  take_hooks(steps, *links, group);
  const std::string bpffs = config.run_dir + "/bpf";
  steps.take("maps in " + bpffs, datapath::unmount_bpffs(bpffs));
  steps.take("unreachable routes", links->block({}, group));
  steps.take("nftables table " + nat::table_of(config.instance),
             remove_masquerade(config.instance));
  return steps.result();
}

}  // namespace podwire
