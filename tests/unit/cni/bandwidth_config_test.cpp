// SPDX-License-Identifier: Apache-2.0
#include "cni/bandwidth_config.hpp"

#include <gtest/gtest.h>

namespace podwire::cni {

namespace {

namespace json = boost::json;

Checked<agent_api::Bandwidth> parse(const char* text) {
  return parse_bandwidth(json::parse(text).as_object());
}

std::string error_of(const char* text) {
  const auto parsed = parse(text);
  return parsed ? std::string() : parsed.error().message;
}

TEST(BandwidthConfig, IsNoLimitByDefault) {
  for (const char* text : {"{}", R"({"bandwidth": null})", R"({"bandwidth": {}})",
                           R"({"runtimeConfig": {}})", R"({"bandwidth": {"ingressRate": 0}})"}) {
    EXPECT_EQ(parse(text).value(), agent_api::Bandwidth{}) << text;
  }
}

TEST(BandwidthConfig, TakesBothDirections) {
  EXPECT_EQ(parse(R"({"bandwidth": {"ingressRate": 1000, "ingressBurst": 2000,
                                    "egressRate": 3000, "egressBurst": 4294967295}})")
                .value(),
            (agent_api::Bandwidth{{1000, 2000}, {3000, 4294967295}}));
}

TEST(BandwidthConfig, OfTheRuntimeGoesBeforeThatOfTheNetwork) {
  EXPECT_EQ(parse(R"({"bandwidth": {"ingressRate": 1000, "egressRate": 5000},
                      "runtimeConfig": {"bandwidth": {"ingressRate": 2000}}})")
                .value(),
            (agent_api::Bandwidth{{2000, 0}, {}}));
}

TEST(BandwidthConfig, RefusesWhatMakesNoSense) {
  EXPECT_NE(error_of(R"({"bandwidth": 5})").find("bandwidth"), std::string::npos);
  EXPECT_NE(error_of(R"({"bandwidth": {"ingresRate": 1000}})").find("ingressRate"),
            std::string::npos);
  for (const char* value : {"999", "-1", "1.5", "\"1M\"", "1000000000000001", "true"}) {
    const std::string text =
        std::string(R"({"runtimeConfig": {"bandwidth": {"egressRate": )") + value + "}}}";
    const std::string error = error_of(text.c_str());
    EXPECT_NE(error.find("runtimeConfig.bandwidth.egressRate"), std::string::npos) << error;
    EXPECT_NE(error.find("1000 to 10^15"), std::string::npos) << error;
  }
  EXPECT_NE(error_of(R"({"bandwidth": {"egressBurst": 1000}})").find("together with egressRate"),
            std::string::npos);
}

}  // namespace

}  // namespace podwire::cni
