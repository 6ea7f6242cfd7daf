// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "datapath/bpf_map.hpp"
#include "datapath/cached_map.hpp"
#include "datapath/datapath.hpp"
#include "datapath/programs.hpp"

namespace podwire::datapath {

// Datapath over the loaded programs; `programs` must outlive it. Threads: see Datapath.
class BpfDatapath : public Datapath {
 public:
  explicit BpfDatapath(const Programs& programs);

  Result<> set_pod_ranges(const std::vector<net::Prefix>& ranges,
                          const std::vector<net::Address>& own) override;
  Result<> attach(std::uint32_t ifindex) override;
  Result<> reset(std::uint32_t slot) override;
  Result<> publish(const Endpoint& endpoint) override;
  Result<> withdraw(const Endpoint& endpoint) override;
  Result<> retain(const std::vector<Endpoint>& wanted) override;
  Result<> check(const Endpoint& endpoint) const override;

  Result<Counters> counters(std::uint32_t slot) const override;
  Result<Verdicts> verdicts() const override;
  Result<Latency> probe_latency() const override;
  std::vector<MapFill> fill() const override;

 private:
  Result<> limit(std::uint32_t slot, const RateLimit& limit);

  const Programs& programs_;
  CachedMap<pw_addr, pw_endpoint, &pw_endpoint::address> endpoints_;
  CachedMap<std::uint32_t, pw_interface, &pw_interface::ifindex> interfaces_;
  HashMap<pw_prefix, std::uint32_t> prefixes_;
  Array<pw_rate_limit> rate_limits_;
  Array<std::uint32_t> translated_slots_;
  PerCpuArray<pw_endpoint_counters> endpoint_counters_;
  PerCpuArray<std::uint64_t> verdict_counters_;
  PerCpuArray<std::uint64_t> probe_latency_;
};

}  // namespace podwire::datapath
