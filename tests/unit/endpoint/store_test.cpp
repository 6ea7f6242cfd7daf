// SPDX-License-Identifier: Apache-2.0
#include "endpoint/store.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "fakes/scratch_directory.hpp"

namespace podwire::endpoint {

namespace {

using namespace std::chrono_literals;

const Time start{1'700'000'000s};
constexpr const char* boot = "boot-1";

net::Address address(const std::string& text) {
  return net::Address::parse(text).value();
}

Attachment attachment(std::uint32_t number) {
  const std::string text = std::to_string(number);
  Attachment made;
  made.id = {"net", "c" + text, "eth0"};
  made.pod = {"shop", "it's \"web\"", "uid-" + text};
  made.netns_path = "/run/netns/" + text;
  made.netns = {4, 0xfffffff0UL + number};
  made.wiring = {.host_name = "pw" + text,
                 .host_mac = net::Mac::random(),
                 .pod_name = "eth0",
                 .pod_mac = net::Mac::random(),
                 .mtu = 1400,
                 .ipv4 = address("10.244.0." + text),
                 .ipv6 = address("fd00::" + text)};
  made.slot = number;
  made.attached_at = start + std::chrono::seconds(number);
  made.probes = {{80, 1000, 500}, {8080, 10, 10}};
  set_bandwidth(made, {.ingress = {1'000'000, 0}, .egress = {2'000'000, 80'000}});
  return made;
}

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() { reopen(); }

  void reopen(const std::string& boot_id = boot, Time now = start) {
    store_.reset();
    auto opened = Store::open(directory_.path(), boot_id, now);
    ASSERT_TRUE(opened) << opened.error().what;
    store_.emplace(std::move(*opened));
  }
  Error error_of_opening() {
    store_.reset();
    auto opened = Store::open(directory_.path(), boot, start);
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }
  Database database() { return Database::open(directory_.file("podwire.db")).value(); }
  std::vector<std::pair<net::Address, Time>> released() { return store_->released().value(); }
  std::vector<Attachment> all() { return store_->attachments().value(); }

  fakes::ScratchDirectory directory_;
  std::optional<Store> store_;
};

TEST_F(StoreTest, RemembersAnAttachmentOverARestart) {
  const Attachment before = attachment(1);
  ASSERT_TRUE(store_->insert(before));
  reopen();
  ASSERT_EQ(all().size(), 1U);
  const Attachment after = all()[0];
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.pod.name, before.pod.name);
  EXPECT_EQ(after.pod.pod_namespace, before.pod.pod_namespace);
  EXPECT_EQ(after.pod.uid, before.pod.uid);
  EXPECT_EQ(after.netns_path, before.netns_path);
  EXPECT_EQ(after.netns, before.netns);
  EXPECT_EQ(after.wiring.host_name, before.wiring.host_name);
  EXPECT_EQ(after.wiring.pod_name, before.wiring.pod_name);
  EXPECT_EQ(after.wiring.host_mac, before.wiring.host_mac);
  EXPECT_EQ(after.wiring.pod_mac, before.wiring.pod_mac);
  EXPECT_EQ(after.wiring.mtu, before.wiring.mtu);
  EXPECT_EQ(after.wiring.ipv4, before.wiring.ipv4);
  EXPECT_EQ(after.wiring.ipv6, before.wiring.ipv6);
  EXPECT_EQ(after.slot, before.slot);
  EXPECT_EQ(after.attached_at, before.attached_at);
  EXPECT_EQ(after.probes, before.probes);
  EXPECT_EQ(after.bandwidth, before.bandwidth);
  EXPECT_EQ(after.wiring.ingress, before.wiring.ingress);
  EXPECT_EQ(after.wiring.egress, before.wiring.egress);
}

TEST_F(StoreTest, KeepsAFamilyThatIsAbsentAbsent) {
  Attachment only_ipv6 = attachment(1);
  only_ipv6.wiring.ipv4.reset();
  ASSERT_TRUE(store_->insert(only_ipv6));
  EXPECT_FALSE(all()[0].wiring.ipv4);
  EXPECT_TRUE(all()[0].wiring.ipv6);
}

TEST_F(StoreTest, ForgetsWhatIsErasedAndRemembersItsAddresses) {
  ASSERT_TRUE(store_->insert(attachment(1)));
  ASSERT_TRUE(store_->insert(attachment(2)));
  ASSERT_TRUE(store_->erase(attachment(1), start + 5s));
  reopen();
  ASSERT_EQ(all().size(), 1U);
  EXPECT_EQ(all()[0].id.container_id, "c2");
  ASSERT_EQ(released().size(), 2U);
  for (const auto& [of, at] : released()) {
    EXPECT_TRUE(of == address("10.244.0.1") || of == address("fd00::1")) << of.text();
    EXPECT_EQ(at, start + 5s);
  }
  EXPECT_TRUE(store_->erase(attachment(1), start + 6s)) << "once more is no error";
}

TEST_F(StoreTest, NoLongerCallsAnAddressReleasedThatIsInUseAgain) {
  ASSERT_TRUE(store_->insert(attachment(1)));
  ASSERT_TRUE(store_->erase(attachment(1), start));
  ASSERT_TRUE(store_->insert(attachment(1)));
  EXPECT_TRUE(released().empty());
}

TEST_F(StoreTest, ListsReleasesOldestFirst) {
  for (const std::uint32_t number : {1U, 2U, 3U}) ASSERT_TRUE(store_->insert(attachment(number)));
  ASSERT_TRUE(store_->erase(attachment(2), start + 1s));
  ASSERT_TRUE(store_->erase(attachment(3), start + 2s));
  ASSERT_TRUE(store_->erase(attachment(1), start + 3s));
  std::vector<Time> times;
  for (const auto& [of, at] : released()) times.push_back(at);
  EXPECT_TRUE(std::ranges::is_sorted(times));
  EXPECT_EQ(times.size(), 6U);
}

TEST_F(StoreTest, ForgetsReleasesThatAreOlderThanADay) {
  for (const std::uint32_t number : {1U, 2U}) ASSERT_TRUE(store_->insert(attachment(number)));
  ASSERT_TRUE(store_->erase(attachment(1), start));
  ASSERT_TRUE(store_->erase(attachment(2), start + 1s));
  reopen(boot, start + 24h + 1s);
  ASSERT_EQ(released().size(), 2U);
  for (const auto& [of, at] : released()) EXPECT_EQ(at, start + 1s) << of.text();
}

TEST_F(StoreTest, ReplacesProbes) {
  Attachment changed = attachment(1);
  ASSERT_TRUE(store_->insert(changed));
  changed.probes = {{9000, 20, 20}};
  ASSERT_TRUE(store_->set_probes(changed));
  reopen();
  EXPECT_EQ(all()[0].probes, changed.probes);
}

TEST_F(StoreTest, ForgetsTheProbesOfWhatIsErased) {
  ASSERT_TRUE(store_->insert(attachment(1)));
  ASSERT_TRUE(store_->erase(attachment(1), start));
  std::int64_t left = -1;
  ASSERT_TRUE(database().run("SELECT count(*) FROM probes", {},
                             [&](const Row& row) { left = row.number(0); }));
  EXPECT_EQ(left, 0);
}

TEST_F(StoreTest, DropsTheAttachmentsOfAnotherBootAndReleasesTheirAddresses) {
  ASSERT_TRUE(store_->insert(attachment(1)));
  ASSERT_TRUE(store_->insert(attachment(2)));
  ASSERT_TRUE(store_->erase(attachment(2), start + 1s));
  reopen("boot-2", start + 60s);
  EXPECT_TRUE(all().empty());
  std::map<std::string, Time> times;
  for (const auto& [of, at] : released()) times.emplace(of.text(), at);
  EXPECT_EQ(times, (std::map<std::string, Time>{{"10.244.0.1", start + 60s},
                                                {"fd00::1", start + 60s},
                                                {"10.244.0.2", start + 1s},
                                                {"fd00::2", start + 1s}}));
  ASSERT_TRUE(store_->insert(attachment(3)));
  reopen("boot-2");
  EXPECT_EQ(all().size(), 1U) << "the new boot is the one to compare with from now on";
}

TEST_F(StoreTest, RefusesASecondAgentOnItsDirectory) {
  const auto second = Store::open(directory_.path(), boot, start);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::unavailable);
  EXPECT_NE(second.error().what.find(directory_.path() + " is in use by another podwired"),
            std::string::npos);
  reopen();  // once the first is gone
}

TEST_F(StoreTest, RefusesADatabaseOfANewerAgent) {
  ASSERT_TRUE(store_->insert(attachment(1)));
  ASSERT_TRUE(database().run("PRAGMA user_version=1000"));
  const Error error = error_of_opening();
  EXPECT_EQ(error.code, Errc::corrupt);
  EXPECT_NE(error.what.find("is of a newer podwired (schema 1000"), std::string::npos)
      << error.what;
  ASSERT_TRUE(database().run("PRAGMA user_version=5"));
  reopen();
  EXPECT_EQ(all().size(), 1U) << "the refusal changed nothing";
}

TEST_F(StoreTest, TellsThatTheFileIsNoDatabase) {
  store_.reset();
  std::ofstream(directory_.file("podwire.db"), std::ios::trunc) << std::string(8192, 'x');
  const Error error = error_of_opening();
  EXPECT_EQ(error.code, Errc::corrupt);
  EXPECT_NE(error.what.find(directory_.file("podwire.db")), std::string::npos) << error.what;
  EXPECT_NE(error.what.find("not a database; move the file away"), std::string::npos) << error.what;
}

TEST_F(StoreTest, InsertsAllOrNothing) {
  Attachment broken = attachment(1);
  broken.probes.push_back(broken.probes.front());  // violates the key of the last table written
  ASSERT_FALSE(store_->insert(broken));
  EXPECT_TRUE(all().empty());
  EXPECT_TRUE(store_->insert(attachment(1)));
}

TEST_F(StoreTest, ChangesProbesAllOrNothing) {
  Attachment broken = attachment(1);
  ASSERT_TRUE(store_->insert(broken));
  broken.probes = {{9000, 20, 20}, {9000, 30, 30}};
  ASSERT_FALSE(store_->set_probes(broken));
  EXPECT_EQ(all()[0].probes, attachment(1).probes);
}

TEST_F(StoreTest, RefusesASlotOrLinkThatIsTaken) {
  ASSERT_TRUE(store_->insert(attachment(1)));
  Attachment same_slot = attachment(2);
  same_slot.slot = 1;
  EXPECT_FALSE(store_->insert(same_slot));
  Attachment same_link = attachment(2);
  same_link.wiring.host_name = "pw1";
  EXPECT_FALSE(store_->insert(same_link));
  EXPECT_EQ(all().size(), 1U);
}

TEST_F(StoreTest, MakesItsDirectoryForItselfOnly) {
  const std::string path = directory_.file("state");
  {
    ASSERT_TRUE(Store::open(path, boot, start));
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700U);
  }
  for (const char* file : {"/podwire.db", "/lock"}) EXPECT_EQ(::unlink((path + file).c_str()), 0);
  EXPECT_EQ(::rmdir(path.c_str()), 0);
}

TEST_F(StoreTest, NamesTheDirectoryItCannotMake) {
  const auto opened = Store::open(directory_.file("no/such"), boot, start);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().what.find("create state directory " + directory_.file("no/such")),
            std::string::npos);
}

TEST(BootId, IsThatOfTheRunningKernel) {
  const auto id = current_boot_id();
  ASSERT_TRUE(id);
  EXPECT_EQ(id->size(), 36U);
  EXPECT_EQ(*id, *current_boot_id());
}

}  // namespace

}  // namespace podwire::endpoint
