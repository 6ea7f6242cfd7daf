// SPDX-License-Identifier: Apache-2.0
#include "net/netns.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <gtest/gtest.h>

namespace podwire::net {

namespace {

TEST(Netns, OfTheThreadIsIdentifiedByItsFile) {
  const auto current = Netns::current();
  ASSERT_TRUE(current) << current.error().what;
  struct stat file {};
  ASSERT_EQ(::stat("/proc/self/ns/net", &file), 0);
  EXPECT_EQ(current->identity(), (Netns::Identity{file.st_dev, file.st_ino}));
}

TEST(Netns, IsTheSameByWhateverPathItIsOpened) {
  const auto one = Netns::open("/proc/self/ns/net");
  const auto other = Netns::current();
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->identity(), other->identity());
  EXPECT_NE(one->fd(), other->fd());
}

TEST(Netns, ThatDoesNotExistIsNotFound) {
  const auto opened = Netns::open("/proc/self/ns/nonsense");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::not_found);
  EXPECT_NE(opened.error().what.find("/proc/self/ns/nonsense"), std::string::npos);
}

TEST(Netns, MustBeANamespaceOfTheNetwork) {
  for (const char* path :
       {"/proc/self/ns/mnt", "/dev/null", "/proc/self/status", "/proc/self/ns"}) {
    const auto opened = Netns::open(path);
    ASSERT_FALSE(opened) << path;
    EXPECT_EQ(opened.error().code, Errc::invalid_argument) << path;
    EXPECT_EQ(opened.error().what, std::string(path) + ": not a network namespace");
  }
}

TEST(Netns, ClosesADescriptorThatIsNone) {
  UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = fd.get();
  EXPECT_FALSE(Netns::adopt(std::move(fd)));
  EXPECT_LT(::fcntl(number, F_GETFD), 0);
}

}  // namespace

}  // namespace podwire::net
