// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "datapath/datapath.hpp"
#include "metrics/pods.hpp"

namespace podwire::metrics {

// The durations of CNI requests, the one thing the agent counts itself. Safe from any thread.
class RequestDurations {
 public:
  RequestDurations();
  void observe(const std::string& command, std::chrono::nanoseconds duration);
  std::vector<prometheus::MetricFamily> collect() const { return registry_.Collect(); }

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Histogram>& family_;
};

// Renders one scrape in the Prometheus text format. On the scrape thread.
std::string render(const std::string& version, const Inventory& inventory,
                   const datapath::Datapath& datapath, const RequestDurations& durations);

constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace podwire::metrics
