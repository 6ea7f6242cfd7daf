// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <podwire/agent_api.hpp>

#include "datapath/datapath.hpp"
#include "net/shaper.hpp"

// How a pod's bandwidth is kept: what it gets is shaped at the host's end of its link, what it
// sends at its own end, where its sockets feel the queue. from_pod polices the latter, so that a
// pod which takes its shaper away gains nothing.
namespace podwire::endpoint {

// Refuses rates no network has, and a burst of a direction without a rate.
Result<> validate_bandwidth(const agent_api::Bandwidth& bandwidth);

// nullopt: no limit. `mtu`: of the pod's link.
std::optional<net::Shaper> shaper_of(const agent_api::Rate& rate, std::uint32_t mtu);
// Lets through whatever the shaper lets through.
std::optional<datapath::RateLimit> policer_of(const agent_api::Rate& rate, std::uint32_t mtu);

}  // namespace podwire::endpoint
