// SPDX-License-Identifier: Apache-2.0
#include "ctl/table.hpp"

#include <gtest/gtest.h>

namespace podwire::ctl {

namespace {

TEST(Table, keeps_three_spaces_between_columns_and_none_at_the_end) {
  Table table({"NAME", "AGE"});
  table.add({"a", "5s"});
  table.add({"a-long-name", "3m12s"});
  EXPECT_EQ(table.text(),
            "NAME          AGE\n"
            "a             5s\n"
            "a-long-name   3m12s\n");
}

TEST(Table, has_columns_of_six_characters_at_least) {
  Table table({"A", "B"});
  table.add({"1", "2"});
  EXPECT_EQ(table.text(), "A     B\n1     2\n");
}

TEST(Table, shows_an_empty_cell_as_none) {
  Table table({"NAME", "AGE"});
  table.add({"", ""});
  EXPECT_EQ(table.text(), "NAME     AGE\n<none>   <none>\n");
}

TEST(Table, lets_no_control_character_through) {
  Table table({"NAME"});
  table.add({"a\x1b[2Jb\n\x7f"});
  EXPECT_EQ(table.text(), "NAME\na?[2Jb??\n");
}

TEST(Joined, separates_by_commas) {
  EXPECT_EQ(joined({}), "");
  EXPECT_EQ(joined({"a"}), "a");
  EXPECT_EQ(joined({"a", "b"}), "a,b");
}

}  // namespace

}  // namespace podwire::ctl
