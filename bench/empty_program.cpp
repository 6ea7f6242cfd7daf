// SPDX-License-Identifier: Apache-2.0
//
// What the kernel's accounting of run times (kernel.bpf_stats_enabled) shows for a program that
// does nothing: the part of every program's figure that is the accounting itself.
//
//   empty_program    prints {"ns_per_packet": T, "packets": N}; the accounting must be on
#include <array>
#include <cstdint>
#include <cstdio>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace podwire::bench {

namespace {

constexpr int runs = 1'000'000;

Result<UniqueFd> load_empty_program() {
  const std::array<bpf_insn, 2> instructions{{
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = -1},
      {.code = BPF_JMP | BPF_EXIT},
  }};
  UniqueFd program(::bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "empty", "GPL", instructions.data(),
                                   instructions.size(), nullptr));
  if (!program) return fail_errno("load an empty program");
  return program;
}

Result<bpf_prog_info> run_many_times(int program) {
  std::array<std::uint8_t, 64> frame{};
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data(), .data_size_in = frame.size(),
              .repeat = runs);
  if (::bpf_prog_test_run_opts(program, &options) != 0) return fail_errno("run the program");
  bpf_prog_info info{};
  __u32 length = sizeof info;
  if (::bpf_obj_get_info_by_fd(program, &info, &length) != 0) return fail_errno("read run times");
  if (info.run_cnt == 0)
    return fail(Errc::unavailable, "nothing was accounted: set kernel.bpf_stats_enabled to 1");
  return info;
}

Result<> measure() {
  auto program = load_empty_program();
  if (!program) return in("measure", program);
  auto info = run_many_times(program->get());
  if (!info) return in("measure", info);
  std::printf("{\"ns_per_packet\": %.1f, \"packets\": %llu}\n",
              static_cast<double>(info->run_time_ns) / static_cast<double>(info->run_cnt),
              static_cast<unsigned long long>(info->run_cnt));
  return {};
}

}  // namespace

}  // namespace podwire::bench

int main() {
  const auto done = podwire::bench::measure();
  if (done) return 0;
  std::fprintf(stderr, "empty_program: %s\n", done.error().what.c_str());
  return 1;
}
