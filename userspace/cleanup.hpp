// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "config/config.hpp"

namespace podwire {

// Takes away what outlives the agent on purpose: programs on the pods' links, maps, unreachable
// routes, the nftables table. The pods' links, and the database, stay: an agent that starts again
// puts everything back. Goes on after an error and returns the first one; unavailable, with nothing
// changed, while an agent runs. Logs what it did.
Result<> clean_up(const config::Config& config);

}  // namespace podwire
