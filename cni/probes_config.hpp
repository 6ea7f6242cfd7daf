// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <boost/json.hpp>
#include <podwire/agent_api.hpp>

#include "cni/cni_error.hpp"

namespace podwire::cni {

// Reads the key `probes`: [{"tcpPort": 8080, "periodMs": 1000, "timeoutMs": 1000}]. tcpPort is
// needed; the period is a second and the timeout the smaller of a second and the period if they are
// left out.
Checked<std::vector<agent_api::Probe>> parse_probes(const boost::json::object& config);

}  // namespace podwire::cni
