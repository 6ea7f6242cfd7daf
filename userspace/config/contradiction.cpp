// SPDX-License-Identifier: Apache-2.0
#include "config/contradiction.hpp"

namespace podwire::config {

namespace {

using Finding = std::optional<Contradiction>;

// Whether `path` is `directory` or stands below it. Both are free of `.`, `..` and slashes at the
// end.
bool is_within(const std::string& path, const std::string& directory) {
  return path == directory || path.starts_with(directory + "/");
}

Finding check_paths(const Config& config) {
  const std::string bpf = config.run_dir + "/bpf";
  if (is_within(config.socket, bpf)) {
    return Contradiction{{"socket", "run_dir"},
                         "cannot be in " + bpf + ": the BPF file system is mounted there"};
  }
  if (is_within(config.state_dir, bpf)) {
    return Contradiction{{"state_dir", "run_dir"},
                         "cannot be in " + bpf + ": the BPF file system is mounted there"};
  }
  if (is_within(config.run_dir, config.socket)) {
    return Contradiction{{"socket", "run_dir"},
                         config.socket + " has to be a directory for run_dir"};
  }
  if (is_within(config.state_dir, config.socket)) {
    return Contradiction{{"socket", "state_dir"},
                         config.socket + " has to be a directory for state_dir"};
  }
  return {};
}

Finding check_delays(const Ipam& ipam) {
  if (ipam.reuse_delay_min <= ipam.reuse_delay) return {};
  return Contradiction{{"ipam.reuse_delay_min_seconds", "ipam.reuse_delay_seconds"},
                       std::to_string(ipam.reuse_delay_min.count()) +
                           " s of ipam.reuse_delay_min_seconds are longer than the " +
                           std::to_string(ipam.reuse_delay.count()) +
                           " s of ipam.reuse_delay_seconds"};
}

Finding check_free(const std::string& key, const std::optional<net::Address>& used,
                   const Ipam& ipam) {
  for (const auto& prefix : {ipam.ipv4, ipam.ipv6}) {
    if (!used || !prefix || !prefix->contains(*used)) continue;
    return Contradiction{
        {key}, used->text() + " is in the pods' range " + prefix->text() + ": a pod may get it"};
  }
  return {};
}

std::optional<net::Address> listen_address(const Http& http) {
  if (!http.listen) return {};
  auto address = net::Address::parse(http.listen->address);
  return address ? std::optional(*address) : std::nullopt;
}

}  // namespace

std::optional<Contradiction> find_contradiction(const Config& config) {
  if (!config.ipam.ipv4 && !config.ipam.ipv6) {
    return Contradiction{{"ipam.ipv4", "ipam.ipv6", "ipam"},
                         "pods have no addresses: write 'ipam: {ipv4: 10.244.0.0/24}', or ipv6, or "
                         "both, with a range "
                         "that nothing else uses"};
  }
  if (auto finding = check_delays(config.ipam)) return finding;
  if (auto finding = check_paths(config)) return finding;
  if (auto finding = check_free("node.ipv4", config.node.ipv4, config.ipam)) return finding;
  if (auto finding = check_free("node.ipv6", config.node.ipv6, config.ipam)) return finding;
  return check_free("http.listen", listen_address(config.http), config.ipam);
}

}  // namespace podwire::config
