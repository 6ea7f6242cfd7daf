// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <podwire/abi.h>

#include "base/result.hpp"
#include "datapath/bpf_map.hpp"
#include "packet.hpp"

struct podwire_pod;
struct podwire_probe;
struct bpf_program;

namespace podwire::bpf_test {

// What a test run tells the program about the frame beside its bytes.
struct Context {
  std::uint32_t ifindex = 0;  // the interface that it comes from or goes to
  std::uint32_t gso_size = 0;
  std::uint32_t gso_segs = 0;
};

// What became of a frame.
struct Outcome {
  int action = 0;  // TC_ACT_*
  Bytes frame;
};

// The key of the published HalfSipHash vectors, so that a test can use one.
constexpr std::uint32_t probe_key[2] = {0x03020100, 0x07060504};

// Typed views of the maps of the loaded programs, which must outlive them.
struct Maps {
  explicit Maps(const podwire_pod& pod);

  datapath::HashMap<pw_addr, pw_endpoint> endpoints;
  datapath::HashMap<std::uint32_t, pw_interface> interfaces;
  datapath::HashMap<pw_prefix, std::uint32_t> prefixes;
  datapath::Array<pw_endpoint> endpoint_cache;
  datapath::Array<pw_interface> interface_cache;
  datapath::Array<pw_rate_limit> rate_limits;
  datapath::Array<pw_icmp_budget> icmp_budgets;
  datapath::HashMap<pw_flow, std::uint8_t> translated_flows;
  datapath::Array<std::uint32_t> translated_slots;
  datapath::PerCpuArray<pw_endpoint_counters> endpoint_counters;
  datapath::PerCpuArray<std::uint64_t> verdict_counters;
  datapath::SharedArray<pw_probe_target> probe_targets;
  datapath::SharedArray<pw_probe_result> probe_results;
  datapath::SharedArray<pw_probe_batch> probe_batch;
  datapath::PerCpuArray<std::uint64_t> probe_latency;
};

// The programs and maps that the agent embeds, loaded without pins: nobody else sees them and they
// go with this object. The probe program shares the maps of the others, as pins make it do in the
// agent.
class Programs {
 public:
  static Result<std::unique_ptr<Programs>> load();

  // A frame needs its Ethernet header, and newer kernels also want a whole IP header: they refuse
  // to run with less. hook_test.cpp has such frames.
  Outcome from_pod(const Bytes& frame, const Context& context) const;
  Outcome to_pod(const Bytes& frame, const Context& context) const;
  Outcome send_probes(const Bytes& frame, int repeat) const;

  Maps& maps() const { return *maps_; }

  const podwire_pod& pod() const { return *pod_; }
  const podwire_probe& probe() const { return *probe_; }

 private:
  Programs() = default;
  Result<> load_pod();
  Result<> load_probe();

  struct Destroy {
    void operator()(podwire_pod* skeleton) const;
    void operator()(podwire_probe* skeleton) const;
  };
  std::unique_ptr<podwire_pod, Destroy> pod_;
  std::unique_ptr<podwire_probe, Destroy> probe_;
  std::unique_ptr<Maps> maps_;
};

// The form that maps and programs have an address in.
pw_addr kernel_address(std::string_view text);

}  // namespace podwire::bpf_test
