// SPDX-License-Identifier: Apache-2.0
#include "ctl/doctor.hpp"

#include <gtest/gtest.h>

namespace podwire::ctl {

namespace {

using doctor::Finding;
using doctor::State;

const std::vector<Finding> findings = {
    {"kernel", {.state = State::ok, .what = "the kernel will do"}},
    {"forwarding",
     {.state = State::failure,
      .what = "it is off\x1b[2J",
      .cure = "switch it on",
      .commands = {"sysctl -w a=1", "sysctl -w b=1"}}},
    {"a-check-with-a-long-name", {.state = State::warning, .what = "w", .cure = "c"}},
};

TEST(DoctorText, HasALineForEachFindingAndItsCureBelow) {
  EXPECT_EQ(doctor_text(findings),
            "ok        kernel             the kernel will do\n"
            "failure   forwarding         it is off?[2J\n"
            "          cure: switch it on\n"
            "                sysctl -w a=1\n"
            "                sysctl -w b=1\n"
            "warning   a-check-with-a-long-name w\n"
            "          cure: c\n"
            "\n"
            "1 failure, 1 warning\n");
}

TEST(DoctorText, SaysSoWhereThereIsNothing) {
  EXPECT_EQ(doctor_text({findings[0]}),
            "ok        kernel             the kernel will do\n"
            "\n"
            "Nothing stands in the way of pods.\n");
}

TEST(DoctorJson, HasEveryField) {
  EXPECT_EQ(boost::json::serialize(doctor_json({findings[1]})),
            R"({"findings":[{"check":"forwarding","state":"failure","what":"it is off\u001b[2J",)"
            R"("cure":"switch it on","commands":["sysctl -w a=1","sysctl -w b=1"]}]})");
}

}  // namespace

}  // namespace podwire::ctl
