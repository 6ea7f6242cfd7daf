// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <boost/json.hpp>

#include "cni/cni_error.hpp"
#include "cni/environment.hpp"

namespace podwire::cni {

// The addresses, with prefix length, that the result of the whole plugin list gives to the
// container interface CNI_IFNAME: those that point to it, and those that point to no interface.
// Plugins behind podwire may have added others. Fails with invalid_config if the result does not
// fit the environment.
Checked<std::vector<std::string>> addresses_of(const boost::json::object& prev_result,
                                               const Environment& environment);

}  // namespace podwire::cni
