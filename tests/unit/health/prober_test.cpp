// SPDX-License-Identifier: Apache-2.0
#include "health/prober.hpp"

#include <array>
#include <cstring>
#include <functional>
#include <set>
#include <thread>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "fakes/fake_probe_plane.hpp"

// The prober on a real clock with short periods. Tests wait for an event, within a limit, and
// compare counters with each other, so that a slow machine does not matter.
namespace podwire::health {

namespace {

using namespace std::chrono_literals;
using fakes::FakeProbePlane;
using std::chrono::milliseconds;

class ProberTest : public ::testing::Test {
 protected:
  static Target target(std::uint16_t port, const std::string& address = "10.244.0.5",
                       milliseconds period = 20ms) {
    return {.address = net::Address::parse(address).value(),
            .port = port,
            .ifindex = 7,
            .period = period,
            .timeout = period};
  }

  void run_for(milliseconds time) {
    context_.restart();
    context_.run_for(time);
  }
  bool run_until(const std::function<bool()>& reached) {
    const auto limit = Clock::now() + 10s;
    context_.restart();
    while (!reached() && Clock::now() < limit) context_.run_one_for(10ms);
    return reached();
  }

  pw_probe_result result_of(std::uint16_t port) const {
    for (const Sample& sample : prober_.samples()) {
      if (sample.target.port == port) return sample.result;
    }
    ADD_FAILURE() << "port " << port << " is no target";
    return {};
  }

  boost::asio::io_context context_{1};
  FakeProbePlane plane_;
  Prober prober_{context_, plane_, 4000};
};

TEST_F(ProberTest, ProbesANewTargetAtOnce) {
  plane_.answers[80] = FakeProbePlane::Answer::open;
  prober_.set_targets("pw1", {target(80, "10.244.0.5", 1h)});
  ASSERT_TRUE(run_until([&] { return !plane_.batches.empty(); }));
  EXPECT_EQ(result_of(80).successes, 1U);
}

TEST_F(ProberTest, ProbesAgainEveryPeriod) {
  plane_.answers[80] = FakeProbePlane::Answer::open;
  prober_.set_targets("pw1", {target(80, "10.244.0.5", 10ms)});
  ASSERT_TRUE(run_until([&] { return result_of(80).attempts >= 20; }));
  const auto begin = Clock::now();
  const std::uint64_t before = result_of(80).attempts + result_of(80).late;
  run_for(300ms);
  const auto rounds = static_cast<double>(result_of(80).attempts + result_of(80).late - before);
  const auto expected = std::chrono::duration<double>(Clock::now() - begin) / 10ms;
  EXPECT_NEAR(rounds, expected, 2);
}

TEST_F(ProberTest, SendsBatchesOfOneFamilyAndOfTheGreatestSizeAtMost) {
  std::vector<Target> targets;
  for (std::uint16_t port = 1; port <= 600; ++port) {
    targets.push_back(target(port, "10.244.0.5", 1h));
    targets.push_back(target(port, "fd00::5", 1h));
  }
  prober_.set_targets("pw1", targets);
  std::size_t sent = 0;
  ASSERT_TRUE(run_until([&] {
    sent = 0;
    for (const auto& batch : plane_.batches) sent += batch.indices.size();
    return sent >= targets.size();
  }));
  EXPECT_EQ(sent, targets.size());
  for (const auto& batch : plane_.batches) {
    EXPECT_LE(batch.indices.size(), static_cast<std::size_t>(PW_PROBE_BATCH));
    EXPECT_FALSE(batch.indices.empty());
    for (const std::uint32_t index : batch.indices) {
      std::array<std::uint8_t, 16> bytes{};
      std::memcpy(bytes.data(), &plane_.targets()[index].address, bytes.size());
      EXPECT_EQ(net::Address::from_bytes(bytes).family(), batch.family);
    }
  }
}

TEST_F(ProberTest, CountsATimeoutOnlyForWhatWasNotAnswered) {
  plane_.answers[80] = FakeProbePlane::Answer::open;
  plane_.answers[81] = FakeProbePlane::Answer::refused;
  prober_.set_targets("pw1", {target(80), target(81), target(82)});
  ASSERT_TRUE(run_until([&] { return result_of(82).attempts >= 5; }));
  const pw_probe_result open = result_of(80);
  EXPECT_EQ(open.successes, open.attempts);
  EXPECT_EQ(open.timeouts + open.refused, 0U);
  const pw_probe_result refused = result_of(81);
  EXPECT_EQ(refused.refused, refused.attempts);
  EXPECT_EQ(refused.timeouts + refused.successes, 0U);
  const pw_probe_result silent = result_of(82);
  EXPECT_EQ(silent.successes + silent.refused, 0U);
  EXPECT_EQ(silent.timeouts + (silent.state == PW_PROBE_PENDING ? 1 : 0), silent.attempts);
}

TEST_F(ProberTest, TimesOutBeforeTheNextRoundIfTheTimeoutIsShorter) {
  Target patient = target(80, "10.244.0.5", 1h);
  patient.timeout = 20ms;
  prober_.set_targets("pw1", {patient});
  ASSERT_TRUE(run_until([&] { return result_of(80).timeouts == 1; }));
  EXPECT_EQ(result_of(80).attempts, 1U);
  EXPECT_EQ(result_of(80).outcome, PW_OUTCOME_TIMEOUT);
}

TEST_F(ProberTest, LeavesAnAttemptThatWasSentLateItsWholeTimeout) {
  prober_.set_targets("pw1", {target(80, "10.244.0.5", 400ms)});
  ASSERT_TRUE(run_until([&] { return result_of(80).attempts == 2; }));
  std::this_thread::sleep_for(600ms);  // the agent has no time
  ASSERT_TRUE(run_until([&] { return result_of(80).attempts == 3; }));
  const std::uint64_t timeouts = result_of(80).timeouts;
  run_for(300ms);  // beyond the time that the next one would have had
  EXPECT_EQ(result_of(80).attempts, 3U);
  EXPECT_EQ(result_of(80).timeouts, timeouts);
  EXPECT_TRUE(run_until([&] { return result_of(80).attempts == 5; })) << "the rounds go on";
  EXPECT_EQ(result_of(80).timeouts, timeouts + 2);
}

TEST_F(ProberTest, CountsWhatCouldNotBeSentAsUnknown) {
  plane_.failing_sends = 1;
  prober_.set_targets("pw1", {target(80, "10.244.0.5", 1h), target(81, "10.244.0.5", 1h)});
  ASSERT_TRUE(run_until([&] { return !plane_.batches.empty(); }));
  for (const std::uint16_t port : std::array<std::uint16_t, 2>{80, 81}) {
    EXPECT_EQ(result_of(port).late, 1U);
    EXPECT_EQ(result_of(port).attempts + result_of(port).timeouts, 0U);
  }
}

TEST_F(ProberTest, CountsWhatWasSentBeforeAFailureAsSent) {
  plane_.failing_sends = 1;
  plane_.sent_before_failure = 1;
  prober_.set_targets("pw1", {target(80, "10.244.0.5", 1h), target(81, "10.244.0.5", 1h)});
  ASSERT_TRUE(run_until([&] { return !plane_.batches.empty(); }));
  EXPECT_EQ(result_of(80).attempts + result_of(81).attempts, 1U);
  EXPECT_EQ(result_of(80).late + result_of(81).late, 1U);
  EXPECT_EQ(result_of(80).attempts, 1 - result_of(80).late);
}

TEST_F(ProberTest, GoesOnAfterAFailure) {
  plane_.answers[80] = FakeProbePlane::Answer::open;
  plane_.failing_sends = 3;
  prober_.set_targets("pw1", {target(80)});
  ASSERT_TRUE(run_until([&] { return result_of(80).successes >= 3; }));
  EXPECT_GE(result_of(80).late, 3U);
}

TEST_F(ProberTest, KeepsTheCountersOfTargetsThatStay) {
  plane_.answers[80] = FakeProbePlane::Answer::open;
  prober_.set_targets("pw1", {target(80), target(81)});
  ASSERT_TRUE(run_until([&] { return result_of(80).attempts >= 3; }));
  const std::uint64_t before = result_of(80).attempts;
  prober_.set_targets("pw1", {target(80), target(82)});
  EXPECT_EQ(prober_.size(), 2U);
  EXPECT_EQ(result_of(80).attempts, before);
  EXPECT_EQ(result_of(82).attempts, 0U);
  EXPECT_TRUE(
      run_until([&] { return result_of(80).attempts > before && result_of(82).attempts > 0; }));
}

TEST_F(ProberTest, LeavesTheRhythmOfTargetsThatStay) {
  prober_.set_targets("pw1", {target(80, "10.244.0.5", 100ms)});
  ASSERT_TRUE(run_until([&] { return result_of(80).attempts == 2; }));
  // Were each of these a new start, the next probe would never come.
  for (int i = 0; i < 30; ++i) {
    prober_.set_targets("pw1", {target(80, "10.244.0.5", 100ms)});
    run_for(10ms);
  }
  EXPECT_GE(result_of(80).attempts + result_of(80).late, 4U);
  EXPECT_LE(result_of(80).attempts, 8U);
}

TEST_F(ProberTest, TakesANewTimingAndKeepsTheCounters) {
  prober_.set_targets("pw1", {target(80, "10.244.0.5", 10ms)});
  ASSERT_TRUE(run_until([&] { return result_of(80).timeouts >= 3; }));
  const std::uint64_t attempts = result_of(80).attempts;
  prober_.set_targets("pw1", {target(80, "10.244.0.5", 24h)});
  run_for(100ms);
  // The phase puts the first round of the new period at most once into this window.
  EXPECT_LE(result_of(80).attempts, attempts + 1);
  EXPECT_GE(result_of(80).attempts, attempts);
  prober_.set_targets("pw1", {target(80, "10.244.0.5", 10ms)});
  EXPECT_TRUE(run_until([&] { return result_of(80).attempts >= attempts + 5; }));
  const pw_probe_result all = result_of(80);
  EXPECT_EQ(all.timeouts + (all.state == PW_PROBE_PENDING ? 1 : 0), all.attempts)
      << "no attempt is lost on the way";
}

TEST_F(ProberTest, ForgetsAnOwnerWithItsTargetsAndNoOther) {
  prober_.set_targets("pw1", {target(80)});
  prober_.set_targets("pw2", {target(81)});
  ASSERT_TRUE(run_until([&] { return result_of(80).attempts > 0 && result_of(81).attempts > 0; }));
  prober_.set_targets("pw1", {});
  ASSERT_EQ(prober_.size(), 1U);
  EXPECT_EQ(prober_.samples()[0].owner, "pw2");
  std::size_t in_use = 0;
  for (const pw_probe_target& place : plane_.targets()) in_use += place.ifindex != 0 ? 1 : 0;
  EXPECT_EQ(in_use, 1U);
  const std::uint64_t before = result_of(81).attempts;
  EXPECT_TRUE(run_until([&] { return result_of(81).attempts > before; }));
}

TEST_F(ProberTest, IsIdleWithoutTargets) {
  prober_.set_targets("pw1", {target(80)});
  ASSERT_TRUE(run_until([&] { return !plane_.batches.empty(); }));
  prober_.set_targets("pw1", {});
  prober_.set_targets("pw9", {});
  plane_.batches.clear();
  run_for(100ms);
  EXPECT_TRUE(plane_.batches.empty());
}

TEST_F(ProberTest, CountsRoundsItMissedAsUnknown) {
  plane_.answers[80] = FakeProbePlane::Answer::open;
  prober_.set_targets("pw1", {target(80, "10.244.0.5", 20ms)});
  ASSERT_TRUE(run_until([&] { return result_of(80).attempts >= 3; }));
  const std::uint64_t before = result_of(80).late;
  const std::uint64_t sent = result_of(80).attempts;
  boost::asio::post(context_, [] { std::this_thread::sleep_for(210ms); });
  ASSERT_TRUE(run_until([&] { return result_of(80).attempts > sent; }));
  EXPECT_GE(result_of(80).late - before, 9U);
  EXPECT_EQ(result_of(80).attempts, sent + 1) << "what was missed is not made up for";
}

TEST_F(ProberTest, DoesNotCallItATimeoutIfTheAnswerCameWhileTheAgentWasLate) {
  Target patient = target(80, "10.244.0.5", 1h);
  patient.timeout = 20ms;
  prober_.set_targets("pw1", {patient});
  ASSERT_TRUE(run_until([&] { return result_of(80).attempts == 1; }));
  const std::uint32_t index = plane_.batches.at(0).indices.at(0);
  boost::asio::post(context_, [&] {
    std::this_thread::sleep_for(50ms);
    plane_.close(index, FakeProbePlane::Answer::open);
  });
  run_for(100ms);
  EXPECT_EQ(result_of(80).successes, 1U);
  EXPECT_EQ(result_of(80).timeouts, 0U);
}

TEST_F(ProberTest, TakesNoMoreTargetsThanAllowed) {
  Prober small(context_, plane_, 2);
  small.set_targets("pw1", {target(80), target(81), target(82)});
  EXPECT_EQ(small.size(), 2U);
}

TEST_F(ProberTest, ReplacesTargetsEvenIfThereIsNoPlaceLeft) {
  Prober small(context_, plane_, 2);
  small.set_targets("pw1", {target(80), target(81)});
  small.set_targets("pw1", {target(81), target(82)});
  ASSERT_EQ(small.size(), 2U);
  std::set<std::uint16_t> ports;
  for (const Sample& sample : small.samples()) ports.insert(sample.target.port);
  EXPECT_EQ(ports, (std::set<std::uint16_t>{81, 82}));
}

TEST(ProberAfterARestart, EndsTheTargetsThatNobodyOwns) {
  boost::asio::io_context context(1);
  FakeProbePlane plane;
  plane.targets()[3] = {.ifindex = 9, .port = htons(80)};
  Prober prober(context, plane, 100);
  EXPECT_EQ(prober.size(), 0U);
  prober.forget_inherited();
  EXPECT_EQ(plane.targets()[3].ifindex, 0U);
}

}  // namespace

}  // namespace podwire::health
