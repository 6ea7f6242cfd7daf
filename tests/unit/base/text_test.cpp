// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <gtest/gtest.h>

namespace podwire {

namespace {

TEST(ControlCharacters, AreThoseOfBothSetsAndDelete) {
  for (const char* text : {"\n", "a\x1b[2J", "\x7f",
                           "\xc2\x9b"
                           "2J",
                           "a\xc2\x85"}) {
    EXPECT_TRUE(has_control_characters(text)) << without_control_characters(text);
  }
  EXPECT_TRUE(has_control_characters(std::string_view("\0", 1)));
}

TEST(ControlCharacters, AreNoneOfTheOthers) {
  for (const char* text : {"", "web-1", "\xc3\x9b", "\xc2\xa0", "\xc2", "\u20ac"}) {
    EXPECT_FALSE(has_control_characters(text)) << text;
    EXPECT_EQ(without_control_characters(text), text);
  }
}

TEST(ControlCharacters, AreShownAsQuestionMarks) {
  EXPECT_EQ(without_control_characters("a\nb\xc2\x9b"
                                       "c"),
            "a?b??c");
}

}  // namespace

}  // namespace podwire
