// SPDX-License-Identifier: Apache-2.0
#include "net/address.hpp"

#include <unordered_set>

#include <gtest/gtest.h>

namespace podwire::net {

namespace {

Address address(const std::string& text) {
  return Address::parse(text).value();
}

TEST(Address, PrintsWhatItParsed) {
  for (const char* text : {"0.0.0.0", "10.244.0.5", "255.255.255.255", "::", "::1", "fd00:1::5",
                           "fd70:6f64:7769:7265::2", "2001:db8:1:2:3:4:5:6"}) {
    EXPECT_EQ(address(text).text(), text);
  }
}

TEST(Address, PrintsIpv6InItsShortestForm) {
  EXPECT_EQ(address("FD00:0001:0:0:0:0:0:0005").text(), "fd00:1::5");
}

TEST(Address, MayHaveAPrefixLengthAsInCni) {
  for (const char* text : {"10.1.2.3", "10.1.2.3/24", "10.1.2.3/32", "10.1.2.3/0"})
    EXPECT_EQ(Address::parse_with_length(text).value().text(), "10.1.2.3") << text;
  EXPECT_EQ(Address::parse_with_length("fd00::7/64").value().text(), "fd00::7");
  for (const char* text : {"", "/", "/24", "10.1.2.3/", "10.1.2.3/33", "10.1.2.3/-1", "10.1.2.3/2x",
                           "10.1.2.3/24/24", "fd00::7/129"}) {
    EXPECT_FALSE(Address::parse_with_length(text)) << text;
  }
}

TEST(Address, TellsTheFamilies) {
  EXPECT_EQ(address("10.0.0.1").family(), Family::ipv4);
  EXPECT_EQ(address("fd00::1").family(), Family::ipv6);
  EXPECT_EQ(address("::10.0.0.1").family(), Family::ipv6);  // v4-compatible is not v4-mapped
}

TEST(Address, IsIpv4InTheV4MappedForm) {
  const Address mapped = address("::ffff:10.0.0.1");
  EXPECT_TRUE(mapped.is_ipv4());
  EXPECT_EQ(mapped, address("10.0.0.1"));
  EXPECT_EQ(mapped.text(), "10.0.0.1");
}

TEST(Address, HasTheLayoutOfTheKernelMaps) {
  const std::array<std::uint8_t, 16> bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1};
  EXPECT_EQ(address("10.0.0.1").bytes(), bytes);
  EXPECT_EQ(Address::from_bytes(bytes), address("10.0.0.1"));
}

TEST(Address, GoesOverTheWireInFourOrSixteenBytes) {
  const std::uint8_t ipv4[] = {10, 244, 0, 5};
  EXPECT_EQ(address("10.244.0.5").wire(), (std::basic_string_view<std::uint8_t>(ipv4, 4)));
  EXPECT_EQ(address("fd00::1").wire().size(), 16U);
  EXPECT_EQ(address("fd00::1").wire().front(), 0xfd);
}

TEST(Address, OfASingleHostHasTheFullLength) {
  EXPECT_EQ(address("10.244.0.5").host_text(), "10.244.0.5/32");
  EXPECT_EQ(address("fd00::5").host_text(), "fd00::5/128");
}

class BadAddress : public ::testing::TestWithParam<std::string> {};

TEST_P(BadAddress, IsRefused) {
  const auto parsed = Address::parse(GetParam());
  ASSERT_FALSE(parsed) << parsed->text();
  EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
  EXPECT_NE(parsed.error().what.find("is not an IP address"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Text, BadAddress,
                         ::testing::Values("", " ", "10.0.0", "10.0.0.256", "10.0.0.1.2",
                                           "10.0.0.1 ", " 10.0.0.1", "10.0.0.1/32", "fd00::1::2",
                                           "fd00::1%eth0", "localhost",
                                           std::string("10.0.0.1\0x", 10)));

struct Sum {
  const char* start;
  std::uint64_t offset;
  const char* sum;
};

class AddressPlus : public ::testing::TestWithParam<Sum> {};

TEST_P(AddressPlus, CountsOn) {
  EXPECT_EQ(address(GetParam().start).plus(GetParam().offset).text(), GetParam().sum);
}

INSTANTIATE_TEST_SUITE_P(
    Carry, AddressPlus,
    ::testing::Values(Sum{"10.0.0.1", 0, "10.0.0.1"}, Sum{"10.0.0.1", 1, "10.0.0.2"},
                      Sum{"10.0.0.255", 1, "10.0.1.0"}, Sum{"10.0.255.255", 1, "10.1.0.0"},
                      Sum{"10.0.0.0", 0x010203, "10.1.2.3"}, Sum{"fd00::ffff", 1, "fd00::1:0"},
                      Sum{"fd00::", 0xffffffffffffffff, "fd00::ffff:ffff:ffff:ffff"},
                      Sum{"fd00::ffff:ffff:ffff:ffff", 1, "fd00:0:0:1::"},
                      Sum{"fd00::ffff:ffff:ffff:ffff", 0xffffffffffffffff,
                          "fd00::1:ffff:ffff:ffff:fffe"},
                      Sum{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1, "::"}));

TEST(Address, IsOrderedAsItsBytesAre) {
  EXPECT_LT(address("10.0.0.9"), address("10.0.0.10"));
  EXPECT_LT(address("fd00::1"), address("fd00::2"));
}

TEST(Address, HashesByValue) {
  std::unordered_set<Address> set{address("10.0.0.1"), address("fd00::1")};
  EXPECT_TRUE(set.contains(address("::ffff:10.0.0.1")));
  EXPECT_FALSE(set.contains(address("10.0.0.2")));
}

TEST(Mac, PrintsWhatItParsed) {
  const auto mac = Mac::parse("0a:1b:2C:3d:4e:ff");
  ASSERT_TRUE(mac);
  EXPECT_EQ(mac->text(), "0a:1b:2c:3d:4e:ff");
  EXPECT_EQ(mac->bytes, (std::array<std::uint8_t, 6>{0x0a, 0x1b, 0x2c, 0x3d, 0x4e, 0xff}));
}

TEST(Mac, RefusesEverythingElse) {
  for (const char* text : {"", "0a:1b:2c:3d:4e", "0a:1b:2c:3d:4e:ff:00", "0a:1b:2c:3d:4e:ff ",
                           "0a-1b-2c-3d-4e-ff", "0g:1b:2c:3d:4e:ff", "0aa:1b:2c:3d:4e:ff",
                           " 0a:1b:2c:3d:4e:ff", "-1:1b:2c:3d:4e:ff", "0a: 1b:2c:3d:4e:ff"}) {
    EXPECT_FALSE(Mac::parse(text)) << text;
  }
}

TEST(Mac, AtRandomIsUnicastLocallyAdministeredAndNew) {
  std::unordered_set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const Mac mac = Mac::random();
    EXPECT_EQ(mac.bytes[0] & 0x03, 0x02);
    EXPECT_TRUE(seen.insert(mac.text()).second) << mac.text();
  }
}

}  // namespace

}  // namespace podwire::net
