// SPDX-License-Identifier: Apache-2.0
#include "nat/masquerade.hpp"

#include <gtest/gtest.h>

namespace podwire::nat {

namespace {

net::Prefix prefix(const char* text) {
  return net::Prefix::parse(text).value();
}

TEST(Masquerade, IsOneRuleForEachFamily) {
  EXPECT_EQ(replace_table("a", {.pods = {prefix("10.66.0.0/24"), prefix("fd66::/64")}}),
            "table inet podwire-a {}\n"
            "delete table inet podwire-a\n"
            "table inet podwire-a {\n"
            "  chain postrouting {\n"
            "    type nat hook postrouting priority srcnat; policy accept;\n"
            "    ip saddr 10.66.0.0/24 ip daddr != 10.66.0.0/24 fib daddr type != local masquerade "
            "fully-random\n"
            "    ip6 saddr fd66::/64 ip6 daddr != fd66::/64 fib daddr type != local masquerade "
            "fully-random\n"
            "  }\n"
            "}\n");
}

TEST(Masquerade, LeavesOutTheExceptionsOfItsFamily) {
  const std::string text = replace_table(
      "a",
      {.pods = {prefix("10.66.0.0/24")}, .except = {prefix("10.0.0.0/8"), prefix("fd00::/8")}});
  EXPECT_NE(text.find(" ip daddr != 10.66.0.0/24 ip daddr != 10.0.0.0/8 fib"), std::string::npos);
  EXPECT_EQ(text.find("fd00"), std::string::npos);
}

}  // namespace

}  // namespace podwire::nat
