// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <boost/json.hpp>

#include "cni/cni_error.hpp"

namespace podwire::cni {

// The addresses that the runtime asks for, as texts; the agent judges them. Empty: the agent
// chooses.
struct RequestedAddresses {
  std::vector<std::string> ips;
  std::string mac;

  // CNI passes them in three ways. Of each kind the first way counts that has any: `runtimeConfig`,
  // then `args.cni`, then CNI_ARGS, which a plugin must ignore where it understands args
  // (CONVENTIONS.md of the CNI project, section CNI_ARGS). The reference plugins take a MAC in the
  // same order.
  RequestedAddresses or_else(const RequestedAddresses& next) const {
    return {.ips = ips.empty() ? next.ips : ips, .mac = mac.empty() ? next.mac : mac};
  }
};

// `runtimeConfig` and `args.cni` of a network configuration.
Checked<RequestedAddresses> parse_requested_addresses(const boost::json::object& config);

}  // namespace podwire::cni
