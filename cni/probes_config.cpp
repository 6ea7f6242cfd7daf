// SPDX-License-Identifier: Apache-2.0
#include "cni/probes_config.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "cni/config_values.hpp"

namespace podwire::cni {

namespace {

using agent_api::Probe;

constexpr Range port_range{1, 65535};
constexpr Range period_range_ms{agent_api::least_probe_period_ms,
                                agent_api::greatest_probe_period_ms};
constexpr std::uint32_t default_timeout_ms = 1000;
constexpr std::array<std::string_view, 3> known_keys = {"tcpPort", "periodMs", "timeoutMs"};

Checked<> require_known_keys(const json::object& entry, const std::string& path) {
  for (const auto& [key, value] : entry) {
    if (auto known = require_known(path, key, value, known_keys); !known) return known;
  }
  return {};
}

Checked<Probe> parse_probe(const json::value& value, const std::string& path) {
  if (!value.is_object()) return wrong_value(path, value, "an object with tcpPort");
  const json::object& entry = value.get_object();
  const std::string prefix = path + ".";
  if (auto known = require_known_keys(entry, prefix); !known) return tl::unexpected(known.error());
  if (find(entry, "tcpPort") == nullptr) {
    return wrong_value(path, value, "an object with tcpPort");
  }

  Probe probe;
  std::uint32_t port = 0;
  auto read = read_number(entry, "tcpPort", prefix + "tcpPort", port_range, port);
  if (!read) return tl::unexpected(read.error());
  probe.tcp_port = static_cast<std::uint16_t>(port);
  read = read_number(entry, "periodMs", prefix + "periodMs", period_range_ms, probe.period_ms);
  if (!read) return tl::unexpected(read.error());
  probe.timeout_ms = std::min(default_timeout_ms, probe.period_ms);
  // A probe ends before the next one of its target begins.
  const Range timeout_range_ms{1, probe.period_ms};
  read = read_number(entry, "timeoutMs", prefix + "timeoutMs", timeout_range_ms, probe.timeout_ms);
  if (!read) return tl::unexpected(read.error());
  return probe;
}

}  // namespace

Checked<std::vector<Probe>> parse_probes(const json::object& config) {
  std::vector<Probe> probes;
  const json::value* value = find(config, "probes");
  if (value == nullptr) return probes;
  if (!value->is_array() || value->get_array().size() > agent_api::most_probes) {
    return wrong_value("probes", *value,
                       "a list of at most " + std::to_string(agent_api::most_probes) + " probes");
  }
  for (const json::value& entry : value->get_array()) {
    const std::string path = "probes[" + std::to_string(probes.size()) + "]";
    auto probe = parse_probe(entry, path);
    if (!probe) return tl::unexpected(probe.error());
    if (std::ranges::find(probes, probe->tcp_port, &Probe::tcp_port) != probes.end()) {
      return wrong_value(path + ".tcpPort", probe->tcp_port, "each port once");
    }
    probes.push_back(*probe);
  }
  return probes;
}

}  // namespace podwire::cni
