// SPDX-License-Identifier: Apache-2.0
#include "config/values.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/text.hpp"

namespace podwire::config {

namespace {

tl::unexpected<Error> unlike(const std::string& expected, const Scalar& found) {
  return fail(Errc::invalid_argument, "expected " + expected + ", got " + in_quotes(found.text));
}

template <class T>
bool parse_whole(std::string_view text, T& to) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), to);
  return failure == std::errc{} && end == text.data() + text.size();
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

// The path without repeated slashes, `.`, `..` and a slash at the end.
std::string plain_path(const std::string& text) {
  std::string plain = std::filesystem::path(text).lexically_normal().string();
  while (plain.size() > 1 && plain.back() == '/') plain.pop_back();
  return plain;
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 80;
  return "'" + without_control_characters(text.substr(0, longest)) +
         (text.size() > longest ? "'..." : "'");
}

std::string Name::allowed() const {
  return "1 to " + std::to_string(longest) + " characters of a-z, 0-9 and -";
}

Result<> Name::read(const Scalar& from, std::string& to) const {
  const bool known =
      from.text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (from.text.empty() || from.text.size() > longest || !known) return unlike(allowed(), from);
  to = from.text;
  return {};
}

std::string Choice::allowed() const {
  return joined(choices);
}

Result<> Choice::read(const Scalar& from, std::string& to) const {
  if (std::ranges::find(choices, from.text) == choices.end())
    return unlike("one of " + allowed(), from);
  to = from.text;
  return {};
}

Result<> Switch::read(const Scalar& from, bool& to) const {
  if (from.quoted || (from.text != "true" && from.text != "false")) return unlike(type(), from);
  to = from.text == "true";
  return {};
}

std::string Path::allowed() const {
  return "absolute, at most " + std::to_string(longest) + " bytes";
}

Result<> Path::read(const Scalar& from, std::string& to) const {
  if (!from.text.starts_with('/')) return unlike("an absolute path", from);
  if (from.text.size() > longest) {
    return fail(Errc::invalid_argument, "the path has " + std::to_string(from.text.size()) +
                                            " bytes, at most " + std::to_string(longest) +
                                            " are possible");
  }
  if (has_control_characters(from.text)) return unlike("a path without control characters", from);
  const std::string plain = plain_path(from.text);
  if (plain == "/") return unlike("a path below the root directory", from);
  if (plain != from.text)
    return fail(Errc::invalid_argument,
                "write " + in_quotes(from.text) + " as " + in_quotes(plain));
  to = from.text;
  return {};
}

std::string Number::allowed() const {
  return std::to_string(least) + " to " + std::to_string(most);
}

Result<> Number::read(const Scalar& from, std::uint32_t& to) const {
  std::uint32_t number = 0;
  const std::string expected = "a whole number from " + allowed();
  if (from.quoted)
    return fail(Errc::invalid_argument,
                "expected " + expected + ", got the text " + in_quotes(from.text));
  if (!parse_whole(from.text, number) || number < least || number > most)
    return unlike(expected, from);
  to = number;
  return {};
}

Result<> Number::read(const Scalar& from, std::chrono::seconds& to) const {
  std::uint32_t number = 0;
  auto result = read(from, number);
  if (result) to = std::chrono::seconds(number);
  return result;
}

Result<> NumberOrAuto::read(const Scalar& from, std::optional<std::uint32_t>& to) const {
  if (from.text == "auto") {
    to.reset();
    return {};
  }
  std::uint32_t value = 0;
  auto result = number.read(from, value);
  if (!result) return fail(Errc::invalid_argument, result.error().what + "; or write auto");
  to = value;
  return {};
}

std::string NumberOrAuto::show(const std::optional<std::uint32_t>& value) const {
  return value ? number.show(*value) : "auto";
}

std::string Listen::allowed() const {
  return "IPv4:port, [IPv6]:port, or off; port 1 to 65535";
}

Result<> Listen::read(const Scalar& from, std::optional<HttpListen>& to) const {
  if (from.text.empty() || from.text == "off") {
    to.reset();
    return {};
  }
  const std::string expected = "an address and a port such as 127.0.0.1:9617 or [::1]:9617, or off";
  const auto colon = from.text.rfind(':');
  std::uint16_t port = 0;
  if (colon == std::string::npos ||
      !parse_whole(std::string_view(from.text).substr(colon + 1), port) || port == 0) {
    return unlike(expected, from);
  }
  std::string host = from.text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  auto address = net::Address::parse(host);
  if (!address || address->is_ipv4() == bracketed) return unlike(expected, from);
  to = HttpListen{address->text(), port};
  return {};
}

std::string Listen::show(const std::optional<HttpListen>& value) const {
  if (!value) return "off";
  const bool bracketed = value->address.find(':') != std::string::npos;
  return (bracketed ? "[" + value->address + "]" : value->address) + ":" +
         std::to_string(value->port);
}

}  // namespace podwire::config
