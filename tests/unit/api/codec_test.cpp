// SPDX-License-Identifier: Apache-2.0
#include "api/codec.hpp"

#include <gtest/gtest.h>
#include <podwire/agent_api.hpp>

namespace podwire::api {

namespace {

agent_api::AttachRequest example() {
  agent_api::AttachRequest request;
  request.id = {"net", "c1", "eth0"};
  request.pod = {"default", "web", "1234"};
  request.netns_path = "/run/netns/a";
  request.mtu = 1400;
  request.probes = {{8080, 500, 100}, {9090, 1000, 1000}};
  request.ips = {"10.0.0.1"};
  return request;
}

std::string failure_of(std::string_view text) {
  agent_api::AttachRequest request;
  auto value = parse(text);
  EXPECT_TRUE(value) << text;
  auto decoded = decode(*value, request, "request");
  EXPECT_FALSE(decoded) << text;
  if (decoded) return "";
  EXPECT_EQ(decoded.error().code, Errc::invalid_argument);
  return decoded.error().what;
}

TEST(Codec, WritesTheMembersByName) {
  EXPECT_EQ(json::serialize(encode(example())),
            "{\"id\":{\"network\":\"net\",\"container_id\":\"c1\",\"ifname\":\"eth0\"},"
            "\"pod\":{\"pod_namespace\":\"default\",\"name\":\"web\",\"uid\":\"1234\"},"
            "\"netns_path\":\"/run/netns/a\",\"mtu\":1400,"
            "\"probes\":[{\"tcp_port\":8080,\"period_ms\":500,\"timeout_ms\":100},"
            "{\"tcp_port\":9090,\"period_ms\":1000,\"timeout_ms\":1000}],"
            "\"bandwidth\":{\"ingress\":{\"bits_per_second\":0,\"burst_bits\":0},"
            "\"egress\":{\"bits_per_second\":0,\"burst_bits\":0}},"
            "\"ips\":[\"10.0.0.1\"],\"mac\":\"\"}");
}

TEST(Codec, ReadsWhatItWrote) {
  agent_api::AttachRequest read;
  ASSERT_TRUE(decode(encode(example()), read, "request"));
  EXPECT_EQ(read.id, example().id);
  EXPECT_EQ(read.pod.uid, "1234");
  EXPECT_EQ(read.netns_path, "/run/netns/a");
  EXPECT_EQ(read.mtu, 1400U);
  EXPECT_EQ(read.probes, example().probes);
}

TEST(Codec, AnEmptyStructIsAnEmptyObject) {
  EXPECT_EQ(json::serialize(encode(agent_api::StatusRequest{})), "{}");
}

TEST(Codec, AnAbsentFieldKeepsItsDefault) {
  agent_api::Probe probe;
  ASSERT_TRUE(decode(*parse("{\"tcp_port\":1}"), probe, "probe"));
  EXPECT_EQ(probe, (agent_api::Probe{1, 1000, 1000}));
}

TEST(Codec, AnUnknownFieldIsIgnored) {
  agent_api::Probe probe;
  EXPECT_TRUE(decode(*parse("{\"tcp_port\":1,\"of_a_later_version\":[{}]}"), probe, "probe"));
}

TEST(Codec, NamesTheFieldOfTheWrongType) {
  EXPECT_EQ(failure_of("[]"), "request: expected an object");
  EXPECT_EQ(failure_of("{\"id\":7}"), "request.id: expected an object");
  EXPECT_EQ(failure_of("{\"id\":{\"ifname\":null}}"), "request.id.ifname: expected a string");
  EXPECT_EQ(failure_of("{\"probes\":{}}"), "request.probes: expected a list");
}

TEST(Codec, NamesTheEntryOfAList) {
  EXPECT_EQ(failure_of("{\"probes\":[{},{\"tcp_port\":\"80\"}]}"),
            "request.probes[1].tcp_port: expected a whole number in range, got \"80\"");
}

TEST(Codec, RefusesNumbersThatDoNotFit) {
  for (const char* number : {"-1", "4294967296", "1.5", "1e30", "true"}) {
    EXPECT_EQ(failure_of("{\"mtu\":" + std::string(number) + "}")
                  .find("request.mtu: expected a whole number"),
              0U)
        << number;
  }
  EXPECT_NE(failure_of("{\"probes\":[{\"tcp_port\":65536}]}"), "");
}

TEST(Codec, RefusesWhatIsNoJson) {
  for (const char* text : {"", "{", "{} {}", "{'a':1}", "\xff", "nul"}) {
    auto value = parse(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, Errc::invalid_argument);
  }
}

TEST(Codec, RefusesNestingWithoutEnd) {
  EXPECT_TRUE(parse(std::string(16, '[') + std::string(16, ']')));
  EXPECT_FALSE(parse(std::string(17, '[') + std::string(17, ']')));
  EXPECT_FALSE(parse(std::string(1'000'000, '[')));
}

}  // namespace

}  // namespace podwire::api
