// SPDX-License-Identifier: Apache-2.0
#include "net/ipv6_sysctl.hpp"

#include <gtest/gtest.h>

namespace podwire::net {

namespace {

TEST(EnableIpv6, NamesTheInterfaceAndTheFileThatCannotBeRead) {
  const auto enabled = enable_ipv6({"no-such-link"});
  ASSERT_FALSE(enabled);
  EXPECT_EQ(enabled.error().what,
            "turn on IPv6 on no-such-link: read "
            "/proc/sys/net/ipv6/conf/no-such-link/disable_ipv6: No such file or directory");
}

TEST(EnableIpv6, OfNoInterfaceIsDone) {
  EXPECT_TRUE(enable_ipv6({}));
}

}  // namespace

}  // namespace podwire::net
