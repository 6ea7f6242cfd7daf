// SPDX-License-Identifier: Apache-2.0
#include "api/replies.hpp"

#include <gtest/gtest.h>

namespace podwire::api {

namespace {

endpoint::Attachment attachment() {
  endpoint::Attachment made;
  made.id = {"net", "c1", "eth0"};
  made.pod = {"shop", "web", "uid"};
  made.netns_path = "/run/netns/1";
  made.wiring = {.host_name = "pw1",
                 .host_mac = net::Mac::parse("0a:00:00:00:00:01").value(),
                 .pod_name = "eth0",
                 .pod_mac = net::Mac::parse("0a:00:00:00:00:02").value(),
                 .mtu = 1400,
                 .ipv4 = net::Address::parse("10.244.0.5").value(),
                 .ipv6 = net::Address::parse("fd00::5").value()};
  made.attached_at = endpoint::Time(std::chrono::seconds(1'700'000'000));
  return made;
}

TEST(AttachReply, HasBothEndsAndAGatewayForEachAddress) {
  const auto reply = attach_reply(attachment());
  EXPECT_EQ(reply.host.name, "pw1");
  EXPECT_EQ(reply.host.mac, "0a:00:00:00:00:01");
  EXPECT_EQ(reply.pod.name, "eth0");
  EXPECT_EQ(reply.pod.mac, "0a:00:00:00:00:02");
  EXPECT_EQ(reply.pod.mtu, 1400U);
  ASSERT_EQ(reply.ips.size(), 2U);
  EXPECT_EQ(reply.ips[0].address, "10.244.0.5/32");
  EXPECT_EQ(reply.ips[0].gateway, "169.254.1.1");
  EXPECT_EQ(reply.ips[1].address, "fd00::5/128");
  EXPECT_EQ(reply.ips[1].gateway, "fe80::1");
}

TEST(AttachReply, LeavesOutAFamilyThatIsAbsent) {
  auto only_ipv6 = attachment();
  only_ipv6.wiring.ipv4.reset();
  ASSERT_EQ(attach_reply(only_ipv6).ips.size(), 1U);
  EXPECT_EQ(attach_reply(only_ipv6).ips[0].address, "fd00::5/128");
}

TEST(PodStatus, TellsWhatIsKnownOfAnAttachment) {
  const auto status = pod_status(
      attachment(),
      {.egress_packets = 1, .egress_bytes = 2, .ingress_packets = 3, .ingress_bytes = 4}, {});
  EXPECT_EQ(status.id.container_id, "c1");
  EXPECT_EQ(status.pod.name, "web");
  EXPECT_EQ(status.netns_path, "/run/netns/1");
  EXPECT_EQ(status.ips, (std::vector<std::string>{"10.244.0.5", "fd00::5"}));
  EXPECT_EQ(status.host.name, "pw1");
  EXPECT_EQ(status.interface.name, "eth0");
  EXPECT_EQ(status.attached_at, 1'700'000'000);
  EXPECT_EQ(status.egress.packets, 1U);
  EXPECT_EQ(status.egress.bytes, 2U);
  EXPECT_EQ(status.ingress.packets, 3U);
  EXPECT_EQ(status.ingress.bytes, 4U);
  EXPECT_TRUE(status.probes.empty());
}

health::Sample sample(pw_probe_result result) {
  return {.target = {.address = net::Address::parse("fd00::5").value(),
                     .port = 8080,
                     .period = std::chrono::milliseconds(500),
                     .timeout = std::chrono::milliseconds(100)},
          .owner = "pw1",
          .result = result};
}

TEST(PodStatus, TellsTheStateOfEachProbe) {
  const auto status = pod_status(attachment(), {},
                                 {sample({.outcome = PW_OUTCOME_OPEN,
                                          .attempts = 100,
                                          .successes = 60,
                                          .refused = 25,
                                          .send_errors = 4,
                                          .latency_sum_ns = 1'500'000,
                                          .timeouts = 10,
                                          .late = 3})});
  ASSERT_EQ(status.probes.size(), 1U);
  const agent_api::ProbeState& probe = status.probes[0];
  EXPECT_EQ(probe.address, "fd00::5");
  EXPECT_EQ(probe.tcp_port, 8080);
  EXPECT_EQ(probe.period_ms, 500U);
  EXPECT_EQ(probe.timeout_ms, 100U);
  EXPECT_EQ(probe.state, "open");
  EXPECT_EQ(probe.attempts, 103U);
  EXPECT_EQ(probe.successes, 60U);
  EXPECT_EQ(probe.refused, 25U);
  EXPECT_EQ(probe.timeouts, 10U);
  EXPECT_EQ(probe.unknown, 7U);
  EXPECT_DOUBLE_EQ(probe.latency_seconds_sum, 0.0015);
}

TEST(PodStatus, NamesTheOutcomeOfTheLatestAttempt) {
  const std::pair<std::uint16_t, const char*> outcomes[] = {{PW_OUTCOME_UNKNOWN, "unknown"},
                                                            {PW_OUTCOME_OPEN, "open"},
                                                            {PW_OUTCOME_REFUSED, "refused"},
                                                            {PW_OUTCOME_TIMEOUT, "timeout"},
                                                            {999, "unknown"}};
  for (const auto& [outcome, name] : outcomes) {
    EXPECT_EQ(pod_status(attachment(), {}, {sample({.outcome = outcome})}).probes[0].state, name);
  }
}

TEST(Counted, HasTheVerdictsThatOccurred) {
  datapath::Verdicts verdicts{};
  EXPECT_TRUE(counted(verdicts).empty());
  verdicts[PW_FORWARDED] = 7;
  verdicts[PW_DROP_SPOOFED] = 1;
  const auto counts = counted(verdicts);
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].name, "forwarded");
  EXPECT_EQ(counts[0].count, 7U);
  EXPECT_EQ(counts[1].name, "spoofed");
  EXPECT_EQ(counts[1].count, 1U);
}

TEST(PoolsReply, HasEveryPoolWithItsUsage) {
  const auto reply = pools({{net::Prefix::parse("10.244.0.0/24").value(), {3, 2, 249}},
                            {net::Prefix::parse("fd00::/64").value(), {}}});
  ASSERT_EQ(reply.size(), 2U);
  EXPECT_EQ(reply[0].prefix, "10.244.0.0/24");
  EXPECT_EQ(reply[0].assigned, 3U);
  EXPECT_EQ(reply[0].cooling, 2U);
  EXPECT_EQ(reply[0].free, 249U);
  EXPECT_EQ(reply[1].prefix, "fd00::/64");
}

}  // namespace

}  // namespace podwire::api
