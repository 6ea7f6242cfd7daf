// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include <boost/json.hpp>
#include <podwire/agent_api.hpp>

#include "base/result.hpp"

// What the agent replies, as text for people. Pure functions.
namespace podwire::ctl {

using EpochSeconds = std::chrono::seconds;

// The pods of one namespace, or all if it is empty, by namespace and name.
agent_api::PodsReply select_pods(agent_api::PodsReply reply, const std::string& pod_namespace);

// Namespace and name as shown in tables: an attachment whose runtime did not name the pod is shown
// as
// "-" and the first 12 characters of the container id.
std::string shown_namespace(const agent_api::PodStatus& pod);
std::string shown_name(const agent_api::PodStatus& pod);

std::string pods_text(const agent_api::PodsReply& reply, EpochSeconds now, bool wide);

// One line for each target of each pod.
std::string probes_text(const agent_api::PodsReply& reply);
boost::json::value probes_json(const agent_api::PodsReply& reply);

std::string status_text(const agent_api::StatusReply& status, EpochSeconds now);

// The container whose id begins with `start`, as tables show it. One that is not attached stays as
// it is, for the agent to judge; more than one is an error.
Result<std::string> full_container_id(const agent_api::PodsReply& reply, const std::string& start);

}  // namespace podwire::ctl
