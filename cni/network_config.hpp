// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>
#include <podwire/agent_api.hpp>

#include "cni/cni_error.hpp"
#include "cni/environment.hpp"
#include "cni/requested_addresses.hpp"
#include "cni/spec_version.hpp"

namespace podwire::cni {

// The part of a network configuration that every plugin has; it decides in which version to answer.
struct Envelope {
  SpecVersion version = newest_version;
  std::string name;
  boost::json::object fields;  // all keys, those above too
};

struct NetworkConfig {
  std::string socket = agent_api::default_socket;
  std::uint32_t mtu = 0;  // 0: the agent's default
  std::vector<agent_api::Probe> probes;
  agent_api::Bandwidth bandwidth;
  RequestedAddresses requested;
  std::chrono::milliseconds agent_timeout{5000};  // how long to wait for an agent that is not there
  boost::json::object dns;                        // goes into the result as it is
};

// The keys that only podwire has, on the top level.
std::span<const std::string_view> own_keys();

// Checks in the order of the Go library: JSON, name, cniVersion.
Checked<Envelope> parse_envelope(std::string_view text, Command command);

// Refuses what the plugin does not know or cannot do, because a typing error must not pass
// silently.
Checked<NetworkConfig> parse_network_config(const Envelope& envelope, Command command);

// For DEL: only where the agent is, and the default if even that makes no sense. A configuration
// that became invalid after ADD must not keep a pod from being deleted.
NetworkConfig parse_for_deletion(const Envelope& envelope);

}  // namespace podwire::cni
