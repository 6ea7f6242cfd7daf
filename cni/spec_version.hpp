// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <boost/json.hpp>

#include "cni/cni_error.hpp"
#include "cni/environment.hpp"

namespace podwire::cni {

// The versions of the CNI specification that the plugin speaks, oldest first.
enum class SpecVersion { v0_3_1, v0_4_0, v1_0_0, v1_1_0 };

constexpr SpecVersion newest_version = SpecVersion::v1_1_0;

std::string_view version_text(SpecVersion version);

// The text of every version, oldest first.
boost::json::array supported_versions();

// Three numbers with dots between them.
bool is_version(std::string_view text);

// The version that a network configuration asks for, in which `command` must exist.
// decoding_failure if it is none, incompatible_version if the plugin does not speak it.
Checked<SpecVersion> requested_version(const boost::json::object& config, Command command);

}  // namespace podwire::cni
