// SPDX-License-Identifier: Apache-2.0
#include "reload.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "base/log.hpp"
#include "config/reload.hpp"
#include "config/schema.hpp"
#include "node.hpp"

namespace podwire {

namespace {

bool masquerade_is_among(const std::vector<std::string>& keys) {
  return std::ranges::any_of(keys,
                             [](const std::string& key) { return key.starts_with("masquerade."); });
}

}  // namespace

// What can fail comes first, so that a failure leaves nothing half done.
Result<std::vector<std::string>> Reloader::reload() {
  auto wanted = config::load(file_);
  if (!wanted) return tl::unexpected(wanted.error());
  auto changed = config::changes(running_, *wanted);
  if (!changed) return in(file_, changed);
  if (masquerade_is_among(*changed)) {
    if (auto done = set_masquerade(*wanted); !done) return tl::unexpected(done.error());
  }
  manager_.set_limits(wanted->limits.attachments, reuse_delay_of(*wanted));
  podwire::set_log_level(wanted->log_level);
  for (const std::string& key : *changed) {
    spdlog::info("reload: {} is now {}", key, config::find_key(key)->show(*wanted));
  }
  if (changed->empty()) spdlog::info("reload: nothing has changed in {}", file_);
  running_ = std::move(*wanted);
  return changed;
}

Result<> Reloader::set_log_level(const std::string& level) {
  auto done = config::find_key("log_level")->read({.text = level}, running_);
  if (!done) return in("log level", done);
  podwire::set_log_level(level);
  spdlog::info("log level is now {}", level);
  return {};
}

}  // namespace podwire
