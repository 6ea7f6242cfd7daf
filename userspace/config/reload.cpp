// SPDX-License-Identifier: Apache-2.0
#include "config/reload.hpp"

#include <algorithm>

#include "config/schema.hpp"

namespace podwire::config {

namespace {

tl::unexpected<Error> refuse(const std::vector<std::string>& fixed) {
  std::string names;
  for (const std::string& key : fixed) names += (names.empty() ? "'" : ", '") + key + "'";
  return fail(Errc::invalid_argument, (fixed.size() == 1 ? "key " : "keys ") + names +
                                          " cannot change while the agent runs: restart it; "
                                          "nothing was changed");
}

}  // namespace

const std::vector<std::string>& reloaded_keys() {
  static const std::vector<std::string> keys = {
      "log_level",          "ipam.reuse_delay_seconds", "ipam.reuse_delay_min_seconds",
      "masquerade.enabled", "masquerade.except",        "limits.attachments"};
  return keys;
}

Result<std::vector<std::string>> changes(const Config& running, const Config& wanted) {
  std::vector<std::string> changed;
  std::vector<std::string> fixed;
  for (const Key& key : keys()) {
    if (key.show(running) == key.show(wanted)) continue;
    const bool is_fixed = std::ranges::find(reloaded_keys(), key.path) == reloaded_keys().end();
    (is_fixed ? fixed : changed).push_back(key.path);
  }
  if (!fixed.empty()) return refuse(fixed);
  return changed;
}

}  // namespace podwire::config
