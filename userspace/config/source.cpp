// SPDX-License-Identifier: Apache-2.0
#include "config/source.hpp"

#include <cstdlib>
#include <string_view>

#include "base/file.hpp"
#include "config/values.hpp"

namespace podwire::config {

namespace {

constexpr std::string_view env = "env:";
constexpr std::string_view file = "file:";
constexpr std::size_t most_bytes = 4096;  // far more than any single value needs

std::string trimmed(const std::string& text) {
  constexpr const char* white_space = " \t\r\n";
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

Result<std::string> variable(const std::string& name) {
  if (name.empty())
    return fail(Errc::invalid_argument, "expected the name of an environment variable after env:");
  const char* value = std::getenv(name.c_str());
  if (value != nullptr) return trimmed(value);
  return fail(Errc::invalid_argument, "the environment variable " + in_quotes(name) +
                                          " is not set: set it for podwired, or write the value");
}

Result<std::string> content(const std::string& path) {
  if (!path.starts_with('/'))
    return fail(Errc::invalid_argument, "expected an absolute path after file:");
  auto text = read_file(path, "value", most_bytes);
  if (!text) return text;
  return trimmed(*text);
}

}  // namespace

bool is_source(const std::string& text) {
  return text.starts_with(env) || text.starts_with(file);
}

Result<std::string> value_at(const std::string& text) {
  if (text.starts_with(env)) return variable(text.substr(env.size()));
  if (text.starts_with(file)) return content(text.substr(file.size()));
  return text;
}

}  // namespace podwire::config
