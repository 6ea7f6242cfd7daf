// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "endpoint/manager.hpp"

namespace podwire::endpoint {

Result<> Manager::change_probes(const Selector& selects,
                                const std::function<void(std::vector<agent_api::Probe>&)>& change) {
  std::size_t changed = 0;
  for (auto& [id, attachment] : attachments_) {
    if (detaching_.contains(id) || !selects(attachment)) continue;
    ++changed;
    Attachment next = attachment;
    change(next.probes);
    if (next.probes.size() > most_probes) {
      return fail(Errc::exhausted,
                  label_of(id, attachment.pod) + " has 64 probes already, which is the most");
    }
    if (auto stored = store_.set_probes(next); !stored) return stored;
    attachment = std::move(next);
    observer_.published(attachment);
  }
  if (changed == 0) return fail(Errc::not_found, "there is no such pod; see podwirectl get pods");
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
    return fail(Errc::not_found, "TCP port " + std::to_string(tcp_port) + " is not probed there");
  return changed;
}

}  // namespace podwire::endpoint
