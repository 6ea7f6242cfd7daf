// SPDX-License-Identifier: Apache-2.0
#include "endpoint/ipam.hpp"

#include <gtest/gtest.h>

namespace podwire::endpoint {

namespace {

using namespace std::chrono_literals;

constexpr ReuseDelay delay{.wanted = 120s, .least = 30s};
const Time start{1'700'000'000s};

net::Address address(const std::string& text) {
  return net::Address::parse(text).value();
}

Pool pool(const std::string& prefix) {
  return {net::Prefix::parse(prefix).value(), delay};
}

// The next address, or the category of the error.
std::string next(Pool& from, Time now = start) {
  auto given = from.allocate(now);
  if (given) return given->text();
  return given.error().code == Errc::exhausted ? "exhausted" : "unavailable";
}

TEST(Pool, GivesUnusedAddressesInOrder) {
  Pool ipv4 = pool("10.244.0.0/24");
  EXPECT_EQ(next(ipv4), "10.244.0.1");
  EXPECT_EQ(next(ipv4), "10.244.0.2");
  Pool ipv6 = pool("fd00::/64");
  EXPECT_EQ(next(ipv6), "fd00::1");
  EXPECT_EQ(next(ipv6), "fd00::2");
}

TEST(Pool, PrefersTheNeverUsedToTheReleased) {
  Pool small = pool("10.244.0.0/29");
  ASSERT_EQ(next(small), "10.244.0.1");
  small.release(address("10.244.0.1"), start);
  EXPECT_EQ(next(small, start + 10h), "10.244.0.2");
}

TEST(Pool, GivesTheLongestIdleOnceAllWereUsed) {
  Pool small = pool("10.244.0.0/29");
  for (int i = 1; i <= 6; ++i) ASSERT_EQ(next(small), "10.244.0." + std::to_string(i));
  for (const char* text : {"10.244.0.4", "10.244.0.1", "10.244.0.6"}) {
    small.release(address(text), start);
  }
  const Time later = start + 1h;
  EXPECT_EQ(next(small, later), "10.244.0.4");
  small.release(address("10.244.0.4"), later);
  EXPECT_EQ(next(small, later + 1h), "10.244.0.1");
  EXPECT_EQ(next(small, later + 1h), "10.244.0.6");
  EXPECT_EQ(next(small, later + 1h), "10.244.0.4");
}

TEST(Pool, HoldsTheLeastDelayToTheSecond) {
  Pool tiny = pool("10.244.0.0/30");
  ASSERT_EQ(next(tiny), "10.244.0.1");
  ASSERT_EQ(next(tiny), "10.244.0.2");
  tiny.release(address("10.244.0.2"), start);
  EXPECT_EQ(next(tiny, start + 29s), "unavailable");
  EXPECT_EQ(next(tiny, start + 30s), "10.244.0.2");
}

TEST(Pool, HoldsNoMoreThanTheLeastDelayIfTheClockWasSetBack) {
  Pool tiny = pool("10.244.0.0/30");
  ASSERT_EQ(next(tiny), "10.244.0.1");
  ASSERT_EQ(next(tiny), "10.244.0.2");
  tiny.release(address("10.244.0.1"), start);
  const auto given = tiny.allocate(start - 24h);
  ASSERT_FALSE(given);
  EXPECT_TRUE(given.error().what.ends_with("may be reused in 30 s")) << given.error().what;
}

TEST(Pool, TellsWhenTheNextAddressMayBeReused) {
  Pool tiny = pool("10.244.0.0/30");
  ASSERT_EQ(next(tiny), "10.244.0.1");
  ASSERT_EQ(next(tiny), "10.244.0.2");
  tiny.release(address("10.244.0.1"), start);
  const auto given = tiny.allocate(start + 12s);
  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().code, Errc::unavailable);
  EXPECT_EQ(given.error().what,
            "no address of 10.244.0.0/30 is free yet: the next may be reused in 18 s");
}

TEST(Pool, TellsWhatToDoWhenItIsExhausted) {
  Pool tiny = pool("10.244.0.0/30");
  ASSERT_EQ(next(tiny), "10.244.0.1");
  ASSERT_EQ(next(tiny), "10.244.0.2");
  const auto given = tiny.allocate(start);
  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().code, Errc::exhausted);
  EXPECT_EQ(given.error().what,
            "no free address in 10.244.0.0/30: all 2 are assigned; use a larger pod prefix, or "
            "fewer pods");
}

TEST(Pool, NeverGivesWhatWasExcluded) {
  Pool small = pool("10.244.0.0/29");
  small.exclude(address("10.244.0.1"));
  small.exclude(address("10.244.0.1"));   // twice changes nothing
  small.exclude(address("192.168.0.1"));  // nor does an address from elsewhere
  EXPECT_EQ(small.usage(start).free, 5U);
  EXPECT_EQ(next(small), "10.244.0.2");
}

TEST(Pool, NeverGivesAgainWhatIsExcludedWhileItRests) {
  Pool tiny = pool("10.244.0.0/30");
  ASSERT_EQ(next(tiny), "10.244.0.1");
  ASSERT_EQ(next(tiny), "10.244.0.2");
  tiny.exclude(address("10.244.0.2"));  // a pod has it, and keeps it
  tiny.release(address("10.244.0.1"), start);
  tiny.exclude(address("10.244.0.1"));
  EXPECT_EQ(tiny.usage(start).cooling, 0U);
  EXPECT_EQ(tiny.usage(start).free, 0U);
  EXPECT_EQ(next(tiny, start + 1h), "exhausted");
  EXPECT_FALSE(tiny.take(address("10.244.0.1")));
}

struct Corner {
  const char* prefix;
  std::vector<std::string> given;
};

class PoolCorner : public ::testing::TestWithParam<Corner> {};

TEST_P(PoolCorner, GivesAllButTheFirstAndTheIpv4Broadcast) {
  Pool corner = pool(GetParam().prefix);
  EXPECT_EQ(corner.usage(start).free, GetParam().given.size());
  for (const std::string& text : GetParam().given) EXPECT_EQ(next(corner), text);
  EXPECT_EQ(next(corner), "exhausted");
}

INSTANTIATE_TEST_SUITE_P(
    Prefixes, PoolCorner,
    ::testing::Values(Corner{"10.244.0.0/30", {"10.244.0.1", "10.244.0.2"}},
                      Corner{"10.244.0.4/31", {}}, Corner{"10.244.0.4/32", {}},
                      Corner{"255.255.255.252/30", {"255.255.255.253", "255.255.255.254"}},
                      Corner{"fd00::/127", {"fd00::1"}}, Corner{"fd00::/128", {}},
                      Corner{"fd00::/126", {"fd00::1", "fd00::2", "fd00::3"}}));

TEST(Pool, CountsAssignedCoolingAndFree) {
  Pool small = pool("10.244.0.0/29");
  const auto expect = [&](Time now, std::uint64_t assigned, std::uint64_t cooling,
                          std::uint64_t free) {
    const PoolUsage usage = small.usage(now);
    EXPECT_EQ(usage.assigned, assigned);
    EXPECT_EQ(usage.cooling, cooling);
    EXPECT_EQ(usage.free, free);
  };
  expect(start, 0, 0, 6);
  for (int i = 0; i < 3; ++i) ASSERT_NE(next(small), "exhausted");
  expect(start, 3, 0, 3);
  small.release(address("10.244.0.1"), start);
  small.release(address("10.244.0.2"), start + 60s);
  expect(start + 60s, 1, 2, 3);
  expect(start + 119s, 1, 2, 3);
  expect(start + 120s, 1, 1, 4);
  expect(start + 180s, 1, 0, 5);
}

TEST(Pool, IgnoresTheReleaseOfWhatIsNotAssigned) {
  Pool small = pool("10.244.0.0/29");
  ASSERT_EQ(next(small), "10.244.0.1");
  small.release(address("10.244.0.2"), start);  // never given out
  small.release(address("10.244.0.0"), start);  // excluded
  small.release(address("10.244.0.1"), start);
  small.release(address("10.244.0.1"), start);  // twice
  EXPECT_EQ(small.usage(start).assigned, 0U);
  EXPECT_EQ(small.usage(start).cooling, 1U);
}

TEST(Pool, GivesACancelledAddressAgainAtOnce) {
  Pool tiny = pool("10.244.0.0/30");
  ASSERT_EQ(next(tiny), "10.244.0.1");
  ASSERT_EQ(next(tiny), "10.244.0.2");
  tiny.release(address("10.244.0.1"), start);
  tiny.cancel(address("10.244.0.2"));
  tiny.cancel(address("10.244.0.2"));  // twice changes nothing
  EXPECT_EQ(tiny.usage(start).assigned, 0U);
  EXPECT_EQ(tiny.usage(start).cooling, 1U);
  EXPECT_EQ(next(tiny), "10.244.0.2");
  EXPECT_EQ(next(tiny), "unavailable");
}

TEST(Pool, TakesARequestedAddressFromAnywhere) {
  Pool small = pool("10.244.0.0/29");
  EXPECT_EQ(small.take(address("10.244.0.3")), address("10.244.0.3")) << "never used";
  EXPECT_EQ(next(small), "10.244.0.1");
  EXPECT_EQ(next(small), "10.244.0.2");
  EXPECT_EQ(next(small), "10.244.0.4") << "the requested one is not given again";
  for (const char* text : {"10.244.0.1", "10.244.0.2", "10.244.0.3"})
    small.release(address(text), start);
  EXPECT_EQ(small.take(address("10.244.0.2")), address("10.244.0.2")) << "however short its rest";
  EXPECT_EQ(small.usage(start).assigned, 2U);
  EXPECT_EQ(small.usage(start).cooling, 2U);
  EXPECT_EQ(next(small, start + 1h), "10.244.0.5");
  EXPECT_EQ(next(small, start + 1h), "10.244.0.6");
  EXPECT_EQ(next(small, start + 1h), "10.244.0.1");
  EXPECT_EQ(next(small, start + 1h), "10.244.0.3");
  EXPECT_EQ(next(small, start + 1h), "exhausted");
}

TEST(Pool, RefusesToTakeWhatNoPodCanHave) {
  Pool ipv4 = pool("10.244.0.0/29");
  ipv4.exclude(address("10.244.0.4"));
  Pool ipv6 = pool("fd00::/125");
  ASSERT_EQ(next(ipv4), "10.244.0.1");
  const auto refusal = [](Pool& of, const char* text) {
    const auto taken = of.take(address(text));
    return taken ? "taken: " + taken->text() : taken.error().what;
  };
  EXPECT_EQ(refusal(ipv4, "10.244.0.0"),
            "10.244.0.0 of 10.244.0.0/29 is the first of the range, which stands for the network: "
            "no pod gets it");
  EXPECT_EQ(refusal(ipv4, "10.244.0.7"),
            "10.244.0.7 of 10.244.0.0/29 is the last of the range, which stands for all "
            "(broadcast): no pod gets it");
  EXPECT_EQ(refusal(ipv4, "10.244.0.4"),
            "10.244.0.4 of 10.244.0.0/29 is the node's own: no pod gets it");
  EXPECT_EQ(refusal(ipv6, "fd00::"),
            "fd00:: of fd00::/125 is the first of the range, which stands for the network: no pod "
            "gets it");
  EXPECT_EQ(refusal(ipv6, "fd00::7"), "taken: fd00::7") << "IPv6 has no broadcast";
  EXPECT_EQ(refusal(ipv4, "10.244.0.1"), "10.244.0.1 is in use");
  EXPECT_EQ(ipv4.usage(start).assigned, 1U);
  EXPECT_EQ(ipv4.usage(start).free, 4U);
}

TEST(Pool, PutsACancelledAddressBackToWhereItRested) {
  Pool tiny = pool("10.244.0.0/29");
  for (int i = 1; i <= 6; ++i) ASSERT_EQ(next(tiny), "10.244.0." + std::to_string(i));
  for (int i = 1; i <= 3; ++i)
    tiny.release(address("10.244.0." + std::to_string(i)), start + std::chrono::seconds(i));
  ASSERT_TRUE(tiny.take(address("10.244.0.2")));
  tiny.cancel(address("10.244.0.2"));
  EXPECT_EQ(tiny.usage(start + 3s).cooling, 3U);
  EXPECT_EQ(next(tiny, start + 32s), "10.244.0.1");
  EXPECT_EQ(next(tiny, start + 31s), "unavailable") << "its rest is not over";
  EXPECT_EQ(next(tiny, start + 33s), "10.244.0.2");
  EXPECT_EQ(next(tiny, start + 33s), "10.244.0.3");
}

TEST(Pool, RefusesToClaimTwice) {
  Pool small = pool("10.244.0.0/29");
  ASSERT_TRUE(small.claim(address("10.244.0.3")));
  const auto again = small.claim(address("10.244.0.3"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::corrupt);
  EXPECT_EQ(again.error().what, "10.244.0.3 is assigned twice");
}

TEST(Pool, RefusesToClaimWhatIsNotItsOwn) {
  Pool small = pool("10.244.0.0/29");
  for (const char* text : {"10.244.1.3", "fd00::3"}) {
    const auto claimed = small.claim(address(text));
    ASSERT_FALSE(claimed);
    EXPECT_EQ(claimed.error().code, Errc::corrupt);
  }
}

TEST(Pool, SkipsWhatWasClaimed) {
  Pool small = pool("10.244.0.0/29");
  ASSERT_TRUE(small.claim(address("10.244.0.1")));
  ASSERT_TRUE(small.claim(address("10.244.0.3")));
  EXPECT_EQ(next(small), "10.244.0.2");
  EXPECT_EQ(next(small), "10.244.0.4");
  EXPECT_EQ(small.usage(start).assigned, 4U);
}

TEST(Pool, OrdersRememberedReleasesByTime) {
  Pool tiny = pool("10.244.0.0/29");
  tiny.remember_release(address("10.244.0.5"), start + 2s);
  tiny.remember_release(address("10.244.0.1"), start + 3s);
  tiny.remember_release(address("10.244.0.4"), start + 1s);
  tiny.remember_release(address("10.244.0.4"), start + 9s);  // known already
  tiny.remember_release(address("10.9.9.9"), start);         // of another prefix
  std::vector<std::string> given;
  given.reserve(6);
  for (int i = 0; i < 6; ++i) given.push_back(next(tiny, start + 1h));
  EXPECT_EQ(given, (std::vector<std::string>{"10.244.0.2", "10.244.0.3", "10.244.0.6", "10.244.0.4",
                                             "10.244.0.5", "10.244.0.1"}));
}

TEST(Pool, GivesAnAddressToNoPodAgainThatBecameTheNodesOwnMeanwhile) {
  Pool tiny = pool("10.244.0.0/30");
  EXPECT_EQ(next(tiny, start), "10.244.0.1");
  tiny.exclude(address("10.244.0.1"));
  EXPECT_EQ(tiny.usage(start).assigned, 1U) << "the pod keeps it";
  tiny.release(address("10.244.0.1"), start);
  EXPECT_EQ(next(tiny, start + 1h), "10.244.0.2");
  EXPECT_EQ(next(tiny, start + 1h), "exhausted");
}

TEST(Pool, LeavesAPodTheAddressThatTheNodeHasToo) {
  Pool tiny = pool("10.244.0.0/30");
  tiny.exclude(address("10.244.0.1"));
  EXPECT_TRUE(tiny.claim(address("10.244.0.1")));
  EXPECT_FALSE(tiny.claim(address("10.244.0.1"))) << "but to one pod only";
  tiny.release(address("10.244.0.1"), start);
  EXPECT_EQ(next(tiny, start + 1h), "10.244.0.2");
  EXPECT_EQ(next(tiny, start + 1h), "exhausted");
}

TEST(Pool, HoldsTheLeastDelayOfRememberedReleases) {
  Pool tiny = pool("10.244.0.0/30");
  tiny.remember_release(address("10.244.0.1"), start);
  tiny.remember_release(address("10.244.0.2"), start);
  EXPECT_EQ(next(tiny, start + 29s), "unavailable");
  EXPECT_EQ(next(tiny, start + 30s), "10.244.0.1");
}

}  // namespace

}  // namespace podwire::endpoint
