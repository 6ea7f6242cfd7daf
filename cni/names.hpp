// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

// The CNI specification's rules for names, and how a bad one is shown.
namespace podwire::cni {

// Container ids and network names: a letter or digit, then letters, digits, '_', '.' and '-'.
bool is_identifier(std::string_view text);
constexpr const char* identifier_rule =
    "must begin with a letter or digit and may hold only letters, digits, '_', '.' and '-'";

// Names of network interfaces, as the kernel takes them, of printable ASCII only: '%' stands for a
// number that it chooses, "all" and "default" for its settings of all interfaces.
bool is_interface_name(std::string_view text);
constexpr const char* interface_name_rule =
    "must have 1 to 15 printable ASCII characters without '/', ':', '%' and spaces, and not be "
    "'.', '..', 'all' or 'default'";

// What may go into JSON, logs and tables: UTF-8 without control characters.
bool is_text(std::string_view text);
constexpr const char* text_rule = "must be UTF-8 text without control characters";

// In quotes, at most 120 bytes of it, bytes other than printable ASCII as '?': what comes from the
// environment need not be text, and an error has to be valid JSON all the same.
std::string quoted(std::string_view text);

}  // namespace podwire::cni
