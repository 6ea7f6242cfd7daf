// SPDX-License-Identifier: Apache-2.0
#include "cni/result.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace podwire::cni {

namespace {

namespace json = boost::json;

constexpr const char* netns = "/var/run/netns/../netns/cni-1";

agent_api::AttachReply attached() {
  return {{"pw0123456789abc", "0a:00:00:00:00:01", 1450},
          {"eth0", "0a:00:00:00:00:02", 1450},
          {{"10.244.0.5/32", "169.254.1.1"}, {"fd00::5/128", "fe80::1"}}};
}

// The golden file without its white space: order and spelling count.
std::string golden(std::string_view version) {
  std::ostringstream text;
  text << std::ifstream(PODWIRE_SOURCE_DIR "/tests/data/cni/add_" + std::string(version) + ".json")
              .rdbuf();
  return json::serialize(json::parse(text.str()));
}

class AddResultTest : public ::testing::TestWithParam<SpecVersion> {};

TEST_P(AddResultTest, IsWhatTheVersionWants) {
  EXPECT_EQ(add_result(attached(), netns, {}, GetParam()), golden(version_text(GetParam())));
}

TEST_P(AddResultTest, CarriesTheConfiguredDns) {
  const json::object dns = {{"nameservers", {"10.96.0.10"}}};
  const json::value result = json::parse(add_result(attached(), netns, dns, GetParam()));
  EXPECT_EQ(json::serialize(result.at("dns")), "{\"nameservers\":[\"10.96.0.10\"]}");
}

INSTANTIATE_TEST_SUITE_P(, AddResultTest,
                         ::testing::Values(SpecVersion::v0_3_1, SpecVersion::v0_4_0,
                                           SpecVersion::v1_0_0, SpecVersion::v1_1_0));

TEST(AddResult, OfOneFamilyHasOneRoute) {
  agent_api::AttachReply reply = attached();
  reply.ips.pop_back();
  const json::value result = json::parse(add_result(reply, netns, {}, SpecVersion::v1_0_0));
  EXPECT_EQ(json::serialize(result.at("routes")),
            "[{\"dst\":\"0.0.0.0/0\",\"gw\":\"169.254.1.1\"}]");
  EXPECT_EQ(result.at("ips").as_array().size(), 1U);
}

TEST(VersionResult, EchoesTheVersionAndListsAll) {
  EXPECT_EQ(
      version_result("0.4.0"),
      "{\"cniVersion\":\"0.4.0\",\"supportedVersions\":[\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}");
}

TEST(ErrorResult, HasCodeAndTexts) {
  EXPECT_EQ(error_result({Code::try_again_later, "no \"agent\"", "start it"}, SpecVersion::v0_4_0),
            "{\"cniVersion\":\"0.4.0\",\"code\":11,\"msg\":\"no "
            "\\\"agent\\\"\",\"details\":\"start it\"}");
}

TEST(ErrorResult, LeavesOutEmptyDetails) {
  EXPECT_EQ(error_result({Code::internal, "x", ""}, SpecVersion::v1_1_0),
            "{\"cniVersion\":\"1.1.0\",\"code\":999,\"msg\":\"x\"}");
}

}  // namespace

}  // namespace podwire::cni
