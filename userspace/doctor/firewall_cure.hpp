// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "firewall/ruleset.hpp"
#include "net/address.hpp"

// How to let pods pass a base chain that drops them: where its owner leaves room for it, because
// that is what a restart of the owner keeps. Pure.
namespace podwire::doctor {

struct Cure {
  std::string text;
  std::vector<std::string> commands;
};

// `family`: in which pods are dropped.
Cure cure_of(const firewall::Ruleset& rules, const firewall::Id& base, net::Family family);

// "ip filter", as nft names it.
std::string text_of_table(const firewall::Id& chain);

}  // namespace podwire::doctor
