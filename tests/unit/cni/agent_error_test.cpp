// SPDX-License-Identifier: Apache-2.0
#include "cni/agent_error.hpp"

#include <gtest/gtest.h>

namespace podwire::cni {

namespace {

Code code_of(Errc code, Command command) {
  return from_agent({code, "text"}, command).code;
}

TEST(AgentError, OfADDHasTheCodeOfItsCategory) {
  EXPECT_EQ(code_of(Errc::invalid_argument, Command::add), Code::invalid_config);
  EXPECT_EQ(code_of(Errc::already_exists, Command::add), Code::already_attached);
  EXPECT_EQ(code_of(Errc::exhausted, Command::add), Code::try_again_later);
  EXPECT_EQ(code_of(Errc::unavailable, Command::add), Code::try_again_later);
  EXPECT_EQ(code_of(Errc::no_agent, Command::add), Code::try_again_later);
  EXPECT_EQ(code_of(Errc::not_found, Command::add), Code::internal);
  EXPECT_EQ(code_of(Errc::corrupt, Command::add), Code::internal);
  EXPECT_EQ(code_of(Errc::system, Command::add), Code::internal);
}

TEST(AgentError, OfCHECKTellsUnknownFromChanged) {
  EXPECT_EQ(code_of(Errc::not_found, Command::check), Code::unknown_container);
  EXPECT_EQ(code_of(Errc::corrupt, Command::check), Code::attachment_differs);
  EXPECT_EQ(code_of(Errc::unavailable, Command::check), Code::try_again_later);
}

TEST(AgentError, OfSTATUSIsAlwaysNotAvailable) {
  for (const Errc code : {Errc::unavailable, Errc::corrupt, Errc::system}) {
    EXPECT_EQ(code_of(code, Command::status), Code::not_available);
  }
}

TEST(AgentError, KeepsTheTextAndAdvises) {
  const CniError error = from_agent({Errc::exhausted, "no address left"}, Command::add);
  EXPECT_EQ(error.message, "no address left");
  EXPECT_NE(error.details.find("raise in the agent"), std::string::npos);
  EXPECT_EQ(from_agent({Errc::system, "x"}, Command::add).details, "");
}

}  // namespace

}  // namespace podwire::cni
