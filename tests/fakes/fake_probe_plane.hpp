// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "datapath/datapath.hpp"

namespace podwire::fakes {

// Probing in memory: counts as send_probes and from_pod do. A port answers if a test said so, and
// is silent otherwise. One thread at a time.
class FakeProbePlane : public datapath::ProbePlane {
 public:
  enum class Answer { open, refused };
  struct Batch {
    net::Family family;
    std::vector<std::uint32_t> indices;
  };

  static constexpr std::uint64_t latency_ns = 1500;  // of every answer

  std::map<std::uint16_t, Answer> answers;  // by port
  std::vector<Batch> batches;               // every send
  std::size_t failing_sends = 0;            // so many sends fail, from the next on,
  std::size_t sent_before_failure = 0;      // each after this many probes

  std::span<pw_probe_target> targets() override { return targets_; }
  std::span<pw_probe_result> results() override { return results_; }

  Result<> send(std::span<const std::uint32_t> indices, net::Family family) override {
    batches.push_back({family, {indices.begin(), indices.end()}});
    const bool fails = failing_sends > 0;
    const std::size_t sent = fails ? std::min(sent_before_failure, indices.size()) : indices.size();
    for (const std::uint32_t index : indices.first(sent)) send_one(index);
    if (!fails) return {};
    --failing_sends;
    return fail(Errc::system, "told to fail");
  }

  // An answer that comes now to a probe that is pending.
  void close(std::uint32_t index, Answer answer) {
    pw_probe_result& result = results_[index];
    result.state = PW_PROBE_CLOSED;
    result.outcome = answer == Answer::open ? PW_OUTCOME_OPEN : PW_OUTCOME_REFUSED;
    ++(answer == Answer::open ? result.successes : result.refused);
    result.latency_sum_ns += latency_ns;
  }

  std::size_t sends_of(std::uint32_t index) const {
    std::size_t count = 0;
    for (const Batch& batch : batches) {
      count += static_cast<std::size_t>(std::ranges::count(batch.indices, index));
    }
    return count;
  }

 private:
  void send_one(std::uint32_t index) {
    pw_probe_result& result = results_[index];
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    result.sent_ns = static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
    result.state = PW_PROBE_PENDING;
    ++result.attempts;
    const auto answer = answers.find(ntohs(targets_[index].port));
    if (answer != answers.end()) close(index, answer->second);
  }

  std::vector<pw_probe_target> targets_ = std::vector<pw_probe_target>(PW_MAX_PROBE_TARGETS);
  std::vector<pw_probe_result> results_ = std::vector<pw_probe_result>(PW_MAX_PROBE_TARGETS);
};

}  // namespace podwire::fakes
