// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <utility>

#include "metrics/families.hpp"

namespace podwire::metrics {

namespace {

using prometheus::MetricType;

struct Limited {
  double bits_per_second = 0;
  double dropped = 0;
  bool is_complete = true;  // a sum that lacks a part would be a counter that goes back
};

using LimitedPods = std::map<std::pair<PodInterface, std::string>, Limited>;

LimitedPods limited_pods(const Inventory& inventory, const datapath::Datapath& datapath) {
  LimitedPods pods;
  for (const Inventory::Pod& pod : inventory.pods) {
    const PodInterface name = name_of(pod);
    const auto add = [&](const char* direction, const agent_api::Rate& rate, std::uint64_t dropped,
                         bool is_known) {
      if (rate.bits_per_second == 0) return;
      Limited& limited = pods[{name, direction}];
      limited.bits_per_second += static_cast<double>(rate.bits_per_second);
      limited.dropped += static_cast<double>(dropped);
      limited.is_complete = limited.is_complete && is_known;
    };
    const auto counters = datapath.counters(pod.slot);
    add("egress", pod.bandwidth.egress, counters ? counters->rate_exceeded : 0,
        counters.has_value());
    add("ingress", pod.bandwidth.ingress, pod.ingress_shaper_drops, inventory.has_shaper_drops);
  }
  return pods;
}

}  // namespace

void add_bandwidth(Families& families, const Inventory& inventory,
                   const datapath::Datapath& datapath) {
  auto limits = family(
      "podwire_bandwidth_limit_bits_per_second",
      "The rate a pod is held to: what full TCP segments carry. Pods without a limit have none.",
      MetricType::Gauge);
  auto drops = family(
      "podwire_bandwidth_dropped_packets_total",
      "Packets dropped because of that limit: of ingress those that found the queue full, of "
      "egress those of a pod that left its own queue aside.",
      MetricType::Counter);
  for (const auto& [key, limited] : limited_pods(inventory, datapath)) {
    const Labels labels = with(labels_of(key.first), "direction", key.second);
    add_gauge(limits, labels, limited.bits_per_second);
    if (limited.is_complete) add_counter(drops, labels, limited.dropped);
  }
  families.push_back(std::move(limits));
  families.push_back(std::move(drops));
}

}  // namespace podwire::metrics
