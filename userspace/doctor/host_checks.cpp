// SPDX-License-Identifier: Apache-2.0
#include "doctor/host_checks.hpp"

#include <algorithm>
#include <cstdio>

#include "nat/masquerade.hpp"

namespace podwire::doctor {

namespace {

constexpr std::pair least_kernel{6, 1};
constexpr const char* cni_directory = "/etc/cni/net.d";

bool is_old(const std::string& release) {
  std::pair<int, int> version;
  return std::sscanf(release.c_str(), "%d.%d", &version.first, &version.second) == 2 &&
         version < least_kernel;
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

Result<Problems> configuration(const Facts& facts) {
  if (facts.config) return Problems{};
  return Problems{{.what = facts.config.error().what,
                   .cure = "mend " + facts.config_file +
                           ", or name the right file by --config; docs/configuration.md has every "
                           "key. What depends on the configuration is not judged"}};
}

Result<Problems> kernel(const Facts& facts) {
  Problems problems;
  const Host& host = facts.host;
  const std::string update = "start a kernel as Debian 12 or a later release has it";
  if (is_old(host.kernel_release)) {
    problems.push_back(
        {.what = "this is Linux " + host.kernel_release + "; podwire needs 6.1", .cure = update});
  }
  if (!host.bpf) problems.push_back({.what = host.bpf.error().what, .cure = update});
  if (!host.has_btf) {
    problems.push_back({.what = "/sys/kernel/btf/vmlinux cannot be read: the kernel does not say "
                                "its own types",
                        .cure = "start a kernel built with CONFIG_DEBUG_INFO_BTF"});
  }
  if (!host.clsact) {
    problems.push_back({.what = "programs cannot be attached: " + host.clsact.error().what,
                        .cure = "load the module sch_ingress",
                        .commands = {"modprobe sch_ingress"}});
  }
  return problems;
}

Result<Problems> agent(const Facts& facts) {
  if (facts.agent) return Problems{};
  return Problems{{.what = facts.agent.error().what,
                   .cure = "start the agent; its log says why it ended "
                           "(journalctl -u podwired)",
                   .commands = {"systemctl start podwired"}}};
}

Result<Problems> masquerade(const Facts& facts) {
  if (!facts.config) return tl::unexpected(facts.config.error());
  if (!facts.config->masquerade.enabled) return Problems{};
  const Host& host = facts.host;
  if (!host.masquerade) {
    return Problems{{.what = "pods reach nothing outside: " + host.masquerade.error().what,
                     .cure = "load the modules, or write 'masquerade: {enabled: false}' in " +
                             facts.config_file,
                     .commands = {"modprobe nf_tables", "modprobe nft_masq"}}};
  }
  if (!host.has_table) return tl::unexpected(host.has_table.error());
  if (*host.has_table || !facts.agent) return Problems{};
  return Problems{{.what = "the nftables table inet " + nat::table_of(facts.config->instance) +
                           " is gone: pods reach nothing outside. 'nft flush ruleset' takes it "
                           "away, and so does a restart of nftables.service",
                   .cure = "restart the agent; pods stay connected",
                   .commands = {"systemctl restart podwired"}}};
}

Result<Problems> cni_plugin(const Facts& facts) {
  if (!facts.host.plugins.empty()) return Problems{};
  return Problems{{.state = State::warning,
                   .what = "the plugin podwire is in none of /opt/cni/bin, /usr/lib/cni and "
                           "/usr/libexec/cni",
                   .cure = "put it where your runtime looks: /usr/lib/cni for Debian's packages, "
                           "/opt/cni/bin for others"}};
}

Result<Problems> cni_network(const Facts& facts) {
  const auto& files = facts.host.cni_files;
  const auto ours = std::ranges::find_if(files, &CniFile::is_ours);
  if (ours == files.end()) {
    return Problems{{.state = State::warning,
                     .what = std::string("no file in ") + cni_directory +
                             " names the plugin podwire: no runtime uses it",
                     .cure = "put 10-podwire.conflist of deploy/ there"}};
  }
  if (ours == files.begin()) return Problems{};
  // podwire's own file keeps its name: an upgrade and an uninstall look for it there.
  std::vector<std::string> commands;
  for (auto before = files.begin(); before != ours; ++before)
    commands.push_back("mv " + before->path + " " + cni_directory + "/90-" +
                       file_name(before->path));
  return Problems{{.state = State::warning,
                   .what = "containerd and CRI-O take the first file of " +
                           std::string(cni_directory) + ", which is " +
                           file_name(files.front().path) + " and not " + file_name(ours->path),
                   .cure = "give what comes before podwire's file a name that comes behind it, "
                           "unless you choose the network by its name, as with podman",
                   .commands = commands}};
}

// What a runtime would tell at the first container only, and less clearly.
Result<Problems> cni_chain(const Facts& facts) {
  Problems problems;
  for (const CniFile& file : facts.host.cni_files) {
    if (!file.is_ours()) continue;
    if (file.plugins.front() != "podwire") {
      problems.push_back({.what = file_name(file.path) + " has podwire behind " +
                                  file.plugins.front() + ": it makes the interface, so it is first",
                          .cure = "put podwire's entry first in its plugins"});
    }
    if (file.has("bandwidth")) {
      problems.push_back({.what = file_name(file.path) +
                                  " has the plugin bandwidth, which needs an ingress qdisc where "
                                  "podwire's programs are, and fails with 'file exists'",
                          .cure = "take its entry out, and give podwire's entry "
                                  "\"capabilities\": {\"bandwidth\": true}"});
    }
  }
  return problems;
}

}  // namespace podwire::doctor
