// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "datapath/bpf_map.hpp"
#include "datapath/datapath.hpp"
#include "datapath/programs.hpp"

namespace podwire::datapath {

// ProbePlane over send_probes; `programs` must outlive it. Threads: see ProbePlane.
class BpfProbePlane : public ProbePlane {
 public:
  explicit BpfProbePlane(const Programs& programs);

  std::span<pw_probe_target> targets() override { return targets_.values(); }
  std::span<pw_probe_result> results() override { return results_.values(); }
  Result<> send(std::span<const std::uint32_t> indices, net::Family family) override;

 private:
  int program_;
  SharedArray<pw_probe_target> targets_;
  SharedArray<pw_probe_result> results_;
  SharedArray<pw_probe_batch> batch_;
};

}  // namespace podwire::datapath
