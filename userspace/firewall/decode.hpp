// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>  // libnftnl needs FILE
#include <libnftnl/expr.h>
#include <libnftnl/set.h>

#include "firewall/ruleset.hpp"

// From the objects of libnftnl to the data of ruleset.hpp.
namespace podwire::firewall {

// Appends what the expression does; nothing for one that only counts or changes the packet.
void decode(const nftnl_expr* from, Rule& to);

Element decode(nftnl_set_elem* from);
// Whether an element is of a kind that Element cannot hold.
bool is_opaque(nftnl_set_elem* element);

}  // namespace podwire::firewall
