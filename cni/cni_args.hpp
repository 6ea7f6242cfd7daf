// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <podwire/agent_api.hpp>

#include "cni/cni_error.hpp"

namespace podwire::cni {

// Reads CNI_ARGS, "KEY=VALUE;KEY=VALUE" in any order, where the later of two equal keys wins. Keys
// that begin with K8S_ are labels: three make up the pod's name, the others do not matter. Another
// unknown key is an error unless IgnoreUnknown is true, as in the Go library; a requested IP or MAC
// always is.
Checked<agent_api::PodName> parse_cni_args(std::string_view text);

}  // namespace podwire::cni
