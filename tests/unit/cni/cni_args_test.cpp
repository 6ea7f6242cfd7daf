// SPDX-License-Identifier: Apache-2.0
#include "cni/cni_args.hpp"

#include <gtest/gtest.h>

namespace podwire::cni {

namespace {

TEST(CniArgs, EmptyNamesNoPod) {
  auto args = parse_cni_args("");
  ASSERT_TRUE(args);
  EXPECT_EQ(args->pod.name + args->pod.pod_namespace + args->pod.uid, "");
}

TEST(CniArgs, NamesThePodInAnyOrder) {
  for (const char* text :
       {"IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0;K8S_POD_INFRA_CONTAINER_ID=c;"
        "K8S_POD_UID=7",
        "K8S_POD_UID=7;K8S_POD_NAME=web-0;IgnoreUnknown=true;K8S_POD_NAMESPACE=shop"}) {
    auto args = parse_cni_args(text);
    ASSERT_TRUE(args) << text;
    EXPECT_EQ(args->pod.pod_namespace, "shop");
    EXPECT_EQ(args->pod.name, "web-0");
    EXPECT_EQ(args->pod.uid, "7");
  }
}

TEST(CniArgs, TheLaterOfTwoEqualKeysWins) {
  EXPECT_EQ(parse_cni_args("K8S_POD_NAME=a;K8S_POD_NAME=b")->pod.name, "b");
  EXPECT_EQ(parse_cni_args("IP=10.0.0.1;IP=10.0.0.2")->requested.ips,
            (std::vector<std::string>{"10.0.0.2"}));
}

TEST(CniArgs, RequestsAnAddressAndAMac) {
  const auto args = parse_cni_args("IgnoreUnknown=1;IP=10.0.0.1/24;MAC=02:00:00:00:00:01");
  ASSERT_TRUE(args);
  EXPECT_EQ(args->requested.ips, (std::vector<std::string>{"10.0.0.1/24"}));
  EXPECT_EQ(args->requested.mac, "02:00:00:00:00:01");
}

TEST(CniArgs, KubernetesLabelsNeedNoIgnoreUnknown) {
  EXPECT_TRUE(parse_cni_args("K8S_POD_OF_THE_FUTURE=x"));
}

TEST(CniArgs, IgnoreUnknownLetsOthersPassWhereverItStands) {
  EXPECT_TRUE(parse_cni_args("FOO=1;IgnoreUnknown=1"));
  EXPECT_TRUE(parse_cni_args("IgnoreUnknown=true;FOO="));
  EXPECT_FALSE(parse_cni_args("IgnoreUnknown=1;FOO=1;IgnoreUnknown=0"));
}

TEST(CniArgs, AnEmptyAddressIsNoRequest) {
  const auto args = parse_cni_args("IP=;MAC=");
  ASSERT_TRUE(args);
  EXPECT_TRUE(args->requested.ips.empty());
  EXPECT_EQ(args->requested.mac, "");
}

struct BadArgs {
  const char* name;
  const char* text;
  Code code;
  const char* message;
};

class BadArgsTest : public ::testing::TestWithParam<BadArgs> {};

TEST_P(BadArgsTest, AreRefusedWithTheReason) {
  auto args = parse_cni_args(GetParam().text);
  ASSERT_FALSE(args);
  EXPECT_EQ(args.error().code, GetParam().code);
  EXPECT_EQ(args.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    , BadArgsTest,
    ::testing::Values(
        BadArgs{"no_equals", "FOO", Code::invalid_environment,
                "CNI_ARGS: 'FOO' must be KEY=VALUE with one '='"},
        BadArgs{"two_equals", "K8S_POD_NAME=a=b;IgnoreUnknown=1", Code::invalid_environment,
                "CNI_ARGS: 'K8S_POD_NAME=a=b' must be KEY=VALUE with one '='"},
        BadArgs{"empty_pair", "A=1;;IgnoreUnknown=1", Code::invalid_environment,
                "CNI_ARGS: '' must be KEY=VALUE with one '='"},
        BadArgs{"empty_pair_first", ";IgnoreUnknown=1", Code::invalid_environment,
                "CNI_ARGS: '' must be KEY=VALUE with one '='"},
        BadArgs{"empty_pair_last", "IgnoreUnknown=1;", Code::invalid_environment,
                "CNI_ARGS: '' must be KEY=VALUE with one '='"},
        BadArgs{"unknown_key", "FOO=bar", Code::invalid_environment,
                "CNI_ARGS: unknown key 'FOO' with value 'bar'; IgnoreUnknown=1 would let it pass"},
        BadArgs{"bad_ignore_unknown", "IgnoreUnknown=yes", Code::invalid_environment,
                "CNI_ARGS: IgnoreUnknown is 'yes'; allowed are 1, true, 0 and false"},
        BadArgs{
            "pod_name_of_two_lines", "K8S_POD_NAME=a\nb", Code::invalid_environment,
            "CNI_ARGS: K8S_POD_NAME is 'a?b'; it must be UTF-8 text without control characters"},
        BadArgs{"pod_name_in_latin1", "K8S_POD_NAME=\xfc", Code::invalid_environment,
                "CNI_ARGS: K8S_POD_NAME is '?'; it must be UTF-8 text without control characters"},
        BadArgs{"ip_of_two_lines", "IP=10.0.0.1\n", Code::invalid_environment,
                "CNI_ARGS: IP is '10.0.0.1?'; it must be UTF-8 text without control characters"}),
    [](const auto& bad) { return bad.param.name; });

}  // namespace

}  // namespace podwire::cni
