// SPDX-License-Identifier: Apache-2.0
#include "cni/environment.hpp"

#include <list>

#include <gtest/gtest.h>

namespace podwire::cni {

namespace {

Variables complete(const std::string& command) {
  return {{"CNI_COMMAND", command},
          {"CNI_CONTAINERID", "c1"},
          {"CNI_NETNS", "/run/netns/a"},
          {"CNI_IFNAME", "eth0"},
          {"CNI_ARGS", "K8S_POD_NAME=web"}};
}

Variables with(Variables variables, const std::string& name, const std::string& value) {
  variables[name] = value;
  return variables;
}

TEST(Environment, TakesTheParametersOfADD) {
  auto environment = parse_environment(complete("ADD"));
  ASSERT_TRUE(environment);
  EXPECT_EQ(environment->command, Command::add);
  EXPECT_EQ(environment->container_id, "c1");
  EXPECT_EQ(environment->netns, "/run/netns/a");
  EXPECT_EQ(environment->ifname, "eth0");
  EXPECT_EQ(environment->args, "K8S_POD_NAME=web");
  EXPECT_FALSE(environment->netns_override);
}

TEST(Environment, WithoutACommandAPersonCalled) {
  EXPECT_EQ(parse_environment({})->command, Command::none);
  EXPECT_EQ(parse_environment({{"CNI_COMMAND", ""}})->command, Command::none);
}

TEST(Environment, VersionAndStatusNeedNoContainer) {
  EXPECT_EQ(parse_environment({{"CNI_COMMAND", "VERSION"}})->command, Command::version);
  EXPECT_EQ(parse_environment({{"CNI_COMMAND", "STATUS"}})->command, Command::status);
}

TEST(Environment, OfVersionMayHoldAnything) {
  EXPECT_TRUE(parse_environment({{"CNI_COMMAND", "VERSION"},
                                 {"CNI_CONTAINERID", ""},
                                 {"CNI_NETNS", "dummy"},
                                 {"CNI_IFNAME", "a/b"}}));
}

TEST(Environment, OfDELMayLackTheNamespace) {
  EXPECT_TRUE(parse_environment(with(complete("DEL"), "CNI_NETNS", "")));
}

TEST(Environment, OfDELMayHaveAnyNamespace) {
  EXPECT_TRUE(parse_environment(with(complete("DEL"), "CNI_NETNS", "/run/netns/\xfc")));
}

TEST(Environment, NamespaceNeedNotBeASCII) {
  EXPECT_TRUE(parse_environment(with(complete("ADD"), "CNI_NETNS", "/run/netns/\u00fc")));
}

TEST(Environment, OverrideIsTrueInAnyCaseOr1) {
  for (const char* yes : {"1", "TRUE", "true", "True"}) {
    EXPECT_TRUE(parse_environment(with(complete("ADD"), "CNI_NETNS_OVERRIDE", yes))->netns_override)
        << yes;
  }
  for (const char* no : {"", "0", "yes", "truely", "false"}) {
    EXPECT_FALSE(parse_environment(with(complete("ADD"), "CNI_NETNS_OVERRIDE", no))->netns_override)
        << no;
  }
}

struct BadEnvironment {
  const char* name;
  Variables variables;
  const char* message;
};

class BadEnvironmentTest : public ::testing::TestWithParam<BadEnvironment> {};

TEST_P(BadEnvironmentTest, IsCode4AndNamesTheVariable) {
  auto environment = parse_environment(GetParam().variables);
  ASSERT_FALSE(environment);
  EXPECT_EQ(environment.error().code, Code::invalid_environment);
  EXPECT_EQ(environment.error().message, GetParam().message);
}

constexpr const char* all_missing =
    "required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME] missing";
constexpr const char* bad_interface_name =
    " must have 1 to 15 printable ASCII characters without '/', ':', '%' and spaces, and not be "
    "'.', '..', 'all' or 'default'";

BadEnvironment bad_ifname(const char* name, const char* value, const std::string& shown) {
  static std::list<std::string> messages;
  messages.push_back("CNI_IFNAME " + shown + bad_interface_name);
  return {name, with(complete("CHECK"), "CNI_IFNAME", value), messages.back().c_str()};
}

INSTANTIATE_TEST_SUITE_P(
    , BadEnvironmentTest,
    ::testing::Values(
        BadEnvironment{"unknown_command", complete("add"), "unknown CNI_COMMAND: 'add'"},
        BadEnvironment{"gc", complete("GC"), "unsupported CNI_COMMAND: GC"},
        BadEnvironment{"add_all_missing", {{"CNI_COMMAND", "ADD"}}, all_missing},
        BadEnvironment{"check_all_missing", {{"CNI_COMMAND", "CHECK"}}, all_missing},
        BadEnvironment{"del_all_missing",
                       {{"CNI_COMMAND", "DEL"}},
                       "required env variables [CNI_CONTAINERID,CNI_IFNAME] missing"},
        BadEnvironment{"netns_in_latin1", with(complete("ADD"), "CNI_NETNS", "/run/netns/\xfc"),
                       "CNI_NETNS '/run/netns/?' must be UTF-8 text without control characters"},
        BadEnvironment{"netns_of_two_lines", with(complete("CHECK"), "CNI_NETNS", "/run/\nx"),
                       "CNI_NETNS '/run/?x' must be UTF-8 text without control characters"},
        BadEnvironment{"add_empty_netns", with(complete("ADD"), "CNI_NETNS", ""),
                       "required env variables [CNI_NETNS] missing"},
        BadEnvironment{"check_empty_netns", with(complete("CHECK"), "CNI_NETNS", ""),
                       "required env variables [CNI_NETNS] missing"},
        BadEnvironment{
            "container_id_with_a_slash", with(complete("ADD"), "CNI_CONTAINERID", "a/b"),
            "CNI_CONTAINERID 'a/b' must begin with a letter or digit and may hold only letters, "
            "digits, '_', '.' and '-'"},
        BadEnvironment{
            "container_id_with_a_dot_first", with(complete("DEL"), "CNI_CONTAINERID", ".a"),
            "CNI_CONTAINERID '.a' must begin with a letter or digit and may hold only letters, "
            "digits, '_', '.' and '-'"},
        BadEnvironment{"container_id_not_text", with(complete("ADD"), "CNI_CONTAINERID", "a\xff\n"),
                       "CNI_CONTAINERID 'a?"
                       "?' must begin with a letter or digit and may hold only letters, "
                       "digits, '_', '.' and '-'"},
        bad_ifname("ifname_of_16_bytes", "abcdefghijklmnop", "'abcdefghijklmnop'"),
        bad_ifname("ifname_dot", ".", "'.'"), bad_ifname("ifname_dot_dot", "..", "'..'"),
        bad_ifname("ifname_slash", "e/0", "'e/0'"), bad_ifname("ifname_colon", "e:0", "'e:0'"),
        bad_ifname("ifname_percent", "e%d", "'e%d'"), bad_ifname("ifname_all", "all", "'all'"),
        bad_ifname("ifname_default", "default", "'default'"),
        bad_ifname("ifname_space", "e 0", "'e 0'"), bad_ifname("ifname_newline", "e\n", "'e?'"),
        bad_ifname("ifname_not_ascii", "e\xfc", "'e?'")),
    [](const auto& bad) { return bad.param.name; });

TEST(Environment, TakesTheLongestInterfaceName) {
  EXPECT_TRUE(parse_environment(with(complete("ADD"), "CNI_IFNAME", "abcdefghijklmno")));
}

}  // namespace

}  // namespace podwire::cni
