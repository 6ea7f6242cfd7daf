// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.hpp"
#include "cni/cni_error.hpp"
#include "cni/environment.hpp"

namespace podwire::cni {

// What an error of the agent, or of the way to it, means to the runtime.
CniError from_agent(const Error& error, Command command);

}  // namespace podwire::cni
