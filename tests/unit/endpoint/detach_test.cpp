// SPDX-License-Identifier: Apache-2.0
#include "endpoint/sqlite.hpp"
#include "manager_fixture.hpp"

namespace podwire::endpoint {

namespace {

// What the first attachment gets.
const std::vector<std::string> own = {"10.244.0.1/32", "fd00::1/128"};

using Detach = ManagerTest;

TEST_F(Detach, LeavesNothing) {
  ASSERT_TRUE(attach("c1"));
  detach("c1");
  expect_nothing_left();
}

TEST_F(Detach, StopsTrafficAndProbesBeforeTheLinkGoes) {
  ASSERT_TRUE(attach("c1"));
  EXPECT_EQ(manager_->begin_detach(id("c1")), link_of("c1"));
  EXPECT_TRUE(datapath_.endpoints.empty());
  EXPECT_EQ(observed_.back(), "withdrawn c1 1");
  EXPECT_EQ(links_.links.size(), 1U);
  EXPECT_EQ(assigned(), 1U);  // the link still has the address
  EXPECT_EQ(stored(), 1U);
}

TEST_F(Detach, RemovesTheRulesOfTheAttachmentsOwnNamespaceOnly) {
  ASSERT_TRUE(attach("c1") && attach("c2"));
  log_.clear();
  const auto another = net::Netns::current();
  ASSERT_TRUE(another);
  manager_->begin_detach(id("c1"), &*another);
  EXPECT_EQ(log_.calls(), (std::vector<std::string>{"withdraw"}));
  manager_->begin_detach(id("c2"), &pod_);
  EXPECT_EQ(log_.calls(), (std::vector<std::string>{"withdraw", "withdraw", "remove_rules"}));
}

TEST_F(Detach, OfTheUnknownSucceedsAndNamesTheLink) {
  EXPECT_EQ(manager_->begin_detach(id("c9")), link_of("c9"));
  EXPECT_TRUE(manager_->finish_detach(id("c9")));
  EXPECT_TRUE(log_.calls().empty());
  EXPECT_TRUE(observed_.empty());
}

TEST_F(Detach, RepeatedIsHarmless) {
  ASSERT_TRUE(attach("c1"));
  detach("c1");
  detach("c1");
  expect_nothing_left();
  EXPECT_EQ(observed_, (std::vector<std::string>{"published c1 1", "withdrawn c1 1"}));
}

TEST_F(Detach, BegunTwiceWithdrawsOnce) {
  ASSERT_TRUE(attach("c1"));
  EXPECT_EQ(manager_->begin_detach(id("c1")), manager_->begin_detach(id("c1")));
  EXPECT_EQ(observed_, (std::vector<std::string>{"published c1 1", "withdrawn c1 1"}));
  EXPECT_TRUE(manager_->finish_detach(id("c1")));
  EXPECT_TRUE(manager_->finish_detach(id("c1")));
  EXPECT_EQ(assigned(), 0U);
}

TEST_F(Detach, OfOneLeavesTheOthersAlone) {
  ASSERT_TRUE(attach("c1") && attach("c2"));
  detach("c1");
  EXPECT_EQ(links_.links.count(link_of("c2")), 1U);
  EXPECT_EQ(datapath_.endpoints.size(), 2U);
  EXPECT_EQ(assigned(), 1U);
  EXPECT_EQ(stored(), 1U);
}

TEST_F(Detach, BlocksAnotherAttachUntilItIsFinished) {
  ASSERT_TRUE(attach("c1"));
  const std::string link = manager_->begin_detach(id("c1"));
  EXPECT_EQ(attach("c1").error().code, Errc::unavailable);
  ASSERT_TRUE(links_.remove({link}));
  ASSERT_TRUE(manager_->finish_detach(id("c1")));
  const auto again = attach("c1");
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->wiring.ipv4, address("10.244.0.2"));  // the first one has to cool
}

TEST_F(Detach, LetsTheNextAttachmentOfTheSameNameBeAWholeOne) {
  ASSERT_TRUE(attach("c1"));
  detach("c1");
  ASSERT_TRUE(attach("c1"));
  const auto same = manager_->check(id("c1"), {"10.244.0.2/32", "fd00::2/128"}, pod_);
  EXPECT_TRUE(same) << same.error().what;
  detach("c1");
  EXPECT_EQ(observed_.back(), "withdrawn c1 1");
  expect_nothing_left();
}

TEST_F(Detach, GoesOnWhenTheEndpointCannotBeWithdrawn) {
  ASSERT_TRUE(attach("c1"));
  log_.fail_at(1);
  EXPECT_EQ(manager_->begin_detach(id("c1")), link_of("c1"));
  EXPECT_TRUE(log_.has_failed());
  EXPECT_TRUE(manager_->finish_detach(id("c1")));
  EXPECT_EQ(assigned(), 0U);
}

TEST_F(Detach, ThatCannotBeStoredKeepsTheAddressAndCanBeRepeated) {
  ASSERT_TRUE(attach("c1"));
  manager_->begin_detach(id("c1"));
  auto other = Database::open(directory_.file("podwire.db"));
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->run("BEGIN IMMEDIATE"));
  EXPECT_FALSE(manager_->finish_detach(id("c1")));
  EXPECT_EQ(assigned(), 1U);
  ASSERT_TRUE(other->run("ROLLBACK"));
  EXPECT_TRUE(manager_->finish_detach(id("c1")));
  EXPECT_EQ(assigned(), 0U);
}

TEST_F(Detach, ThatWasAbortedCanBeRepeated) {
  ASSERT_TRUE(attach("c1"));
  manager_->begin_detach(id("c1"));
  manager_->abort_detach(id("c1"));
  EXPECT_EQ(assigned(), 1U);
  EXPECT_EQ(stored(), 1U);
  EXPECT_EQ(attach("c1").error().code, Errc::unavailable);
  detach("c1");
  expect_nothing_left();
  EXPECT_TRUE(attach("c1"));
}

// Its endpoint is withdrawn: a probe would only fail.
TEST_F(Detach, ThatWasAbortedLeavesNothingToProbe) {
  ASSERT_TRUE(attach("c1"));
  manager_->begin_detach(id("c1"));
  manager_->abort_detach(id("c1"));
  const auto everything = [](const Attachment&) { return true; };
  EXPECT_EQ(manager_->add_probe(everything, {.tcp_port = 99}).error().code, Errc::not_found);
  EXPECT_EQ(observed_.back(), "withdrawn c1 1");
}

TEST_F(Detach, KeepsAnAttachOutUntilTheLastOfSeveralIsDone) {
  ASSERT_TRUE(attach("c1"));
  const std::string link = manager_->begin_detach(id("c1"));
  manager_->begin_detach(id("c1"));
  ASSERT_TRUE(links_.remove({link}));
  ASSERT_TRUE(manager_->finish_detach(id("c1")));
  EXPECT_EQ(attach("c1").error().code, Errc::unavailable) << "the second one would take its link";
  ASSERT_TRUE(manager_->finish_detach(id("c1")));
  EXPECT_TRUE(attach("c1"));
}

TEST_F(Detach, OfTheUnknownKeepsAnAttachOutMeanwhile) {
  manager_->begin_detach(id("c1"));
  EXPECT_EQ(attach("c1").error().code, Errc::unavailable);
  EXPECT_TRUE(attach("c2"));
  ASSERT_TRUE(manager_->finish_detach(id("c1")));
  EXPECT_TRUE(attach("c1"));
}

using Check = ManagerTest;

TEST_F(Check, PassesWhenAllIsAsItWasMade) {
  ASSERT_TRUE(attach("c1"));
  const auto same = manager_->check(id("c1"), own, pod_);
  EXPECT_TRUE(same) << same.error().what;
}

TEST_F(Check, OfTheUnknownIsNotFound) {
  const auto same = manager_->check(id("c9"), {}, pod_);
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().code, Errc::not_found);
  EXPECT_EQ(same.error().what, "check: container c9 has no attachment eth0 to network net");
}

TEST_F(Check, OfOneThatIsBeingDetachedIsNotFound) {
  ASSERT_TRUE(attach("c1"));
  manager_->begin_detach(id("c1"));
  EXPECT_EQ(manager_->check(id("c1"), own, pod_).error().code, Errc::not_found);
}

TEST_F(Check, NamesTheAddressThatTheRuntimeDoesNotKnow) {
  ASSERT_TRUE(attach("c1"));
  for (const char* ip : {"fd00::2/128", "fd00::1/64", "fd00::1", ""}) {
    const auto same = manager_->check(id("c1"), {"10.244.0.1/32", ip}, pod_);
    ASSERT_FALSE(same) << ip;
    EXPECT_EQ(same.error().code, Errc::corrupt);
    EXPECT_NE(same.error().what.find("prevResult lacks the attachment's address fd00::1/128"),
              std::string::npos)
        << same.error().what;
  }
}

TEST_F(Check, ToleratesAddressesOfPluginsFurtherDownTheChain) {
  ASSERT_TRUE(attach("c1"));
  EXPECT_TRUE(manager_->check(id("c1"), {"192.0.2.7/24", "10.244.0.1/32", "fd00::1/128"}, pod_));
}

TEST_F(Check, NamesTheLinkThatIsGone) {
  ASSERT_TRUE(attach("c1"));
  links_.links.clear();
  const auto same = manager_->check(id("c1"), own, pod_);
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().what, "check pod=shop/pod-of-c1 container=c1 ifname=eth0: link " +
                                   link_of("c1") + " is gone");
}

TEST_F(Check, NoticesAnEndpointThatIsNotPublished) {
  ASSERT_TRUE(attach("c1"));
  datapath_.endpoints.erase(address("fd00::1"));
  const auto same = manager_->check(id("c1"), own, pod_);
  ASSERT_FALSE(same);
  EXPECT_NE(same.error().what.find("the endpoint is not published"), std::string::npos);
}

}  // namespace

}  // namespace podwire::endpoint
