// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.hpp"

namespace podwire::cni {

// Deletes a link of the plugin's own network namespace; one that does not exist is no error. The
// pod's end of a veth pair goes with the host's end.
Result<> remove_link(const std::string& name);

}  // namespace podwire::cni
