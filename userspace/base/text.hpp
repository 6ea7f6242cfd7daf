// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace podwire {

// Characters that end a line or steer a terminal: C0, DEL, and C1 in UTF-8 (U+0080 to U+009F).
bool has_control_characters(std::string_view text);
// Each byte of one as '?'.
std::string without_control_characters(std::string_view text);

}  // namespace podwire
