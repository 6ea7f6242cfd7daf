// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "endpoint/manager.hpp"

namespace podwire::endpoint {

namespace {

// Each probe of an attachment watches every address it has.
std::size_t targets_of(const Attachment& attachment) {
  return attachment.probes.size() * addresses_of(attachment.wiring).size();
}

}  // namespace

std::size_t Manager::probe_targets() const {
  std::size_t targets = 0;
  for (const auto& [id, attachment] : attachments_) targets += targets_of(attachment);
  return targets;
}

Result<> Manager::expect_room_for_probes(const Attachment& attachment, std::size_t others) const {
  if (attachment.probes.size() > agent_api::most_probes) {
    return fail(Errc::exhausted, label_of(attachment.id, attachment.pod) + " has " +
                                     std::to_string(agent_api::most_probes) +
                                     " probes already, which is the most");
  }
  if (targets_of(attachment) == 0 ||
      others + targets_of(attachment) <= settings_.most_probe_targets)
    return {};
  return fail(Errc::exhausted,
              std::to_string(others) + " of " + std::to_string(settings_.most_probe_targets) +
                  " probe targets are in use and " + std::to_string(targets_of(attachment)) +
                  " more are wanted; raise probes.max_targets");
}

// All are judged before the first is changed.
Result<> Manager::change_probes(const Selector& selects,
                                const std::function<void(std::vector<agent_api::Probe>&)>& change) {
  std::vector<Attachment> changed;
  std::size_t targets = probe_targets();
  for (const auto& [id, attachment] : attachments_) {
    if (detaching_.contains(id) || !selects(attachment)) continue;
    Attachment& next = changed.emplace_back(attachment);
    change(next.probes);
    targets -= targets_of(attachment);
    if (auto room = expect_room_for_probes(next, targets); !room) return room;
    targets += targets_of(next);
  }
  if (changed.empty())
    return fail(Errc::not_found,
                "there is no such pod; see podwirectl get pods, and name one without a name by its "
                "container");
  for (Attachment& next : changed) {
    if (auto stored = store_.set_probes(next); !stored) return stored;
    observer_.published(next);
    attachments_.at(next.id) = std::move(next);
  }
  return {};
}

Result<> Manager::add_probe(const Selector& selects, const agent_api::Probe& probe) {
  if (auto fine = validate_probe(probe); !fine) return fine;
  return change_probes(selects, [&](std::vector<agent_api::Probe>& probes) {
    std::erase_if(probes,
                  [&](const agent_api::Probe& other) { return other.tcp_port == probe.tcp_port; });
    probes.push_back(probe);
    std::ranges::sort(probes, {}, &agent_api::Probe::tcp_port);
  });
}

Result<> Manager::remove_probe(const Selector& selects, std::uint16_t tcp_port) {
  bool found = false;
  auto changed = change_probes(selects, [&](std::vector<agent_api::Probe>& probes) {
    found = std::erase_if(
                probes, [&](const agent_api::Probe& probe) { return probe.tcp_port == tcp_port; }) >
                0 ||
            found;
  });
  if (changed && !found)
    return fail(Errc::not_found, "it is not probed; see podwirectl probe list");
  return changed;
}

}  // namespace podwire::endpoint
