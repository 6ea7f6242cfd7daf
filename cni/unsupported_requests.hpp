// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>

#include "cni/cni_error.hpp"

namespace podwire::cni {

// Refuses, with the reason, a network configuration that asks by a standard key for what podwire
// does not do. A pod that lacks what was asked for is worse than one that does not start.
Checked<> refuse_unsupported(const boost::json::object& config);

}  // namespace podwire::cni
