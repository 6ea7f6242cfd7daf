// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <podwire/agent_api.hpp>

#include "cni/cni_error.hpp"

namespace podwire::cni {

// Reads {"ingressRate": R, "ingressBurst": B, "egressRate": R, "egressBurst": B}, in bits a second
// and bits, as CONVENTIONS.md of the CNI project has it: what the runtime gives for the pod in
// runtimeConfig.bandwidth, else the network's own key `bandwidth`.
Checked<agent_api::Bandwidth> parse_bandwidth(const boost::json::object& config);

}  // namespace podwire::cni
