// SPDX-License-Identifier: Apache-2.0
#include "health/target_table.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <cstring>

namespace podwire::health {

namespace {

net::Address address_of(const pw_probe_target& target) {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &target.address, bytes.size());
  return net::Address::from_bytes(bytes);
}

// The interface goes last: an index without one is not in use.
void write_target(pw_probe_target& place, const Target& target) {
  std::memcpy(&place.address, target.address.bytes().data(), sizeof(place.address));
  place.port = htons(target.port);
  std::ranges::copy(target.pod_mac.bytes, place.pod_mac);
  std::ranges::copy(target.host_mac.bytes, place.host_mac);
  place.timeout_ns = static_cast<std::uint64_t>(std::chrono::nanoseconds(target.timeout).count());
  std::atomic_ref(place.ifindex).store(target.ifindex, std::memory_order_release);
}

// False if the attempt is not pending, or its answer came first: then nothing changes.
bool end_pending(pw_probe_result& place, pw_probe_state state, pw_probe_outcome outcome,
                 __u64& counter) {
  std::uint32_t expected = PW_PROBE_PENDING;
  if (!std::atomic_ref(place.state).compare_exchange_strong(expected, state)) return false;
  place.outcome = outcome;
  std::atomic_ref(counter).fetch_add(1, std::memory_order_relaxed);
  return true;
}

}  // namespace

TargetTable::TargetTable(datapath::ProbePlane& plane, std::uint32_t most)
    : plane_(plane), most_(std::min<std::uint32_t>(most, PW_MAX_PROBE_TARGETS)) {
  const auto targets = plane_.targets();
  for (std::uint32_t index = 0; index < PW_MAX_PROBE_TARGETS; ++index) {
    const pw_probe_target& target = targets[index];
    if (target.ifindex == 0) {
      if (index < most_) free_.insert(free_.end(), index);
      continue;
    }
    places_.emplace(Key{address_of(target), ntohs(target.port), target.ifindex}, index);
    inherited_.insert(inherited_.end(), index);
    pw_probe_result& place = result(index);
    end_pending(place, PW_PROBE_IDLE, PW_OUTCOME_UNKNOWN, place.send_errors);
  }
}

Result<std::uint32_t> TargetTable::take(const Key& key) {
  if (free_.empty()) {
    return fail(Errc::exhausted, "all " + std::to_string(most_) +
                                     " probe targets are in use; raise probes.max_targets");
  }
  const std::uint32_t index = *free_.begin();
  free_.erase(free_.begin());
  places_.emplace(key, index);
  plane_.results()[index] = pw_probe_result{};
  return index;
}

Result<std::uint32_t> TargetTable::place(const Target& target) {
  const Key key{target.address, target.port, target.ifindex};
  const auto known = places_.find(key);
  auto index = known != places_.end() ? Result<std::uint32_t>(known->second) : take(key);
  if (!index) return index;
  inherited_.erase(*index);
  write_target(plane_.targets()[*index], target);
  return index;
}

void TargetTable::release(std::uint32_t index) {
  std::atomic_ref(plane_.targets()[index].ifindex).store(0, std::memory_order_release);
  std::erase_if(places_, [&](const auto& entry) { return entry.second == index; });
  inherited_.erase(index);
  if (index < most_) free_.insert(index);
}

void TargetTable::release_inherited() {
  const std::set<std::uint32_t> left = inherited_;
  for (const std::uint32_t index : left) release(index);
}

bool TargetTable::is_pending(std::uint32_t index) {
  return std::atomic_ref(result(index).state).load() == PW_PROBE_PENDING;
}

bool TargetTable::time_out(std::uint32_t index) {
  pw_probe_result& place = result(index);
  return end_pending(place, PW_PROBE_CLOSED, PW_OUTCOME_TIMEOUT, place.timeouts);
}

}  // namespace podwire::health
