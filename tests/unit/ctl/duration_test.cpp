// SPDX-License-Identifier: Apache-2.0
#include "ctl/duration.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace podwire::ctl {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t minute = 60;
constexpr std::int64_t hour = 3600;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t year = 365 * day;

TEST(HumanAge, is_written_as_kubectl_writes_it) {
  const std::pair<std::int64_t, std::string> rows[] = {
      {-2, "<invalid>"},
      {-1, "0s"},
      {0, "0s"},
      {5, "5s"},
      {119, "119s"},
      {120, "2m"},
      {3 * minute + 12, "3m12s"},
      {10 * minute - 1, "9m59s"},
      {10 * minute + 59, "10m"},
      {3 * hour - 1, "179m"},
      {3 * hour, "3h"},
      {3 * hour + 5 * minute + 59, "3h5m"},
      {8 * hour - 1, "7h59m"},
      {8 * hour + 59 * minute, "8h"},
      {2 * day - 1, "47h"},
      {2 * day, "2d"},
      {3 * day + 4 * hour + 59 * minute, "3d4h"},
      {8 * day - 1, "7d23h"},
      {8 * day + 23 * hour, "8d"},
      {2 * year - 1, "729d"},
      {2 * year, "2y"},
      {2 * year + 3 * day, "2y3d"},
      {8 * year - 1, "7y364d"},
      {8 * year + 100 * day, "8y"},
      {100 * year, "100y"},
  };
  for (const auto& [age, text] : rows) EXPECT_EQ(human_age(seconds(age)), text) << age;
}

TEST(Duration, is_read_in_hours_minutes_seconds_and_milliseconds) {
  const std::pair<std::string, std::int64_t> rows[] = {
      {"10ms", 10},      {"1s", 1000},      {"2m", 120'000}, {"24h", 86'400'000},
      {"1m30s", 90'000}, {"1s500ms", 1500}, {"0s", 0},
  };
  for (const auto& [text, expected] : rows) {
    const auto duration = parse_duration(text);
    ASSERT_TRUE(duration) << duration.error().what;
    EXPECT_EQ(duration->count(), expected) << text;
  }
}

TEST(Duration, without_a_unit_or_longer_than_a_day_is_refused) {
  for (const char* text :
       {"", "1", "s", "1x", "-1s", "+1s", "1.5s", "1 s", "1s ", "1s5", "25h", "24h1ms",
        "86400001ms", "99999999999999999999s", "9223372036854775807h"}) {
    const auto duration = parse_duration(text);
    ASSERT_FALSE(duration) << text;
    EXPECT_EQ(
        duration.error().what,
        "'" + std::string(text) + "' is not a duration of at most 24h, such as 250ms, 1s or 1m30s");
  }
}

TEST(Duration, is_shown_as_it_is_read) {
  for (const char* text : {"10ms", "1s", "1s500ms", "1m30s", "24h", "1h1m1s1ms"}) {
    const auto duration = parse_duration(text);
    ASSERT_TRUE(duration) << text;
    EXPECT_EQ(duration_text(*duration), text);
  }
  EXPECT_EQ(duration_text(milliseconds(0)), "0s");
}

TEST(Latency, has_three_digits_and_the_unit_that_fits) {
  const std::pair<double, std::string> rows[] = {
      {0, "0us"},        {0.4e-6, "0.4us"},  {12.34e-6, "12.3us"}, {999.4e-6, "999us"},
      {999.6e-6, "1ms"}, {0.0125, "12.5ms"}, {0.9996, "1s"},       {2.5, "2.5s"},
  };
  for (const auto& [value, text] : rows) EXPECT_EQ(latency_text(value), text);
}

}  // namespace

}  // namespace podwire::ctl
