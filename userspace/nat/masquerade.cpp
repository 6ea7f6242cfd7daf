// SPDX-License-Identifier: Apache-2.0
#include "nat/masquerade.hpp"

namespace podwire::nat {

namespace {

// Random ports, as kube-proxy asks for: two connections that choose the same one at the same moment
// would cost one of them its first packet.
std::string rule(const net::Prefix& pods, const std::vector<net::Prefix>& except) {
  const bool is_ipv4 = pods.base().is_ipv4();
  const std::string family = is_ipv4 ? "ip" : "ip6";
  std::string text = "    " + family + " saddr " + pods.text();
  text += " " + family + " daddr != " + pods.text();
  for (const net::Prefix& prefix : except) {
    if (prefix.base().is_ipv4() == is_ipv4) text += " " + family + " daddr != " + prefix.text();
  }
  return text + " fib daddr type != local masquerade fully-random\n";
}

}  // namespace

std::string table_of(const std::string& instance) {
  return "podwire-" + instance;
}

// To delete it, the table must exist: the first line sees to that.
std::string remove_table(const std::string& instance) {
  const std::string table = "table inet " + table_of(instance);
  return table + " {}\ndelete " + table + "\n";
}

std::string replace_table(const std::string& instance, const Masquerade& masquerade) {
  std::string text = remove_table(instance);
  text += "table inet " + table_of(instance) + " {\n";
  text += "  chain postrouting {\n";
  text += "    type nat hook postrouting priority srcnat; policy accept;\n";
  for (const net::Prefix& pods : masquerade.pods) text += rule(pods, masquerade.except);
  return text + "  }\n}\n";
}

}  // namespace podwire::nat
