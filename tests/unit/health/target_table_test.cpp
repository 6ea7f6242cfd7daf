// SPDX-License-Identifier: Apache-2.0
#include "health/target_table.hpp"

#include <array>
#include <cstring>
#include <set>

#include <gtest/gtest.h>

#include "fakes/fake_probe_plane.hpp"

namespace podwire::health {

namespace {

using fakes::FakeProbePlane;

Target target(std::uint16_t port, const std::string& address = "10.244.0.5",
              std::uint32_t ifindex = 7) {
  return {.address = net::Address::parse(address).value(),
          .port = port,
          .ifindex = ifindex,
          .pod_mac = net::Mac::parse("0a:00:00:00:00:01").value(),
          .host_mac = net::Mac::parse("0a:00:00:00:00:02").value(),
          .timeout = std::chrono::milliseconds(250)};
}

TEST(TargetTable, WritesWhatTheKernelProgramsRead) {
  FakeProbePlane plane;
  TargetTable table(plane, 8);
  const auto index = table.place(target(8080));
  ASSERT_TRUE(index);
  const pw_probe_target& place = plane.targets()[*index];
  EXPECT_EQ(std::memcmp(&place.address, target(1).address.bytes().data(), 16), 0);
  EXPECT_EQ(ntohs(place.port), 8080);
  EXPECT_EQ(place.ifindex, 7U);
  EXPECT_EQ(place.pod_mac[5], 1);
  EXPECT_EQ(place.host_mac[5], 2);
  EXPECT_EQ(place.timeout_ns, 250'000'000U);
}

TEST(TargetTable, TellsTargetsByAddressPortAndInterface) {
  FakeProbePlane plane;
  TargetTable table(plane, 8);
  std::set<std::uint32_t> indices;
  for (const Target& one :
       {target(80), target(81), target(80, "fd00::5"), target(80, "10.244.0.5", 8)}) {
    indices.insert(table.place(one).value());
  }
  EXPECT_EQ(indices.size(), 4U);
}

TEST(TargetTable, KeepsPlaceAndCountersOfAKnownTarget) {
  FakeProbePlane plane;
  TargetTable table(plane, 8);
  const std::uint32_t index = table.place(target(80)).value();
  plane.results()[index].attempts = 9;
  Target changed = target(80);
  changed.timeout = std::chrono::milliseconds(10);
  EXPECT_EQ(table.place(changed), index);
  EXPECT_EQ(plane.results()[index].attempts, 9U);
  EXPECT_EQ(plane.targets()[index].timeout_ns, 10'000'000U);
}

TEST(TargetTable, StartsANewTargetFromZeroInAPlaceThatWasUsed) {
  FakeProbePlane plane;
  TargetTable table(plane, 1);
  const std::uint32_t index = table.place(target(80)).value();
  plane.results()[index] = {
      .sent_ns = 1, .state = PW_PROBE_PENDING, .attempts = 9, .timeouts = 9, .late = 9};
  table.release(index);
  EXPECT_EQ(plane.targets()[index].ifindex, 0U);
  ASSERT_EQ(table.place(target(81)), index);
  const pw_probe_result zero{};
  EXPECT_EQ(std::memcmp(&plane.results()[index], &zero, sizeof(zero)), 0);
}

TEST(TargetTable, TellsWhatToRaiseWhenItIsExhausted) {
  FakeProbePlane plane;
  TargetTable table(plane, 2);
  ASSERT_TRUE(table.place(target(80)) && table.place(target(81)));
  const auto third = table.place(target(82));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Errc::exhausted);
  EXPECT_EQ(third.error().what, "all 2 probe targets are in use; raise probes.max_targets");
  EXPECT_TRUE(table.place(target(80))) << "what is there needs no place";
}

TEST(TargetTable, UsesNoMorePlacesThanTheKernelHas) {
  FakeProbePlane plane;
  TargetTable table(plane, PW_MAX_PROBE_TARGETS + 10);
  for (std::uint32_t i = 0; i < PW_MAX_PROBE_TARGETS; ++i) {
    ASSERT_LT(table.place(target(80, "10.244.0.5", i + 1)).value(), PW_MAX_PROBE_TARGETS);
  }
  EXPECT_FALSE(table.place(target(80)).has_value() && table.place(target(81)).has_value());
}

class TargetTableAfterARestart : public ::testing::Test {
 protected:
  // What an agent leaves that had ports 80 and 81.
  TargetTableAfterARestart() {
    TargetTable earlier(plane_, 4);
    index_80_ = earlier.place(target(80)).value();
    index_81_ = earlier.place(target(81)).value();
    plane_.results()[index_80_].attempts = 9;
  }

  FakeProbePlane plane_;
  std::uint32_t index_80_ = 0;
  std::uint32_t index_81_ = 0;
};

TEST_F(TargetTableAfterARestart, TakesOverPlacesWithTheirCounters) {
  TargetTable table(plane_, 4);
  EXPECT_EQ(table.place(target(80)), index_80_);
  EXPECT_EQ(plane_.results()[index_80_].attempts, 9U);
}

TEST_F(TargetTableAfterARestart, GivesNewTargetsOtherPlaces) {
  TargetTable table(plane_, 4);
  for (const std::uint16_t port : std::array<std::uint16_t, 2>{90, 91}) {
    const std::uint32_t index = table.place(target(port)).value();
    EXPECT_TRUE(index != index_80_ && index != index_81_);
  }
  EXPECT_FALSE(table.place(target(92)));
}

TEST_F(TargetTableAfterARestart, ReleasesWhatNobodyPlacedAgain) {
  TargetTable table(plane_, 4);
  ASSERT_TRUE(table.place(target(80)));
  table.release_inherited();
  EXPECT_EQ(plane_.targets()[index_80_].ifindex, 7U);
  EXPECT_EQ(plane_.targets()[index_81_].ifindex, 0U);
  table.release_inherited();
}

TEST_F(TargetTableAfterARestart, CountsWhatWasPendingAsUnknown) {
  pw_probe_result& pending = plane_.results()[index_80_];
  pending.state = PW_PROBE_PENDING;
  pending.outcome = PW_OUTCOME_OPEN;
  pw_probe_result& closed = plane_.results()[index_81_];
  closed.state = PW_PROBE_CLOSED;
  closed.outcome = PW_OUTCOME_OPEN;
  TargetTable table(plane_, 4);
  EXPECT_EQ(pending.outcome, PW_OUTCOME_UNKNOWN);
  EXPECT_EQ(pending.send_errors, 1U);
  EXPECT_EQ(closed.outcome, PW_OUTCOME_OPEN);
  EXPECT_EQ(closed.send_errors, 0U);
  EXPECT_FALSE(table.time_out(index_80_));
}

TEST_F(TargetTableAfterARestart, WithALowerLimitNeverReusesThePlacesBeyondIt) {
  TargetTable table(plane_, 1);  // index_81_ is beyond
  ASSERT_TRUE(table.place(target(81)));
  table.release_inherited();
  table.release(index_81_);
  EXPECT_EQ(table.place(target(90)), 0U);
  EXPECT_FALSE(table.place(target(91)));
}

TEST(TimeOut, ClosesAPendingAttemptOnce) {
  FakeProbePlane plane;
  TargetTable table(plane, 4);
  const std::uint32_t index = table.place(target(80)).value();
  ASSERT_TRUE(plane.send(std::vector{index}, net::Family::ipv4));
  EXPECT_TRUE(table.time_out(index));
  EXPECT_FALSE(table.time_out(index));
  EXPECT_EQ(plane.results()[index].state, static_cast<unsigned>(PW_PROBE_CLOSED));
  EXPECT_EQ(plane.results()[index].outcome, PW_OUTCOME_TIMEOUT);
  EXPECT_EQ(plane.results()[index].timeouts, 1U);
}

TEST(TimeOut, LosesAgainstAnAnswerThatCameFirst) {
  FakeProbePlane plane;
  TargetTable table(plane, 4);
  const std::uint32_t index = table.place(target(80)).value();
  ASSERT_TRUE(plane.send(std::vector{index}, net::Family::ipv4));
  plane.close(index, FakeProbePlane::Answer::open);
  EXPECT_FALSE(table.time_out(index));
  EXPECT_EQ(plane.results()[index].outcome, PW_OUTCOME_OPEN);
  EXPECT_EQ(plane.results()[index].timeouts, 0U);
}

TEST(TimeOut, DoesNotCountAnAttemptThatWasNeverSent) {
  FakeProbePlane plane;
  TargetTable table(plane, 4);
  const std::uint32_t index = table.place(target(80)).value();
  EXPECT_FALSE(table.time_out(index));
  EXPECT_EQ(plane.results()[index].timeouts, 0U);
}

}  // namespace

}  // namespace podwire::health
