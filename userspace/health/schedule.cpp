// SPDX-License-Identifier: Apache-2.0
#include "health/schedule.hpp"

#include <algorithm>

namespace podwire::health {

Round next_round(TimePoint due, TimePoint now, std::chrono::milliseconds period) {
  const auto behind = std::max(now - due, Clock::duration::zero());
  const auto missed = behind / Clock::duration(period);
  return {.next = due + Clock::duration(period) * (missed + 1),
          .missed = static_cast<std::uint64_t>(missed)};
}

TimePoint spread(TimePoint start, std::chrono::milliseconds period, std::uint32_t phase) {
  constexpr std::uint32_t steps = 1024;
  return start + Clock::duration(period) * (phase % steps) / steps;
}

}  // namespace podwire::health
