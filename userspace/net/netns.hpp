// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <sys/types.h>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace podwire::net {

// A handle on one network namespace, which it keeps alive. The only setns calls of the tree are in
// netns.cpp: a thread enters a namespace for one system call, and a socket stays in the namespace
// it was made in, so that all further work is done from outside.
class Netns {
 public:
  // Device and inode of the namespace file: unique as long as the namespace lives.
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    auto operator<=>(const Identity&) const = default;
  };

  static Result<Netns> open(const std::string& path);
  // Takes a descriptor from elsewhere; invalid_argument if it is not a network namespace.
  static Result<Netns> adopt(UniqueFd fd);
  // That of the calling thread.
  static Result<Netns> current();

  int fd() const { return fd_.get(); }
  Identity identity() const { return identity_; }

  // Runs `work` with the calling thread inside the namespace. `work` must be short and must not
  // throw. If the way back fails, the process ends: going on in a pod's namespace would be worse.
  Result<> inside(const std::function<void()>& work) const;

 private:
  UniqueFd fd_;
  Identity identity_;
};

}  // namespace podwire::net
