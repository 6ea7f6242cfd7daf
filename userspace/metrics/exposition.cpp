// SPDX-License-Identifier: Apache-2.0
#include "metrics/exposition.hpp"

#include <iterator>
#include <sstream>

#include <prometheus/text_serializer.h>

#include "metrics/families.hpp"

namespace podwire::metrics {

RequestDurations::RequestDurations()
    : family_(prometheus::BuildHistogram()
                  .Name("podwire_cni_request_duration_seconds")
                  .Help("Time the agent took for a request of the CNI plugin.")
                  .Register(registry_)) {}

void RequestDurations::observe(const std::string& command, std::chrono::nanoseconds duration) {
  static const prometheus::Histogram::BucketBoundaries bounds{
      0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};
  family_.Add({{"command", command}}, bounds)
      .Observe(std::chrono::duration<double>(duration).count());
}

std::string render(const std::string& version, const Inventory& inventory,
                   const datapath::Datapath& datapath, const RequestDurations& durations) {
  Families families;
  add_build_info(families, version);
  add_traffic(families, inventory, datapath);
  add_bandwidth(families, inventory, datapath);
  add_verdicts(families, datapath);
  add_probes(families, inventory);
  add_probe_latency(families, datapath);
  add_pools(families, inventory);
  add_map_fill(families, inventory, datapath);
  auto counted = durations.collect();
  families.insert(families.end(), std::make_move_iterator(counted.begin()),
                  std::make_move_iterator(counted.end()));
  add_process(families);

  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return text.str();
}

}  // namespace podwire::metrics
