// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace podwire::health {

// CLOCK_MONOTONIC, the clock of the kernel programs.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

// When a target is probed. Pure: time is a parameter.
struct Round {
  TimePoint next;            // when to probe again
  std::uint64_t missed = 0;  // whole periods that went by unprobed: the agent was late
};

// The round after one that was due at `due` and is probed at `now`. The grid of due times is kept,
// so a delay does not shift later rounds.
Round next_round(TimePoint due, TimePoint now, std::chrono::milliseconds period);

// A time within one period after `start`, chosen by `phase`: targets that came together are not
// probed together ever after.
TimePoint spread(TimePoint start, std::chrono::milliseconds period, std::uint32_t phase);

}  // namespace podwire::health
