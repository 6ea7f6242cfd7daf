// SPDX-License-Identifier: Apache-2.0
#include "ctl/duration.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>

namespace podwire::ctl {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t minute = 60;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t year = 365 * day;

// How ages below a bound are written: in one unit, or in two if the second is not null.
struct Step {
  std::int64_t below;
  std::int64_t large;
  const char* large_name;
  std::int64_t small;
  const char* small_name;
};

// The steps of HumanDuration in Kubernetes' apimachinery.
constexpr std::array<Step, 9> steps = {{
    {2 * minute, 1, "s", 0, nullptr},
    {10 * minute, minute, "m", 1, "s"},
    {3 * hour, minute, "m", 0, nullptr},
    {8 * hour, hour, "h", minute, "m"},
    {2 * day, hour, "h", 0, nullptr},
    {8 * day, day, "d", hour, "h"},
    {2 * year, day, "d", 0, nullptr},
    {8 * year, year, "y", day, "d"},
    {INT64_MAX, year, "y", 0, nullptr},
}};

std::string in_step(std::int64_t seconds, const Step& step) {
  std::string text = std::to_string(seconds / step.large) + step.large_name;
  const std::int64_t rest = step.small_name != nullptr ? seconds % step.large / step.small : 0;
  return rest == 0 ? text : text + std::to_string(rest) + step.small_name;
}

struct Unit {
  const char* name;
  std::int64_t ms;
};

// Largest first, as they are written.
constexpr std::array<Unit, 4> units = {{{"h", 3600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

const Unit* unit_named(std::string_view name) {
  for (const Unit& unit : units) {
    if (name == unit.name) return &unit;
  }
  return nullptr;
}

// Takes one number with its unit off the front of `text`; -1 if there is none.
std::int64_t take_part(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || number < 0 || number > 86400'000) return -1;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  const auto length = std::min(text.find_first_of("0123456789"), text.size());
  const Unit* unit = unit_named(text.substr(0, length));
  text.remove_prefix(length);
  return unit == nullptr ? -1 : number * unit->ms;
}

}  // namespace

std::string human_age(std::chrono::seconds age) {
  if (age.count() < -1) return "<invalid>";
  if (age.count() < 0) return "0s";
  const Step* step = steps.begin();
  while (age.count() >= step->below && step + 1 != steps.end()) ++step;
  return in_step(age.count(), *step);
}

Result<milliseconds> parse_duration(std::string_view text) {
  constexpr std::int64_t longest_ms = 86400'000;
  std::int64_t total = 0;
  bool fits = !text.empty();
  for (std::string_view rest = text; fits && !rest.empty();) {
    const std::int64_t part = take_part(rest);
    total += part;
    fits = part >= 0 && total <= longest_ms;
  }
  if (fits) return milliseconds(total);
  return fail(
      Errc::invalid_argument,
      "'" + std::string(text) + "' is not a duration of at most 24h, such as 250ms, 1s or 1m30s");
}

std::string duration_text(milliseconds duration) {
  std::int64_t left = duration.count();
  std::string text;
  for (const Unit& unit : units) {
    if (left >= unit.ms) text += std::to_string(left / unit.ms) + unit.name;
    left %= unit.ms;
  }
  return text.empty() ? "0s" : text;
}

std::string latency_text(double seconds) {
  struct Scale {
    double factor;
    const char* name;
  };
  constexpr std::array<Scale, 3> scales = {{{1e6, "us"}, {1e3, "ms"}, {1, "s"}}};
  const Scale& scale = seconds < 999.5e-6 ? scales[0] : seconds < 999.5e-3 ? scales[1] : scales[2];
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.3g%s", seconds * scale.factor, scale.name);
  return buffer.data();
}

}  // namespace podwire::ctl
