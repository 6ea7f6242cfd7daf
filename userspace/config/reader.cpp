// SPDX-License-Identifier: Apache-2.0
#include "config/reader.hpp"

#include <algorithm>

namespace podwire::config {

namespace {

const char* kind_of(const YAML::Node& node) {
  if (node.IsMap()) return "a group of keys";
  if (node.IsSequence()) return "a list";
  return node.IsNull() ? "nothing" : "a single value";
}

// yaml-cpp tags plain scalars "?" and quoted ones "!"; anything else was written by hand.
bool is_plain(const YAML::Node& node) {
  return node.Tag() == "?";
}
bool is_tagged(const YAML::Node& node) {
  return node.Tag() != "?" && node.Tag() != "!";
}

int line_of(const YAML::Node& node) {
  return node.Mark().line + 1;
}

}  // namespace

Result<> Reader::read(const YAML::Node& document) {
  if (document.IsNull()) return {};
  if (document.IsMap()) return read_section(document, "");
  return fail(Errc::invalid_argument, name_ + ":" + std::to_string(line_of(document)) +
                                          ": expected keys such as 'log_level: info', got " +
                                          kind_of(document));
}

Result<> Reader::read_section(const YAML::Node& section, const std::string& prefix) {
  for (const auto& entry : section) {
    const int line = line_of(entry.first);
    if (!entry.first.IsScalar()) {
      return fail(Errc::invalid_argument, name_ + ":" + std::to_string(line) +
                                              ": expected the name of a key, got " +
                                              kind_of(entry.first));
    }
    const std::string& written = entry.first.Scalar();
    auto noted = note_line(prefix + written, line);
    if (!noted) return noted;
    if (written.find('.') != std::string::npos && find_key(prefix + written) != nullptr) {
      return refuse({prefix + written},
                    "write " + in_quotes(written.substr(written.find('.') + 1)) +
                        " indented below " + in_quotes(written.substr(0, written.find('.'))));
    }
    auto result = read_entry(prefix + written, entry.second);
    if (!result) return result;
  }
  return {};
}

Result<> Reader::note_line(const std::string& path, int line) {
  const auto [earlier, is_new] = lines_.try_emplace(path, line);
  if (is_new) return {};
  const int first = std::exchange(earlier->second, line);
  return refuse({path}, "given twice, first in line " + std::to_string(first));
}

Result<> Reader::read_entry(const std::string& path, const YAML::Node& value) {
  if (is_section(path)) {
    if (value.IsNull()) return {};
    if (value.IsMap()) return read_section(value, path + ".");
    return refuse({path}, std::string("expected a group of keys, got ") + kind_of(value));
  }
  const Key* key = find_key(path);
  return key == nullptr ? refuse_unknown(path) : read_value(*key, value);
}

Result<> Reader::read_value(const Key& key, const YAML::Node& value) {
  if (value.IsNull()) {
    return refuse({key.path}, "has no value: write one, or remove the line for the default");
  }
  if (key.is_list) {
    if (!value.IsSequence())
      return refuse({key.path}, "expected a " + key.type + ", got " + kind_of(value));
    for (const auto& element : value) {
      if (auto read = read_scalar(key, element); !read) return read;
    }
    return {};
  }
  return read_scalar(key, value);
}

Result<> Reader::read_scalar(const Key& key, const YAML::Node& value) {
  if (!value.IsScalar())
    return refuse({key.path}, "expected a single value (" + key.type + "), got " + kind_of(value));
  if (is_tagged(value))
    return refuse({key.path},
                  "the tag " + in_quotes(value.Tag()) + " means nothing here: remove it");
  auto result = key.read({value.Scalar(), !is_plain(value)}, config_);
  if (!result) return refuse({key.path}, result.error().what);
  return {};
}

tl::unexpected<Error> Reader::refuse_unknown(const std::string& path) const {
  const std::string meant = nearest(path);
  return refuse({path},
                "unknown key" + (meant.empty() ? "" : "; did you mean " + in_quotes(meant) + "?"));
}

tl::unexpected<Error> Reader::refuse(const std::vector<std::string>& paths,
                                     const std::string& why) const {
  const auto present =
      std::ranges::find_if(paths, [&](const std::string& path) { return lines_.contains(path); });
  const std::string where = present == paths.end() ? "" : ":" + std::to_string(lines_.at(*present));
  const std::string& path = present == paths.end() ? paths.front() : *present;
  return fail(Errc::invalid_argument, name_ + where + ": key " + in_quotes(path) + ": " + why);
}

}  // namespace podwire::config
