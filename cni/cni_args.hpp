// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <podwire/agent_api.hpp>

#include "cni/cni_error.hpp"
#include "cni/requested_addresses.hpp"

namespace podwire::cni {

struct CniArgs {
  agent_api::PodName pod;
  RequestedAddresses requested;
};

// Reads CNI_ARGS, "KEY=VALUE;KEY=VALUE" in any order, where the later of two equal keys wins. Keys
// that begin with K8S_ are labels: three make up the pod's name, the others do not matter. IP and
// MAC request addresses, one each. Another unknown key is an error unless IgnoreUnknown is true, as
// in the Go library.
Checked<CniArgs> parse_cni_args(std::string_view text);

}  // namespace podwire::cni
