// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace podwire::api {

// The names that `code` of an error reply carries.
std::string_view errc_name(Errc code);

// `system` for a name this version does not know.
Errc errc_from_name(std::string_view name);

}  // namespace podwire::api
