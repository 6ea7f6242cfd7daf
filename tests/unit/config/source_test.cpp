// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "config/config.hpp"
#include "fakes/scratch_directory.hpp"

// Values that stand in an environment variable or a file of the node.
namespace podwire::config {

namespace {

class Source : public testing::Test {
 protected:
  static constexpr const char* variable = "PODWIRE_TEST_CIDR";

  Source() { ::unsetenv(variable); }
  ~Source() override { ::unsetenv(variable); }

  std::string write(const std::string& text) const {
    std::ofstream(path_) << text;
    return "file:" + path_;
  }
  static Result<Config> with_ipv4(const std::string& value) {
    return parse("ipam: {ipv4: \"" + value + "\", ipv6: \"fd00::/64\"}", "a.yaml");
  }
  static void expect_refusal(const std::string& value, const std::string& why) {
    const auto refused = with_ipv4(value);
    ASSERT_FALSE(refused) << value;
    EXPECT_EQ(refused.error().what, "a.yaml:1: key 'ipam.ipv4': " + value + ": " + why);
  }

  fakes::ScratchDirectory directory_;
  std::string path_ = directory_.file("cidr");
};

TEST_F(Source, is_a_file_with_white_space_around_the_value) {
  for (const char* text : {"10.9.0.0/24", "10.9.0.0/24\n", " \t10.9.0.0/24\r\n\n"}) {
    const auto config = with_ipv4(write(text));
    ASSERT_TRUE(config) << config.error().what;
    EXPECT_EQ(config->ipam.ipv4->text(), "10.9.0.0/24");
  }
}

TEST_F(Source, is_an_environment_variable) {
  ::setenv(variable, "10.9.0.0/24", 1);
  const auto config = with_ipv4("env:PODWIRE_TEST_CIDR");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->ipam.ipv4->text(), "10.9.0.0/24");
}

TEST_F(Source, serves_ipv6_without_quotes) {
  std::ofstream(path_) << "fd09::/64\n";
  const auto config = parse("ipam:\n  ipv6: file:" + path_ + "\n", "a.yaml");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->ipam.ipv6->text(), "fd09::/64");
}

// A node of one family is given an empty value for the other.
TEST_F(Source, that_is_empty_means_no_range) {
  ::setenv(variable, "", 1);
  for (const std::string& value : {std::string("env:PODWIRE_TEST_CIDR"), write("\n")}) {
    const auto config = with_ipv4(value);
    ASSERT_TRUE(config) << config.error().what;
    EXPECT_FALSE(config->ipam.ipv4);
  }
}

TEST_F(Source, that_is_missing_is_named) {
  expect_refusal("env:PODWIRE_TEST_CIDR",
                 "the environment variable 'PODWIRE_TEST_CIDR' is not set: set it for podwired, or "
                 "write the value");
  expect_refusal("file:" + path_, "open the value " + path_ + ": No such file or directory");
}

TEST_F(Source, that_names_nothing_is_refused) {
  expect_refusal("env:", "expected the name of an environment variable after env:");
  expect_refusal("file:cidr", "expected an absolute path after file:");
  expect_refusal("file:" + directory_.path(), directory_.path() + ": not a regular file");
}

TEST_F(Source, with_an_impossible_value_is_named) {
  expect_refusal(write("10.9.0.1/24"),
                 "'10.9.0.1/24' has bits set behind its prefix length: write the first address of "
                 "the range");
  expect_refusal(write("fd00::/64"), "'fd00::/64' is IPv6, the key takes IPv4 only");
  ::setenv(variable, "file:/etc/hostname", 1);  // one step, no chains
  expect_refusal("env:PODWIRE_TEST_CIDR", "'file:/etc/hostname' does not start with an IP address");
}

TEST_F(Source, of_more_than_4096_bytes_is_refused) {
  const std::string value = write("10.9.0.0/24" + std::string(4096 - 11, ' '));
  EXPECT_TRUE(with_ipv4(value));
  expect_refusal(write("10.9.0.0/24" + std::string(4096, ' ')),
                 path_ + ": larger than 4096 bytes: this is no value file");
}

}  // namespace

}  // namespace podwire::config
