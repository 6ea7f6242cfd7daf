// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace podwire::documentation {

// One string literal of a C++ file: adjacent ones are joined, as the compiler does it.
struct Literal {
  std::string text;
  std::size_t line = 0;
  // The names before the open parentheses and braces around it, that of a function for its body:
  // `f`, `log.warn` and `text` for the 1 in `void f() { log.warn(text("1")); }`.
  std::vector<std::string> inside;
};

// Reads what the tests need of C++: comments, directives, characters, strings, brackets, names.
// Raw strings and macros in the middle of a string end it.
class LiteralReader {
 public:
  explicit LiteralReader(std::string_view source) : rest_(source) {}

  std::vector<Literal> read() {
    while (!rest_.empty()) step();
    return std::move(found_);
  }

 private:
  void step() {
    if (rest_.starts_with("//") || rest_.starts_with("#")) return skip(rest_.find('\n'));
    if (rest_.starts_with("/*")) return skip(rest_.find("*/") + 2);
    if (rest_.starts_with("R\"(")) return end_string(), skip(rest_.find(")\"") + 2);
    const char first = rest_.front();
    if (first == '"') return read_string();
    if (std::isspace(static_cast<unsigned char>(first)) != 0) return skip(1);
    end_string();
    if (is_of_name(first)) return read_name();
    if (first == '\'') return skip(rest_.find('\'', rest_[1] == '\\' ? 3 : 2) + 1);
    if (first == '(' || first == '{') {
      inside_.push_back(std::exchange(name_, ""));
    } else if ((first == ')' || first == '}') && !inside_.empty()) {
      name_ = std::exchange(inside_.back(), "");
      inside_.pop_back();
    } else {
      name_.clear();
    }
    skip(1);
  }

  void read_string() {
    if (!in_string_) found_.push_back({"", line_, inside_});
    in_string_ = true;
    name_.clear();
    std::size_t at = 1;
    for (; rest_.at(at) != '"'; ++at) {
      const bool escaped = rest_[at] == '\\';
      if (escaped) ++at;
      found_.back().text += escaped && rest_[at] == 'n' ? '\n' : rest_[at];
    }
    skip(at + 1);
  }

  void read_name() {
    std::size_t length = 1;
    while (length < rest_.size() && (is_of_name(rest_[length]) || is_separator(length))) ++length;
    if (const auto name = rest_.substr(0, length); name != "const" && name != "noexcept")
      name_ = name;
    skip(length);
  }

  static bool is_of_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':' || c == '.';
  }
  // As in 10'000.
  bool is_separator(std::size_t at) const {
    return rest_[at] == '\'' && std::isdigit(static_cast<unsigned char>(rest_[0])) != 0;
  }

  void end_string() { in_string_ = false; }
  void skip(std::size_t count) {
    const std::string_view passed = rest_.substr(0, count);
    for (const char c : passed) line_ += c == '\n' ? 1 : 0;
    rest_.remove_prefix(passed.size());
  }

  std::string_view rest_;
  std::size_t line_ = 1;
  std::string name_;
  std::vector<std::string> inside_;
  bool in_string_ = false;
  std::vector<Literal> found_;
};

}  // namespace podwire::documentation
