// SPDX-License-Identifier: Apache-2.0
#include "doctor/host_facts.hpp"

#include <functional>
#include <sched.h>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "datapath/tc_hook.hpp"
#include "doctor/cni_files.hpp"
#include "firewall/reader.hpp"
#include "nat/masquerade.hpp"
#include "nat/nftables.hpp"

namespace podwire::doctor {

namespace {

std::string kernel_release() {
  utsname name{};
  return ::uname(&name) == 0 ? name.release : "";
}

Result<> probe_bpf() {
  const int answer = libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SCHED_CLS, nullptr);
  if (answer == 1) return {};
  if (answer == 0) return fail(Errc::system, "the kernel has no BPF programs for traffic control");
  return fail_errno("load a BPF program", -answer);
}

// Runs `work` in a network namespace that ends with it.
Result<> rehearse(const std::function<Result<>()>& work) {
  Result<> result;
  std::thread([&] {
    result = ::unshare(CLONE_NEWNET) == 0 ? work() : fail_errno("make a network namespace");
  }).join();
  return result;
}

Result<> rehearse_masquerade(const config::Config& config) {
  const nat::Masquerade masquerade{.pods = pod_ranges(config), .except = config.masquerade.except};
  return rehearse(
      [&] { return nat::run_nftables(nat::replace_table(config.instance, masquerade)); });
}

}  // namespace

Host collect_host(const config::Config& config, const std::string& root) {
  libbpf_set_print(nullptr);  // errors are told here
  constexpr std::uint32_t loopback = 1;
  return {.kernel_release = kernel_release(),
          .bpf = probe_bpf(),
          .has_btf = ::access("/sys/kernel/btf/vmlinux", R_OK) == 0,
          .clsact = rehearse([] { return datapath::create_hook(loopback); }),
          .masquerade = rehearse_masquerade(config),
          .has_table = firewall::has_table(nat::table_of(config.instance)),
          .plugins = cni_plugins(root),
          .cni_files = cni_files(root)};
}

}  // namespace podwire::doctor
