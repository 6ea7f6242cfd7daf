// SPDX-License-Identifier: Apache-2.0
#include "cni/requested_addresses.hpp"

#include "cni/config_values.hpp"

namespace podwire::cni {

namespace {

Checked<> read_ips(const json::object& from, const std::string& path,
                   std::vector<std::string>& to) {
  const json::value* value = find(from, "ips");
  if (value == nullptr) return {};
  constexpr const char* allowed = "a list of IP addresses, each a text such as \"10.244.0.5\"";
  if (!value->is_array()) return wrong_value(path, *value, allowed);
  for (const json::value& ip : value->get_array()) {
    if (!ip.is_string()) return wrong_value(path, *value, allowed);
    to.emplace_back(ip.get_string());
  }
  return {};
}

Checked<> read_mac(const json::object& from, const std::string& path, std::string& to) {
  const json::value* value = find(from, "mac");
  if (value == nullptr) return {};
  if (!value->is_string()) return wrong_value(path, *value, "a text such as \"02:00:00:00:00:05\"");
  to = std::string(value->get_string());
  return {};
}

Checked<RequestedAddresses> read_both(const json::object& from, const std::string& prefix) {
  RequestedAddresses requested;
  auto read = read_ips(from, prefix + "ips", requested.ips);
  if (read) read = read_mac(from, prefix + "mac", requested.mac);
  if (!read) return tl::unexpected(read.error());
  return requested;
}

}  // namespace

Checked<RequestedAddresses> parse_requested_addresses(const json::object& config) {
  json::object supplied;
  json::object args;
  json::object of_cni;
  auto read = read_object(config, "runtimeConfig", "runtimeConfig", supplied);
  if (read) read = read_object(config, "args", "args", args);
  if (read) read = read_object(args, "cni", "args.cni", of_cni);
  if (!read) return tl::unexpected(read.error());
  auto first = read_both(supplied, "runtimeConfig.");
  if (!first) return first;
  auto second = read_both(of_cni, "args.cni.");
  if (!second) return second;
  return first->or_else(*second);
}

}  // namespace podwire::cni
