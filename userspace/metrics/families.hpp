// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

#include "datapath/datapath.hpp"
#include "metrics/pods.hpp"

// The metric families of a scrape, made anew from what the kernel counts; nothing is kept. No
// metric name stands outside this folder, and docs/metrics.md lists them all.
namespace podwire::metrics {

using Families = std::vector<prometheus::MetricFamily>;
using Labels = std::vector<std::pair<std::string, std::string>>;

// What series of pods are told apart by: attachments come and go on their own, so a sum over those
// of one pod would go back.
struct PodInterface {
  std::string pod_namespace;
  std::string pod;
  std::string interface;

  auto operator<=>(const PodInterface&) const = default;
};
PodInterface name_of(const Inventory::Pod& pod);
Labels labels_of(const PodInterface& name);
Labels with(Labels labels, const std::string& name, const std::string& value);

// Building blocks.
prometheus::MetricFamily family(const std::string& name, const std::string& help,
                                prometheus::MetricType type);
void add_counter(prometheus::MetricFamily& family, const Labels& labels, double value);
void add_gauge(prometheus::MetricFamily& family, const Labels& labels, double value);

void add_build_info(Families& families, const std::string& version);
void add_traffic(Families& families, const Inventory& inventory,
                 const datapath::Datapath& datapath);
void add_bandwidth(Families& families, const Inventory& inventory,
                   const datapath::Datapath& datapath);
void add_verdicts(Families& families, const datapath::Datapath& datapath);
void add_probes(Families& families, const Inventory& inventory);
void add_probe_latency(Families& families, const datapath::Datapath& datapath);
void add_pools(Families& families, const Inventory& inventory);
void add_map_fill(Families& families, const Inventory& inventory,
                  const datapath::Datapath& datapath);
void add_process(Families& families);

}  // namespace podwire::metrics
