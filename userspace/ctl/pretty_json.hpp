// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/json.hpp>

namespace podwire::ctl {

// JSON over several lines, four spaces for each level as kubectl indents; the last line ends. What
// is nested deeper than 32 levels stands in one line.
std::string pretty_json(const boost::json::value& value);

}  // namespace podwire::ctl
