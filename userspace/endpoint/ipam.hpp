// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "net/address.hpp"

namespace podwire::endpoint {

// Wall clock: release times are stored and outlive a boot.
using Time = std::chrono::sys_seconds;

struct ReuseDelay {
  std::chrono::seconds wanted;  // an address idle for less counts as cooling, and is used last
  std::chrono::seconds least;   // never given up
};

struct PoolUsage {
  std::uint64_t assigned = 0;
  std::uint64_t cooling = 0;  // released less than `wanted` ago
  std::uint64_t free = 0;
};

// The addresses of one prefix. A value type without I/O; all operations take constant time. The
// address that has been idle longest comes first: those never used, in order, then the released
// ones. The first address and, for IPv4, the last one are not given out, nor is any that was
// excluded.
class Pool {
 public:
  Pool(const net::Prefix& prefix, ReuseDelay delay);

  // exhausted: every address is assigned. unavailable: those that are not were released too
  // recently.
  Result<net::Address> allocate(Time now);
  void release(const net::Address& address, Time now);
  // Takes back an allocation that no pod ever had: no reuse delay holds for the address.
  void cancel(const net::Address& address);

  // For start-up, before the first allocate: what the store remembers.
  Result<> claim(const net::Address& address);
  void remember_release(const net::Address& address, Time released);
  void exclude(const net::Address& address);

  const net::Prefix& prefix() const { return prefix_; }
  PoolUsage usage(Time now) const;

 private:
  enum class State { assigned, released, excluded };
  struct Released {
    net::Address address;
    Time at;
  };

  std::optional<net::Address> take_unused();
  void forget_oldest(Time now);
  Result<net::Address> take_released(Time now);

  net::Prefix prefix_;
  ReuseDelay delay_;
  std::uint64_t size_;
  std::uint64_t next_ = 0;  // every offset below was given out once, or must not be
  std::unordered_map<net::Address, State> states_;
  std::deque<Released> released_;  // oldest first
  std::uint64_t assigned_ = 0;
  std::uint64_t excluded_ = 0;
};

}  // namespace podwire::endpoint
