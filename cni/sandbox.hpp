// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "cni/cni_error.hpp"
#include "cni/environment.hpp"
#include "net/netns.hpp"

namespace podwire::cni {

// Opens CNI_NETNS once; whoever uses the descriptor later means the namespace that was checked
// here. Refuses what is no network namespace, and the plugin's own unless CNI_NETNS_OVERRIDE is
// set: a path below /proc/<pid> may have come to mean the host after the process ended.
Checked<net::Netns> open_sandbox(const Environment& environment);

// For DEL: only the plugin's own namespace is refused. One that is gone, or a path that never was a
// namespace, leaves nothing to do there: nullopt.
Checked<std::optional<net::Netns>> open_sandbox_if_there(const Environment& environment);

}  // namespace podwire::cni
