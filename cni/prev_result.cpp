// SPDX-License-Identifier: Apache-2.0
#include "cni/prev_result.hpp"

#include <cstdint>
#include <optional>

#include "cni/config_values.hpp"
#include "cni/names.hpp"

namespace podwire::cni {

namespace {

bool is_text(const json::object& object, std::string_view key, std::string_view wanted) {
  const json::value* value = find(object, key);
  return value != nullptr && value->is_string() && value->get_string() == wanted;
}

Checked<json::array> read_list(const json::object& object, std::string_view key) {
  const json::value* value = find(object, key);
  if (value == nullptr) return json::array();
  if (value->is_array()) return value->get_array();
  return wrong_value("prevResult." + std::string(key), *value, "a list");
}

// Which entry of `interfaces` is the container's; nullopt if the result lists no interfaces at all.
Checked<std::optional<std::size_t>> container_interface(const json::array& interfaces,
                                                        const Environment& environment) {
  if (interfaces.empty()) return std::nullopt;
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    const json::object* entry = interfaces[i].if_object();
    if (entry != nullptr && is_text(*entry, "name", environment.ifname) &&
        is_text(*entry, "sandbox", environment.netns)) {
      return i;
    }
  }
  return refuse(Code::invalid_config, "prevResult has no interface " + quoted(environment.ifname) +
                                          " in the sandbox " + quoted(environment.netns));
}

// Whether an entry of `ips` belongs to the interface. Some plugins write -1 for none.
Checked<bool> belongs_to(const json::object& ip, std::optional<std::size_t> interface,
                         const std::string& path, std::size_t interface_count) {
  const json::value* value = find(ip, "interface");
  if (value == nullptr) return true;
  json::error_code failure;
  const auto index = value->to_number<std::int64_t>(failure);
  if (failure || index >= static_cast<std::int64_t>(interface_count)) {
    return wrong_value(path + ".interface", *value, "an index into prevResult.interfaces");
  }
  return index < 0 || (interface && index == static_cast<std::int64_t>(*interface));
}

}  // namespace

Checked<std::vector<std::string>> addresses_of(const json::object& prev_result,
                                               const Environment& environment) {
  auto interfaces = read_list(prev_result, "interfaces");
  if (!interfaces) return tl::unexpected(interfaces.error());
  auto interface = container_interface(*interfaces, environment);
  if (!interface) return tl::unexpected(interface.error());
  auto ips = read_list(prev_result, "ips");
  if (!ips) return tl::unexpected(ips.error());

  std::vector<std::string> addresses;
  for (std::size_t i = 0; i < ips->size(); ++i) {
    const std::string path = "prevResult.ips[" + std::to_string(i) + "]";
    const json::value& ip = (*ips)[i];
    const json::value* address = ip.is_object() ? find(ip.get_object(), "address") : nullptr;
    if (address == nullptr || !address->is_string()) {
      return wrong_value(path, ip, "an object with the text address");
    }
    auto ours = belongs_to(ip.get_object(), *interface, path, interfaces->size());
    if (!ours) return tl::unexpected(ours.error());
    if (*ours) addresses.emplace_back(address->get_string().c_str());
  }
  return addresses;
}

}  // namespace podwire::cni
