// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "net/address.hpp"

namespace podwire::net {

namespace {

Address address(const std::string& text) {
  return Address::parse(text).value();
}
Prefix prefix(const std::string& text) {
  return Prefix::parse(text).value();
}

TEST(Prefix, PrintsWhatItParsed) {
  for (const char* text : {"0.0.0.0/0", "10.244.0.0/24", "10.244.7.5/32", "10.244.7.4/31", "::/0",
                           "fd00:1::/64", "fd00:1::5/128", "fd00::8/125"}) {
    EXPECT_EQ(prefix(text).text(), text);
  }
}

TEST(Prefix, CountsItsLengthInTheBitsOfItsFamily) {
  EXPECT_EQ(prefix("10.244.0.0/24").length(), 24);
  EXPECT_EQ(prefix("10.244.0.0/24").family(), Family::ipv4);
  EXPECT_EQ(prefix("fd00::/64").length(), 64);
  EXPECT_EQ(prefix("fd00::/64").family(), Family::ipv6);
}

struct Refused {
  const char* text;
  const char* reason;
};

class BadPrefix : public ::testing::TestWithParam<Refused> {};

TEST_P(BadPrefix, IsRefusedWithTheReason) {
  const auto parsed = Prefix::parse(GetParam().text);
  ASSERT_FALSE(parsed) << parsed->text();
  EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
  EXPECT_NE(parsed.error().what.find(GetParam().reason), std::string::npos) << parsed.error().what;
}

INSTANTIATE_TEST_SUITE_P(Text, BadPrefix,
                         ::testing::Values(Refused{"", "has no prefix length"},
                                           Refused{"10.244.0.0", "has no prefix length"},
                                           Refused{"10.244.0/24", "is not an IP address"},
                                           Refused{"10.244.0.0/", "a number from 0 to 32"},
                                           Refused{"10.244.0.0/33", "a number from 0 to 32"},
                                           Refused{"10.244.0.0/-1", "a number from 0 to 32"},
                                           Refused{"10.244.0.0/+8", "a number from 0 to 32"},
                                           Refused{"10.244.0.0/24x", "a number from 0 to 32"},
                                           Refused{"10.244.0.0/24/8", "a number from 0 to 32"},
                                           Refused{"fd00::/129", "a number from 0 to 128"},
                                           Refused{"::ffff:10.0.0.0/120", "a number from 0 to 32"},
                                           Refused{"10.244.7.1/24", "bits set behind"},
                                           Refused{"10.244.0.1/31", "bits set behind"},
                                           Refused{"1.0.0.0/0", "bits set behind"},
                                           Refused{"fd00::1/64", "bits set behind"},
                                           Refused{"fd00::1/127", "bits set behind"}));

struct Membership {
  const char* prefix;
  const char* address;
  bool contains;
};

class PrefixContains : public ::testing::TestWithParam<Membership> {};

TEST_P(PrefixContains, WhatSharesItsBitsAndFamily) {
  EXPECT_EQ(prefix(GetParam().prefix).contains(address(GetParam().address)), GetParam().contains);
}

INSTANTIATE_TEST_SUITE_P(Members, PrefixContains,
                         ::testing::Values(Membership{"10.244.0.0/24", "10.244.0.0", true},
                                           Membership{"10.244.0.0/24", "10.244.0.255", true},
                                           Membership{"10.244.0.0/24", "10.244.1.0", false},
                                           Membership{"10.244.0.0/24", "10.243.255.255", false},
                                           Membership{"10.244.0.4/31", "10.244.0.5", true},
                                           Membership{"10.244.0.4/31", "10.244.0.6", false},
                                           Membership{"10.244.0.4/32", "10.244.0.4", true},
                                           Membership{"10.244.0.4/32", "10.244.0.5", false},
                                           Membership{"0.0.0.0/0", "203.0.113.9", true},
                                           Membership{"0.0.0.0/0", "fd00::1", false},
                                           Membership{"::/0", "fd00::1", true},
                                           Membership{"::/0", "10.0.0.1", false},
                                           Membership{"fd00::/64", "fd00::ffff:1", true},
                                           Membership{"fd00::/64", "fd00:0:0:1::1", false}));

struct Pair {
  const char* one;
  const char* other;
  bool overlap;
};

class PrefixOverlap : public ::testing::TestWithParam<Pair> {};

TEST_P(PrefixOverlap, IsTheSameBothWays) {
  EXPECT_EQ(prefix(GetParam().one).overlaps(prefix(GetParam().other)), GetParam().overlap);
  EXPECT_EQ(prefix(GetParam().other).overlaps(prefix(GetParam().one)), GetParam().overlap);
}

INSTANTIATE_TEST_SUITE_P(Pairs, PrefixOverlap,
                         ::testing::Values(Pair{"10.0.0.0/8", "10.244.0.0/16", true},
                                           Pair{"10.244.0.0/24", "10.244.0.0/24", true},
                                           Pair{"10.244.0.0/24", "10.244.1.0/24", false},
                                           Pair{"fd00::/48", "fd00::/64", true},
                                           Pair{"fd00::/64", "fd00:0:0:1::/64", false},
                                           Pair{"0.0.0.0/0", "::/0", false}));

TEST(Prefix, KnowsHowManyAddressesItHas) {
  EXPECT_EQ(prefix("10.244.0.0/24").size(), 256U);
  EXPECT_EQ(prefix("10.244.0.4/32").size(), 1U);
  EXPECT_EQ(prefix("0.0.0.0/0").size(), std::uint64_t{1} << 32);
  EXPECT_EQ(prefix("fd00::/127").size(), 2U);
  EXPECT_EQ(prefix("fd00::/66").size(), std::uint64_t{1} << 62);
  EXPECT_EQ(prefix("fd00::/64").size(), std::uint64_t{1} << 63);
  EXPECT_EQ(prefix("::/0").size(), std::uint64_t{1} << 63);
}

}  // namespace

}  // namespace podwire::net
