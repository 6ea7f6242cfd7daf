// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>
#include <podwire/agent_api.hpp>

#include "cni/cni_error.hpp"
#include "cni/spec_version.hpp"

// What goes to standard output: one JSON document each, as the given version of the specification
// wants it.
namespace podwire::cni {

// `netns` stands in the result byte for byte as the runtime named it: others compare the texts.
std::string add_result(const agent_api::AttachReply& attached, std::string_view netns,
                       const boost::json::object& dns, SpecVersion version);

// `version`: that of the input, which the specification wants echoed.
std::string version_result(std::string_view version);

std::string error_result(const CniError& error, SpecVersion version);

}  // namespace podwire::cni
