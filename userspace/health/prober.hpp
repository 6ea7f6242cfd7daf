// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "health/schedule.hpp"
#include "health/target_table.hpp"

namespace podwire::health {

// What is known of one target; counters as in pw_probe_result.
struct Sample {
  Target target;
  std::string owner;
  pw_probe_result result{};
};

// Probes every target at its period. Lives on the probe thread: `context` runs there, and all calls
// come from there (post them). Answers are judged in the kernel; what happens here is sending on
// time, and closing attempts that were not answered in time. Rounds that the agent itself missed
// count as unknown. `plane` must outlive this.
class Prober {
 public:
  Prober(boost::asio::io_context& context, datapath::ProbePlane& plane, std::uint32_t most_targets);

  // All targets of one owner (an attachment, by its host link's name); an empty list forgets it.
  // Targets that stay keep their counters and their rhythm.
  void set_targets(const std::string& owner, const std::vector<Target>& targets);
  // Once all owners are known after a start: targets of an earlier agent that nobody owns now end.
  void forget_inherited() { table_.release_inherited(); }

  std::vector<Sample> samples() const;
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Target target;
    std::string owner;
    TimePoint next_send;
    TimePoint expires;  // of the pending attempt; TimePoint::max() if there is none

    TimePoint wake() const { return std::min(next_send, expires); }
  };
  using Batch = std::vector<std::uint32_t>;

  void start(const std::string& owner, const Target& target);
  void stop(std::uint32_t index);
  void arm();
  void run_due();
  void end_attempt(std::uint32_t index, Entry& entry, TimePoint now);
  void send_round(std::uint32_t index, Entry& entry, TimePoint now);
  void flush(Batch& batch, net::Family family);

  boost::asio::steady_timer timer_;
  datapath::ProbePlane& plane_;
  TargetTable table_;
  std::map<std::uint32_t, Entry> entries_;                // by index in the table
  std::set<std::pair<TimePoint, std::uint32_t>> queue_;   // one element for each entry, by wake()
  std::map<std::string, std::set<std::uint32_t>> owned_;  // indices by owner
  Batch ipv4_;
  Batch ipv6_;
};

}  // namespace podwire::health
