// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "endpoint/sqlite.hpp"
#include "manager_fixture.hpp"

namespace podwire::endpoint {

namespace {

using Attach = ManagerTest;

TEST_F(Attach, ReturnsWhatWasWired) {
  const auto attachment = attach("c1");
  ASSERT_TRUE(attachment) << attachment.error().what;
  EXPECT_EQ(attachment->id, id("c1"));
  EXPECT_EQ(attachment->pod.name, "pod-of-c1");
  EXPECT_EQ(attachment->netns_path, "/run/netns/c1");
  EXPECT_EQ(attachment->wiring.host_name, link_of("c1"));
  EXPECT_EQ(attachment->wiring.pod_name, "eth0");
  EXPECT_EQ(attachment->wiring.ipv4, address("10.244.0.1"));
  EXPECT_EQ(attachment->wiring.ipv6, address("fd00::1"));
  EXPECT_EQ(attachment->wiring.mtu, 1450U);
  EXPECT_EQ(attachment->wiring.group, link_group("node"));
  EXPECT_NE(attachment->wiring.host_mac, attachment->wiring.pod_mac);
  EXPECT_EQ(attachment->slot, 0U);
  EXPECT_EQ(attachment->attached_at, now_);
  EXPECT_EQ(attachment->ifindex, links_.links.at(link_of("c1")).ifindex);
}

TEST_F(Attach, LeavesTheKernelTheStoreAndTheObserverInStep) {
  const auto attachment = attach("c1");
  ASSERT_TRUE(attachment) << attachment.error().what;
  const auto& link = links_.links.at(link_of("c1"));
  EXPECT_TRUE(link.host_is_configured && link.pod_is_configured);
  EXPECT_EQ(link.wiring.alias, "podwire pod=shop/pod-of-c1 container=c1 ifname=eth0");
  EXPECT_TRUE(datapath_.hooks.contains(attachment->ifindex));
  ASSERT_EQ(datapath_.endpoints.size(), 2U);
  const datapath::Endpoint& endpoint = datapath_.endpoints.at(address("10.244.0.1"));
  EXPECT_EQ(endpoint.ifindex, attachment->ifindex);
  EXPECT_EQ(endpoint.slot, attachment->slot);
  EXPECT_EQ(endpoint.mtu, 1450U);
  EXPECT_EQ(endpoint.pod_mac, attachment->wiring.pod_mac);
  EXPECT_EQ(endpoint.host_mac, attachment->wiring.host_mac);
  EXPECT_EQ(stored(), 1U);
  EXPECT_EQ(observed_, (std::vector<std::string>{"published c1 1"}));
}

TEST_F(Attach, HasTheHookOnBeforeTheAddressIsPublished) {
  ASSERT_TRUE(attach("c1"));
  EXPECT_EQ(log_.calls(), (std::vector<std::string>{"create", "configure_host", "configure_pod",
                                                    "attach_hook", "reset", "publish"}));
}

TEST_F(Attach, ThatFailsInTheContainerLeavesNoRuleThere) {
  log_.fail_at(3);
  ASSERT_FALSE(attach("c1"));
  EXPECT_EQ(log_.calls(), (std::vector<std::string>{"create", "configure_host", "configure_pod",
                                                    "remove_rules", "remove"}));
}

TEST_F(Attach, TakesTheMtuOfTheRequest) {
  auto wanted = request("c1");
  wanted.mtu = 1280;
  EXPECT_EQ(manager_->attach(wanted, pod_)->wiring.mtu, 1280U);
}

TEST_F(Attach, GivesTheRequestedAddressesAndMac) {
  auto wanted = request("c1");
  wanted.ips = {"fd00::77/64", "10.244.0.77"};
  wanted.mac = "02:00:00:00:00:77";
  const auto attachment = manager_->attach(wanted, pod_);
  ASSERT_TRUE(attachment) << attachment.error().what;
  EXPECT_EQ(attachment->wiring.ipv4, address("10.244.0.77"));
  EXPECT_EQ(attachment->wiring.ipv6, address("fd00::77"));
  EXPECT_EQ(attachment->wiring.pod_mac.text(), "02:00:00:00:00:77");
}

TEST_F(Attach, TellsWhoHasARequestedAddress) {
  ASSERT_TRUE(attach("c1"));
  auto wanted = request("c2");
  wanted.ips = {"10.244.0.1"};
  const auto refused = manager_->attach(wanted, pod_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_EQ(refused.error().what,
            "attach pod=shop/pod-of-c2 container=c2 ifname=eth0: 10.244.0.1 is in use by "
            "pod=shop/pod-of-c1 container=c1 ifname=eth0");
  EXPECT_EQ(assigned(), 1U);
}

// As "podman run --ip" does after "podman rm": it asks for what has just been released.
TEST_F(Attach, GivesARequestedAddressAgainAtOnce) {
  auto wanted = request("c1");
  wanted.ips = {"10.244.0.1"};
  ASSERT_TRUE(manager_->attach(wanted, pod_));
  detach("c1");
  EXPECT_TRUE(manager_->attach(wanted, pod_));
  detach("c1");
  EXPECT_EQ(attach("c2")->wiring.ipv4, address("10.244.0.2")) << "who does not ask gets another";
}

TEST_F(Attach, CutsTheAliasToWhatTheKernelTakes) {
  auto wanted = request("c1");
  wanted.pod.name = std::string(256, 'x');
  ASSERT_TRUE(manager_->attach(wanted, pod_));
  EXPECT_EQ(links_.links.at(link_of("c1")).wiring.alias.size(), 255U);
}

// Each of the six calls to the kernel fails in turn.
class AttachStep : public ManagerTest, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(AttachStep, ThatFailsLeavesNothingBehind) {
  log_.fail_at(GetParam());
  const auto failed = attach("c1");
  ASSERT_TRUE(log_.has_failed());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what.find("attach pod=shop/pod-of-c1 container=c1 ifname=eth0: "), 0U)
      << failed.error().what;
  expect_nothing_left();
  EXPECT_TRUE(observed_.empty());
  EXPECT_EQ(manager_->pool_usage()[0].second.cooling, 0U) << "no pod ever had the address";

  const auto again = attach("c1");
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->slot, 0U);
  EXPECT_EQ(assigned(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Calls, AttachStep, ::testing::Range<std::size_t>(1, 7));

TEST_F(Attach, ThatCannotBeStoredLeavesNothingBehind) {
  auto other = Database::open(directory_.file("podwire.db"));
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->run("BEGIN IMMEDIATE"));  // the store's own transactions are refused
  const auto failed = attach("c1");
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().what.find("podwire.db: database is locked"), std::string::npos)
      << failed.error().what;
  ASSERT_TRUE(other->run("ROLLBACK"));
  expect_nothing_left();
  EXPECT_TRUE(observed_.empty());
  EXPECT_TRUE(attach("c1"));
}

TEST_F(Attach, ThatContradictsTheStoreLeavesNothingBehind) {
  ASSERT_TRUE(attach("c1"));
  auto other = Database::open(directory_.file("podwire.db"));
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->run("UPDATE attachments SET slot = 1"));  // which is the next one's
  const auto failed = attach("c2");
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().what.find("UNIQUE"), std::string::npos) << failed.error().what;
  EXPECT_EQ(links_.links.size(), 1U);
  EXPECT_EQ(datapath_.endpoints.size(), 2U);
  EXPECT_EQ(assigned(), 1U);
  EXPECT_EQ(stored(), 1U);
}

TEST_F(Attach, TwiceIsAnErrorThatChangesNothing) {
  const auto first = attach("c1");
  ASSERT_TRUE(first);
  const auto second = attach("c1");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::already_exists);
  EXPECT_NE(second.error().what.find("has been attached to network net as eth0 already"),
            std::string::npos);
  EXPECT_EQ(links_.links.size(), 1U);
  EXPECT_EQ(assigned(), 1U);
  EXPECT_EQ(stored(), 1U);
}

TEST_F(Attach, DoesNotTakeALinkThatExists) {
  links_.add(link_of("c1"), 0);
  const auto failed = attach("c1");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::already_exists);
  EXPECT_EQ(links_.links.size(), 1U);
  EXPECT_EQ(assigned(), 0U);
}

TEST_F(Attach, GivesEveryAttachmentItsOwnSlotAndAddresses) {
  std::set<std::uint32_t> slots;
  std::set<net::Address> addresses;
  for (const char* container : {"c1", "c2", "c3", "c4"}) {
    const auto attachment = attach(container);
    ASSERT_TRUE(attachment);
    slots.insert(attachment->slot);
    addresses.insert(*attachment->wiring.ipv4);
    addresses.insert(*attachment->wiring.ipv6);
  }
  EXPECT_EQ(slots, (std::set<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(addresses.size(), 8U);
}

TEST_F(Attach, BeyondTheLimitIsExhausted) {
  for (const char* container : {"c1", "c2", "c3", "c4"}) ASSERT_TRUE(attach(container));
  const auto failed = attach("c5");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::exhausted);
  EXPECT_NE(failed.error().what.find("raise limits.attachments"), std::string::npos);
  EXPECT_EQ(assigned(), 4U);
}

TEST_F(Attach, GoesByLimitsThatChangedMeanwhile) {
  for (const char* container : {"c1", "c2", "c3", "c4"}) ASSERT_TRUE(attach(container));
  manager_->set_limits(5, delay_);
  EXPECT_TRUE(attach("c5"));
  manager_->set_limits(2, delay_);
  detach("c5");
  EXPECT_EQ(attach("c5").error().code, Errc::exhausted);
  EXPECT_EQ(manager_->attachments().size(), 4U);  // those above the limit stay
}

TEST_F(Attach, GoesByAReuseDelayThatChangedMeanwhile) {
  stop();
  ipv4_ = net::Prefix::parse("10.244.0.0/30").value();
  start();
  ASSERT_TRUE(attach("c1") && attach("c2"));
  detach("c1");
  EXPECT_EQ(attach("c3").error().code, Errc::unavailable);
  manager_->set_limits(4, {.wanted = delay_.wanted, .least = std::chrono::seconds(0)});
  EXPECT_TRUE(attach("c3"));
}

TEST_F(Attach, WithoutAFreeAddressKeepsNoSlot) {
  stop();
  ipv4_ = net::Prefix::parse("10.244.0.0/30").value();
  start();
  ASSERT_TRUE(attach("c1") && attach("c2"));
  EXPECT_EQ(attach("c3").error().code, Errc::exhausted);
  detach("c1");
  EXPECT_EQ(attach("c3").error().code, Errc::unavailable);
  now_ += delay_.least;
  EXPECT_EQ(attach("c3")->slot, 0U);
}

}  // namespace

}  // namespace podwire::endpoint
