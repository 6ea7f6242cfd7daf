// SPDX-License-Identifier: Apache-2.0
#include "ctl/duration.hpp"
#include "ctl/table.hpp"
#include "ctl/text.hpp"

namespace podwire::ctl {

namespace {

std::string pools_text(const agent_api::StatusReply& status) {
  Table table({"POOL", "ASSIGNED", "COOLING", "FREE"});
  for (const auto& pool : status.pools) {
    table.add({pool.prefix, std::to_string(pool.assigned), std::to_string(pool.cooling),
               std::to_string(pool.free)});
  }
  return table.text();
}

std::string verdicts_text(const agent_api::StatusReply& status) {
  Table table({"VERDICT", "PACKETS"});
  for (const auto& verdict : status.verdicts)
    table.add({verdict.name, std::to_string(verdict.count)});
  return table.text();
}

}  // namespace

std::string status_text(const agent_api::StatusReply& status, EpochSeconds now) {
  Table table({"Version:", status.version});
  table.add({"Instance:", status.instance});
  table.add({"Uptime:", human_age(now - EpochSeconds(status.started_at))});
  table.add({"HTTP:", status.http_listen});
  table.add({"Pods:", std::to_string(status.pods)});
  table.add({"Probe targets:", std::to_string(status.probe_targets)});
  return table.text() + "\n" + pools_text(status) + "\n" + verdicts_text(status);
}

}  // namespace podwire::ctl
