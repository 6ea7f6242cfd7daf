// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/checks.hpp"

// The node's own network.
namespace podwire::doctor {

Result<Problems> default_route(const Facts& facts);
Result<Problems> pod_range(const Facts& facts);
Result<Problems> mtu(const Facts& facts);
Result<Problems> forwarding(const Facts& facts);

}  // namespace podwire::doctor
