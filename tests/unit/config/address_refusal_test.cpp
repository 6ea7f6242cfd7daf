// SPDX-License-Identifier: Apache-2.0
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "config/config.hpp"

namespace podwire::config {

namespace {

struct Refusal {
  std::string text;    // of the file
  std::string reason;  // the end of the error, from the key on
};

void PrintTo(const Refusal& refusal, std::ostream* to) {
  *to << refusal.text;
}

class RefusedAddress : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedAddress, in_the_line_of_the_key) {
  const auto config = parse(GetParam().text, "a.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().what, "a.yaml:1: key " + GetParam().reason);
}

Refusal pods4(const std::string& prefix, const std::string& why) {
  return {"ipam: {ipv4: \"" + prefix + "\"}", "'ipam.ipv4': '" + prefix + "' " + why};
}

Refusal pods6(const std::string& prefix, const std::string& why) {
  return {"ipam: {ipv6: \"" + prefix + "\"}", "'ipam.ipv6': '" + prefix + "' " + why};
}

std::string overlap(const std::string& range) {
  return "overlaps " + range + ": choose a range that nothing else uses";
}

const std::string mapped = "is IPv4-mapped: write it in IPv4 notation, under an ipv4 key";

INSTANTIATE_TEST_SUITE_P(
    pod_prefix, RefusedAddress,
    testing::Values(
        pods4("10.244.0.0", "has no prefix length, such as 10.244.0.0/24"),
        pods4("pods/24", "does not start with an IP address"),
        pods4("10.244.0.1/24",
              "has bits set behind its prefix length: write the first address of the range"),
        pods4("10.0.0.0/7", "has prefix length 7, possible are 8 to 30"),
        pods4("10.0.0.0/31", "has prefix length 31, possible are 8 to 30"),
        pods4("fd00::/64", "is IPv6, the key takes IPv4 only"),
        pods4("::ffff:10.244.0.0/24", mapped),
        pods4("0.0.0.0/8", overlap("0.0.0.0/8 (addresses without meaning on a network)")),
        pods4("127.1.0.0/16", overlap("127.0.0.0/8 (loopback)")),
        pods4("169.254.1.0/24", overlap("169.254.1.2/32 (the source of probes)")),
        pods4("169.254.0.0/24",
              overlap("169.254.0.0/16 (link-local, with the pods' gateway 169.254.1.1)")),
        pods4("224.0.0.0/24", overlap("224.0.0.0/4 (multicast)")),
        pods4("255.255.255.0/24", overlap("240.0.0.0/4 (reserved, with broadcast)")),
        pods6("10.244.0.0/24", "is IPv4, the key takes IPv6 only"), pods6("::ffff:0:0/96", mapped),
        pods6("fd00::/47", "has prefix length 47, possible are 48 to 126"),
        pods6("fd00::/127", "has prefix length 127, possible are 48 to 126"),
        pods6("::/48", overlap("::/8 (reserved, with loopback and IPv4-mapped addresses)")),
        pods6("::/126", overlap("::/8 (reserved, with loopback and IPv4-mapped addresses)")),
        pods6("fd70:6f64:7769:7265::/64",
              overlap("fd70:6f64:7769:7265::2/128 (the source of probes)")),
        pods6("fe80::/64", overlap("fe80::/10 (link-local, with the pods' gateway fe80::1)")),
        pods6("ff02::/64", overlap("ff00::/8 (multicast)"))));

// Both families have a range, so that only `rest` is wrong.
std::string with(const std::string& rest) {
  return "{ipam: {ipv4: 10.244.0.0/24, ipv6: \"fd00:10:244::/64\"}, " + rest + "}";
}

Refusal node4(const std::string& address, const std::string& why) {
  return {with("node: {ipv4: \"" + address + "\"}"), "'node.ipv4': " + why};
}

Refusal node6(const std::string& address, const std::string& why) {
  return {with("node: {ipv6: \"" + address + "\"}"), "'node.ipv6': " + why};
}

const std::string choose = ": write an address of this node, or auto";

INSTANTIATE_TEST_SUITE_P(
    node_address, RefusedAddress,
    testing::Values(
        node4("", "expected auto, or an IPv4 address, got ''"),
        node4("10.0.0.1/24", "expected auto, or an IPv4 address, got '10.0.0.1/24'"),
        node4("fd00::1", "'fd00::1' is IPv6, the key takes IPv4 only"),
        node6("10.0.0.1", "'10.0.0.1' is IPv4, the key takes IPv6 only"),
        node6("::ffff:10.0.0.1", "'::ffff:10.0.0.1' " + mapped),
        node4("127.0.0.1", "'127.0.0.1' is in 127.0.0.0/8 (loopback)" + choose),
        node4("169.254.1.2", "'169.254.1.2' is in 169.254.1.2/32 (the source of probes)" + choose),
        node6("::1",
              "'::1' is in ::/8 (reserved, with loopback and IPv4-mapped addresses)" + choose),
        node6("ff02::1", "'ff02::1' is in ff00::/8 (multicast)" + choose),
        node4("10.244.0.9", "10.244.0.9 is in the pods' range 10.244.0.0/24: a pod may get it"),
        node6("fd00:10:244::9",
              "fd00:10:244::9 is in the pods' range fd00:10:244::/64: a pod may get it")));

INSTANTIATE_TEST_SUITE_P(
    contradictions, RefusedAddress,
    testing::Values(
        Refusal{"ipam: {reuse_delay_seconds: 5, ipv4: \"\"}",
                "'ipam.ipv4': pods have no addresses: write 'ipam: {ipv4: 10.244.0.0/24}', or "
                "ipv6, or both, with a "
                "range that nothing else uses"},
        Refusal{"ipam: {ipv4: 10.244.0.0/24, reuse_delay_seconds: 29}",
                "'ipam.reuse_delay_seconds': 30 s of ipam.reuse_delay_min_seconds are longer than "
                "the 29 s of "
                "ipam.reuse_delay_seconds"},
        Refusal{"ipam: {ipv4: 10.244.0.0/24, reuse_delay_min_seconds: 121}",
                "'ipam.reuse_delay_min_seconds': 121 s of ipam.reuse_delay_min_seconds are longer "
                "than the 120 s of "
                "ipam.reuse_delay_seconds"},
        Refusal{with("http: {listen: \"10.244.0.9:80\"}"),
                "'http.listen': 10.244.0.9 is in the pods' range 10.244.0.0/24: a pod may get it"},
        Refusal{with("socket: /run/podwire/bpf/podwire.sock"),
                "'socket': cannot be in /run/podwire/bpf: the BPF file system is mounted there"},
        Refusal{with("state_dir: /run/podwire/bpf"),
                "'state_dir': cannot be in /run/podwire/bpf: the BPF file system is mounted there"},
        Refusal{with("run_dir: /run/podwire/podwire.sock/x"),
                "'run_dir': /run/podwire/podwire.sock has to be a directory for run_dir"},
        Refusal{with("socket: /var/lib/podwire"),
                "'socket': /var/lib/podwire has to be a directory for state_dir"}));

}  // namespace

}  // namespace podwire::config
