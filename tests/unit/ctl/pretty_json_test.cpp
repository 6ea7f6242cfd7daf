// SPDX-License-Identifier: Apache-2.0
#include "ctl/pretty_json.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace podwire::ctl {

namespace {

namespace json = boost::json;

TEST(PrettyJson, indents_objects_and_lists) {
  const json::value value =
      json::parse(R"({"a":[1,{"b":null}],"c":"x\"y","d":[],"e":{},"f":true})");
  EXPECT_EQ(pretty_json(value), R"({
    "a": [
        1,
        {
            "b": null
        }
    ],
    "c": "x\"y",
    "d": [],
    "e": {},
    "f": true
}
)");
  EXPECT_EQ(json::parse(pretty_json(value)), value);
}

TEST(PrettyJson, escapes_names_of_fields) {
  EXPECT_EQ(pretty_json(json::object{{"a\"\n", 1}}), "{\n    \"a\\\"\\n\": 1\n}\n");
}

TEST(PrettyJson, writes_numbers_that_every_reader_takes) {
  EXPECT_EQ(pretty_json(0.5), "0.5\n");
  EXPECT_EQ(pretty_json(18446744073709551615U), "18446744073709551615\n");
  EXPECT_EQ(pretty_json(std::numeric_limits<double>::infinity()), "null\n");
  EXPECT_EQ(pretty_json(std::numeric_limits<double>::quiet_NaN()), "null\n");
}

TEST(PrettyJson, puts_what_is_nested_deeper_than_32_levels_in_one_line) {
  json::value value = 1;
  for (int i = 0; i < 40; ++i) value = json::array{value};
  const std::string text = pretty_json(value);
  EXPECT_NE(text.find("\n" + std::string(32 * 4, ' ') + "[[[[[[[[1]]]]]]]]\n"), std::string::npos)
      << text;
  EXPECT_EQ(json::parse(text, {}, {.max_depth = 50}), value);
}

}  // namespace

}  // namespace podwire::ctl
