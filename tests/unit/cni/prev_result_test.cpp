// SPDX-License-Identifier: Apache-2.0
#include "cni/prev_result.hpp"

#include <gtest/gtest.h>

namespace podwire::cni {

namespace {

namespace json = boost::json;
using Addresses = std::vector<std::string>;

constexpr const char* interfaces =
    "\"interfaces\":[{\"name\":\"pw1\"},{\"name\":\"eth0\",\"sandbox\":\"/run/netns/a\"},"
    "{\"name\":\"eth0\",\"sandbox\":\"/run/netns/b\"}]";

Checked<Addresses> addresses(const std::string& prev_result) {
  Environment environment;
  environment.ifname = "eth0";
  environment.netns = "/run/netns/a";
  return addresses_of(json::parse("{" + prev_result + "}").as_object(), environment);
}

std::string refusal(const std::string& prev_result) {
  auto found = addresses(prev_result);
  EXPECT_FALSE(found) << prev_result;
  if (found) return "";
  EXPECT_EQ(found.error().code, Code::invalid_config);
  return found.error().message;
}

TEST(PrevResult, AddressesAreThoseOfTheContainersInterface) {
  auto found = addresses(
      std::string(interfaces) +
      ",\"ips\":[{\"address\":\"10.0.0.1/32\",\"interface\":1,\"version\":\"4\"},"
      "{\"address\":\"10.0.0.2/32\",\"interface\":0},{\"address\":\"10.0.0.3/32\",\"interface\":2},"
      "{\"address\":\"fd00::1/128\",\"interface\":1}]");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, (Addresses{"10.0.0.1/32", "fd00::1/128"}));
}

TEST(PrevResult, AddressesWithoutAnInterfaceAreChecked) {
  auto found = addresses(
      std::string(interfaces) +
      ",\"ips\":[{\"address\":\"10.0.0.1/32\"},{\"address\":\"10.0.0.2/32\",\"interface\":-1}]");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, (Addresses{"10.0.0.1/32", "10.0.0.2/32"}));
}

TEST(PrevResult, MayLackListsThatAPluginDidNotWrite) {
  EXPECT_EQ(*addresses(""), Addresses{});
  EXPECT_EQ(*addresses("\"interfaces\":null,\"ips\":null"), Addresses{});
  EXPECT_EQ(*addresses("\"ips\":[{\"address\":\"10.0.0.1/32\"}]"), Addresses{"10.0.0.1/32"});
}

TEST(PrevResult, MustNameTheInterfaceInTheSandbox) {
  EXPECT_EQ(refusal("\"interfaces\":[{\"name\":\"eth0\",\"sandbox\":\"/run/netns/c\"},"
                    "{\"name\":\"eth1\",\"sandbox\":\"/run/netns/a\"},{\"name\":\"eth0\"},7]"),
            "prevResult has no interface 'eth0' in the sandbox '/run/netns/a'");
}

TEST(PrevResult, ContradictionsAreNamed) {
  EXPECT_EQ(refusal("\"interfaces\":{}"), "prevResult.interfaces is {}; allowed: a list");
  EXPECT_EQ(refusal("\"ips\":5"), "prevResult.ips is 5; allowed: a list");
  EXPECT_EQ(refusal("\"ips\":[{}]"),
            "prevResult.ips[0] is {}; allowed: an object with the text address");
  EXPECT_EQ(refusal("\"ips\":[\"10.0.0.1\"]"),
            "prevResult.ips[0] is \"10.0.0.1\"; allowed: an object with the text address");
  EXPECT_EQ(
      refusal(std::string(interfaces) + ",\"ips\":[{\"address\":\"10.0.0.1/32\",\"interface\":3}]"),
      "prevResult.ips[0].interface is 3; allowed: an index into prevResult.interfaces");
  EXPECT_EQ(refusal("\"ips\":[{\"address\":\"10.0.0.1/32\",\"interface\":\"1\"}]"),
            "prevResult.ips[0].interface is \"1\"; allowed: an index into prevResult.interfaces");
}

}  // namespace

}  // namespace podwire::cni
