// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "doctor/cni_files.hpp"
#include "doctor/link_managers.hpp"

namespace podwire::doctor {

namespace {

namespace fs = std::filesystem;

// A root directory of the test's own.
class HostFiles : public testing::Test {
 protected:
  HostFiles() : root_(testing::TempDir() + "podwire-root-XXXXXX") {
    if (::mkdtemp(root_.data()) == nullptr) throw std::runtime_error("mkdtemp " + root_);
  }
  ~HostFiles() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text, bool executable = false) const {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
    if (executable) fs::permissions(root_ + path, fs::perms::owner_all);
  }
  void deploy(const std::string& file, const std::string& path) const {
    fs::create_directories(fs::path(root_ + path).parent_path());
    fs::copy_file(PODWIRE_SOURCE_DIR "/deploy/" + file, root_ + path);
  }

  std::string root_;
};

TEST_F(HostFiles, OfNobodyMeanThatNobodyManagesLinks) {
  EXPECT_FALSE(networkd(root_).is_running);
  EXPECT_FALSE(networkmanager(root_).is_running);
  EXPECT_EQ(networkd_file(root_, 7), "");
  EXPECT_FALSE(has_networkmanager(root_, 7));
  EXPECT_TRUE(cni_files(root_).empty());
  EXPECT_TRUE(cni_plugins(root_).empty());
}

// As systemd 252 writes them.
TEST_F(HostFiles, OfNetworkdSayWhichLinksItConfigures) {
  write("/run/systemd/netif/state", "OPER_STATE=routable\n");
  write("/run/systemd/netif/links/7",
        "# This is private data. Do not parse.\nADMIN_STATE=configured\nOPER_STATE=routable\n"
        "NETWORK_FILE=/etc/systemd/network/99-all.network\n");
  write("/run/systemd/netif/links/8", "ADMIN_STATE=unmanaged\nOPER_STATE=routable\n");
  write("/etc/systemd/network/99-all.network", "[Match]\nName=*\n\n[Link]\nUnmanaged=no\n");
  EXPECT_TRUE(networkd(root_).is_running);
  EXPECT_FALSE(networkd(root_).spares_pods);
  EXPECT_EQ(networkd_file(root_, 7), "/etc/systemd/network/99-all.network");
  EXPECT_EQ(networkd_file(root_, 8), "");
  deploy("networkd/00-podwire.network", "/etc/systemd/network/00-podwire.network");
  EXPECT_TRUE(networkd(root_).spares_pods);
}

TEST_F(HostFiles, OfNetworkManagerSayWhichLinksItConfigures) {
  write("/run/NetworkManager/devices/7", "[device]\nmanaged=true\n");
  write("/run/NetworkManager/devices/8", "[device]\nmanaged=false\n");
  write("/etc/NetworkManager/conf.d/a.conf", "[keyfile]\nunmanaged-devices=interface-name:cali*\n");
  EXPECT_TRUE(networkmanager(root_).is_running);
  EXPECT_FALSE(networkmanager(root_).spares_pods);
  EXPECT_TRUE(has_networkmanager(root_, 7));
  EXPECT_FALSE(has_networkmanager(root_, 8));
  deploy("networkmanager/podwire.conf", "/etc/NetworkManager/conf.d/podwire.conf");
  EXPECT_TRUE(networkmanager(root_).spares_pods);
}

TEST_F(HostFiles, OfTheCniStandInTheOrderOfRuntimes) {
  deploy("10-podwire.conflist", "/etc/cni/net.d/10-podwire.conflist");
  write("/etc/cni/net.d/05-old.conf", R"({"type": "bridge"})");
  write("/etc/cni/net.d/07-single.json", R"({"type": "podwire"})");
  write("/etc/cni/net.d/00-readme.txt", "podwire");
  write("/etc/cni/net.d/20-broken.conflist", "{\"plugins\": [{\"type\": \"podwire\"}");
  const auto files = cni_files(root_);
  ASSERT_EQ(files.size(), 4U);
  EXPECT_EQ(files[0].path, root_ + "/etc/cni/net.d/05-old.conf");
  EXPECT_EQ(files[0].plugins, std::vector<std::string>{"bridge"});
  EXPECT_TRUE(files[1].is_ours());
  EXPECT_TRUE(files[2].is_ours());
  EXPECT_TRUE(files[3].plugins.empty());
}

TEST_F(HostFiles, OfTheCniAreAPluginIfTheyCanRun) {
  write("/opt/cni/bin/podwire", "");
  EXPECT_TRUE(cni_plugins(root_).empty());
  write("/usr/lib/cni/podwire", "", true);
  EXPECT_EQ(cni_plugins(root_), std::vector<std::string>{root_ + "/usr/lib/cni/podwire"});
}

}  // namespace

}  // namespace podwire::doctor
