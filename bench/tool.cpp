// SPDX-License-Identifier: Apache-2.0
#include "tool.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string>

namespace podwire::bench {

namespace {

constexpr double max_seconds = 60;

Result<std::chrono::nanoseconds> parse_seconds(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds <= 0 ||
      seconds > max_seconds)
    return fail(Errc::invalid_argument,
                "seconds " + std::string(text) + ": not above 0 and at most 60");
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

Result<> play(int count, char** arguments, std::initializer_list<Role> roles) {
  const std::string_view name = count > 1 ? arguments[1] : "";
  const auto role = std::ranges::find(roles, name, &Role::name);
  if (role == roles.end() || count != (role->is_timed ? 5 : 4))
    return fail(Errc::invalid_argument, "usage: ROLE ADDRESS PORT [SECONDS]");
  auto endpoint = parse_endpoint(arguments[2], arguments[3]);
  if (!endpoint) return in("command line", endpoint);
  Command command{*endpoint, {}};
  if (role->is_timed) {
    auto duration = parse_seconds(arguments[4]);
    if (!duration) return in("command line", duration);
    command.duration = *duration;
  }
  return role->play(command);
}

}  // namespace

int run_tool(int count, char** arguments, std::initializer_list<Role> roles) {
  const auto played = play(count, arguments, roles);
  if (played) return 0;
  std::fprintf(stderr, "%s: %s\n", arguments[0], played.error().what.c_str());
  return 1;
}

}  // namespace podwire::bench
