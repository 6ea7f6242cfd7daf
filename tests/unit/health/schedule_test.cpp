// SPDX-License-Identifier: Apache-2.0
#include "health/schedule.hpp"

#include <gtest/gtest.h>

namespace podwire::health {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

const TimePoint due{1000s};

struct Case {
  milliseconds late;  // after the due time
  milliseconds next;  // after the due time
  std::uint64_t missed;
};

class NextRound : public ::testing::TestWithParam<Case> {};

TEST_P(NextRound, StaysOnTheGridAndCountsWhatWasMissed) {
  const Round round = next_round(due, due + GetParam().late, 100ms);
  EXPECT_EQ(round.next, due + GetParam().next);
  EXPECT_EQ(round.missed, GetParam().missed);
}

INSTANTIATE_TEST_SUITE_P(Lateness, NextRound,
                         ::testing::Values(Case{0ms, 100ms, 0}, Case{1ms, 100ms, 0},
                                           Case{99ms, 100ms, 0}, Case{100ms, 200ms, 1},
                                           Case{101ms, 200ms, 1}, Case{199ms, 200ms, 1},
                                           Case{200ms, 300ms, 2}, Case{10'050ms, 10'100ms, 100},
                                           Case{-5ms, 100ms, 0}));

TEST(NextRoundTime, IsAlwaysInTheFutureAndAtMostAPeriodAway) {
  for (milliseconds late = 0ms; late < 1000ms; ++late) {
    const TimePoint now = due + late;
    const TimePoint next = next_round(due, now, 70ms).next;
    EXPECT_GT(next, now);
    EXPECT_LE(next - now, 70ms);
  }
}

TEST(NextRoundTime, WorksForTheLongestPeriod) {
  EXPECT_EQ(next_round(due, due + 1ms, 24h).next, due + 24h);
  EXPECT_EQ(next_round(due, due + 49h, 24h).missed, 2U);
}

TEST(Spread, StaysWithinAPeriodAfterTheStart) {
  for (std::uint32_t phase = 0; phase < 5000; ++phase) {
    const TimePoint at = spread(due, 1000ms, phase * 2'654'435'761U);
    EXPECT_GE(at, due);
    EXPECT_LT(at, due + 1000ms);
  }
}

TEST(Spread, DependsOnThePhaseAlone) {
  EXPECT_EQ(spread(due, 1024ms, 0), due);
  EXPECT_EQ(spread(due, 1024ms, 1), due + 1ms);
  EXPECT_EQ(spread(due, 1024ms, 1023), due + 1023ms);
  EXPECT_EQ(spread(due, 1024ms, 1024), due);
  EXPECT_EQ(spread(due, 24h, 512), due + 12h);
}

}  // namespace

}  // namespace podwire::health
