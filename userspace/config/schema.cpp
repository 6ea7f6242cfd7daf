// SPDX-License-Identifier: Apache-2.0
#include "config/schema.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include <podwire/agent_api.hpp>

namespace podwire::config {

namespace {

// `field` takes a Config, const or not, and returns a reference into it.
template <class Kind, class Field>
Key key(std::string path, Kind kind, std::string unit, std::string effect, Field field) {
  return {std::move(path),
          kind.type(),
          std::move(unit),
          kind.allowed(),
          std::move(effect),
          std::is_same_v<Kind, PrefixList>,
          [kind, field](const Scalar& from, Config& to) { return kind.read(from, field(to)); },
          [kind, field](const Config& from) { return kind.show(field(from)); }};
}

std::vector<Key> agent_keys() {
  return {
      key(
          "instance", Name{32}, "", "Name of this agent among those of the machine.",
          [](auto& c) -> auto& { return c.instance; }),
      key(
          "run_dir", Path{1024}, "",
          "Directory for what lasts until a reboot: the BPF file system in `bpf`, the lock.",
          [](auto& c) -> auto& { return c.run_dir; }),
      key(
          "state_dir", Path{1024}, "", "Directory of the database, which outlives a reboot.",
          [](auto& c) -> auto& { return c.state_dir; }),
      // 107: sun_path of a Unix socket without its terminating zero.
      key(
          "socket", Path{107}, "",
          "Unix socket on which the CNI plugin and `podwirectl` reach the agent.",
          [](auto& c) -> auto& { return c.socket; }),
      key(
          "log_level", Choice{{"trace", "debug", "info", "warning", "error"}}, "",
          "The least important messages to log.", [](auto& c) -> auto& { return c.log_level; }),
      key(
          "http.listen", Listen{}, "",
          "Where `/metrics`, `/healthz` and `/readyz` are served; `off` or empty: nowhere.",
          [](auto& c) -> auto& { return c.http.listen; }),
  };
}

std::vector<Key> network_keys() {
  return {
      key(
          "node.ipv4", NodeAddress{net::Family::ipv4}, "",
          "Source of IPv4 packets from the node to its pods. `auto`: that of the default route, "
          "else the gateway address on the pod's link.",
          [](auto& c) -> auto& { return c.node.ipv4; }),
      key(
          "node.ipv6", NodeAddress{net::Family::ipv6}, "", "The same for IPv6.",
          [](auto& c) -> auto& { return c.node.ipv6; }),
      key(
          "ipam.ipv4", PodPrefix{net::Family::ipv4, 8, 30}, "",
          "Range from which this node's pods get IPv4 addresses. Empty or absent: no IPv4. One "
          "family must be set.",
          [](auto& c) -> auto& { return c.ipam.ipv4; }),
      key(
          "ipam.ipv6", PodPrefix{net::Family::ipv6, 48, 126}, "", "The same for IPv6.",
          [](auto& c) -> auto& { return c.ipam.ipv6; }),
      key(
          "ipam.reuse_delay_seconds", Number{0, 86400}, "seconds",
          "How long a released address rests, unless the pool is otherwise empty.",
          [](auto& c) -> auto& { return c.ipam.reuse_delay; }),
      key(
          "ipam.reuse_delay_min_seconds", Number{0, 86400}, "seconds",
          "How long a released address rests unless it is asked for by name; at most "
          "`ipam.reuse_delay_seconds`.",
          [](auto& c) -> auto& { return c.ipam.reuse_delay_min; }),
      key(
          "datapath.mtu", NumberOrAuto{{agent_api::least_mtu, agent_api::greatest_mtu}}, "bytes",
          "Largest IP packet of a pod's interface. `auto`: as the default route's device, else "
          "1500.",
          [](auto& c) -> auto& { return c.datapath.mtu; }),
  };
}

std::vector<Key> masquerade_keys() {
  return {
      key(
          "masquerade.enabled", Switch{}, "",
          "Whether pods reach what is neither pod nor node under the node's address, by an "
          "nftables "
          "table of the agent's own.",
          [](auto& c) -> auto& { return c.masquerade.enabled; }),
      key(
          "masquerade.except", PrefixList{64}, "",
          "Destinations that see the pod's own address: pods and nodes elsewhere. This node and "
          "its "
          "pods always do.",
          [](auto& c) -> auto& { return c.masquerade.except; }),
  };
}

std::vector<Key> limit_keys() {
  return {
      key(
          "probes.max_targets", Number{1, PW_MAX_PROBE_TARGETS}, "targets",
          "How many pairs of pod address and port may be probed.",
          [](auto& c) -> auto& { return c.probes.max_targets; }),
      key(
          "limits.attachments", Number{1, PW_MAX_ENDPOINTS}, "attachments",
          "How many pod interfaces may be attached at one time.",
          [](auto& c) -> auto& { return c.limits.attachments; }),
  };
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({row[j] + 1, row[j + 1] + 1, replaced}));
    }
  }
  return row.back();
}

std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('.') + 1);
}

// A key in the wrong section is one slip, as is a letter, and a name cut short.
std::size_t slips(std::string_view written, std::string_view known) {
  const std::string_view part = last_part(written);
  if (part.size() > 3 && last_part(known).starts_with(part)) return 1;
  return std::min(edit_distance(written, known), edit_distance(part, last_part(known)) + 1);
}

}  // namespace

const std::vector<Key>& keys() {
  static const std::vector<Key> all = [] {
    std::vector<Key> list = agent_keys();
    for (Key& entry : network_keys()) list.push_back(std::move(entry));
    for (Key& entry : masquerade_keys()) list.push_back(std::move(entry));
    for (Key& entry : limit_keys()) list.push_back(std::move(entry));
    return list;
  }();
  return all;
}

const Key* find_key(std::string_view path) {
  const auto found = std::ranges::find(keys(), path, &Key::path);
  return found == keys().end() ? nullptr : &*found;
}

bool is_section(std::string_view path) {
  return std::ranges::any_of(
      keys(), [&](const Key& entry) { return entry.path.starts_with(std::string(path) + "."); });
}

std::string nearest(std::string_view path) {
  if (path.size() > 64) return "";  // not a slip, and a distance costs the product of both lengths
  std::size_t fewest = last_part(path).size() / 3 + 2;
  std::string found;
  auto consider = [&](std::string_view known) {
    const std::size_t count = slips(path, known);
    if (count < fewest) std::tie(fewest, found) = std::pair(count, std::string(known));
  };
  for (const Key& entry : keys()) {
    consider(entry.path);
    if (const auto dot = entry.path.find('.'); dot != std::string::npos)
      consider(entry.path.substr(0, dot));
  }
  return found;
}

}  // namespace podwire::config
