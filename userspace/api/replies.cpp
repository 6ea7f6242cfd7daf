// SPDX-License-Identifier: Apache-2.0
#include "api/replies.hpp"

#include "datapath/verdict.hpp"

namespace podwire::api {

namespace {

agent_api::Interface host_end(const net::Wiring& wiring) {
  return {.name = wiring.host_name, .mac = wiring.host_mac.text(), .mtu = wiring.mtu};
}

agent_api::Interface pod_end(const net::Wiring& wiring) {
  return {.name = wiring.pod_name, .mac = wiring.pod_mac.text(), .mtu = wiring.mtu};
}

const char* state_name(std::uint16_t outcome) {
  switch (outcome) {
    case PW_OUTCOME_OPEN:
      return "open";
    case PW_OUTCOME_REFUSED:
      return "refused";
    case PW_OUTCOME_TIMEOUT:
      return "timeout";
    default:
      return "unknown";
  }
}

agent_api::ProbeState probe_state(const health::Sample& sample) {
  const pw_probe_result& result = sample.result;
  return {.address = sample.target.address.text(),
          .tcp_port = sample.target.port,
          .period_ms = static_cast<std::uint32_t>(sample.target.period.count()),
          .timeout_ms = static_cast<std::uint32_t>(sample.target.timeout.count()),
          .state = state_name(result.outcome),
          .attempts = result.attempts + result.late,
          .successes = result.successes,
          .refused = result.refused,
          .timeouts = result.timeouts,
          .unknown = result.send_errors + result.late,
          .latency_seconds_sum = static_cast<double>(result.latency_sum_ns) / 1e9};
}

}  // namespace

agent_api::AttachReply attach_reply(const endpoint::Attachment& attachment) {
  agent_api::AttachReply reply{
      .host = host_end(attachment.wiring), .pod = pod_end(attachment.wiring), .ips = {}};
  for (const net::Address& address : endpoint::addresses_of(attachment.wiring)) {
    reply.ips.push_back({.address = address.host_text(),
                         .gateway = address.is_ipv4() ? PW_GATEWAY_IPV4 : PW_GATEWAY_IPV6});
  }
  return reply;
}

agent_api::PodStatus pod_status(const endpoint::Attachment& attachment,
                                const datapath::Counters& counters,
                                const std::vector<health::Sample>& samples) {
  agent_api::PodStatus status;
  status.id = attachment.id;
  status.pod = attachment.pod;
  status.netns_path = attachment.netns_path;
  for (const net::Address& address : endpoint::addresses_of(attachment.wiring))
    status.ips.push_back(address.text());
  status.host = host_end(attachment.wiring);
  status.interface = pod_end(attachment.wiring);
  status.attached_at = attachment.attached_at.time_since_epoch().count();
  status.egress = {.packets = counters.egress_packets, .bytes = counters.egress_bytes};
  status.ingress = {.packets = counters.ingress_packets, .bytes = counters.ingress_bytes};
  status.bandwidth = attachment.bandwidth;
  for (const health::Sample& sample : samples) status.probes.push_back(probe_state(sample));
  return status;
}

std::vector<agent_api::Counted> counted(const datapath::Verdicts& verdicts) {
  std::vector<agent_api::Counted> counts;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (verdicts[i] == 0) continue;
    counts.push_back(
        {std::string(datapath::verdict_name(static_cast<pw_verdict>(i))), verdicts[i]});
  }
  return counts;
}

std::vector<agent_api::Pool> pools(
    const std::vector<std::pair<net::Prefix, endpoint::PoolUsage>>& usage) {
  std::vector<agent_api::Pool> pools;
  for (const auto& [prefix, use] : usage) {
    pools.push_back({.prefix = prefix.text(),
                     .assigned = use.assigned,
                     .cooling = use.cooling,
                     .free = use.free});
  }
  return pools;
}

}  // namespace podwire::api
