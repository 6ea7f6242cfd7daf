// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"
#include "endpoint/manager.hpp"

namespace podwire {

// Carries the configuration file over into the running agent: all of its changes, or none. Control
// thread only; `manager` must outlive this.
class Reloader {
 public:
  // `running`: what the agent was started with, from `file`.
  Reloader(std::string file, config::Config running, endpoint::Manager& manager)
      : file_(std::move(file)), running_(std::move(running)), manager_(manager) {}

  // The keys that changed. An error in the file, a key that cannot change, or nftables refusing the
  // new table leave everything as it was.
  Result<std::vector<std::string>> reload();
  // Until the next reload, which goes back to what the file says.
  Result<> set_log_level(const std::string& level);

 private:
  std::string file_;
  config::Config running_;
  endpoint::Manager& manager_;
};

}  // namespace podwire
