// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

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

// The addresses of one prefix. A value type without I/O, which moves and is never copied. To assign
// and to give back takes constant time; usage() visits those that are cooling. The address that has
// been idle longest comes first: those never used, in order, then the released ones. The first
// address and, for IPv4, the last one are not given out, nor is any that was excluded.
class Pool {
 public:
  Pool(const net::Prefix& prefix, ReuseDelay delay);
  Pool(Pool&&) = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // exhausted: every address is assigned. unavailable: those that are not were released too
  // recently.
  Result<net::Address> allocate(Time now);
  // This one, however short a time it has been idle: the reuse delay keeps an address from a pod
  // that knows nothing of the last one, not from who asks for it by name. unavailable: it is
  // assigned. invalid_argument: it is not given to pods.
  Result<net::Address> take(const net::Address& address);
  void release(const net::Address& address, Time now);
  // Takes back an assignment that no pod ever had: the address has been idle as long as before it.
  void cancel(const net::Address& address);

  // For start-up, before the first allocate: what the store remembers.
  Result<> claim(const net::Address& address);
  void remember_release(const net::Address& address, Time released);
  // At any time; a pod that has the address keeps it.
  void exclude(const net::Address& address);

  // From the next allocation on, also for what was released before.
  void set_delay(ReuseDelay delay) { delay_ = delay; }

  const net::Prefix& prefix() const { return prefix_; }
  PoolUsage usage(Time now) const;

 private:
  enum class State { assigned, released, excluded };
  struct Released {
    net::Address address;
    Time at;
  };
  using ReleasedList = std::list<Released>;
  struct Known {
    State state = State::assigned;
    bool is_nodes = false;              // not for pods; a pod that has it keeps it to its end
    Time released = {};                 // the last time; the start of all time: no pod had it
    ReleasedList::iterator place = {};  // only while it is released
  };

  std::optional<net::Address> take_unused();
  Result<net::Address> take_released(Time now);
  void take_from_released(Known& known);
  void put_among_released(const net::Address& address, Known& known, ReleasedList::iterator before);
  void forget_oldest(Time now);
  std::string why_excluded(const net::Address& address) const;

  net::Prefix prefix_;
  ReuseDelay delay_;
  std::uint64_t size_;
  std::uint64_t next_ = 0;  // every offset below was given out once, or must not be
  std::unordered_map<net::Address, Known> known_;
  ReleasedList released_;  // oldest first
  std::uint64_t assigned_ = 0;
  std::uint64_t excluded_ = 0;
};

}  // namespace podwire::endpoint
