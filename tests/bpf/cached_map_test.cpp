// SPDX-License-Identifier: Apache-2.0
// The write side of the caches: what the hash map says and what the array says, after each change.
#include "datapath/cached_map.hpp"

#include "fixture.hpp"

namespace podwire::bpf_test {
namespace {

using Interfaces = datapath::CachedMap<std::uint32_t, pw_interface, &pw_interface::ifindex>;

constexpr std::uint32_t one = 3000;
constexpr std::uint32_t other = one + PW_MAX_ENDPOINTS;  // which wants the same place

class CachedMap : public PodTest {
 protected:
  static Interfaces interfaces() {
    const podwire_pod& pod = programs().pod();
    return {pod.maps.interfaces, pod.maps.interface_cache,
            [](const std::uint32_t& ifindex) { return pw_interface_place(ifindex); }};
  }
  static pw_interface value(std::uint32_t ifindex, std::uint32_t slot) {
    pw_interface interface {};
    interface.ifindex = ifindex;
    interface.slot = slot;
    return interface;
  }
  static pw_interface cached() { return maps().interface_cache.get(one).value(); }

  void TearDown() override {
    EXPECT_TRUE(maps().interface_cache.put(one, {}));
    PodTest::TearDown();
  }
};

TEST_F(CachedMap, puts_a_value_into_both) {
  Interfaces map = interfaces();
  ASSERT_TRUE(map.put(value(one, 5)));
  EXPECT_EQ(maps().interfaces.get(one)->slot, 5U);
  EXPECT_EQ(cached().ifindex, one);
  EXPECT_EQ(cached().slot, 5U);
  EXPECT_TRUE(map.check(value(one, 5)));
  ASSERT_TRUE(map.put(value(one, 6)));
  EXPECT_EQ(maps().interfaces.get(one)->slot, 6U);
  EXPECT_EQ(cached().slot, 6U);
}

TEST_F(CachedMap, leaves_a_place_to_whom_has_it) {
  Interfaces map = interfaces();
  ASSERT_TRUE(map.put(value(one, 5)));
  ASSERT_TRUE(map.put(value(other, 6)));
  EXPECT_EQ(maps().interfaces.get(other)->slot, 6U);
  EXPECT_EQ(cached().ifindex, one);
  EXPECT_TRUE(map.check(value(other, 6)));
  ASSERT_TRUE(map.erase(other));
  EXPECT_EQ(cached().ifindex, one);
  EXPECT_FALSE(maps().interfaces.get(other));
  EXPECT_TRUE(map.check(value(one, 5)));
}

TEST_F(CachedMap, frees_the_place_of_what_it_erases) {
  Interfaces map = interfaces();
  ASSERT_TRUE(map.put(value(one, 5)));
  ASSERT_TRUE(map.erase(one));
  EXPECT_EQ(cached().ifindex, 0U);
  EXPECT_FALSE(maps().interfaces.get(one));
  EXPECT_TRUE(map.erase(one)) << "again";
  ASSERT_TRUE(map.put(value(other, 6)));
  EXPECT_EQ(cached().ifindex, other);
}

TEST_F(CachedMap, checks_both) {
  Interfaces map = interfaces();
  EXPECT_EQ(map.check(value(one, 5)).error().what, "map interfaces has no right entry");
  ASSERT_TRUE(map.put(value(one, 5)));
  EXPECT_FALSE(map.check(value(one, 6)));
  ASSERT_TRUE(maps().interface_cache.put(one, value(one, 6)));
  EXPECT_EQ(map.check(value(one, 5)).error().what, "map interface_cache has a wrong entry");
  ASSERT_TRUE(map.put(value(one, 5)));
  EXPECT_TRUE(map.check(value(one, 5)));
}

}  // namespace
}  // namespace podwire::bpf_test
