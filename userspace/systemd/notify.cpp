// SPDX-License-Identifier: Apache-2.0
#include "systemd/notify.hpp"

#include <cstdint>
#include <systemd/sd-daemon.h>

namespace podwire::systemd {

namespace {

void notify(const std::string& state) {
  sd_notify(/*unset_environment=*/0, state.c_str());
}

}  // namespace

void notify_ready(const std::string& status) {
  notify("READY=1\nSTATUS=" + status);
}

// The time tells systemd 253 and newer which of two overlapping reloads has ended.
void notify_reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto since_boot = std::chrono::duration_cast<std::chrono::microseconds>(now);
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(since_boot.count()));
}

void notify_stopping() {
  notify("STOPPING=1");
}

void notify_alive() {
  notify("WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog_limit() {
  std::uint64_t limit = 0;
  if (sd_watchdog_enabled(/*unset_environment=*/0, &limit) <= 0) return {};
  return std::chrono::microseconds(limit);
}

}  // namespace podwire::systemd
