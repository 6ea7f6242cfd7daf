// SPDX-License-Identifier: Apache-2.0
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/config.hpp"

namespace podwire::config {

namespace {

struct Refusal {
  std::string text;   // of the file
  std::string error;  // all of it, behind the file's name
};

void PrintTo(const Refusal& refusal, std::ostream* to) {
  *to << refusal.text;
}

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, with_file_line_key_and_reason) {
  const auto config = parse(GetParam().text, "a.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().what, "a.yaml" + GetParam().error);
  EXPECT_EQ(config.error().code, Errc::invalid_argument);
}

// A file whose second line is `line`, and which is otherwise right.
std::string with(const std::string& line) {
  return "ipam: {ipv4: 10.244.0.0/24}\n" + line + "\n";
}

INSTANTIATE_TEST_SUITE_P(
    shape, Refused,
    testing::Values(
        Refusal{"- a\n", ":1: expected keys such as 'log_level: info', got a list"},
        Refusal{"text\n", ":1: expected keys such as 'log_level: info', got a single value"},
        Refusal{"? [a, b]\n: c\n", ":1: expected the name of a key, got a list"},
        Refusal{with("---\nlog_level: info"), ":3: a second YAML document: keep one"},
        Refusal{with("http: ["), ":3:1: not YAML: end of sequence flow not found"},
        Refusal{with("http: a: b"), ":2:8: not YAML: illegal map value"},
        Refusal{with("log_level: *level"), ":2:12: not YAML: the referenced anchor is not defined"},
        Refusal{with("http: 5"), ":2: key 'http': expected a group of keys, got a single value"},
        Refusal{with("http: [5]"), ":2: key 'http': expected a group of keys, got a list"},
        Refusal{with("log_level: [info]"),
                ":2: key 'log_level': expected a single value (word), got a list"},
        Refusal{
            with("datapath: {mtu: {a: 1}}"),
            ":2: key 'datapath.mtu': expected a single value (whole number), got a group of keys"},
        Refusal{with("log_level:"),
                ":2: key 'log_level': has no value: write one, or remove the line for the default"},
        Refusal{with("log_level: !!binary aW5mbw=="),
                ":2: key 'log_level': the tag 'tag:yaml.org,2002:binary' means nothing here: "
                "remove it"}));

INSTANTIATE_TEST_SUITE_P(
    names, Refused,
    testing::Values(
        Refusal{with("log_levle: info"),
                ":2: key 'log_levle': unknown key; did you mean 'log_level'?"},
        Refusal{with("limit: {attachments: 5}"),
                ":2: key 'limit': unknown key; did you mean 'limits'?"},
        Refusal{with("node: {ipv5: auto}"),
                ":2: key 'node.ipv5': unknown key; did you mean 'node.ipv4'?"},
        Refusal{with("mtu: 1500"), ":2: key 'mtu': unknown key; did you mean 'datapath.mtu'?"},
        Refusal{with("datapath: {reuse_delay: 5}"),
                ":2: key 'datapath.reuse_delay': unknown key; did you mean "
                "'ipam.reuse_delay_seconds'?"},
        Refusal{with("colour: red"), ":2: key 'colour': unknown key"},
        Refusal{with("<<: {log_level: info}"), ":2: key '<<': unknown key"},
        Refusal{with("\"log\\nlevel\": info"),
                ":2: key 'log?level': unknown key; did you mean 'log_level'?"},
        Refusal{with(std::string(100, 'k') + ": 1"),
                ":2: key '" + std::string(80, 'k') + "'...: unknown key"},
        Refusal{with("datapath.mtu: 1500"),
                ":2: key 'datapath.mtu': write 'mtu' indented below 'datapath'"},
        Refusal{with("log_level: info\nlog_level: info"),
                ":3: key 'log_level': given twice, first in line 2"},
        Refusal{with("ipam: {ipv6: fd00::/64}"), ":2: key 'ipam': given twice, first in line 1"},
        Refusal{with("node:\n  ipv4: auto\n  ipv4: auto"),
                ":4: key 'node.ipv4': given twice, first in line 3"}));

INSTANTIATE_TEST_SUITE_P(
    values, Refused,
    testing::Values(
        Refusal{with("instance: \"\""),
                ":2: key 'instance': expected 1 to 32 characters of a-z, 0-9 and -, got ''"},
        Refusal{with("instance: Node"),
                ":2: key 'instance': expected 1 to 32 characters of a-z, 0-9 and -, got 'Node'"},
        Refusal{with("instance: " + std::string(33, 'a')),
                ":2: key 'instance': expected 1 to 32 characters of a-z, 0-9 and -, got '" +
                    std::string(33, 'a') + "'"},
        Refusal{
            with("log_level: loud"),
            ":2: key 'log_level': expected one of trace, debug, info, warning, error, got 'loud'"},
        Refusal{with("run_dir: run"), ":2: key 'run_dir': expected an absolute path, got 'run'"},
        Refusal{with("state_dir: \"\""), ":2: key 'state_dir': expected an absolute path, got ''"},
        Refusal{with("run_dir: /"),
                ":2: key 'run_dir': expected a path below the root directory, got '/'"},
        Refusal{with("run_dir: /run/../x/"), ":2: key 'run_dir': write '/run/../x/' as '/x'"},
        Refusal{with("run_dir: \"/run/a\\nb\""),
                ":2: key 'run_dir': expected a path without control characters, got '/run/a?b'"},
        Refusal{with("socket: /" + std::string(107, 's')),
                ":2: key 'socket': the path has 108 bytes, at most 107 are possible"},
        Refusal{with("limits: {attachments: many}"),
                ":2: key 'limits.attachments': expected a whole number from 1 to 4096, got 'many'"},
        Refusal{with("limits: {attachments: 0}"),
                ":2: key 'limits.attachments': expected a whole number from 1 to 4096, got '0'"},
        Refusal{with("limits: {attachments: 4097}"),
                ":2: key 'limits.attachments': expected a whole number from 1 to 4096, got '4097'"},
        Refusal{with("limits: {attachments: \"5\"}"),
                ":2: key 'limits.attachments': expected a whole number from 1 to 4096, got the "
                "text '5'"},
        Refusal{with("probes: {max_targets: 99999999999999999999}"),
                ":2: key 'probes.max_targets': expected a whole number from 1 to 16384, got "
                "'99999999999999999999'"},
        Refusal{with("probes: {max_targets: -1}"),
                ":2: key 'probes.max_targets': expected a whole number from 1 to 16384, got '-1'"},
        Refusal{with("datapath: {mtu: 1279}"),
                ":2: key 'datapath.mtu': expected a whole number from 1280 to 9000, got '1279'; or "
                "write auto"},
        Refusal{with("datapath: {mtu: 9001}"),
                ":2: key 'datapath.mtu': expected a whole number from 1280 to 9000, got '9001'; or "
                "write auto"}));

const std::string no_listen =
    ":2: key 'http.listen': expected an address and a port such as 127.0.0.1:9617 or [::1]:9617, "
    "or off, got ";

INSTANTIATE_TEST_SUITE_P(
    listen, Refused,
    testing::Values(
        Refusal{with("http: {listen: 9617}"), no_listen + "'9617'"},
        Refusal{with("http: {listen: \":9617\"}"), no_listen + "':9617'"},
        Refusal{with("http: {listen: \"localhost:1\"}"), no_listen + "'localhost:1'"},
        Refusal{with("http: {listen: \"::1:9617\"}"), no_listen + "'::1:9617'"},
        Refusal{with("http: {listen: \"[127.0.0.1]:1\"}"), no_listen + "'[127.0.0.1]:1'"},
        Refusal{with("http: {listen: \"127.0.0.1:0\"}"), no_listen + "'127.0.0.1:0'"},
        Refusal{with("http: {listen: \"127.0.0.1:65536\"}"), no_listen + "'127.0.0.1:65536'"}));

}  // namespace

}  // namespace podwire::config
