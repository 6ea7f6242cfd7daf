// SPDX-License-Identifier: Apache-2.0
#include "api/codec.hpp"
#include "ctl/duration.hpp"
#include "ctl/table.hpp"
#include "ctl/text.hpp"

namespace podwire::ctl {

namespace {

using agent_api::PodStatus;
using agent_api::ProbeState;

// The mean over all answers.
std::string mean_latency(const ProbeState& probe) {
  const std::uint64_t answers = probe.successes + probe.refused;
  return answers == 0 ? "" : latency_text(probe.latency_seconds_sum / static_cast<double>(answers));
}

std::string milliseconds_text(std::uint32_t milliseconds) {
  return duration_text(std::chrono::milliseconds(milliseconds));
}

Table::Row row_of(const PodStatus& pod, const ProbeState& probe) {
  return {shown_namespace(pod),
          shown_name(pod),
          probe.address,
          std::to_string(probe.tcp_port),
          probe.state,
          milliseconds_text(probe.period_ms),
          milliseconds_text(probe.timeout_ms),
          std::to_string(probe.attempts),
          std::to_string(probe.successes),
          std::to_string(probe.refused),
          std::to_string(probe.timeouts),
          std::to_string(probe.unknown),
          mean_latency(probe)};
}

}  // namespace

std::string probes_text(const agent_api::PodsReply& reply) {
  Table table({"NAMESPACE", "NAME", "ADDRESS", "PORT", "STATE", "PERIOD", "TIMEOUT", "ATTEMPTS",
               "SUCCESSES", "REFUSED", "TIMEOUTS", "UNKNOWN", "LATENCY"});
  for (const PodStatus& pod : reply.pods) {
    for (const ProbeState& probe : pod.probes) table.add(row_of(pod, probe));
  }
  return table.text();
}

boost::json::value probes_json(const agent_api::PodsReply& reply) {
  boost::json::array probes;
  for (const PodStatus& pod : reply.pods) {
    for (const ProbeState& probe : pod.probes) {
      boost::json::object entry{{"id", api::encode(pod.id)}, {"pod", api::encode(pod.pod)}};
      const boost::json::value state = api::encode(probe);
      for (const auto& field : state.get_object()) entry.insert(field);
      probes.push_back(std::move(entry));
    }
  }
  return boost::json::object{{"probes", std::move(probes)}};
}

}  // namespace podwire::ctl
