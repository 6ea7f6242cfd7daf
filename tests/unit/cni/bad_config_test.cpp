// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "cni/network_config.hpp"

namespace podwire::cni {

namespace {

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

struct BadConfig {
  const char* name;
  std::string text;
  Code code;
  const char* message;
  Command command = Command::add;
};

class BadConfigTest : public ::testing::TestWithParam<BadConfig> {};

TEST_P(BadConfigTest, IsRefusedWithCodeAndReason) {
  auto config = parse_all(GetParam().text, GetParam().command);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, GetParam().code);
  EXPECT_EQ(config.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Envelope, BadConfigTest,
    ::testing::Values(
        BadConfig{"empty", "", Code::decoding_failure,
                  "network configuration on stdin: not JSON: incomplete JSON"},
        BadConfig{"cut_off", "{\"name\":", Code::decoding_failure,
                  "network configuration on stdin: not JSON: incomplete JSON"},
        BadConfig{"no_object", "[]", Code::decoding_failure,
                  "network configuration on stdin: not a JSON object"},
        BadConfig{"no_name", "{\"cniVersion\":\"1.0.0\"}", Code::invalid_config,
                  "missing network name"},
        BadConfig{"name_of_wrong_type", "{\"name\":5}", Code::invalid_config,
                  "name is 5; allowed: a text that must begin with a letter or digit and may hold "
                  "only letters, "
                  "digits, '_', '.' and '-'"},
        BadConfig{"bad_name", "{\"name\":\"a b\"}", Code::invalid_config,
                  "name is \"a b\"; allowed: a text that must begin with a letter or digit and may "
                  "hold only "
                  "letters, digits, '_', '.' and '-'"},
        BadConfig{"name_before_version", "{\"name\":\"\",\"cniVersion\":\"9.9.9\"}",
                  Code::invalid_config,
                  "name is \"\"; allowed: a text that must begin with a letter or digit and may "
                  "hold only letters, "
                  "digits, '_', '.' and '-'"},
        BadConfig{"no_version", "{\"name\":\"n\"}", Code::incompatible_version,
                  "incompatible CNI versions"},
        BadConfig{"empty_version", "{\"name\":\"n\",\"cniVersion\":\"\"}",
                  Code::incompatible_version, "incompatible CNI versions"},
        BadConfig{"old_version", "{\"name\":\"n\",\"cniVersion\":\"0.3.0\"}",
                  Code::incompatible_version, "incompatible CNI versions"},
        BadConfig{"version_of_the_future", "{\"name\":\"n\",\"cniVersion\":\"1.2.0\"}",
                  Code::incompatible_version, "incompatible CNI versions"},
        BadConfig{"version_is_no_version", "{\"name\":\"n\",\"cniVersion\":\"1.0\"}",
                  Code::decoding_failure, "cniVersion '1.0' must be three numbers such as 1.0.0"},
        BadConfig{"version_of_wrong_type", "{\"name\":\"n\",\"cniVersion\":1}",
                  Code::decoding_failure, "cniVersion must be a text such as \"1.0.0\""},
        BadConfig{"check_in_0_3_1", "{\"name\":\"n\",\"cniVersion\":\"0.3.1\"}",
                  Code::incompatible_version, "config version does not allow CHECK",
                  Command::check},
        BadConfig{"status_in_1_0_0", "{\"name\":\"n\",\"cniVersion\":\"1.0.0\"}",
                  Code::incompatible_version, "config version does not allow STATUS",
                  Command::status},
        BadConfig{"check_without_prev_result", config_with(""), Code::invalid_config,
                  "required prevResult missing", Command::check}),
    [](const auto& bad) { return bad.param.name; });

BadConfig bad_key(const char* name, const char* keys, Code code, const char* message) {
  return {name, config_with(keys), code, message};
}

INSTANTIATE_TEST_SUITE_P(
    Keys, BadConfigTest,
    ::testing::Values(
        bad_key("unknown_key", "\"bridge\":\"br0\"", Code::unsupported_field,
                "unsupported field bridge with value \"br0\": podwire knows no such key"),
        bad_key("mistyped_key", "\"probe\":[]", Code::unsupported_field,
                "unsupported field probe with value []: podwire knows no such key; did you mean "
                "probes?"),
        bad_key("key_with_a_wrong_letter", "\"sacket\":1", Code::unsupported_field,
                "unsupported field sacket with value 1: podwire knows no such key; did you mean "
                "socket?"),
        bad_key(
            "key_with_a_letter_too_many", "\"mttu\":null", Code::unsupported_field,
            "unsupported field mttu with value null: podwire knows no such key; did you mean mtu?"),
        bad_key("ipam", "\"ipam\":{\"type\":\"host-local\"}", Code::unsupported_field,
                "unsupported field ipam with value {\"type\":\"host-local\"}: podwire assigns the "
                "addresses; the pod "
                "CIDR is set in /etc/podwire/podwired.yaml"),
        bad_key("ip_masq", "\"ipMasq\":true", Code::unsupported_field,
                "unsupported field ipMasq with value true: the agent masquerades "
                "for all networks, see masquerade in /etc/podwire/podwired.yaml"),
        bad_key("runtime_ips", "\"runtimeConfig\":{\"ips\":\"10.0.0.1\"}", Code::invalid_config,
                "runtimeConfig.ips is \"10.0.0.1\"; allowed: a list of IP addresses, each a text "
                "such as \"10.244.0.5\""),
        bad_key("runtime_mac", "\"runtimeConfig\":{\"mac\":2}", Code::invalid_config,
                "runtimeConfig.mac is 2; allowed: a text such as \"02:00:00:00:00:05\""),
        bad_key("runtime_ip_ranges", "\"runtimeConfig\":{\"ipRanges\":[[]]}",
                Code::unsupported_field,
                "unsupported field runtimeConfig.ipRanges with value [[]]: podwire assigns from "
                "the ranges in /etc/podwire/podwired.yaml; runtimeConfig.ips asks for an address "
                "of them"),
        bad_key("runtime_port_mappings", "\"runtimeConfig\":{\"portMappings\":[{}]}",
                Code::unsupported_field,
                "unsupported field runtimeConfig.portMappings with value [{}]: podwire has no such "
                "capability; take "
                "it out of its entry"),
        bad_key("runtime_config_of_wrong_type", "\"runtimeConfig\":[]", Code::invalid_config,
                "runtimeConfig is []; allowed: an object"),
        bad_key("args_ips", "\"args\":{\"cni\":{\"ips\":[1]}}", Code::invalid_config,
                "args.cni.ips is [1]; allowed: a list of IP addresses, each a text such as "
                "\"10.244.0.5\""),
        bad_key("prev_result", "\"prevResult\":{}", Code::invalid_config,
                "prevResult is given: podwire must be the first plugin of the list"),
        bad_key("type_of_wrong_type", "\"type\":1", Code::invalid_config,
                "type is 1; allowed: a text"),
        bad_key("capabilities_of_wrong_type", "\"capabilities\":[]", Code::invalid_config,
                "capabilities is []; allowed: an object"),
        bad_key("relative_socket", "\"socket\":\"a.sock\"", Code::invalid_config,
                "socket is \"a.sock\"; allowed: an absolute path of at most 107 bytes"),
        bad_key("socket_of_wrong_type", "\"socket\":1", Code::invalid_config,
                "socket is 1; allowed: an absolute path of at most 107 bytes"),
        bad_key(
            "mtu_too_small", "\"mtu\":1279", Code::invalid_config,
            "mtu is 1279; allowed: 0 for the agent's default, or a whole number from 1280 to 9000"),
        bad_key(
            "mtu_too_large", "\"mtu\":9001", Code::invalid_config,
            "mtu is 9001; allowed: 0 for the agent's default, or a whole number from 1280 to 9000"),
        bad_key("mtu_of_wrong_type", "\"mtu\":\"1500\"", Code::invalid_config,
                "mtu is \"1500\"; allowed: 0 for the agent's default, or a whole number from 1280 "
                "to 9000"),
        bad_key("agent_timeout_negative", "\"agentTimeoutMs\":-1", Code::invalid_config,
                "agentTimeoutMs is -1; allowed: a whole number from 0 to 120000"),
        bad_key("dns_unknown_key", "\"dns\":{\"servers\":[]}", Code::unsupported_field,
                "unsupported field dns.servers with value []: podwire knows no such key"),
        bad_key("dns_of_wrong_type", "\"dns\":{\"search\":[1]}", Code::invalid_config,
                "dns.search is [1]; allowed: a list of texts")),
    [](const auto& bad) { return bad.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Probes, BadConfigTest,
    ::testing::Values(
        bad_key("no_list", "\"probes\":{\"tcpPort\":80}", Code::invalid_config,
                "probes is {\"tcpPort\":80}; allowed: a list of at most 64 probes"),
        bad_key("no_object", "\"probes\":[80]", Code::invalid_config,
                "probes[0] is 80; allowed: an object with tcpPort"),
        bad_key("no_port", "\"probes\":[{\"tcpPort\":1},{\"periodMs\":100}]", Code::invalid_config,
                "probes[1] is {\"periodMs\":100}; allowed: an object with tcpPort"),
        bad_key("port_0", "\"probes\":[{\"tcpPort\":0}]", Code::invalid_config,
                "probes[0].tcpPort is 0; allowed: a whole number from 1 to 65535"),
        bad_key("port_too_large", "\"probes\":[{\"tcpPort\":65536}]", Code::invalid_config,
                "probes[0].tcpPort is 65536; allowed: a whole number from 1 to 65535"),
        bad_key("port_twice", "\"probes\":[{\"tcpPort\":80},{\"tcpPort\":80}]",
                Code::invalid_config, "probes[1].tcpPort is 80; allowed: each port once"),
        bad_key("period_too_short", "\"probes\":[{\"tcpPort\":80,\"periodMs\":9}]",
                Code::invalid_config,
                "probes[0].periodMs is 9; allowed: a whole number from 10 to 86400000"),
        bad_key("period_too_long", "\"probes\":[{\"tcpPort\":80,\"periodMs\":86400001}]",
                Code::invalid_config,
                "probes[0].periodMs is 86400001; allowed: a whole number from 10 to 86400000"),
        bad_key("period_not_whole", "\"probes\":[{\"tcpPort\":80,\"periodMs\":10.5}]",
                Code::invalid_config,
                "probes[0].periodMs is 1.05E1; allowed: a whole number from 10 to 86400000"),
        bad_key("timeout_0", "\"probes\":[{\"tcpPort\":80,\"timeoutMs\":0}]", Code::invalid_config,
                "probes[0].timeoutMs is 0; allowed: a whole number from 1 to 1000"),
        bad_key("timeout_beyond_period",
                "\"probes\":[{\"tcpPort\":80,\"periodMs\":100,\"timeoutMs\":101}]",
                Code::invalid_config,
                "probes[0].timeoutMs is 101; allowed: a whole number from 1 to 100"),
        bad_key("unknown_key", "\"probes\":[{\"tcpPort\":80,\"period\":5}]",
                Code::unsupported_field,
                "unsupported field probes[0].period with value 5: podwire knows no such key")),
    [](const auto& bad) { return bad.param.name; });

TEST(NetworkConfig, Takes64ProbesAndNoMore) {
  std::string list = "{\"tcpPort\":1}";
  for (int port = 2; port <= 64; ++port) list += ",{\"tcpPort\":" + std::to_string(port) + "}";
  EXPECT_TRUE(parse_all(config_with("\"probes\":[" + list + "]"), Command::add));
  auto refused = parse_all(config_with("\"probes\":[" + list + ",{\"tcpPort\":65}]"), Command::add);
  ASSERT_FALSE(refused);
  EXPECT_LT(refused.error().message.size(), 250U) << "a long value is not repeated in full";
}

TEST(NetworkConfig, ALongValueIsCutBetweenCharacters) {
  std::string letters;
  for (int i = 0; i < 100; ++i) letters += "\xc3\xa4";
  auto refused = parse_all(config_with("\"other\":\"" + letters + "\""), Command::add);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("\xa4...: podwire knows"), std::string::npos)
      << refused.error().message;
}

TEST(NetworkConfig, VersionErrorTellsBothSides) {
  auto refused = parse_all("{\"name\":\"n\",\"cniVersion\":\"0.2.0\"}", Command::add);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().details,
            "config is \"0.2.0\", plugin supports [\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]");
}

}  // namespace

}  // namespace podwire::cni
