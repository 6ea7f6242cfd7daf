// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>

// What the service manager is told, by sd_notify(3). Nothing where NOTIFY_SOCKET is not set; a
// message that does not get through is lost, and the service manager acts on the silence. Any
// thread.
namespace podwire::systemd {

// `status`: one line for people, shown by `systemctl status`.
void notify_ready(const std::string& status);
// Between this and notify_ready() the unit counts as reloading.
void notify_reloading();
void notify_stopping();
void notify_alive();

// The silence after which the service manager ends the agent; nullopt if it never does.
std::optional<std::chrono::microseconds> watchdog_limit();

}  // namespace podwire::systemd
