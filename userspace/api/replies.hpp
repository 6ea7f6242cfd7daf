// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <podwire/agent_api.hpp>

#include "datapath/datapath.hpp"
#include "endpoint/attachment.hpp"
#include "health/prober.hpp"

// The agent's data in the form of agent_api.hpp. Pure.
namespace podwire::api {

agent_api::AttachReply attach_reply(const endpoint::Attachment& attachment);
// `samples`: those of this attachment.
agent_api::PodStatus pod_status(const endpoint::Attachment& attachment,
                                const datapath::Counters& counters,
                                const std::vector<health::Sample>& samples);
// Those that occurred.
std::vector<agent_api::Counted> counted(const datapath::Verdicts& verdicts);
std::vector<agent_api::Pool> pools(
    const std::vector<std::pair<net::Prefix, endpoint::PoolUsage>>& usage);

}  // namespace podwire::api
