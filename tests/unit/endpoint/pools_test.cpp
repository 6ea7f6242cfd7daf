// SPDX-License-Identifier: Apache-2.0
#include "endpoint/pools.hpp"

#include <gtest/gtest.h>

#include "endpoint/slots.hpp"

namespace podwire::endpoint {

namespace {

using namespace std::chrono_literals;

constexpr ReuseDelay delay{.wanted = 120s, .least = 30s};
const Time now{1'700'000'000s};

net::Address address(const std::string& text) {
  return net::Address::parse(text).value();
}

std::optional<net::Prefix> prefix(const char* text) {
  return text ? std::optional(net::Prefix::parse(text).value()) : std::nullopt;
}

Pools pools(const char* ipv4, const char* ipv6) {
  return {prefix(ipv4), prefix(ipv6), delay};
}

TEST(Pools, GiveOneAddressOfEachFamily) {
  Pools both = pools("10.244.0.0/24", "fd00::/64");
  const auto given = both.allocate(now);
  ASSERT_TRUE(given);
  EXPECT_EQ(given->ipv4, address("10.244.0.1"));
  EXPECT_EQ(given->ipv6, address("fd00::1"));
}

TEST(Pools, GiveOnlyTheFamilyTheNodeHas) {
  Pools only_ipv4 = pools("10.244.0.0/24", nullptr);
  Pools only_ipv6 = pools(nullptr, "fd00::/64");
  EXPECT_FALSE(only_ipv4.allocate(now)->ipv6);
  EXPECT_FALSE(only_ipv6.allocate(now)->ipv4);
  EXPECT_TRUE(only_ipv6.allocate(now)->ipv6);
}

TEST(Pools, GiveBothOrNone) {
  Pools both = pools("10.244.0.0/24", "fd00::/127");
  ASSERT_TRUE(both.allocate(now));
  const auto second = both.allocate(now);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::exhausted);
  EXPECT_NE(second.error().what.find("fd00::/127"), std::string::npos);
  const PoolUsage ipv4 = both.usage(now)[0].second;
  EXPECT_EQ(ipv4.assigned, 1U);  // the second IPv4 address was given back,
  EXPECT_EQ(ipv4.cooling, 0U);   // and no pod ever had it
}

TEST(Pools, GiveWhatIsRequestedAndChooseTheOtherFamily) {
  Pools both = pools("10.244.0.0/24", "fd00::/64");
  const auto one = both.allocate(now, {address("fd00::99")});
  ASSERT_TRUE(one) << one.error().what;
  EXPECT_EQ(one->ipv4, address("10.244.0.1"));
  EXPECT_EQ(one->ipv6, address("fd00::99"));
  const auto two = both.allocate(now, {address("fd00::42"), address("10.244.0.42")});
  ASSERT_TRUE(two) << two.error().what;
  EXPECT_EQ(two->ipv4, address("10.244.0.42"));
  EXPECT_EQ(two->ipv6, address("fd00::42"));
}

TEST(Pools, RefuseWhatIsRequestedFromElsewhere) {
  Pools both = pools("10.244.0.0/24", "fd00::/64");
  Pools only_ipv4 = pools("10.244.0.0/24", nullptr);
  const auto refusal = [](Pools& from, const char* text) {
    const auto given = from.allocate(now, {address(text)});
    EXPECT_FALSE(given);
    EXPECT_EQ(given.error().code, Errc::invalid_argument);
    for (const auto& [of, usage] : from.usage(now)) EXPECT_EQ(usage.assigned, 0U) << of.text();
    return given.error().what;
  };
  EXPECT_EQ(refusal(both, "10.9.0.1"),
            "10.9.0.1 is not in 10.244.0.0/24, the range of this node's pods");
  EXPECT_EQ(refusal(both, "fd09::1"), "fd09::1 is not in fd00::/64, the range of this node's pods");
  EXPECT_EQ(refusal(only_ipv4, "fd00::1"),
            "fd00::1 cannot be had: this node gives pods no IPv6 addresses, see ipam.ipv6 in the "
            "agent's configuration");
}

TEST(Pools, GiveNoneIfWhatIsRequestedCannotBeHad) {
  Pools both = pools("10.244.0.0/24", "fd00::/64");
  ASSERT_TRUE(both.allocate(now, {address("fd00::99")}));
  const auto again = both.allocate(now, {address("fd00::99")});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::unavailable);
  EXPECT_EQ(both.usage(now)[0].second.assigned, 1U) << "the IPv4 address was given back";
}

TEST(Pools, TakeBackBothFamilies) {
  Pools both = pools("10.244.0.0/24", "fd00::/64");
  ASSERT_TRUE(both.allocate(now));
  both.release({address("10.244.0.1"), address("fd00::1")}, now);
  for (const auto& [of, usage] : both.usage(now)) {
    EXPECT_EQ(usage.assigned, 0U) << of.text();
    EXPECT_EQ(usage.cooling, 1U) << of.text();
  }
}

TEST(Pools, IgnoreAddressesOfAFormerPrefix) {
  Pools one = pools("10.244.0.0/24", nullptr);
  EXPECT_TRUE(one.claim({address("10.99.0.1"), address("fd00::1")}));
  one.release({address("10.99.0.1")}, now);
  one.remember_release(address("fd00::1"), now);
  one.exclude(address("10.99.0.1"));
  const PoolUsage usage = one.usage(now)[0].second;
  EXPECT_EQ(usage.assigned, 0U);
  EXPECT_EQ(usage.cooling, 0U);
  EXPECT_EQ(usage.free, 254U);
}

TEST(Pools, PassOnAClaimMadeTwice) {
  Pools both = pools("10.244.0.0/24", "fd00::/64");
  ASSERT_TRUE(both.claim({address("10.244.0.9"), address("fd00::9")}));
  EXPECT_EQ(both.claim({address("10.244.0.8"), address("fd00::9")}).error().code, Errc::corrupt);
}

TEST(Pools, ListIpv4First) {
  const Pools both = pools("10.244.0.0/24", "fd00::/64");
  ASSERT_EQ(both.usage(now).size(), 2U);
  EXPECT_EQ(both.usage(now)[0].first.text(), "10.244.0.0/24");
  EXPECT_EQ(both.usage(now)[1].first.text(), "fd00::/64");
}

TEST(Slots, AreTakenFromTheLowestOn) {
  Slots slots(3);
  EXPECT_EQ(slots.take(), 0U);
  EXPECT_EQ(slots.take(), 1U);
  slots.give_back(0);
  EXPECT_EQ(slots.take(), 0U);
  EXPECT_EQ(slots.take(), 2U);
}

TEST(Slots, TellWhatToRaiseWhenTheyAreExhausted) {
  Slots slots(1);
  ASSERT_TRUE(slots.take());
  const auto second = slots.take();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::exhausted);
  EXPECT_EQ(second.error().what, "the limit of 1 attachments is reached; raise limits.attachments");
}

TEST(Slots, AreClaimedOnce) {
  Slots slots(2);
  EXPECT_TRUE(slots.claim(0));
  EXPECT_FALSE(slots.claim(0));
  EXPECT_FALSE(slots.claim(PW_MAX_ENDPOINTS));
  EXPECT_EQ(slots.take(), 1U);
}

TEST(Slots, MayBeClaimedBeyondTheLimitThatWasHigher) {
  Slots slots(2);
  EXPECT_TRUE(slots.claim(7) && slots.claim(8) && slots.claim(9));
  EXPECT_FALSE(slots.take());
  slots.give_back(7);
  EXPECT_FALSE(slots.take());
  slots.give_back(8);
  EXPECT_EQ(slots.take(), 0U);
}

}  // namespace

}  // namespace podwire::endpoint
