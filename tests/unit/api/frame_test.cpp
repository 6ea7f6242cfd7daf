// SPDX-License-Identifier: Apache-2.0
#include "api/frame.hpp"

#include <gtest/gtest.h>

#include "api/errc_name.hpp"

namespace podwire::api {

namespace {

using namespace std::string_literals;

TEST(Frame, IsTheLengthInLittleEndianAndTheText) {
  EXPECT_EQ(*make_frame(json::object{{"a", 1}}, 100), "\x07\0\0\0{\"a\":1}"s);
  const std::string long_text(0x10203 - 2, 'x');  // and the two quotation marks
  EXPECT_EQ(make_frame(json::string(long_text), 0x10203)->substr(0, 4), "\x03\x02\x01\0"s);
}

TEST(Frame, MayBeAsLongAsTheLimit) {
  EXPECT_TRUE(make_frame(json::string("123"), 5));
  auto frame = make_frame(json::string("1234"), 5);
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().code, Errc::invalid_argument);
  EXPECT_EQ(frame.error().what, "message of 6 bytes; at most 5 are allowed");
}

TEST(Frame, LengthIsReadAsWritten) {
  EXPECT_EQ(*frame_length({3, 2, 1, 0}, 0x10203), 0x10203U);
  EXPECT_EQ(*frame_length({0xff, 0xff, 0xff, 0xff}, 0xffffffff), 0xffffffffU);
}

TEST(Frame, LengthBeyondTheLimitOrZeroIsRefused) {
  EXPECT_FALSE(frame_length({3, 2, 1, 0}, 0x10202));
  EXPECT_FALSE(frame_length({0, 0, 0, 0x80}, 100));
  EXPECT_FALSE(frame_length({0, 0, 0, 0}, 100));
}

TEST(ErrcName, EveryCategoryComesBackFromItsName) {
  for (const Errc code : {Errc::invalid_argument, Errc::not_found, Errc::already_exists,
                          Errc::exhausted, Errc::unavailable, Errc::corrupt, Errc::system}) {
    EXPECT_EQ(errc_from_name(errc_name(code)), code) << errc_name(code);
  }
}

// Else an agent that is there could make the plugin do its work.
TEST(ErrcName, NoAgentSaysThatItIsNotThere) {
  EXPECT_EQ(errc_from_name("no_agent"), Errc::system);
}

TEST(ErrcName, IsTheEnumeratorsName) {
  EXPECT_EQ(errc_name(Errc::invalid_argument), "invalid_argument");
  EXPECT_EQ(errc_name(Errc::already_exists), "already_exists");
}

TEST(ErrcName, AnUnknownNameIsAnErrorOfTheSystem) {
  EXPECT_EQ(errc_from_name(""), Errc::system);
  EXPECT_EQ(errc_from_name("unavailable "), Errc::system);
}

}  // namespace

}  // namespace podwire::api
