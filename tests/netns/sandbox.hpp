// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "net/netns.hpp"

namespace podwire::netns_test {

// A directory of its own below the system's temporary one; gone with all in it at the end, and what
// is mounted there too.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();

  std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// A network namespace with a path, as runtimes make them, with its loopback up. The host guard has
// put the test into a mount namespace of its own, so neither path nor namespace outlives the test.
class Sandbox {
 public:
  explicit Sandbox(std::string path);
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  ~Sandbox();

  const std::string& path() const { return path_; }
  const net::Netns& netns() const { return netns_.value(); }
  // The namespace ends, as when a container's last process does, unless somebody else holds it.
  void remove();
  // Such as ("net/ipv4/ip_forward", "1").
  void set_sysctl(const std::string& name, const std::string& value) const;

 private:
  std::string path_;
  std::optional<net::Netns> netns_;
};

}  // namespace podwire::netns_test
