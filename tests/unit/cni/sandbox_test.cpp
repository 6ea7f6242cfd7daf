// SPDX-License-Identifier: Apache-2.0
#include "cni/sandbox.hpp"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "../../fakes/scripted_agent.hpp"

// None of these needs a second namespace, and so none needs root.
namespace podwire::cni {

namespace {

constexpr const char* own_path = "/proc/self/ns/net";

Environment with_netns(const std::string& path) {
  Environment environment;
  environment.command = Command::add;
  environment.netns = path;
  return environment;
}

TEST(Sandbox, TheOwnNamespaceIsRefusedUnderAnyPath) {
  for (const char* path : {own_path, "/proc/thread-self/ns/net", "/proc/self/task/../ns/net"}) {
    auto sandbox = open_sandbox(with_netns(path));
    ASSERT_FALSE(sandbox) << path;
    EXPECT_EQ(sandbox.error().code, Code::own_netns);
    EXPECT_EQ(sandbox.error().message,
              "plugin's netns and netns from CNI_NETNS should not be the same");
  }
}

TEST(Sandbox, TheOwnNamespaceIsTakenIfThatIsMeant) {
  Environment environment = with_netns(own_path);
  environment.netns_override = true;
  auto sandbox = open_sandbox(environment);
  ASSERT_TRUE(sandbox) << sandbox.error().message;
  struct stat file {};
  ASSERT_EQ(::stat(own_path, &file), 0);
  EXPECT_EQ(sandbox->identity().inode, file.st_ino);
}

TEST(Sandbox, WhatIsNoNetworkNamespaceIsRefusedByTheVariablesName) {
  const fakes::ScratchDirectory directory;
  const std::string fifo = directory.file("fifo");  // opening it must not wait for a writer
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const std::string& path :
       {std::string("/nowhere/netns"), std::string("/dev/null"), std::string("/proc/self/ns"),
        std::string("/proc/self/ns/mnt"), fifo}) {
    auto sandbox = open_sandbox(with_netns(path));
    ASSERT_FALSE(sandbox) << path;
    EXPECT_EQ(sandbox.error().code, Code::invalid_environment) << path;
    EXPECT_EQ(sandbox.error().message, "CNI_NETNS '" + path + "' cannot be used");
    EXPECT_NE(sandbox.error().details, "") << path;
  }
}

TEST(Sandbox, DELMindsOnlyTheOwnNamespace) {
  for (const char* path : {"", "/nowhere/netns", "/dev/null", "/proc/self/ns/mnt"}) {
    const auto sandbox = open_sandbox_if_there(with_netns(path));
    ASSERT_TRUE(sandbox) << path;
    EXPECT_FALSE(*sandbox) << path;
  }
  auto refused = open_sandbox_if_there(with_netns(own_path));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::own_netns);
  Environment environment = with_netns(own_path);
  environment.netns_override = true;
  const auto sandbox = open_sandbox_if_there(environment);
  ASSERT_TRUE(sandbox);
  EXPECT_TRUE(*sandbox);
}

}  // namespace

}  // namespace podwire::cni
