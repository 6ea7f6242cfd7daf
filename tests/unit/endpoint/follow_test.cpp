// SPDX-License-Identifier: Apache-2.0
#include "manager_fixture.hpp"

namespace podwire::endpoint {

namespace {

class Follow : public ManagerTest {
 protected:
  static bool everybody(const Attachment&) { return true; }

  void change_mac_of(const std::string& container) {
    links_.links.at(link_of(container)).wiring.pod_mac = mac_;
  }
  net::Mac mac_of(const std::string& container) {
    return manager_->attachments().at(id(container)).wiring.pod_mac;
  }

  const net::Mac mac_ = net::Mac::parse("02:00:00:00:12:34").value();
};

TEST_F(Follow, TakesOverTheMacOfAPod) {
  ASSERT_TRUE(attach("c1"));
  change_mac_of("c1");
  observed_.clear();
  manager_->follow_pods(everybody);
  EXPECT_EQ(mac_of("c1"), mac_);
  EXPECT_EQ(datapath_.endpoints.at(address("10.244.0.1")).pod_mac, mac_);
  EXPECT_EQ(observed_, (std::vector<std::string>{"published c1 1"})) << "for its probes";
}

TEST_F(Follow, LeavesAloneWhatDidNotChange) {
  ASSERT_TRUE(attach("c1"));
  log_.clear();
  manager_->follow_pods(everybody);
  EXPECT_EQ(log_.calls(), (std::vector<std::string>{"look_at"}));
}

TEST_F(Follow, AsksOnlyForThoseSelectedAndNotBeingDetached) {
  ASSERT_TRUE(attach("c1"));
  ASSERT_TRUE(attach("c2"));
  manager_->begin_detach(id("c1"));
  log_.clear();
  manager_->follow_pods([](const Attachment& each) { return each.id.container_id == "c1"; });
  EXPECT_TRUE(log_.calls().empty());
}

TEST_F(Follow, IsNotDisturbedByAPodThatIsGone) {
  ASSERT_TRUE(attach("c1"));
  ASSERT_TRUE(attach("c2"));
  change_mac_of("c2");
  links_.links.erase(link_of("c1"));
  manager_->follow_pods(everybody);
  EXPECT_EQ(mac_of("c2"), mac_);
}

TEST_F(Follow, TellsWhomItCouldNotFollow) {
  const auto attachment = attach("c1");
  ASSERT_TRUE(attachment);
  change_mac_of("c1");
  log_.clear();
  log_.fail_at(2);  // configure_host
  EXPECT_EQ(manager_->follow_pods(everybody), std::set<std::uint32_t>{attachment->ifindex});
  EXPECT_NE(mac_of("c1"), mac_);
  EXPECT_TRUE(manager_->follow_pods(everybody).empty());
  EXPECT_EQ(mac_of("c1"), mac_);
}

TEST_F(Follow, FindsAMacThatChangedWhileNoAgentRan) {
  ASSERT_TRUE(attach("c1"));
  change_mac_of("c1");
  restart();
  EXPECT_EQ(mac_of("c1"), mac_);
  EXPECT_EQ(datapath_.endpoints.at(address("10.244.0.1")).pod_mac, mac_);
}

TEST_F(Follow, OfTheNodeConfiguresEveryHostEndAnew) {
  ASSERT_TRUE(attach("c1"));
  ASSERT_TRUE(attach("c2"));
  log_.clear();
  EXPECT_TRUE(manager_->follow_node(1400, {}));
  EXPECT_EQ(log_.calls(), (std::vector<std::string>{"configure_host", "configure_host"}));
  EXPECT_EQ(attach("c3").value().wiring.mtu, 1400U);
}

TEST_F(Follow, OfTheNodeGoesOnBehindAFailureAndReportsIt) {
  ASSERT_TRUE(attach("c1"));
  ASSERT_TRUE(attach("c2"));
  log_.clear();
  log_.fail_at(1);
  EXPECT_FALSE(manager_->follow_node(1400, {}));
  EXPECT_EQ(log_.calls().size(), 2U);
}

TEST_F(Follow, OfTheNodeKeepsItsNewAddressFromPods) {
  ASSERT_TRUE(manager_->follow_node(1400, {address("10.244.0.1")}));
  EXPECT_EQ(attach("c1").value().wiring.ipv4, address("10.244.0.2"));
}

}  // namespace

}  // namespace podwire::endpoint
