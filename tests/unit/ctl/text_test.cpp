// SPDX-License-Identifier: Apache-2.0
#include "ctl/text.hpp"

#include <gtest/gtest.h>

#include "ctl/pretty_json.hpp"

namespace podwire::ctl {

namespace {

using agent_api::PodsReply;
using agent_api::PodStatus;
using agent_api::ProbeState;
using std::chrono::seconds;

constexpr seconds now{100'000};

ProbeState probe(const char* address, std::uint16_t port, const char* state) {
  ProbeState result;
  result.address = address;
  result.tcp_port = port;
  result.period_ms = 1000;
  result.timeout_ms = 250;
  result.state = state;
  return result;
}

PodStatus pod(const char* pod_namespace, const char* name, std::int64_t age) {
  PodStatus result;
  result.id = {"podwire", "0123456789abcdef", "eth0"};
  result.pod = {pod_namespace, name, ""};
  result.netns_path = "/run/netns/a";
  result.host.name = "pw0";
  result.ips = {"10.244.0.5"};
  result.attached_at = now.count() - age;
  return result;
}

TEST(PodsText, has_a_line_for_each_pod) {
  PodStatus web = pod("default", "web", 192);
  web.ips.emplace_back("fd00::5");
  web.probes = {probe("10.244.0.5", 8080, "open"), probe("10.244.0.5", 9090, "refused")};
  EXPECT_EQ(pods_text({{web, pod("default", "db", 5)}}, now, false),
            "NAMESPACE   NAME   IPS                  PROBES   AGE\n"
            "default     web    10.244.0.5,fd00::5   1/2      3m12s\n"
            "default     db     10.244.0.5           <none>   5s\n");
}

TEST(PodsText, shows_the_container_where_the_runtime_gave_no_name) {
  EXPECT_EQ(pods_text({{pod("", "", 5)}}, now, false),
            "NAMESPACE   NAME           IPS          PROBES   AGE\n"
            "-           0123456789ab   10.244.0.5   <none>   5s\n");
}

TEST(PodsText, shows_a_name_without_a_namespace) {
  const std::string text = pods_text({{pod("", "web", 5)}}, now, false);
  EXPECT_NE(text.find("\n-           web    "), std::string::npos) << text;
}

TEST(PodsText, has_more_columns_when_wide) {
  PodStatus web = pod("default", "web", 5);
  web.egress.packets = 12;
  web.ingress.packets = 34;
  web.probes = {probe("10.244.0.5", 8080, "open"), probe("10.244.0.5", 9090, "refused")};
  EXPECT_EQ(pods_text({{web}}, now, true),
            "NAMESPACE   NAME   IPS          PROBES   AGE   CONTAINER      IFNAME   INTERFACE   "
            "NETNS          TX-PACKETS   RX-PACKETS   PROBE-STATE\n"
            "default     web    10.244.0.5   1/2      5s    0123456789ab   eth0     pw0         "
            "/run/netns/a   12           34           8080:open,9090:refused\n");
}

TEST(PodsText, joins_the_states_of_one_port_at_two_addresses) {
  PodStatus web = pod("default", "web", 5);
  web.probes = {probe("10.244.0.5", 80, "open"), probe("fd00::5", 80, "open"),
                probe("10.244.0.5", 81, "open"), probe("fd00::5", 81, "timeout")};
  const std::string text = pods_text({{web}}, now, true);
  EXPECT_TRUE(text.ends_with("   80:open,81:open/timeout\n")) << text;
  EXPECT_NE(text.find("   3/4   "), std::string::npos) << text;
}

TEST(SelectPods, sorts_by_namespace_and_name) {
  const PodsReply reply = select_pods({{pod("b", "x", 1), pod("a", "z", 1), pod("a", "y", 1)}}, "");
  ASSERT_EQ(reply.pods.size(), 3U);
  EXPECT_EQ(reply.pods[0].pod.name, "y");
  EXPECT_EQ(reply.pods[1].pod.name, "z");
  EXPECT_EQ(reply.pods[2].pod.name, "x");
}

TEST(SelectPods, keeps_one_namespace) {
  const PodsReply reply = select_pods({{pod("b", "x", 1), pod("a", "z", 1), pod("", "", 1)}}, "a");
  ASSERT_EQ(reply.pods.size(), 1U);
  EXPECT_EQ(reply.pods[0].pod.name, "z");
}

TEST(ProbesText, has_a_line_for_each_target) {
  PodStatus web = pod("default", "web", 5);
  web.probes = {probe("10.244.0.5", 80, "open"), probe("fd00::5", 80, "unknown")};
  web.probes[0].attempts = 10;
  web.probes[0].successes = 6;
  web.probes[0].refused = 2;
  web.probes[0].timeouts = 1;
  web.probes[0].unknown = 3;
  web.probes[0].latency_seconds_sum = 100e-6;
  EXPECT_EQ(probes_text({{pod("default", "db", 5), web}}),
            "NAMESPACE   NAME   ADDRESS      PORT   STATE     PERIOD   TIMEOUT   ATTEMPTS   "
            "SUCCESSES   REFUSED   "
            "TIMEOUTS   UNKNOWN   LATENCY\n"
            "default     web    10.244.0.5   80     open      1s       250ms     10         6      "
            "     2         "
            "1          3         12.5us\n"
            "default     web    fd00::5      80     unknown   1s       250ms     0          0      "
            "     0         "
            "0          0         <none>\n");
}

TEST(ProbesJson, names_the_pod_of_each_target) {
  PodStatus web = pod("default", "web", 5);
  web.probes = {probe("10.244.0.5", 80, "open")};
  const auto json = probes_json({{web, pod("default", "db", 5)}});
  const auto& probes = json.at("probes").as_array();
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_EQ(probes[0].at("pod").at("name").as_string(), "web");
  EXPECT_EQ(probes[0].at("id").at("container_id").as_string(), "0123456789abcdef");
  EXPECT_EQ(probes[0].at("state").as_string(), "open");
  EXPECT_EQ(probes[0].at("tcp_port").to_number<int>(), 80);
}

TEST(StatusText, shows_the_agent_its_pools_and_verdicts) {
  const agent_api::StatusReply status{
      .version = "0.1.0",
      .instance = "podwire",
      .started_at = now.count() - 3600 * 3,
      .http_listen = "",
      .pods = 3,
      .probe_targets = 2,
      .pools = {{"10.244.0.0/24", 3, 1, 250}, {"fd00::/64", 3, 0, 99}},
      .verdicts = {{"forwarded", 1234567}}};
  EXPECT_EQ(status_text(status, now),
            "Version:         0.1.0\n"
            "Instance:        podwire\n"
            "Uptime:          3h\n"
            "HTTP:            <none>\n"
            "Pods:            3\n"
            "Probe targets:   2\n"
            "\n"
            "POOL            ASSIGNED   COOLING   FREE\n"
            "10.244.0.0/24   3          1         250\n"
            "fd00::/64       3          0         99\n"
            "\n"
            "VERDICT     PACKETS\n"
            "forwarded   1234567\n");
}

TEST(ContainerId, is_found_by_its_start) {
  PodStatus one = pod("", "", 1);
  PodStatus other = pod("", "", 1);
  one.id.container_id = "abcd";
  other.id.container_id = "abce";
  const PodsReply reply{{one, other, one}};
  EXPECT_EQ(full_container_id(reply, "abcd"), "abcd");
  EXPECT_EQ(full_container_id({{one, one}}, "a"), "abcd") << "two interfaces of one container";
  EXPECT_EQ(full_container_id(reply, "x"), "x") << "the agent judges";
  const auto ambiguous = full_container_id(reply, "abc");
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().what,
            "2 containers have ids that begin with 'abc': write more of it");
}

TEST(ContainerId, that_another_one_begins_with_is_found) {
  PodStatus one = pod("", "", 1);
  PodStatus other = pod("", "", 1);
  one.id.container_id = "abc";
  other.id.container_id = "abcd";
  EXPECT_EQ(full_container_id({{other, one}}, "abc"), "abc");
}

}  // namespace

}  // namespace podwire::ctl
