// SPDX-License-Identifier: Apache-2.0
#include "cni/network_config.hpp"

#include <gtest/gtest.h>

namespace podwire::cni {

namespace {

using std::chrono::milliseconds;

// A configuration with these further keys, such as `"mtu": 1500`.
std::string config_with(const std::string& keys) {
  return "{\"cniVersion\":\"1.0.0\",\"name\":\"net\",\"type\":\"podwire\"" +
         (keys.empty() ? "" : "," + keys) + "}";
}

Checked<NetworkConfig> parse_all(const std::string& text, Command command) {
  auto envelope = parse_envelope(text, command);
  if (!envelope) return tl::unexpected(envelope.error());
  return parse_network_config(*envelope, command);
}

TEST(Envelope, HoldsNameAndVersion) {
  auto envelope = parse_envelope(config_with(""), Command::add);
  ASSERT_TRUE(envelope);
  EXPECT_EQ(envelope->name, "net");
  EXPECT_EQ(envelope->version, SpecVersion::v1_0_0);
}

TEST(Envelope, MayHaveEachOfTheVersions) {
  for (const char* version : {"0.3.1", "0.4.0", "1.0.0", "1.1.0"}) {
    auto envelope = parse_envelope(
        "{\"name\":\"n\",\"cniVersion\":\"" + std::string(version) + "\"}", Command::add);
    ASSERT_TRUE(envelope) << version;
    EXPECT_EQ(version_text(envelope->version), version);
  }
}

TEST(NetworkConfig, HasDefaults) {
  auto config = parse_all(config_with(""), Command::add);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->socket, "/run/podwire/podwire.sock");
  EXPECT_EQ(config->mtu, 0U);
  EXPECT_EQ(config->agent_timeout, milliseconds(5000));
  EXPECT_TRUE(config->probes.empty());
  EXPECT_TRUE(config->dns.empty());
}

TEST(NetworkConfig, TakesPodwiresKeys) {
  auto config =
      parse_all(config_with("\"socket\":\"/tmp/a.sock\",\"mtu\":9000,\"agentTimeoutMs\":0,"
                            "\"dns\":{\"nameservers\":[\"10.0.0.10\"],\"domain\":\"x\"}"),
                Command::add);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->socket, "/tmp/a.sock");
  EXPECT_EQ(config->mtu, 9000U);
  EXPECT_EQ(config->agent_timeout, milliseconds(0));
  EXPECT_EQ(config->dns.size(), 2U);
}

TEST(NetworkConfig, ProbesHaveDefaultsWithinThePeriod) {
  auto config =
      parse_all(config_with("\"probes\":[{\"tcpPort\":1},{\"tcpPort\":65535,\"periodMs\":10},"
                            "{\"tcpPort\":80,\"periodMs\":86400000,\"timeoutMs\":86400000}]"),
                Command::add);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->probes, (std::vector<agent_api::Probe>{
                                {1, 1000, 1000}, {65535, 10, 10}, {80, 86400000, 86400000}}));
}

TEST(NetworkConfig, StandardKeysThatAskForNothingMoreAreAccepted) {
  for (const char* keys :
       {"\"capabilities\":{\"portMappings\":true}", "\"args\":{\"cni\":{\"labels\":[{}]}}",
        "\"runtimeConfig\":{\"dns\":{},\"aliases\":[\"a\"]}",
        "\"runtimeConfig\":{\"portMappings\":[],\"ips\":[],\"mac\":\"\"}", "\"ipam\":{}",
        "\"ipMasq\":false", "\"disableCheck\":true", "\"disableGC\":\"true\"",
        "\"cni.dev/valid-attachments\":null", "\"cni.dev/x\":{}", "\"prevResult\":null",
        "\"mtu\":0", "\"mtu\":null", "\"mtu\":1280", "\"mtu\":1500.0",
        "\"cniVersions\":[\"1.0.0\"]"}) {
    auto config = parse_all(config_with(keys), Command::add);
    EXPECT_TRUE(config) << keys << ": " << config.error().message;
  }
}

RequestedAddresses requested_in(const std::string& keys) {
  auto config = parse_all(config_with(keys), Command::add);
  EXPECT_TRUE(config) << keys << ": " << config.error().message;
  return config ? config->requested : RequestedAddresses{};
}

TEST(RequestedAddresses, StandInRuntimeConfigOrArgs) {
  for (const char* keys :
       {R"("runtimeConfig":{"ips":["10.0.0.1/24","fd00::1"],"mac":"02:00:00:00:00:01"})",
        R"("args":{"cni":{"ips":["10.0.0.1/24","fd00::1"],"mac":"02:00:00:00:00:01"}})"}) {
    const RequestedAddresses requested = requested_in(keys);
    EXPECT_EQ(requested.ips, (std::vector<std::string>{"10.0.0.1/24", "fd00::1"})) << keys;
    EXPECT_EQ(requested.mac, "02:00:00:00:00:01") << keys;
  }
}

TEST(RequestedAddresses, OfRuntimeConfigGoBeforeThoseOfArgs) {
  const RequestedAddresses requested =
      requested_in(R"("runtimeConfig":{"ips":["10.0.0.1"]},)"
                   R"("args":{"cni":{"ips":["10.0.0.2","fd00::2"],"mac":"02:00:00:00:00:02"}})");
  EXPECT_EQ(requested.ips, (std::vector<std::string>{"10.0.0.1"})) << "nothing is mixed in";
  EXPECT_EQ(requested.mac, "02:00:00:00:00:02") << "of which runtimeConfig has none";
}

TEST(NetworkConfig, PrevResultIsForCHECKOnly) {
  const std::string keys = "\"prevResult\":{\"ips\":[]}";
  EXPECT_TRUE(parse_all(config_with(keys), Command::check));
  EXPECT_FALSE(parse_all(config_with(keys), Command::add));
}

TEST(DeletionConfig, ToleratesWhatADDWouldRefuse) {
  auto envelope = parse_envelope(config_with("\"bridge\":1,\"probes\":7,\"mtu\":\"x\",\"ipam\":{"
                                             "\"type\":\"a\"},\"socket\":\"/tmp/b.sock\""),
                                 Command::del);
  ASSERT_TRUE(envelope);
  EXPECT_EQ(parse_for_deletion(*envelope).socket, "/tmp/b.sock");
}

TEST(DeletionConfig, AnImpossibleSocketMeansTheDefault) {
  auto envelope = parse_envelope(config_with("\"socket\":[]"), Command::del);
  ASSERT_TRUE(envelope);
  EXPECT_EQ(parse_for_deletion(*envelope).socket, agent_api::default_socket);
}

}  // namespace

}  // namespace podwire::cni
