// SPDX-License-Identifier: Apache-2.0
#include "exposition.hpp"

#include <array>
#include <cctype>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace podwire::netns_test {

namespace {

[[noreturn]] void refuse(std::string_view line, const std::string& why) {
  throw std::runtime_error(why + ": " + std::string(line));
}

// Takes what stands before `end` from the front of `rest`, and `end` itself.
std::string take_until(std::string_view& rest, char end, std::string_view line) {
  const auto at = rest.find(end);
  if (at == std::string_view::npos) refuse(line, std::string("no '") + end + "'");
  std::string taken(rest.substr(0, at));
  rest.remove_prefix(at + 1);
  return taken;
}

bool is_metric_name(const std::string& name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) return false;
  for (const char letter : name) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0 && letter != '_' && letter != ':') {
      return false;
    }
  }
  return true;
}

std::string take_quoted(std::string_view& rest, std::string_view line) {
  std::string value;
  if (rest.empty() || rest.front() != '"') refuse(line, "a label value without quotes");
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return value;
    }
    if (rest[i] == '\\') ++i;
    value += rest[i];
  }
  refuse(line, "a label value without an end");
}

Labels take_labels(std::string_view& rest, std::string_view line) {
  Labels labels;
  while (!rest.empty() && rest.front() != '}') {
    const std::string name = take_until(rest, '=', line);
    if (!is_metric_name(name)) refuse(line, "bad label name");
    if (!labels.emplace(name, take_quoted(rest, line)).second) refuse(line, "a label twice");
    if (!rest.empty() && rest.front() == ',') rest.remove_prefix(1);
  }
  take_until(rest, '}', line);
  return labels;
}

bool includes(const Labels& all, const Labels& some) {
  for (const auto& [name, value] : some) {
    const auto found = all.find(name);
    if (found == all.end() || found->second != value) return false;
  }
  return true;
}

}  // namespace

Exposition::Exposition(std::string_view page) {
  if (page.empty() || page.back() != '\n') refuse(page.substr(0, 80), "no newline at the end");
  std::istringstream lines{std::string(page)};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) {
      read_comment(line);
    } else {
      read_series(line);
    }
  }
}

void Exposition::read_comment(std::string_view line) {
  std::istringstream words{std::string(line)};
  std::string hash, kind, name, rest;
  words >> hash >> kind >> name;
  std::getline(words >> std::ws, rest);
  if (!is_metric_name(name) || rest.empty()) refuse(line, "bad comment");
  auto& known = kind == "HELP" ? helps_ : types_;
  if (kind != "HELP" && kind != "TYPE") refuse(line, "neither HELP nor TYPE");
  if (!known.emplace(name, rest).second) refuse(line, kind + " twice");
  current_ = name;
}

// The family a series belongs to: histograms and summaries add to its name.
std::string Exposition::family_of(const std::string& name) const {
  if (types_.contains(name)) return name;
  for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(suffix)) continue;
    std::string stem = name.substr(0, name.size() - suffix.size());
    const auto type = types_.find(stem);
    if (type != types_.end() && (type->second == "histogram" || type->second == "summary")) {
      return stem;
    }
  }
  return {};
}

void Exposition::read_series(std::string_view line) {
  std::string_view rest = line;
  const std::size_t name_ends = rest.find_first_of("{ ");
  if (name_ends == std::string_view::npos) refuse(line, "no value");
  const std::string name(rest.substr(0, name_ends));
  const bool labelled = rest[name_ends] == '{';
  rest.remove_prefix(name_ends + (labelled ? 1 : 0));
  const Labels labels = labelled ? take_labels(rest, line) : Labels{};
  if (!is_metric_name(name)) refuse(line, "bad name");
  if (family_of(name).empty() || !helps_.contains(family_of(name))) refuse(line, "no TYPE or HELP");
  if (family_of(name) != current_) refuse(line, "not with its family");
  std::size_t used = 0;
  const std::string number(rest.substr(1));
  const double value = std::stod(number, &used);
  if (used != number.size()) refuse(line, "not a number");
  if (!series_[name].emplace(labels, value).second) refuse(line, "series twice");
}

double Exposition::sum(const std::string& name, const Labels& labels) const {
  double sum = 0;
  const auto found = series_.find(name);
  if (found == series_.end()) return sum;
  for (const auto& [all, value] : found->second) {
    if (includes(all, labels)) sum += value;
  }
  return sum;
}

bool Exposition::has(const std::string& name, const Labels& labels) const {
  const auto found = series_.find(name);
  if (found == series_.end()) return false;
  for (const auto& [all, value] : found->second) {
    if (includes(all, labels)) return true;
  }
  return false;
}

}  // namespace podwire::netns_test
