// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "manager_fixture.hpp"

namespace podwire::endpoint {

namespace {

using Restore = ManagerTest;

TEST_F(Restore, OfNothingFindsNothing) {
  const Restored restored = restart();
  EXPECT_EQ(restored.adopted, 0U);
  EXPECT_EQ(restored.dropped, 0U);
  EXPECT_EQ(restored.removed, 0U);
}

TEST_F(Restore, AdoptsWhatIsStillThere) {
  const auto before = attach("c1");
  ASSERT_TRUE(before);
  const Restored restored = restart();
  EXPECT_EQ(restored.adopted, 1U);
  EXPECT_EQ(restored.dropped, 0U);
  ASSERT_EQ(manager_->attachments().count(id("c1")), 1U);
  const Attachment& after = manager_->attachments().at(id("c1"));
  EXPECT_EQ(after.ifindex, before->ifindex);
  EXPECT_EQ(after.slot, before->slot);
  EXPECT_EQ(after.wiring.ipv4, before->wiring.ipv4);
  EXPECT_EQ(after.wiring.ipv6, before->wiring.ipv6);
  EXPECT_EQ(after.wiring.pod_mac, before->wiring.pod_mac);
  EXPECT_EQ(after.pod.uid, "uid");
  EXPECT_EQ(after.probes, before->probes);
  EXPECT_EQ(observed_, (std::vector<std::string>{"published c1 1"}));
}

TEST_F(Restore, TouchesNoCounters) {
  ASSERT_TRUE(attach("c1"));
  datapath_.slots[0].egress_packets = 42;
  restart();
  EXPECT_EQ(log_.calls(), (std::vector<std::string>{"list", "look_at", "configure_host",
                                                    "attach_hook", "publish", "remove", "retain"}));
  EXPECT_EQ(datapath_.slots[0].egress_packets, 42U);
}

TEST_F(Restore, PutsHookAndEndpointBack) {
  const auto attachment = attach("c1");
  ASSERT_TRUE(attachment);
  datapath_.hooks.clear();
  datapath_.endpoints.clear();
  restart();
  EXPECT_TRUE(datapath_.hooks.contains(attachment->ifindex));
  EXPECT_EQ(datapath_.endpoints.size(), 2U);
  EXPECT_TRUE(manager_->check(id("c1"), {"10.244.0.1/32", "fd00::1/128"}, pod_));
}

TEST_F(Restore, FindsTheInterfaceNumberAnew) {
  ASSERT_TRUE(attach("c1"));
  links_.links.at(link_of("c1")).ifindex = 77;
  restart();
  EXPECT_EQ(manager_->attachments().at(id("c1")).ifindex, 77U);
  EXPECT_EQ(datapath_.endpoints.at(address("10.244.0.1")).ifindex, 77U);
}

TEST_F(Restore, DropsWhoseLinkIsGone) {
  ASSERT_TRUE(attach("c1") && attach("c2"));
  links_.links.erase(link_of("c1"));
  const Restored restored = restart();
  EXPECT_EQ(restored.adopted, 1U);
  EXPECT_EQ(restored.dropped, 1U);
  EXPECT_EQ(stored(), 1U);
  EXPECT_EQ(assigned(), 1U);
  EXPECT_EQ(manager_->pool_usage()[0].second.cooling, 1U);
  EXPECT_FALSE(datapath_.endpoints.contains(address("10.244.0.1")));
  EXPECT_TRUE(datapath_.endpoints.contains(address("10.244.0.2")));
}

TEST_F(Restore, FinishesADeletionThatACrashInterrupted) {
  ASSERT_TRUE(attach("c1") && attach("c2"));
  links_.links.at(link_of("c1")).wiring.group = net::deletion_group;
  const Restored restored = restart();
  EXPECT_EQ(restored.adopted, 1U);
  EXPECT_EQ(restored.dropped, 1U);
  EXPECT_EQ(restored.removed, 1U);
  EXPECT_FALSE(links_.links.contains(link_of("c1")));
  EXPECT_EQ(stored(), 1U);
  EXPECT_EQ(assigned(), 1U);
  EXPECT_FALSE(datapath_.endpoints.contains(address("10.244.0.1")));
}

TEST_F(Restore, DropsWhoseLinkHasAnotherMac) {
  ASSERT_TRUE(attach("c1"));
  links_.links.at(link_of("c1")).wiring.host_mac = net::Mac::random();
  const Restored restored = restart();
  EXPECT_EQ(restored.dropped, 1U);
  EXPECT_EQ(restored.removed, 1U);  // the link is of our group, and no record knows it now
  expect_nothing_left();
}

TEST_F(Restore, RemovesUnknownLinksOfItsOwnGroupOnly) {
  ASSERT_TRUE(attach("c1"));
  links_.add("pwcrashed", link_group("node"));
  links_.add("pwforeign", link_group("other-node"));
  links_.add("pwplain", 0);
  const Restored restored = restart();
  EXPECT_EQ(restored.removed, 1U);
  EXPECT_FALSE(links_.links.contains("pwcrashed"));
  EXPECT_TRUE(links_.links.contains("pwforeign"));
  EXPECT_TRUE(links_.links.contains("pwplain"));
  EXPECT_TRUE(links_.links.contains(link_of("c1")));
}

TEST_F(Restore, TakesOutEndpointsThatNobodyOwns) {
  ASSERT_TRUE(attach("c1"));
  datapath_.endpoints[address("10.244.0.99")] = {.ifindex = 5};
  restart();
  EXPECT_EQ(datapath_.endpoints.size(), 2U);
  EXPECT_FALSE(datapath_.endpoints.contains(address("10.244.0.99")));
}

TEST_F(Restore, GivesNothingTwice) {
  ASSERT_TRUE(attach("c1") && attach("c2"));
  detach("c1");
  now_ += std::chrono::seconds(1);
  restart();
  const auto next = attach("c3");
  ASSERT_TRUE(next);
  EXPECT_EQ(next->slot, 0U);                                // free again since the detach
  EXPECT_EQ(next->wiring.ipv4, address("10.244.0.3"));      // .1 cools, .2 is in use
  EXPECT_EQ(manager_->pool_usage()[0].second.cooling, 1U);  // remembered over the restart
}

TEST_F(Restore, AdoptsWhatWasBeingDetached) {
  ASSERT_TRUE(attach("c1"));
  manager_->begin_detach(id("c1"));
  EXPECT_EQ(restart().adopted, 1U);
  EXPECT_EQ(datapath_.endpoints.size(), 2U);
  detach("c1");
  expect_nothing_left();
}

TEST_F(Restore, AfterABootFindsNothingButRemembersTheAddresses) {
  ASSERT_TRUE(attach("c1"));
  links_.links.clear();
  datapath_.endpoints.clear();
  const Restored restored = restart("boot-2");
  EXPECT_EQ(restored.adopted + restored.dropped, 0U);
  EXPECT_EQ(manager_->pool_usage()[0].second.cooling, 1U);
  EXPECT_EQ(attach("c1")->wiring.ipv4, address("10.244.0.2"));
}

TEST_F(Restore, WithALowerLimitKeepsThePodsThatAreThere) {
  ASSERT_TRUE(attach("c1") && attach("c2"));
  stop();
  settings_.most_attachments = 1;
  start();
  const auto restored = manager_->restore();
  ASSERT_TRUE(restored) << restored.error().what;
  EXPECT_EQ(restored->adopted, 2U);
  EXPECT_EQ(attach("c3").error().code, Errc::exhausted);
}

TEST_F(Restore, WithAnotherPrefixKeepsThePodsThatAreThere) {
  ASSERT_TRUE(attach("c1"));
  stop();
  ipv4_ = net::Prefix::parse("10.99.0.0/24").value();
  start();
  const auto restored = manager_->restore();
  ASSERT_TRUE(restored) << restored.error().what;
  EXPECT_EQ(restored->adopted, 1U);
  EXPECT_EQ(attach("c2")->wiring.ipv4, address("10.99.0.1"));
  detach("c1");
}

// Each call to the kernel fails in turn; the next start finds everything.
class RestoreStep : public ManagerTest, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(RestoreStep, ThatFailsIsReportedAndLosesNothing) {
  ASSERT_TRUE(attach("c1"));
  stop();
  start();
  log_.fail_at(GetParam());
  const auto failed = manager_->restore();
  ASSERT_TRUE(log_.has_failed());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what.find("restore: "), 0U) << failed.error().what;
  EXPECT_EQ(restart().adopted, 1U);
}

// Those that concern all: list, attach_hook, publish, remove, retain less the last one's likeness.
INSTANTIATE_TEST_SUITE_P(Calls, RestoreStep, ::testing::Values(1, 4, 5, 6, 7));

// What one link is in the way of: look_at, configure_host.
class OneLink : public RestoreStep {};

TEST_P(OneLink, ThatCannotBePutRightKeepsNobodyFromTheirAgent) {
  const auto before = attach("c1");
  ASSERT_TRUE(before);
  ASSERT_TRUE(attach("c2"));
  stop();
  start();
  log_.fail_at(GetParam());
  const auto restored = manager_->restore();
  ASSERT_TRUE(log_.has_failed());
  ASSERT_TRUE(restored) << restored.error().what;
  EXPECT_EQ(restored->adopted, 2U);
  EXPECT_EQ(manager_->attachments().at(id("c1")).wiring.pod_mac, before->wiring.pod_mac);
  EXPECT_TRUE(datapath_.endpoints.contains(address("10.244.0.1")));
}

INSTANTIATE_TEST_SUITE_P(Calls, OneLink, ::testing::Values(2, 3));

// The kernel tears the namespace down: the host end is there for a moment, the pod's no longer.
TEST_F(Restore, DropsAPodWhoseNamespaceIsEnding) {
  ASSERT_TRUE(attach("c1"));
  links_.links.at(link_of("c1")).is_ending = true;
  EXPECT_EQ(restart().dropped, 1U);
  EXPECT_EQ(assigned(), 0U);
}

TEST(LinkGroup, DiffersByInstanceAndIsNoCommonNumber) {
  EXPECT_EQ(link_group("node"), link_group("node"));
  EXPECT_NE(link_group("node"), link_group("other-node"));
  for (const char* instance : {"", "node", "a", "b"}) EXPECT_EQ(link_group(instance) >> 24, 0x70U);
}

}  // namespace

}  // namespace podwire::endpoint
