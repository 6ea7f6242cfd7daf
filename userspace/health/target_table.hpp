// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "datapath/datapath.hpp"
#include "net/address.hpp"

namespace podwire::health {

struct Target {
  net::Address address;
  std::uint16_t port = 0;
  std::uint32_t ifindex = 0;
  net::Mac pod_mac;
  net::Mac host_mac;
  std::chrono::milliseconds period{1000};
  std::chrono::milliseconds timeout{1000};
};

// Places for targets in the memory shared with the kernel. A place keeps its counters over a
// restart of the agent as long as address, port and interface stay the same. Probe thread only.
class TargetTable {
 public:
  // `most`: places to use, PW_MAX_PROBE_TARGETS at most. Takes over what an earlier agent left; an
  // attempt that was pending ends as unknown, for the agent was not there to see its end.
  TargetTable(datapath::ProbePlane& plane, std::uint32_t most);

  // The index of the place; its counters are zero if the target is new. exhausted if all are taken.
  Result<std::uint32_t> place(const Target& target);
  void release(std::uint32_t index);
  // Releases what was taken over and has not been placed since.
  void release_inherited();

  pw_probe_result& result(std::uint32_t index) { return plane_.results()[index]; }

  bool is_pending(std::uint32_t index);
  // Ends a pending attempt as timed out; false if the answer came first.
  bool time_out(std::uint32_t index);

 private:
  struct Key {
    net::Address address;
    std::uint16_t port = 0;
    std::uint32_t ifindex = 0;
    auto operator<=>(const Key&) const = default;
  };

  Result<std::uint32_t> take(const Key& key);

  datapath::ProbePlane& plane_;
  std::uint32_t most_;
  std::map<Key, std::uint32_t> places_;
  std::set<std::uint32_t> free_;
  std::set<std::uint32_t> inherited_;
};

}  // namespace podwire::health
