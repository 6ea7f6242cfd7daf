// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doctor/checks.hpp"

// Whether the agent can work on this machine, and runtimes find it.
namespace podwire::doctor {

Result<Problems> configuration(const Facts& facts);
Result<Problems> kernel(const Facts& facts);
Result<Problems> agent(const Facts& facts);
Result<Problems> masquerade(const Facts& facts);
Result<Problems> cni_plugin(const Facts& facts);
Result<Problems> cni_network(const Facts& facts);
Result<Problems> cni_chain(const Facts& facts);

}  // namespace podwire::doctor
