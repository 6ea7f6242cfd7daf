// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "config/schema.hpp"

namespace podwire::config {

// Carries one YAML document over into a Config, key by key, and remembers where each key stood. The
// first error ends it. Used once, by one thread.
class Reader {
 public:
  // `name`: of the file, for errors. `config` outlives the reader.
  Reader(std::string name, Config& config) : name_(std::move(name)), config_(config) {}

  Result<> read(const YAML::Node& document);
  // An error about the first of `paths` that stands in the file, at its line.
  tl::unexpected<Error> refuse(const std::vector<std::string>& paths, const std::string& why) const;

 private:
  Result<> read_section(const YAML::Node& section, const std::string& prefix);
  Result<> note_line(const std::string& path, int line);
  Result<> read_entry(const std::string& path, const YAML::Node& value);
  Result<> read_value(const Key& key, const YAML::Node& value);
  Result<> read_scalar(const Key& key, const YAML::Node& value);
  tl::unexpected<Error> refuse_unknown(const std::string& path) const;

  std::string name_;
  Config& config_;
  std::map<std::string, int> lines_;  // by path, of keys and of sections
};

}  // namespace podwire::config
