// SPDX-License-Identifier: Apache-2.0
#include "node.hpp"

#include <algorithm>
#include <cstddef>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "endpoint/manager.hpp"
#include "firewall/reader.hpp"
#include "nat/masquerade.hpp"
#include "nat/nftables.hpp"

namespace podwire {

namespace {

// The range validate_mtu allows: a loopback's 64 KiB, say, is no MTU for pods.
std::uint32_t within_limits(std::uint32_t mtu) {
  return std::clamp(mtu, agent_api::least_mtu, agent_api::greatest_mtu);
}

// The kernel would refuse each pod's route from an address that is not the node's.
Result<> expect_local(const char* key, const std::optional<net::Address>& address,
                      net::Links& links) {
  // The kernel answers with an error where there is no route at all.
  if (!address || links.is_local(*address).value_or(false)) return {};
  return fail(Errc::invalid_argument, std::string("key '") + key + "': " + address->text() +
                                          " is no address of this node: write one, or auto");
}

}  // namespace

std::vector<net::Address> addresses_of(const Node& node) {
  std::vector<net::Address> addresses = node.in_pod_ranges;
  for (const auto& address : {node.sources.ipv4, node.sources.ipv6}) {
    if (address) addresses.push_back(*address);
  }
  return addresses;
}

Result<UniqueFd> lock_run_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0755) < 0 && errno != EEXIST)
    return fail_errno("create directory " + path);
  const std::string file = path + "/lock";
  UniqueFd lock(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return fail_errno("open " + file);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return fail_errno("lock " + file);
  return fail(Errc::unavailable, "run directory " + path +
                                     " is in use by another podwired: stop that one, or give this "
                                     "one its own run_dir");
}

Result<UniqueFd> lock_instance(const std::string& instance) {
  const std::string name = "podwire/" + instance;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(name, address.sun_path + 1);  // the leading zero makes it abstract
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  UniqueFd lock(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!lock) return fail_errno("lock instance " + instance);
  if (bind(lock.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0) return lock;
  if (errno != EADDRINUSE) return fail_errno("lock instance " + instance);
  return fail(Errc::unavailable,
              "another podwired with the name '" + instance +
                  "' runs in this network namespace: stop that one, or give this "
                  "one its own name by the key instance");
}

Result<Node> describe_node(const config::Config& config, net::Links& links) {
  Node node;
  auto ipv4 = links.uplink(net::Family::ipv4);
  if (!ipv4) return tl::unexpected(ipv4.error());
  auto ipv6 = links.uplink(net::Family::ipv6);
  if (!ipv6) return tl::unexpected(ipv6.error());
  if (*ipv6) {
    node.sources.ipv6 = (*ipv6)->source;
    node.mtu = within_limits((*ipv6)->mtu);
  }
  if (*ipv4) {
    node.sources.ipv4 = (*ipv4)->source;
    node.mtu = within_limits((*ipv4)->mtu);
  }
  if (auto own = expect_local("node.ipv4", config.node.ipv4, links); !own)
    return tl::unexpected(own.error());
  if (auto own = expect_local("node.ipv6", config.node.ipv6, links); !own)
    return tl::unexpected(own.error());
  for (const net::Prefix& range : pod_ranges(config)) {
    auto own = links.own_addresses(range);
    if (!own) return tl::unexpected(own.error());
    node.in_pod_ranges.insert(node.in_pod_ranges.end(), own->begin(), own->end());
  }
  if (config.datapath.mtu) node.mtu = *config.datapath.mtu;
  if (config.node.ipv4) node.sources.ipv4 = config.node.ipv4;
  if (config.node.ipv6) node.sources.ipv6 = config.node.ipv6;
  return node;
}

Result<> block_pod_ranges(const config::Config& config, net::Links& links) {
  return links.block(pod_ranges(config), endpoint::link_group(config.instance));
}

Result<> remove_masquerade(const std::string& instance) {
  // A kernel without nf_tables cannot even say so.
  if (!firewall::has_table(nat::table_of(instance)).value_or(false)) return {};
  auto removed = nat::run_nftables(nat::remove_table(instance));
  if (!removed) return in("masquerade", removed);
  return {};
}

Result<> set_masquerade(const config::Config& config) {
  if (!config.masquerade.enabled) return remove_masquerade(config.instance);
  const nat::Masquerade masquerade{.pods = pod_ranges(config), .except = config.masquerade.except};
  auto done = nat::run_nftables(nat::replace_table(config.instance, masquerade));
  if (done) return {};
  done.error().what +=
      "; pods would not reach the world: load nf_tables and nft_masq, or write "
      "'masquerade: {enabled: false}'";
  return in("masquerade", done);
}

endpoint::ReuseDelay reuse_delay_of(const config::Config& config) {
  return {.wanted = config.ipam.reuse_delay, .least = config.ipam.reuse_delay_min};
}

endpoint::Pools pools_of(const config::Config& config, const Node& node) {
  endpoint::Pools pools(config.ipam.ipv4, config.ipam.ipv6, reuse_delay_of(config));
  for (const net::Address& address : addresses_of(node)) pools.exclude(address);
  return pools;
}

std::vector<health::Target> targets_of(const endpoint::Attachment& attachment) {
  std::vector<health::Target> targets;
  for (const net::Address& address : endpoint::addresses_of(attachment.wiring)) {
    for (const agent_api::Probe& probe : attachment.probes) {
      targets.push_back({.address = address,
                         .port = probe.tcp_port,
                         .ifindex = attachment.ifindex,
                         .pod_mac = attachment.wiring.pod_mac,
                         .host_mac = attachment.wiring.host_mac,
                         .period = std::chrono::milliseconds(probe.period_ms),
                         .timeout = std::chrono::milliseconds(probe.timeout_ms)});
    }
  }
  return targets;
}

std::string text_of(const std::optional<config::HttpListen>& listen) {
  if (!listen) return "off";
  const bool is_ipv6 = listen->address.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + listen->address + "]" : listen->address;
  return host + ":" + std::to_string(listen->port);
}

}  // namespace podwire
