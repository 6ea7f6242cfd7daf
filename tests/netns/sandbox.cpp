// SPDX-License-Identifier: Apache-2.0
#include "sandbox.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <net/if.h>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"

namespace podwire::netns_test {

namespace {

bool set_loopback_up() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  return ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
}

// A new namespace begins its life with the thread that asks for it.
net::Netns create_netns(const std::string& path) {
  std::ofstream(path).close();
  std::string failed;
  std::thread creator([&] {
    if (::unshare(CLONE_NEWNET) != 0 || !set_loopback_up() ||
        ::mount("/proc/thread-self/ns/net", path.c_str(), nullptr, MS_BIND, nullptr) != 0) {
      failed = std::strerror(errno);
    }
  });
  creator.join();
  if (!failed.empty()) throw std::runtime_error("create network namespace " + path + ": " + failed);
  return net::Netns::open(path).value();
}

// The fifth field of a line is the mount point (proc_pid_mountinfo(5)).
std::vector<std::string> mounts_below(const std::string& directory) {
  std::vector<std::string> mounts;
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line, word; std::getline(file, line);) {
    std::istringstream fields(line);
    for (int field = 0; field < 5; ++field) fields >> word;
    if (word.starts_with(directory + "/")) mounts.push_back(word);
  }
  return mounts;
}

}  // namespace

ScratchDirectory::ScratchDirectory() {
  std::string name = std::filesystem::temp_directory_path() / "podwire-netns-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot create " + name);
  path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  for (const std::string& mount : mounts_below(path_)) ::umount2(mount.c_str(), MNT_DETACH);
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Sandbox::Sandbox(std::string path) : path_(std::move(path)), netns_(create_netns(path_)) {
  // A kernel that gets an interface reports its multicast groups and asks for routers for some
  // seconds; here it does the one at once and the other not at all, so that counters come to rest.
  set_sysctl("net/ipv6/conf/default/mldv2_unsolicited_report_interval", "10");
  set_sysctl("net/ipv6/conf/default/router_solicitations", "0");
}

Sandbox::~Sandbox() {
  remove();
}

void Sandbox::remove() {
  if (::umount2(path_.c_str(), MNT_DETACH) == 0) ::unlink(path_.c_str());
  netns_.reset();
}

void Sandbox::set_sysctl(const std::string& name, const std::string& value) const {
  bool written = false;
  const auto entered = netns().inside([&] {
    std::ofstream file("/proc/sys/" + name);
    written = static_cast<bool>(file << value << std::flush);
  });
  if (!entered || !written) throw std::runtime_error("set " + name + " to " + value);
}

}  // namespace podwire::netns_test
