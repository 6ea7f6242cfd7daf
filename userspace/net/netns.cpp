// SPDX-License-Identifier: Apache-2.0
#include "net/netns.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <utility>

#include <linux/magic.h>
#include <linux/nsfs.h>

namespace podwire::net {

Result<Netns> Netns::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return fail_errno("open network namespace " + path);
  auto netns = adopt(std::move(fd));
  if (!netns) return in(path, netns);
  return netns;
}

Result<Netns> Netns::adopt(UniqueFd fd) {
  struct statfs filesystem {};
  struct stat file {};
  if (fstatfs(fd.get(), &filesystem) < 0 || fstat(fd.get(), &file) < 0)
    return fail_errno("inspect network namespace");
  if (filesystem.f_type != NSFS_MAGIC || ioctl(fd.get(), NS_GET_NSTYPE) != CLONE_NEWNET) {
    return fail(Errc::invalid_argument, "not a network namespace");
  }
  Netns netns;
  netns.fd_ = std::move(fd);
  netns.identity_ = {file.st_dev, file.st_ino};
  return netns;
}

Result<Netns> Netns::current() {
  return open("/proc/thread-self/ns/net");
}

Result<> Netns::inside(const std::function<void()>& work) const {
  auto home = current();
  if (!home) return in("remember the own network namespace", home);
  if (setns(fd_.get(), CLONE_NEWNET) < 0) return fail_errno("enter network namespace");
  work();
  if (setns(home->fd(), CLONE_NEWNET) < 0) std::abort();
  return {};
}

}  // namespace podwire::net
