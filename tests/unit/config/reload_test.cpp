// SPDX-License-Identifier: Apache-2.0
#include "config/reload.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/schema.hpp"

namespace podwire::config {

namespace {

using Keys = std::vector<std::string>;

Config config_of(const std::string& lines) {
  const auto config = parse("ipam: {ipv4: 10.244.0.0/24}\n" + lines, "a.yaml");
  EXPECT_TRUE(config) << config.error().what;
  return config.value_or(Config{});
}

// A value other than the default, for every key.
const std::map<std::string, std::string>& other_values() {
  static const std::map<std::string, std::string> values = {
      {"instance", "edge-1"},
      {"run_dir", "/run/a"},
      {"state_dir", "/var/a"},
      {"socket", "/run/a.sock"},
      {"log_level", "debug"},
      {"http.listen", "off"},
      {"node.ipv4", "192.0.2.1"},
      {"node.ipv6", "2001:db8::1"},
      {"ipam.ipv4", "10.9.0.0/24"},
      {"ipam.ipv6", "fd09::/64"},
      {"ipam.reuse_delay_seconds", "121"},
      {"ipam.reuse_delay_min_seconds", "31"},
      {"datapath.mtu", "1400"},
      {"masquerade.enabled", "false"},
      {"masquerade.except", "10.0.0.0/8"},
      {"probes.max_targets", "7"},
      {"limits.attachments", "8"},
  };
  return values;
}

bool is_reloaded(const std::string& key) {
  return std::ranges::find(reloaded_keys(), key) != reloaded_keys().end();
}

TEST(Reload, of_the_same_file_changes_nothing) {
  const auto keys = changes(config_of("log_level: debug"), config_of("log_level: debug"));
  ASSERT_TRUE(keys) << keys.error().what;
  EXPECT_EQ(*keys, Keys{});
}

TEST(Reload, names_what_changed_in_the_order_of_the_documentation) {
  const auto keys = changes(
      config_of("limits: {attachments: 9}\nmasquerade: {except: [10.0.0.0/8]}"),
      config_of("limits: {attachments: 10}\nmasquerade: {except: [10.0.0.0/9]}\nlog_level: error"));
  ASSERT_TRUE(keys) << keys.error().what;
  EXPECT_EQ(*keys, (Keys{"log_level", "masquerade.except", "limits.attachments"}));
}

// Each key by itself: it changes, or it is refused by its name.
TEST(Reload, decides_for_every_key) {
  const Config running = config_of("");
  for (const Key& key : keys()) {
    SCOPED_TRACE(key.path);
    const auto value = other_values().find(key.path);
    if (value == other_values().end()) continue;  // a new key needs a restart until it is listed
    Config wanted = running;
    ASSERT_TRUE(key.read({.text = value->second}, wanted));
    ASSERT_NE(key.show(wanted), key.show(running));
    const auto decided = changes(running, wanted);
    if (is_reloaded(key.path)) {
      ASSERT_TRUE(decided) << decided.error().what;
      EXPECT_EQ(*decided, Keys{key.path});
    } else {
      ASSERT_FALSE(decided);
      EXPECT_EQ(decided.error().code, Errc::invalid_argument);
      EXPECT_EQ(decided.error().what,
                "key '" + key.path +
                    "' cannot change while the agent runs: restart it; nothing was changed");
    }
  }
}

TEST(Reload, names_every_key_that_cannot_change_and_allows_none_of_the_others) {
  const auto refused =
      changes(config_of(""), config_of("run_dir: /run/a\nlog_level: debug\nsocket: /run/a.sock"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what,
            "keys 'run_dir', 'socket' cannot change while the agent runs: restart it; nothing was "
            "changed");
}

TEST(Reload, lists_keys_that_exist) {
  for (const std::string& key : reloaded_keys()) {
    EXPECT_NE(find_key(key), nullptr) << key;
    EXPECT_TRUE(other_values().contains(key)) << key;
  }
}

}  // namespace

}  // namespace podwire::config
