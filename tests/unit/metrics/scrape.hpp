// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <sstream>
#include <string>

// The Prometheus text format, read as a test needs it.
namespace podwire::metrics {

struct Scrape {
  std::map<std::string, std::string> types;    // family to type
  std::map<std::string, std::string> helps;    // family to help
  std::map<std::string, std::string> samples;  // name with labels, as it stands there, to value

  explicit Scrape(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) read(line);
  }

  // "absent" if there is no such line.
  std::string value(const std::string& sample) const {
    const auto found = samples.find(sample);
    return found == samples.end() ? "absent" : found->second;
  }
  // Samples whose name with labels begins so.
  std::size_t count(const std::string& beginning) const {
    std::size_t found = 0;
    for (const auto& [sample, value] : samples) found += sample.starts_with(beginning) ? 1 : 0;
    return found;
  }

 private:
  void read(const std::string& line) {
    const std::string type = "# TYPE ", help = "# HELP ";
    const bool is_type = line.starts_with(type);
    if (is_type || line.starts_with(help)) {
      const auto space = line.find(' ', type.size());
      (is_type ? types : helps)[line.substr(type.size(), space - type.size())] =
          line.substr(space + 1);
    } else {
      const auto space = line.rfind(' ');
      samples[line.substr(0, space)] = line.substr(space + 1);
    }
  }
};

}  // namespace podwire::metrics
