// SPDX-License-Identifier: Apache-2.0
#include "config/config.hpp"

#include <yaml-cpp/yaml.h>

#include "base/file.hpp"
#include "config/contradiction.hpp"
#include "config/reader.hpp"
#include "config/schema.hpp"

namespace podwire::config {

namespace {

constexpr std::size_t max_file_bytes = 1'048'576;

// yaml-cpp throws; nothing does beyond this function. More than one document would hide all but
// one.
Result<YAML::Node> parse_yaml(std::string_view text, const std::string& name) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.size() > 1) {
      return fail(Errc::invalid_argument, name + ":" +
                                              std::to_string(documents[1].Mark().line + 1) +
                                              ": a second YAML document: keep one");
    }
    return documents.empty() ? YAML::Node() : documents.front();
  } catch (const YAML::Exception& error) {
    return fail(Errc::invalid_argument, name + ":" + std::to_string(error.mark.line + 1) + ":" +
                                            std::to_string(error.mark.column + 1) +
                                            ": not YAML: " + error.msg);
  }
}

Result<Config> carry_over(const YAML::Node& document, const std::string& name) {
  Config config;
  Reader reader(name, config);
  auto result = reader.read(document);
  if (!result) return tl::unexpected(result.error());
  if (auto found = find_contradiction(config)) return reader.refuse(found->keys, found->why);
  return config;
}

}  // namespace

Result<Config> load(const std::string& path) {
  auto text = read_file(path, "configuration", max_file_bytes);
  if (!text) return tl::unexpected(text.error());
  return parse(*text, path);
}

Result<Config> parse(std::string_view text, const std::string& name) {
  auto document = parse_yaml(text, name);
  if (!document) return tl::unexpected(document.error());
  return carry_over(*document, name);
}

std::vector<net::Prefix> pod_ranges(const Config& config) {
  std::vector<net::Prefix> ranges;
  for (const auto& range : {config.ipam.ipv4, config.ipam.ipv6}) {
    if (range) ranges.push_back(*range);
  }
  return ranges;
}

std::string summary(const Config& config) {
  std::string line;
  for (const Key& key : keys()) {
    const std::string value = key.show(config);
    if (!line.empty()) line += ' ';
    line += key.path;
    line += '=';
    line += value.empty() ? "none" : value;
  }
  return line;
}

std::string reference() {
  std::string table =
      "| key | type | default | unit | allowed | effect |\n|---|---|---|---|---|---|\n";
  for (const Key& key : keys()) {
    const std::string value = key.show(Config{});
    const std::string by_default = value.empty() ? "none" : "`" + value + "`";
    const std::string unit = key.unit.empty() ? "-" : key.unit;
    for (const std::string& cell :
         {"`" + key.path + "`", key.type, by_default, unit, key.allowed, key.effect}) {
      table += "| " + cell + " ";
    }
    table += "|\n";
  }
  return table;
}

}  // namespace podwire::config
