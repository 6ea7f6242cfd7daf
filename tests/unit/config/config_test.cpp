// SPDX-License-Identifier: Apache-2.0
#include "config/config.hpp"

#include <fstream>
#include <string>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "fakes/scratch_directory.hpp"

namespace podwire::config {

namespace {

using std::chrono::seconds;

TEST(Config, has_the_documented_defaults_where_the_file_is_silent) {
  const auto config = parse("ipam: {ipv4: 10.244.0.0/24}", "a.yaml");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(summary(*config),
            "instance=podwire run_dir=/run/podwire state_dir=/var/lib/podwire "
            "socket=/run/podwire/podwire.sock "
            "log_level=info http.listen=127.0.0.1:9617 node.ipv4=auto node.ipv6=auto "
            "ipam.ipv4=10.244.0.0/24 "
            "ipam.ipv6=none ipam.reuse_delay_seconds=120 ipam.reuse_delay_min_seconds=30 "
            "datapath.mtu=auto masquerade.enabled=true masquerade.except=[] "
            "probes.max_targets=16384 limits.attachments=1024");
  EXPECT_FALSE(config->ipam.ipv6);
  EXPECT_FALSE(config->node.ipv4);
  EXPECT_FALSE(config->datapath.mtu);
}

TEST(Config, carries_every_key_into_its_field) {
  const auto config = parse(R"(
instance: edge-1
run_dir: /run/a
state_dir: /var/a
socket: /run/a.sock
log_level: debug
http: {listen: "[::1]:80"}
node: {ipv4: 192.0.2.1, ipv6: "2001:db8::1"}
ipam: {ipv4: 10.1.0.0/16, ipv6: "fd01::/64", reuse_delay_seconds: 9, reuse_delay_min_seconds: 0}
datapath: {mtu: 9000}
masquerade: {enabled: false, except: [10.0.0.0/8, "fd00::/8"]}
probes: {max_targets: 7}
limits: {attachments: 4096}
)",
                            "a.yaml");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->instance, "edge-1");
  EXPECT_EQ(config->run_dir, "/run/a");
  EXPECT_EQ(config->state_dir, "/var/a");
  EXPECT_EQ(config->socket, "/run/a.sock");
  EXPECT_EQ(config->log_level, "debug");
  EXPECT_EQ(config->http.listen, (HttpListen{"::1", 80}));
  EXPECT_EQ(config->node.ipv4, *net::Address::parse("192.0.2.1"));
  EXPECT_EQ(config->node.ipv6, *net::Address::parse("2001:db8::1"));
  EXPECT_EQ(config->ipam.ipv4, *net::Prefix::parse("10.1.0.0/16"));
  EXPECT_EQ(config->ipam.ipv6, *net::Prefix::parse("fd01::/64"));
  EXPECT_FALSE(config->masquerade.enabled);
  EXPECT_EQ(config->masquerade.except,
            (std::vector{*net::Prefix::parse("10.0.0.0/8"), *net::Prefix::parse("fd00::/8")}));
  EXPECT_EQ(config->ipam.reuse_delay, seconds(9));
  EXPECT_EQ(config->ipam.reuse_delay_min, seconds(0));
  EXPECT_EQ(config->datapath.mtu, 9000U);
  EXPECT_EQ(config->probes.max_targets, 7U);
  EXPECT_EQ(config->limits.attachments, 4096U);
}

TEST(Config, takes_the_limits_of_each_range) {
  for (const char* text :
       {"ipam: {ipv4: 10.0.0.0/8}", "ipam: {ipv4: 10.0.0.0/30}", "ipam: {ipv6: 'fd00::/48'}",
        "ipam: {ipv6: 'fd00::/126'}", "{ipam: {ipv4: 10.0.0.0/8}, datapath: {mtu: 1280}}",
        "{ipam: {ipv4: 10.0.0.0/8}, limits: {attachments: 1}}",
        "{ipam: {ipv4: 10.0.0.0/8}, http: {listen: '0.0.0.0:65535'}}",
        "{ipam: {ipv4: 10.0.0.0/8, reuse_delay_seconds: 30}}"}) {
    const auto config = parse(text, "a.yaml");
    EXPECT_TRUE(config) << config.error().what;
  }
}

TEST(Config, takes_the_gateway_as_address_of_the_node) {
  const auto config =
      parse("{ipam: {ipv4: 10.0.0.0/8}, node: {ipv4: 169.254.1.1, ipv6: 'fe80::1'}}", "a.yaml");
  EXPECT_TRUE(config) << config.error().what;
}

TEST(Config, serves_no_http_when_told_so) {
  for (const char* off : {"off", "\"\""}) {
    const auto config =
        parse("{ipam: {ipv4: 10.0.0.0/8}, http: {listen: " + std::string(off) + "}}", "a.yaml");
    ASSERT_TRUE(config) << config.error().what;
    EXPECT_FALSE(config->http.listen);
  }
}

TEST(Config, takes_a_section_without_keys_as_absent) {
  const auto config = parse("ipam: {ipv4: 10.0.0.0/8}\nhttp:\nnode:\n", "a.yaml");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->http.listen, (HttpListen{"127.0.0.1", 9617}));
}

TEST(Config, without_a_range_for_pods_says_what_to_write) {
  for (const char* text : {"", "# nothing\n", "log_level: info\n"}) {
    const auto config = parse(text, "a.yaml");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().what,
              "a.yaml: key 'ipam.ipv4': pods have no addresses: write 'ipam: {ipv4: "
              "10.244.0.0/24}', or ipv6, or both, "
              "with a range that nothing else uses");
  }
}

TEST(Config, survives_nesting_without_end) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "{a: ";
  EXPECT_FALSE(parse(text, "a.yaml"));
}

class ConfigFile : public testing::Test {
 protected:
  std::string write(const std::string& text) const {
    std::ofstream(path()) << text;
    return path();
  }
  std::string path() const { return directory_.file("podwired.yaml"); }

  fakes::ScratchDirectory directory_;
};

TEST_F(ConfigFile, is_read_and_named_in_errors) {
  EXPECT_TRUE(load(write("ipam: {ipv4: 10.0.0.0/8}")));
  const auto refused = load(write("instance: Node"));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().what.starts_with(path() + ":1: key 'instance': "))
      << refused.error().what;
}

TEST_F(ConfigFile, that_is_missing_is_named) {
  const auto refused = load(path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::not_found);
  EXPECT_EQ(refused.error().what,
            "open the configuration " + path() + ": No such file or directory");
}

TEST_F(ConfigFile, that_is_no_file_is_refused) {
  const auto directory = load(directory_.path());
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().what, directory_.path() + ": not a regular file");
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  const auto fifo = load(path());
  ASSERT_FALSE(fifo);
  EXPECT_EQ(fifo.error().what, path() + ": not a regular file");
}

TEST_F(ConfigFile, of_a_mebibyte_is_read_and_a_larger_one_refused) {
  std::string text = "ipam: {ipv4: 10.0.0.0/8}\n#";
  text.resize(1'048'576, 'x');
  EXPECT_TRUE(load(write(text)));
  const auto refused = load(write(text + "x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what,
            path() + ": larger than 1048576 bytes: this is no configuration file");
}

}  // namespace

}  // namespace podwire::config
