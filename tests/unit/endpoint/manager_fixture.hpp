// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "endpoint/manager.hpp"
#include "fakes/fake_datapath.hpp"
#include "fakes/fake_links.hpp"
#include "fakes/scratch_directory.hpp"

namespace podwire::endpoint {

// A manager over a kernel in memory and a real store in a directory of its own. The kernel outlives
// the manager, as the real one does: restart() is what a restart of the agent is.
class ManagerTest : public ::testing::Test {
 protected:
  static constexpr const char* boot = "boot-1";

  ManagerTest() { start(); }

  void start(const std::string& boot_id = boot) {
    auto store = Store::open(directory_.path(), boot_id, now_);
    ASSERT_TRUE(store) << store.error().what;
    store_.emplace(std::move(*store));
    manager_.emplace(
        settings_, links_, datapath_, *store_, pools(), [this] { return now_; }, observer());
    observed_.clear();
    log_.clear();
  }

  void stop() {
    manager_.reset();
    store_.reset();
  }

  Restored restart(const std::string& boot_id = boot) {
    stop();
    start(boot_id);
    auto restored = manager_->restore();
    EXPECT_TRUE(restored) << restored.error().what;
    return restored.value_or(Restored{});
  }

  static agent_api::AttachRequest request(const std::string& container) {
    return {.id = id(container),
            .pod = {"shop", "pod-of-" + container, "uid"},
            .netns_path = "/run/netns/" + container,
            .probes = {{.tcp_port = 80}}};
  }
  static AttachmentId id(const std::string& container) { return {"net", container, "eth0"}; }
  static std::string link_of(const std::string& container) {
    return agent_api::host_link_name(id(container));
  }
  static net::Address address(const std::string& text) { return net::Address::parse(text).value(); }

  Result<Attachment> attach(const std::string& container) {
    return manager_->attach(request(container), pod_);
  }

  // As the agent does it, with the reaper's part in the middle.
  void detach(const std::string& container) {
    const std::string link = manager_->begin_detach(id(container));
    ASSERT_TRUE(links_.remove({link}));
    ASSERT_TRUE(manager_->finish_detach(id(container)));
  }

  std::uint64_t assigned() const { return manager_->pool_usage()[0].second.assigned; }
  std::size_t stored() { return store_->attachments().value().size(); }

  void expect_nothing_left() {
    EXPECT_TRUE(links_.links.empty());
    EXPECT_TRUE(datapath_.endpoints.empty());
    EXPECT_EQ(stored(), 0U);
    EXPECT_TRUE(manager_->attachments().empty());
    for (const auto& [prefix, usage] : manager_->pool_usage()) EXPECT_EQ(usage.assigned, 0U);
  }

  fakes::ScratchDirectory directory_;
  fakes::CallLog log_;
  fakes::FakeLinks links_{log_};
  fakes::FakeDatapath datapath_{log_};
  Time now_{std::chrono::seconds(1'700'000'000)};
  ManagerSettings settings_{.instance = "node", .default_mtu = 1450, .most_attachments = 4};
  ReuseDelay delay_{.wanted = std::chrono::seconds(120), .least = std::chrono::seconds(30)};
  std::optional<net::Prefix> ipv4_ = net::Prefix::parse("10.244.0.0/24").value();
  std::optional<net::Prefix> ipv6_ = net::Prefix::parse("fd00::/64").value();
  std::optional<Store> store_;
  std::optional<Manager> manager_;
  std::vector<std::string> observed_;
  net::Netns pod_;  // belongs to no process: another one than the test's own

 private:
  Pools pools() const { return {ipv4_, ipv6_, delay_}; }

  Observer observer() {
    const auto note = [this](const std::string& what) {
      return [this, what](const Attachment& attachment) {
        observed_.push_back(what + " " + attachment.id.container_id + " " +
                            std::to_string(attachment.probes.size()));
      };
    };
    return {.published = note("published"), .withdrawn = note("withdrawn")};
  }
};

}  // namespace podwire::endpoint
