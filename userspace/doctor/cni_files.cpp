// SPDX-License-Identifier: Apache-2.0
#include "doctor/cni_files.hpp"

#include <filesystem>
#include <unistd.h>

#include <boost/json.hpp>

#include "doctor/files.hpp"

namespace podwire::doctor {

namespace {

namespace json = boost::json;

void add_type(const json::value& plugin, std::vector<std::string>& types) {
  const auto* object = plugin.if_object();
  const auto* type = object == nullptr ? nullptr : object->if_contains("type");
  if (type != nullptr && type->is_string()) types.emplace_back(type->get_string());
}

// Of a list of plugins, or of a single one.
std::vector<std::string> types_in(const std::string& text) {
  std::vector<std::string> types;
  boost::system::error_code failed;
  const json::value file = json::parse(text, failed);
  if (failed) return types;
  const auto* object = file.if_object();
  const auto* plugins = object == nullptr ? nullptr : object->if_contains("plugins");
  if (plugins == nullptr || !plugins->is_array()) {
    add_type(file, types);
    return types;
  }
  for (const json::value& plugin : plugins->get_array()) add_type(plugin, types);
  return types;
}

}  // namespace

std::vector<CniFile> cni_files(const std::string& root) {
  std::vector<CniFile> found;
  for (const std::string& path : files_in(root + "/etc/cni/net.d")) {
    const std::string extension = std::filesystem::path(path).extension();
    if (extension != ".conf" && extension != ".conflist" && extension != ".json") continue;
    found.push_back({.path = path, .plugins = types_in(content_of(path))});
  }
  return found;
}

std::vector<std::string> cni_plugins(const std::string& root) {
  std::vector<std::string> found;
  for (const char* directory : {"/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"}) {
    const std::string path = root + directory + "/podwire";
    if (::access(path.c_str(), X_OK) == 0) found.push_back(path);
  }
  return found;
}

}  // namespace podwire::doctor
