// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace podwire::netns_test {

using Labels = std::map<std::string, std::string>;

// A page of /metrics, read strictly: HELP and TYPE come once and before their family's series, a
// family's series stand together, no series comes twice, and every value is a number (Prometheus
// text format 0.0.4). Throws std::runtime_error with the line that is wrong.
class Exposition {
 public:
  explicit Exposition(std::string_view page);

  // The sum over the series of that name that carry all of `labels`; 0 if there is none.
  double sum(const std::string& name, const Labels& labels = {}) const;
  bool has(const std::string& name, const Labels& labels = {}) const;
  // By family, those without series too.
  const std::map<std::string, std::string>& types() const { return types_; }
  const std::map<std::string, std::map<Labels, double>>& series() const { return series_; }

 private:
  void read_comment(std::string_view line);
  void read_series(std::string_view line);
  std::string family_of(const std::string& name) const;

  std::string current_;  // the family whose series are being read
  std::map<std::string, std::string> helps_;
  std::map<std::string, std::string> types_;
  std::map<std::string, std::map<Labels, double>> series_;
};

}  // namespace podwire::netns_test
