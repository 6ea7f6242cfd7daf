// SPDX-License-Identifier: Apache-2.0
#include "endpoint/sqlite.hpp"
#include "manager_fixture.hpp"

namespace podwire::endpoint {

namespace {

using agent_api::Probe;

class Probes : public ManagerTest {
 protected:
  static Manager::Selector container(const std::string& name) {
    return [name](const Attachment& attachment) { return attachment.id.container_id == name; };
  }
  static bool everybody(const Attachment&) { return true; }

  const std::vector<Probe>& probes_of(const std::string& name) {
    return manager_->attachments().at(id(name)).probes;
  }
};

TEST_F(Probes, AreAddedInOrderOfPortsAndPublished) {
  ASSERT_TRUE(attach("c1"));
  ASSERT_TRUE(manager_->add_probe(container("c1"), {9000, 500, 100}));
  ASSERT_TRUE(manager_->add_probe(container("c1"), {22, 500, 100}));
  EXPECT_EQ(probes_of("c1"),
            (std::vector<Probe>{{22, 500, 100}, {80, 1000, 1000}, {9000, 500, 100}}));
  EXPECT_EQ(observed_,
            (std::vector<std::string>{"published c1 1", "published c1 2", "published c1 3"}));
}

TEST_F(Probes, OfAPortThatIsProbedAlreadyChangeItsTiming) {
  ASSERT_TRUE(attach("c1"));
  ASSERT_TRUE(manager_->add_probe(container("c1"), {80, 50, 20}));
  EXPECT_EQ(probes_of("c1"), (std::vector<Probe>{{80, 50, 20}}));
}

TEST_F(Probes, OutliveTheAgent) {
  ASSERT_TRUE(attach("c1"));
  ASSERT_TRUE(manager_->add_probe(container("c1"), {9000, 500, 100}));
  ASSERT_TRUE(manager_->remove_probe(container("c1"), 80));
  restart();
  EXPECT_EQ(probes_of("c1"), (std::vector<Probe>{{9000, 500, 100}}));
}

TEST_F(Probes, AreRemoved) {
  ASSERT_TRUE(attach("c1"));
  ASSERT_TRUE(manager_->remove_probe(container("c1"), 80));
  EXPECT_TRUE(probes_of("c1").empty());
  EXPECT_EQ(observed_.back(), "published c1 0");
}

TEST_F(Probes, OfAPortThatIsNotProbedCannotBeRemoved) {
  ASSERT_TRUE(attach("c1"));
  const auto removed = manager_->remove_probe(container("c1"), 81);
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, Errc::not_found);
  EXPECT_EQ(removed.error().what, "it is not probed; see podwirectl probe list");
}

TEST_F(Probes, OfAnUnknownPodAreNotFound) {
  ASSERT_TRUE(attach("c1"));
  for (const Result<>& result : {manager_->add_probe(container("c9"), {81, 1000, 1000}),
                                 manager_->remove_probe(container("c9"), 80)}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::not_found);
    EXPECT_EQ(result.error().what,
              "there is no such pod; see podwirectl get pods, and name one without a name by its "
              "container");
  }
}

TEST_F(Probes, OfOneThatIsBeingDetachedAreNotFound) {
  ASSERT_TRUE(attach("c1"));
  manager_->begin_detach(id("c1"));
  EXPECT_EQ(manager_->add_probe(container("c1"), {81, 1000, 1000}).error().code, Errc::not_found);
}

TEST_F(Probes, GoToEveryAttachmentThatIsSelected) {
  ASSERT_TRUE(attach("c1") && attach("c2"));
  ASSERT_TRUE(manager_->add_probe(everybody, {81, 1000, 1000}));
  EXPECT_EQ(probes_of("c1").size(), 2U);
  EXPECT_EQ(probes_of("c2").size(), 2U);
  ASSERT_TRUE(manager_->remove_probe(container("c2"), 81));
  EXPECT_TRUE(manager_->remove_probe(everybody, 81)) << "one of two has it: that is enough";
  EXPECT_EQ(probes_of("c1").size(), 1U);
}

TEST_F(Probes, AreCheckedWhenAdded) {
  ASSERT_TRUE(attach("c1"));
  for (const Probe& bad : {Probe{0, 1000, 1000}, Probe{81, 9, 1}, Probe{81, 1000, 1001}}) {
    EXPECT_EQ(manager_->add_probe(container("c1"), bad).error().code, Errc::invalid_argument);
  }
  EXPECT_EQ(probes_of("c1").size(), 1U);
}

TEST_F(Probes, AreSixtyFourAtMost) {
  auto wanted = request("c1");
  wanted.probes.clear();
  for (std::uint16_t port = 1; port <= agent_api::most_probes; ++port)
    wanted.probes.push_back({.tcp_port = port});
  ASSERT_TRUE(manager_->attach(wanted, pod_));
  const auto added = manager_->add_probe(container("c1"), {1000, 1000, 1000});
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Errc::exhausted);
  EXPECT_EQ(probes_of("c1").size(), agent_api::most_probes);
  EXPECT_TRUE(manager_->add_probe(container("c1"), {64, 50, 50})) << "no more than before";
}

// Each probe watches the IPv4 and the IPv6 address.
TEST_F(Probes, WithoutAFreeTargetAreRefusedAndChangeNothing) {
  settings_.most_probe_targets = 6;
  restart();
  ASSERT_TRUE(attach("c1") && attach("c2"));
  const auto third = manager_->add_probe(everybody, {81, 1000, 1000});
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Errc::exhausted);
  EXPECT_EQ(third.error().what,
            "4 of 6 probe targets are in use and 4 more are wanted; raise probes.max_targets");
  EXPECT_EQ(probes_of("c1").size(), 1U) << "it alone would have fitted";
  ASSERT_TRUE(manager_->add_probe(container("c1"), {81, 1000, 1000}));
  EXPECT_TRUE(manager_->add_probe(container("c1"), {81, 50, 50})) << "no more than before";

  const auto refused = attach("c3");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::exhausted);
  EXPECT_EQ(manager_->attachments().size(), 2U);
  EXPECT_EQ(assigned(), 2U);
  auto unprobed = request("c3");
  unprobed.probes.clear();
  EXPECT_TRUE(manager_->attach(unprobed, pod_));
}

TEST_F(Probes, ThatCannotBeStoredChangeNothing) {
  ASSERT_TRUE(attach("c1"));
  auto other = Database::open(directory_.file("podwire.db"));
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->run("BEGIN IMMEDIATE"));
  EXPECT_FALSE(manager_->add_probe(container("c1"), {81, 1000, 1000}));
  EXPECT_EQ(probes_of("c1").size(), 1U);
  EXPECT_EQ(observed_.size(), 1U);
}

}  // namespace

}  // namespace podwire::endpoint
