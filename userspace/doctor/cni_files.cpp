// SPDX-License-Identifier: Apache-2.0
#include "doctor/cni_files.hpp"

#include <algorithm>
#include <filesystem>
#include <unistd.h>

#include <boost/json.hpp>

#include "doctor/files.hpp"

namespace podwire::doctor {

namespace {

namespace json = boost::json;

bool is_podwire(const json::value& plugin) {
  const auto* object = plugin.if_object();
  const auto* type = object == nullptr ? nullptr : object->if_contains("type");
  return type != nullptr && type->is_string() && type->get_string() == "podwire";
}

// A list of plugins, or a single one.
bool names_podwire(const std::string& text) {
  boost::system::error_code failed;
  const json::value file = json::parse(text, failed);
  if (failed) return false;
  const auto* object = file.if_object();
  const auto* plugins = object == nullptr ? nullptr : object->if_contains("plugins");
  if (plugins == nullptr || !plugins->is_array()) return is_podwire(file);
  return std::ranges::any_of(plugins->get_array(), is_podwire);
}

}  // namespace

std::vector<CniFile> cni_files(const std::string& root) {
  std::vector<CniFile> found;
  for (const std::string& path : files_in(root + "/etc/cni/net.d")) {
    const std::string extension = std::filesystem::path(path).extension();
    if (extension != ".conf" && extension != ".conflist" && extension != ".json") continue;
    found.push_back({.path = path, .is_ours = names_podwire(read_file(path).value_or(""))});
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
