// SPDX-License-Identifier: Apache-2.0
#include "metrics/families.hpp"

#include <map>
#include <set>

#include "datapath/verdict.hpp"

namespace podwire::metrics {

using prometheus::MetricFamily;
using prometheus::MetricType;

namespace {

std::vector<prometheus::ClientMetric::Label> converted(const Labels& labels) {
  std::vector<prometheus::ClientMetric::Label> result;
  result.reserve(labels.size());
  for (const auto& [name, value] : labels) result.push_back({name, value});
  return result;
}

std::size_t pods_in(const Inventory& inventory) {
  std::set<std::pair<std::string, std::string>> names;
  for (const Inventory::Pod& pod : inventory.pods) names.emplace(pod.pod_namespace, pod.name);
  return names.size();
}

struct Traffic {
  datapath::Counters sum{};
  bool is_complete = true;  // a sum that lacks a part would be a counter that goes back
};

// Two sandboxes of one pod, one coming and one going, are one.
std::map<PodInterface, Traffic> traffic_of(const Inventory& inventory,
                                           const datapath::Datapath& datapath) {
  std::map<PodInterface, Traffic> pods;
  for (const Inventory::Pod& pod : inventory.pods) {
    Traffic& traffic = pods[name_of(pod)];
    const auto counters = datapath.counters(pod.slot);
    traffic.is_complete = traffic.is_complete && counters.has_value();
    if (!counters) continue;
    traffic.sum.egress_packets += counters->egress_packets;
    traffic.sum.egress_bytes += counters->egress_bytes;
    traffic.sum.ingress_packets += counters->ingress_packets;
    traffic.sum.ingress_bytes += counters->ingress_bytes;
  }
  return pods;
}

}  // namespace

Inventory::Pod pod_of(const endpoint::Attachment& attachment,
                      const std::map<std::uint32_t, std::uint64_t>& shaper_drops) {
  const bool named = !attachment.pod.name.empty();
  const auto drops = shaper_drops.find(attachment.ifindex);
  return {.pod_namespace = named ? attachment.pod.pod_namespace : std::string(),
          .name = named ? attachment.pod.name : attachment.id.container_id,
          .owner = attachment.wiring.host_name,
          .slot = attachment.slot,
          .interface = attachment.wiring.pod_name,
          .bandwidth = attachment.bandwidth,
          .ingress_shaper_drops = drops == shaper_drops.end() ? 0 : drops->second};
}

PodInterface name_of(const Inventory::Pod& pod) {
  return {pod.pod_namespace, pod.name, pod.interface};
}

Labels labels_of(const PodInterface& name) {
  return {{"namespace", name.pod_namespace}, {"pod", name.pod}, {"interface", name.interface}};
}

Labels with(Labels labels, const std::string& name, const std::string& value) {
  labels.emplace_back(name, value);
  return labels;
}

MetricFamily family(const std::string& name, const std::string& help, MetricType type) {
  return {.name = name, .help = help, .type = type, .metric = {}};
}

void add_counter(MetricFamily& family, const Labels& labels, double value) {
  auto& metric = family.metric.emplace_back();
  metric.label = converted(labels);
  metric.counter.value = value;
}

void add_gauge(MetricFamily& family, const Labels& labels, double value) {
  auto& metric = family.metric.emplace_back();
  metric.label = converted(labels);
  metric.gauge.value = value;
}

void add_build_info(Families& families, const std::string& version) {
  auto info =
      family("podwire_build_info", "The running agent; the value is always 1.", MetricType::Gauge);
  add_gauge(info, {{"version", version}, {"abi", std::to_string(PW_ABI_VERSION)}}, 1);
  families.push_back(std::move(info));
}

void add_traffic(Families& families, const Inventory& inventory,
                 const datapath::Datapath& datapath) {
  const auto pods = traffic_of(inventory, datapath);
  auto count = family("podwire_pods", "Pods that are attached.", MetricType::Gauge);
  auto packets =
      family("podwire_forwarded_packets_total",
             "Packets that left (egress) or entered (ingress) a pod; a GSO packet counts once.",
             MetricType::Counter);
  auto bytes = family("podwire_forwarded_bytes_total",
                      "Bytes of these packets, with their Ethernet headers.", MetricType::Counter);
  add_gauge(count, {}, static_cast<double>(pods_in(inventory)));
  for (const auto& [name, traffic] : pods) {
    if (!traffic.is_complete) continue;
    const auto labels = [&pod = name](const char* direction) {
      return with(labels_of(pod), "direction", direction);
    };
    const datapath::Counters& sum = traffic.sum;
    add_counter(packets, labels("egress"), static_cast<double>(sum.egress_packets));
    add_counter(packets, labels("ingress"), static_cast<double>(sum.ingress_packets));
    add_counter(bytes, labels("egress"), static_cast<double>(sum.egress_bytes));
    add_counter(bytes, labels("ingress"), static_cast<double>(sum.ingress_bytes));
  }
  families.push_back(std::move(count));
  families.push_back(std::move(packets));
  families.push_back(std::move(bytes));
}

void add_verdicts(Families& families, const datapath::Datapath& datapath) {
  auto packets =
      family("podwire_packets_total", "Packets by verdict; every packet ends in exactly one.",
             MetricType::Counter);
  auto drops = family("podwire_dropped_packets_total",
                      "Packets that were dropped, by reason: the verdicts that are drops.",
                      MetricType::Counter);
  const auto verdicts = datapath.verdicts();
  if (!verdicts) return;
  for (std::size_t i = 0; i < verdicts->size(); ++i) {
    const auto verdict = static_cast<pw_verdict>(i);
    const std::string name(datapath::verdict_name(verdict));
    const auto count = static_cast<double>((*verdicts)[i]);
    add_counter(packets, {{"verdict", name}}, count);
    if (datapath::is_drop(verdict)) add_counter(drops, {{"reason", name}}, count);
  }
  families.push_back(std::move(packets));
  families.push_back(std::move(drops));
}

void add_pools(Families& families, const Inventory& inventory) {
  auto addresses =
      family("podwire_ipam_addresses", "Pod addresses of this node by state.", MetricType::Gauge);
  for (const auto& [prefix, usage] : inventory.pools) {
    const char* address_family = prefix.family() == net::Family::ipv4 ? "ipv4" : "ipv6";
    add_gauge(addresses, {{"family", address_family}, {"state", "assigned"}},
              static_cast<double>(usage.assigned));
    add_gauge(addresses, {{"family", address_family}, {"state", "cooling"}},
              static_cast<double>(usage.cooling));
    add_gauge(addresses, {{"family", address_family}, {"state", "free"}},
              static_cast<double>(usage.free));
  }
  families.push_back(std::move(addresses));
}

void add_map_fill(Families& families, const Inventory& inventory,
                  const datapath::Datapath& datapath) {
  auto entries =
      family("podwire_map_entries", "Entries in use of a kernel map.", MetricType::Gauge);
  auto capacity =
      family("podwire_map_capacity", "Entries a kernel map can hold.", MetricType::Gauge);
  std::vector<datapath::MapFill> maps = datapath.fill();
  maps.push_back({"probe_targets", inventory.probes.size(), PW_MAX_PROBE_TARGETS});
  for (const datapath::MapFill& map : maps) {
    add_gauge(entries, {{"map", map.name}}, static_cast<double>(map.entries));
    add_gauge(capacity, {{"map", map.name}}, static_cast<double>(map.capacity));
  }
  families.push_back(std::move(entries));
  families.push_back(std::move(capacity));
}

}  // namespace podwire::metrics
