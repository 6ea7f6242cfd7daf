// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include <podwire/agent_api.hpp>

#include "base/result.hpp"
#include "net/address.hpp"

namespace podwire::endpoint {

// What an attach request does not leave to the agent.
struct Requested {
  std::vector<net::Address> addresses;  // at most one of each family
  std::optional<net::Mac> mac;
};

// Reads it; invalid_argument with the reason for what no interface could have.
Result<Requested> requested_by(const agent_api::AttachRequest& request);

}  // namespace podwire::endpoint
