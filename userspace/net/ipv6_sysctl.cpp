// SPDX-License-Identifier: Apache-2.0
#include "net/ipv6_sysctl.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "base/unique_fd.hpp"

namespace podwire::net {

namespace {

// The kernel writes no more than the one digit and the end of the line. A second open, for writing,
// only if it is needed: /proc/sys may be read-only for the agent.
Result<> enable(const std::string& interface) {
  const std::string file = "/proc/sys/net/ipv6/conf/" + interface + "/disable_ipv6";
  const std::string doing = "turn on IPv6 on " + interface + ": ";
  const UniqueFd current(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  char value = 0;
  if (!current || ::read(current.get(), &value, 1) != 1) return fail_errno(doing + "read " + file);
  if (value == '0') return {};
  const UniqueFd changed(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!changed || ::write(changed.get(), "0", 1) != 1) return fail_errno(doing + "write " + file);
  return {};
}

}  // namespace

Result<> enable_ipv6(const std::vector<std::string>& interfaces) {
  for (const std::string& interface : interfaces) {
    if (auto enabled = enable(interface); !enabled) return enabled;
  }
  return {};
}

// The kernel shows below /proc/sys/net the namespace of the thread that looks.
Result<> enable_ipv6(const std::vector<std::string>& interfaces, const Netns& netns) {
  Result<> enabled;
  auto entered = netns.inside([&] { enabled = enable_ipv6(interfaces); });
  return entered ? enabled : entered;
}

}  // namespace podwire::net
