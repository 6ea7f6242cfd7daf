// SPDX-License-Identifier: Apache-2.0
#include "endpoint/bandwidth.hpp"

#include <cstdint>

#include "manager_fixture.hpp"

namespace podwire::endpoint {

namespace {

using agent_api::Rate;

constexpr std::uint64_t mbit = 1'000'000;

TEST(Shaper, IsNoneWithoutARate) {
  EXPECT_FALSE(shaper_of({}, 1500));
  EXPECT_FALSE(policer_of({}, 1500));
}

// 1448 bytes of payload in a frame of 1514.
TEST(Shaper, CountsFramesWhereThePeopleCountPayload) {
  const auto shaper = shaper_of({.bits_per_second = 100 * mbit}, 1500);
  EXPECT_NEAR(static_cast<double>(shaper->bytes_per_second), 12.5e6 * 1514 / 1448, 1);
}

TEST(Shaper, HasTenMillisecondsOfBurstAndFiftyOfQueue) {
  const auto shaper = shaper_of({.bits_per_second = 1000 * mbit}, 1500);
  EXPECT_EQ(shaper->burst_bytes, shaper->bytes_per_second / 100);
  EXPECT_EQ(shaper->queue_bytes, shaper->burst_bytes + shaper->bytes_per_second / 20);
}

TEST(Shaper, HasRoomForSomeFramesAtLowRates) {
  const auto shaper = shaper_of({.bits_per_second = 8000}, 1500);
  EXPECT_EQ(shaper->burst_bytes, 32U * 1024);
  EXPECT_EQ(shaper->queue_bytes, 64U * 1024);
}

TEST(Shaper, TakesTheBurstThatIsAskedFor) {
  EXPECT_EQ(shaper_of({.bits_per_second = mbit, .burst_bits = 8'000'000}, 1500)->burst_bytes,
            1'000'000U);
}

TEST(Shaper, LetsTwoFramesGoAtTheLeast) {
  EXPECT_EQ(shaper_of({.bits_per_second = mbit, .burst_bits = 8}, 9000)->burst_bytes, 2U * 9014);
}

TEST(Shaper, TakesTheLargestNumbersOfRuntimesForNoWish) {
  const auto own = shaper_of({.bits_per_second = mbit}, 1500);
  for (const std::uint64_t burst :
       {std::uint64_t{INT32_MAX}, std::uint64_t{UINT32_MAX}, agent_api::greatest_rate}) {
    EXPECT_EQ(shaper_of({.bits_per_second = mbit, .burst_bits = burst}, 1500), own) << burst;
  }
}

TEST(Shaper, KnowsNoRateThatWouldNotFit) {
  const auto shaper = shaper_of({.bits_per_second = agent_api::greatest_rate}, 1280);
  EXPECT_LE(shaper->burst_bytes, shaper->queue_bytes);
  EXPECT_GT(shaper->bytes_per_second, agent_api::greatest_rate / 8);
}

TEST(Policer, LetsThroughWhatTheShaperLetsThrough) {
  const Rate rate{.bits_per_second = mbit, .burst_bits = 80'000};
  EXPECT_EQ(policer_of(rate, 1500)->bytes_per_second, shaper_of(rate, 1500)->bytes_per_second);
  EXPECT_EQ(policer_of(rate, 1500)->burst_bytes, 10'000U + 128 * 1024);
}

TEST(ValidateBandwidth, NamesWhatIsWrong) {
  const auto error_of = [](const agent_api::Bandwidth& bandwidth) {
    const auto fine = validate_bandwidth(bandwidth);
    return fine ? std::string() : fine.error().what;
  };
  EXPECT_EQ(error_of({}), "");
  EXPECT_EQ(error_of({.ingress = {1000, 1}, .egress = {agent_api::greatest_rate, 0}}), "");
  EXPECT_EQ(error_of({.ingress = {999, 0}}),
            "bandwidth: ingress must have a rate of 1000 to 10^15 bits a second, got 999");
  EXPECT_EQ(error_of({.egress = {agent_api::greatest_rate + 1, 0}}),
            "bandwidth: egress must have a rate of 1000 to 10^15 bits a second, got "
            "1000000000000001");
  EXPECT_EQ(error_of({.egress = {0, 5}}),
            "bandwidth: egress must have a rate of 1000 to 10^15 bits a second, got 0");
  EXPECT_EQ(error_of({.egress = {1000, agent_api::greatest_rate + 1}}),
            "bandwidth: egress must have a burst of 10^15 bits at most, got 1000000000000001");
}

class Limited : public ManagerTest {
 protected:
  Result<Attachment> attach_limited(const agent_api::Bandwidth& bandwidth) {
    auto limited = request("c1");
    limited.bandwidth = bandwidth;
    return manager_->attach(limited, pod_);
  }
  const datapath::Endpoint& published() { return datapath_.endpoints.at(address("10.244.0.1")); }
};

TEST_F(Limited, ByIngressPassesTheQueueOfItsHostEnd) {
  ASSERT_TRUE(attach_limited({.ingress = {mbit, 0}}));
  EXPECT_TRUE(published().queued);
  EXPECT_FALSE(published().egress_limit);
  EXPECT_TRUE(links_.links.at(link_of("c1")).wiring.ingress);
}

TEST_F(Limited, ByEgressIsPoliced) {
  ASSERT_TRUE(attach_limited({.egress = {mbit, 0}}));
  EXPECT_FALSE(published().queued);
  EXPECT_EQ(published().egress_limit, policer_of({mbit, 0}, settings_.default_mtu));
}

TEST_F(Limited, StaysSoOverARestart) {
  const agent_api::Bandwidth bandwidth{.ingress = {mbit, 8000}, .egress = {2 * mbit, 0}};
  ASSERT_TRUE(attach_limited(bandwidth));
  const datapath::Endpoint before = published();
  datapath_.endpoints.clear();
  restart();
  EXPECT_EQ(manager_->attachments().at(id("c1")).bandwidth, bandwidth);
  EXPECT_EQ(published().egress_limit, before.egress_limit);
  EXPECT_TRUE(published().queued);
  EXPECT_EQ(manager_->attachments().at(id("c1")).wiring.ingress,
            shaper_of(bandwidth.ingress, 1450));
}

TEST_F(Limited, LeavesNothingBehindIfItCannotBeShaped) {
  log_.fail_at(4);  // create, configure_host, configure_pod, shape
  EXPECT_FALSE(attach_limited({.ingress = {mbit, 0}}));
  EXPECT_EQ(log_.calls().at(3), "shape");
  expect_nothing_left();
}

TEST_F(Limited, IsRefusedWithARateThatMakesNoSense) {
  EXPECT_EQ(attach_limited({.ingress = {1, 0}}).error().code, Errc::invalid_argument);
  expect_nothing_left();
}

TEST_F(Limited, FollowsAQueueThatSomebodyElsePutThere) {
  ASSERT_TRUE(attach("c1"));
  EXPECT_FALSE(published().queued);
  links_.links.at(link_of("c1")).queued = true;
  manager_->follow_pods([](const Attachment&) { return true; });
  EXPECT_TRUE(published().queued);
}

TEST_F(Limited, CountsItsDropsAndAsksOnlyIfThereMayBeSome) {
  ASSERT_TRUE(attach("c2"));
  log_.clear();
  EXPECT_TRUE(manager_->shaper_drops().value().empty());
  EXPECT_TRUE(log_.calls().empty());
  const auto limited = attach_limited({.ingress = {mbit, 0}});
  ASSERT_TRUE(limited);
  links_.links.at(link_of("c1")).drops = 7;
  EXPECT_EQ(manager_->shaper_drops().value(),
            (std::map<std::uint32_t, std::uint64_t>{{limited->ifindex, 7}}));
}

}  // namespace

}  // namespace podwire::endpoint
