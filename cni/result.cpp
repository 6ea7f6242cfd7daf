// SPDX-License-Identifier: Apache-2.0
#include "cni/result.hpp"

namespace podwire::cni {

namespace {

namespace json = boost::json;

// Entry of the container's end in `interfaces`; the host's end comes first, as ptp has it.
constexpr int container_entry = 1;

bool is_ipv6(const agent_api::IpConfig& ip) {
  return ip.address.find(':') != std::string::npos;
}

json::object interface_entry(const agent_api::Interface& interface, SpecVersion version) {
  json::object entry = {{"name", interface.name}, {"mac", interface.mac}};
  if (version >= SpecVersion::v1_1_0 && interface.mtu != 0) entry["mtu"] = interface.mtu;
  return entry;
}

json::array interfaces(const agent_api::AttachReply& attached, std::string_view netns,
                       SpecVersion version) {
  json::object container = interface_entry(attached.pod, version);
  container["sandbox"] = netns;
  return {interface_entry(attached.host, version), std::move(container)};
}

json::array ips(const agent_api::AttachReply& attached, SpecVersion version) {
  json::array entries;
  for (const agent_api::IpConfig& ip : attached.ips) {
    json::object entry;
    if (version < SpecVersion::v1_0_0) entry["version"] = is_ipv6(ip) ? "6" : "4";
    entry["interface"] = container_entry;
    entry["address"] = ip.address;
    entry["gateway"] = ip.gateway;
    entries.push_back(std::move(entry));
  }
  return entries;
}

json::array default_routes(const agent_api::AttachReply& attached) {
  json::array routes;
  for (const agent_api::IpConfig& ip : attached.ips) {
    routes.push_back({{"dst", is_ipv6(ip) ? "::/0" : "0.0.0.0/0"}, {"gw", ip.gateway}});
  }
  return routes;
}

}  // namespace

std::string add_result(const agent_api::AttachReply& attached, std::string_view netns,
                       const json::object& dns, SpecVersion version) {
  json::object result;
  result["cniVersion"] = version_text(version);
  result["interfaces"] = interfaces(attached, netns, version);
  result["ips"] = ips(attached, version);
  result["routes"] = default_routes(attached);
  // The Go library writes an empty object up to 0.4.0 and nothing from 1.0.0 on.
  if (version < SpecVersion::v1_0_0 || !dns.empty()) result["dns"] = dns;
  return json::serialize(result);
}

std::string version_result(std::string_view version) {
  return json::serialize(
      json::object{{"cniVersion", version}, {"supportedVersions", supported_versions()}});
}

std::string error_result(const CniError& error, SpecVersion version) {
  json::object result;
  result["cniVersion"] = version_text(version);
  result["code"] = static_cast<int>(error.code);
  result["msg"] = error.message;
  if (!error.details.empty()) result["details"] = error.details;
  return json::serialize(result);
}

}  // namespace podwire::cni
