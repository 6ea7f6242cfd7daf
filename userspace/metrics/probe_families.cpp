// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <map>
#include <tuple>

#include "metrics/families.hpp"

namespace podwire::metrics {

using prometheus::MetricFamily;
using prometheus::MetricType;

namespace {

struct Totals {
  std::uint64_t attempts = 0, successes = 0, refused = 0, timeouts = 0, unknown = 0;
  std::uint64_t latency_sum_ns = 0;

  void add(const pw_probe_result& result) {
    attempts += result.attempts + result.late;
    successes += result.successes;
    refused += result.refused;
    timeouts += result.timeouts;
    unknown += result.send_errors + result.late;
    latency_sum_ns += result.latency_sum_ns;
  }
};

using PortName = std::tuple<PodInterface, std::uint16_t, std::string>;

std::map<std::string, PodInterface> owners_of(const Inventory& inventory) {
  std::map<std::string, PodInterface> owners;
  for (const Inventory::Pod& pod : inventory.pods) owners.emplace(pod.owner, name_of(pod));
  return owners;
}

struct Sums {
  std::map<PortName, Totals> ports;
  std::map<PodInterface, Totals> pods;
};

// A target whose attachment has gone since is left out.
Sums sums_of(const Inventory& inventory) {
  Sums sums;
  const auto owners = owners_of(inventory);
  for (const health::Sample& sample : inventory.probes) {
    const auto owner = owners.find(sample.owner);
    if (owner == owners.end()) continue;
    const std::string family = sample.target.address.is_ipv4() ? "ipv4" : "ipv6";
    sums.ports[{owner->second, sample.target.port, family}].add(sample.result);
    sums.pods[owner->second].add(sample.result);
  }
  return sums;
}

Labels labels_of(const PortName& name) {
  const auto& [pod, port, family] = name;
  return with(with(labels_of(pod), "port", std::to_string(port)), "family", family);
}

void add_attempts(Families& families, const Sums& sums) {
  auto attempts = family(
      "podwire_tcp_probe_attempts_total",
      "TCP probes by pod, port and address family: successes, failures and unknown together.",
      MetricType::Counter);
  auto successes = family("podwire_tcp_probe_successes_total", "Probes answered with a SYN-ACK.",
                          MetricType::Counter);
  auto failures =
      family("podwire_tcp_probe_failures_total",
             "Probes that failed: refused (answered with a RST) or timeout (no answer in time).",
             MetricType::Counter);
  auto unknown =
      family("podwire_tcp_probe_unknown_total",
             "Rounds that do not tell whether the port answers: not sent, or not sent in time.",
             MetricType::Counter);
  for (const auto& [name, totals] : sums.ports) {
    const Labels labels = labels_of(name);
    add_counter(attempts, labels, static_cast<double>(totals.attempts));
    add_counter(successes, labels, static_cast<double>(totals.successes));
    add_counter(failures, with(labels, "cause", "refused"), static_cast<double>(totals.refused));
    add_counter(failures, with(labels, "cause", "timeout"), static_cast<double>(totals.timeouts));
    add_counter(unknown, labels, static_cast<double>(totals.unknown));
  }
  for (MetricFamily* one : {&attempts, &successes, &failures, &unknown})
    families.push_back(std::move(*one));
}

}  // namespace

void add_probes(Families& families, const Inventory& inventory) {
  const Sums sums = sums_of(inventory);
  add_attempts(families, sums);
  auto latency =
      family("podwire_pod_tcp_probe_latency_seconds",
             "Time from a pod's probe to its answer, measured in the kernel.", MetricType::Summary);
  for (const auto& [pod, totals] : sums.pods) {
    auto& metric = latency.metric.emplace_back();
    for (const auto& [label, value] : labels_of(pod)) metric.label.push_back({label, value});
    metric.summary.sample_count = totals.successes + totals.refused;
    metric.summary.sample_sum = static_cast<double>(totals.latency_sum_ns) / 1e9;
  }
  families.push_back(std::move(latency));
}

void add_probe_latency(Families& families, const datapath::Datapath& datapath) {
  const auto latency = datapath.probe_latency();
  if (!latency) return;
  auto histogram = family("podwire_tcp_probe_latency_seconds",
                          "Time from any probe of the node to its answer, measured in the kernel.",
                          MetricType::Histogram);
  auto& metric = histogram.metric.emplace_back();
  double bound = 1e-6;
  for (std::size_t i = 0; i < PW_LATENCY_BUCKETS; ++i, bound *= 2) {
    metric.histogram.sample_count += (*latency)[i];
    const double upper =
        i + 1 < PW_LATENCY_BUCKETS ? bound : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back(
        {.cumulative_count = metric.histogram.sample_count, .upper_bound = upper});
  }
  metric.histogram.sample_sum = static_cast<double>((*latency)[PW_LATENCY_SUM]) / 1e9;
  families.push_back(std::move(histogram));
}

}  // namespace podwire::metrics
