// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "net/address.hpp"

// Pods reach the world under the node's address: the rules of this node's own nftables table. Pure:
// nothing is applied here.
namespace podwire::nat {

struct Masquerade {
  std::vector<net::Prefix> pods;    // this node's, one for each family at most
  std::vector<net::Prefix> except;  // pods and nodes elsewhere: they see the pod's own address
};

// The table's name; each instance has its own.
std::string table_of(const std::string& instance);

// What makes the table exactly this, in one transaction, whatever it was before.
std::string replace_table(const std::string& instance, const Masquerade& masquerade);
// What removes it; one that does not exist is no error.
std::string remove_table(const std::string& instance);

}  // namespace podwire::nat
