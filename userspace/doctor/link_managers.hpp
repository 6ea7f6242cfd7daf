// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "doctor/facts.hpp"

// What systemd-networkd and NetworkManager write about themselves and about links, and what their
// configuration says of pods' links. `root` stands before every path.
namespace podwire::doctor {

LinkManager networkd(const std::string& root);
LinkManager networkmanager(const std::string& root);

// The .network file by which systemd-networkd configures the link; empty if it leaves it alone
// (/run/systemd/netif/links, systemd 252).
std::string networkd_file(const std::string& root, std::uint32_t ifindex);
// Whether NetworkManager configures the link (/run/NetworkManager/devices, 1.42).
bool has_networkmanager(const std::string& root, std::uint32_t ifindex);

}  // namespace podwire::doctor
