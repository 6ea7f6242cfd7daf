// SPDX-License-Identifier: Apache-2.0
#include "doctor/link_managers.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "doctor/files.hpp"

namespace podwire::doctor {

namespace {

bool exists(const std::string& path) {
  std::error_code failed;
  return std::filesystem::exists(path, failed);
}

// Whether a line begins with `key` and an equals sign and holds one of the values.
bool says(const std::string& text, const std::string& key, const std::vector<std::string>& values) {
  return std::ranges::any_of(lines_of(text), [&](const std::string& line) {
    return line.starts_with(key + "=") && std::ranges::any_of(values, [&](const std::string& one) {
             return line.find(one, key.size() + 1) != std::string::npos;
           });
  });
}

std::string value_of(const std::string& text, const std::string& key) {
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with(key + "=")) return line.substr(key.size() + 1);
  }
  return "";
}

bool any_file(const std::vector<std::string>& directories,
              const std::function<bool(const std::string&)>& holds) {
  return std::ranges::any_of(directories, [&](const std::string& directory) {
    return std::ranges::any_of(files_in(directory),
                               [&](const std::string& path) { return holds(content_of(path)); });
  });
}

}  // namespace

LinkManager networkd(const std::string& root) {
  LinkManager manager{.is_running = exists(root + "/run/systemd/netif/state")};
  manager.spares_pods = any_file(
      {root + "/etc/systemd/network", root + "/run/systemd/network",
       root + "/usr/lib/systemd/network", root + "/lib/systemd/network"},
      [](const std::string& text) {
        return says(text, "Name", {"pw*"}) && says(text, "Unmanaged", {"yes", "true", "1"});
      });
  return manager;
}

LinkManager networkmanager(const std::string& root) {
  LinkManager manager{.is_running = exists(root + "/run/NetworkManager/devices")};
  manager.spares_pods =
      any_file({root + "/etc/NetworkManager/conf.d", root + "/run/NetworkManager/conf.d",
                root + "/usr/lib/NetworkManager/conf.d"},
               [](const std::string& text) {
                 return says(text, "unmanaged-devices", {"interface-name:pw*"}) ||
                        says(text, "unmanaged-devices+", {"interface-name:pw*"});
               });
  return manager;
}

std::string networkd_file(const std::string& root, std::uint32_t ifindex) {
  const std::string text = content_of(root + "/run/systemd/netif/links/" + std::to_string(ifindex));
  const std::string state = value_of(text, "ADMIN_STATE");
  const bool manages = state == "configuring" || state == "configured" || state == "failed";
  return manages ? value_of(text, "NETWORK_FILE") : "";
}

bool has_networkmanager(const std::string& root, std::uint32_t ifindex) {
  const std::string text =
      content_of(root + "/run/NetworkManager/devices/" + std::to_string(ifindex));
  return says(text, "managed", {"true", "1"});
}

}  // namespace podwire::doctor
