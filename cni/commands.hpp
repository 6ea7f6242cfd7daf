// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <podwire/agent_api.hpp>

#include "cni/cni_args.hpp"
#include "cni/cni_error.hpp"
#include "cni/environment.hpp"
#include "cni/network_config.hpp"
#include "cni/spec_version.hpp"

namespace podwire::cni {

// A call with everything checked that can be checked without touching anything.
struct Request {
  Environment environment;
  NetworkConfig config;
  SpecVersion version = newest_version;
  agent_api::AttachmentId id;
  CniArgs args;                           // ADD only
  std::vector<std::string> expected_ips;  // CHECK only
};

Checked<Request> make_request(Environment environment, const Envelope& envelope);

// The commands, each for a request that was made for it. ADD returns the result for the runtime.
Checked<std::string> add(const Request& request);
Checked<> check(const Request& request);
Checked<> status(const Request& request);
// Succeeds whatever is missing. Without the agent it removes the link itself; the agent then
// releases the addresses, because it looks for the links of its attachments whenever it starts.
Checked<> del(const Request& request);

}  // namespace podwire::cni
