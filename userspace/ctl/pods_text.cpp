// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "ctl/duration.hpp"
#include "ctl/table.hpp"
#include "ctl/text.hpp"

namespace podwire::ctl {

namespace {

using agent_api::PodStatus;
using agent_api::ProbeState;

constexpr std::size_t shown_id = 12;  // as container engines cut ids

// Targets that are open, of all.
std::string probe_count(const PodStatus& pod) {
  if (pod.probes.empty()) return "";
  const auto open = std::ranges::count(pod.probes, "open", &ProbeState::state);
  return std::to_string(open) + "/" + std::to_string(pod.probes.size());
}

// `8080:open,9090:refused`; where the addresses of a pod differ, `8080:open/timeout`.
std::string probe_states(const PodStatus& pod) {
  std::map<std::uint16_t, std::vector<std::string>> by_port;
  for (const ProbeState& probe : pod.probes) {
    auto& states = by_port[probe.tcp_port];
    if (std::ranges::find(states, probe.state) == states.end()) states.push_back(probe.state);
  }
  std::vector<std::string> ports;
  for (const auto& [port, states] : by_port) {
    std::string text = std::to_string(port);
    for (const std::string& state : states) text += (&state == &states.front() ? ":" : "/") + state;
    ports.push_back(text);
  }
  return joined(ports);
}

Table::Row row_of(const PodStatus& pod, EpochSeconds now) {
  return {shown_namespace(pod), shown_name(pod), joined(pod.ips), probe_count(pod),
          human_age(now - EpochSeconds(pod.attached_at))};
}

Table::Row wide_part(const PodStatus& pod) {
  return {pod.id.container_id.substr(0, shown_id),
          pod.id.ifname,
          pod.host.name,
          pod.netns_path,
          std::to_string(pod.egress.packets),
          std::to_string(pod.ingress.packets),
          probe_states(pod)};
}

void append(Table::Row& row, const Table::Row& more) {
  row.insert(row.end(), more.begin(), more.end());
}

}  // namespace

agent_api::PodsReply select_pods(agent_api::PodsReply reply, const std::string& pod_namespace) {
  auto is_other = [&](const PodStatus& pod) {
    return !pod_namespace.empty() && pod.pod.pod_namespace != pod_namespace;
  };
  std::erase_if(reply.pods, is_other);
  std::ranges::sort(reply.pods, {}, [](const PodStatus& pod) {
    return std::tie(pod.pod.pod_namespace, pod.pod.name, pod.id);
  });
  return reply;
}

std::string shown_namespace(const PodStatus& pod) {
  const bool has_none = pod.pod.name.empty() || pod.pod.pod_namespace.empty();
  return has_none ? "-" : pod.pod.pod_namespace;
}

std::string shown_name(const PodStatus& pod) {
  return pod.pod.name.empty() ? pod.id.container_id.substr(0, shown_id) : pod.pod.name;
}

std::string pods_text(const agent_api::PodsReply& reply, EpochSeconds now, bool wide) {
  Table::Row headings = {"NAMESPACE", "NAME", "IPS", "PROBES", "AGE"};
  if (wide)
    append(headings, {"CONTAINER", "IFNAME", "INTERFACE", "NETNS", "TX-PACKETS", "RX-PACKETS",
                      "PROBE-STATE"});
  Table table(std::move(headings));
  for (const PodStatus& pod : reply.pods) {
    Table::Row row = row_of(pod, now);
    if (wide) append(row, wide_part(pod));
    table.add(std::move(row));
  }
  return table.text();
}

Result<std::string> full_container_id(const agent_api::PodsReply& reply, const std::string& start) {
  std::set<std::string> found;
  for (const PodStatus& pod : reply.pods) {
    if (pod.id.container_id == start) return start;
    if (pod.id.container_id.starts_with(start)) found.insert(pod.id.container_id);
  }
  if (found.size() > 1) {
    return fail(Errc::invalid_argument, std::to_string(found.size()) +
                                            " containers have ids that begin with '" + start +
                                            "': write more of it");
  }
  return found.empty() ? start : *found.begin();
}

}  // namespace podwire::ctl
