// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"
#include "endpoint/attachment.hpp"
#include "endpoint/sqlite.hpp"

namespace podwire::endpoint {

// What the agent must not forget: attachments with their probes, and when addresses were released.
// One SQLite database in the state directory, which is locked against a second agent. Control
// thread only. Every change is one transaction; a killed agent finds the state before or after it.
class Store {
 public:
  // `boot_id`: attachments of another boot are dropped, their addresses count as released `now`:
  // their network namespaces ended with that boot.
  static Result<Store> open(const std::string& directory, const std::string& boot_id, Time now);

  Result<std::vector<Attachment>> attachments();
  Result<std::vector<std::pair<net::Address, Time>>> released();

  Result<> insert(const Attachment& attachment);
  Result<> erase(const Attachment& attachment, Time now);
  Result<> set_probes(const Attachment& attachment);

 private:
  Store(UniqueFd lock, Database database)
      : lock_(std::move(lock)), database_(std::move(database)) {}

  Result<> migrate();
  Result<> enter_boot(const std::string& boot_id, Time now);
  Result<> insert_probes(const Attachment& attachment);
  Result<> read_probes(Attachment& attachment);
  Result<> insert_bandwidth(const Attachment& attachment);
  Result<> read_bandwidth(Attachment& attachment);

  UniqueFd lock_;
  Database database_;
};

// That of the running kernel.
Result<std::string> current_boot_id();

}  // namespace podwire::endpoint
