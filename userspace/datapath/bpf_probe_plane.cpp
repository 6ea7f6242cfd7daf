// SPDX-License-Identifier: Apache-2.0
#include "datapath/bpf_probe_plane.hpp"

#include <algorithm>
#include <array>

#include <podwire_probe.skel.h>

namespace podwire::datapath {

namespace {

// The frame that send_probes overwrites for each target: only its length and EtherType count.
constexpr std::size_t frame_ipv4 = 14 + 20 + 20;
constexpr std::size_t frame_ipv6 = 14 + 40 + 20;
using Frame = std::array<std::uint8_t, frame_ipv6>;

constexpr Frame frame_with_ethertype(std::uint8_t high, std::uint8_t low) {
  Frame frame{};
  frame[12] = high;
  frame[13] = low;
  return frame;
}

constexpr Frame ipv4_frame = frame_with_ethertype(0x08, 0x00);
constexpr Frame ipv6_frame = frame_with_ethertype(0x86, 0xdd);

}  // namespace

BpfProbePlane::BpfProbePlane(const Programs& programs)
    : program_(bpf_program__fd(programs.probe().progs.send_probes)),
      targets_(programs.probe().maps.probe_targets),
      results_(programs.probe().maps.probe_results),
      batch_(programs.probe().maps.probe_batch) {}

Result<> BpfProbePlane::send(std::span<const std::uint32_t> indices, net::Family family) {
  pw_probe_batch& batch = batch_.values().front();
  const std::size_t count = std::min<std::size_t>(indices.size(), PW_PROBE_BATCH);
  std::ranges::copy(indices.first(count), batch.targets);
  batch.cursor = 0;
  batch.count = static_cast<std::uint32_t>(count);

  const bool ipv4 = family == net::Family::ipv4;
  LIBBPF_OPTS(bpf_test_run_opts, run);
  run.data_in = ipv4 ? ipv4_frame.data() : ipv6_frame.data();
  run.data_size_in = ipv4 ? frame_ipv4 : frame_ipv6;
  run.repeat = static_cast<int>(count);
  if (const int error = bpf_prog_test_run_opts(program_, &run); error != 0)
    return fail_errno("send probes", -error);
  return {};
}

}  // namespace podwire::datapath
