// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "endpoint/manager.hpp"

namespace podwire::endpoint {

namespace {

constexpr std::size_t longest_name = 256;
constexpr std::size_t longest_ifname = 15;  // IFNAMSIZ less the terminating zero
constexpr std::size_t longest_path = 4096;
constexpr std::size_t longest_address = 64;

struct Text {
  const char* field;
  const std::string& value;
  std::size_t least;
  std::size_t most;
};

// All of these are stored, logged and shown, so they must not end a line or steer a terminal.
Result<> validate_text(const Text& text) {
  const std::string field = text.field;
  if (text.value.size() < text.least || text.value.size() > text.most) {
    return fail(Errc::invalid_argument, field + " must have " + std::to_string(text.least) +
                                            " to " + std::to_string(text.most) +
                                            " characters, got " +
                                            std::to_string(text.value.size()));
  }
  if (!has_control_characters(text.value)) return {};
  return fail(Errc::invalid_argument, field + " has a control character in it");
}

}  // namespace

Result<> validate_probe(const agent_api::Probe& probe) {
  if (probe.tcp_port == 0)
    return fail(Errc::invalid_argument, "a probe's TCP port must be 1 to 65535");
  const std::string port = "probe of TCP port " + std::to_string(probe.tcp_port);
  if (probe.period_ms < agent_api::least_probe_period_ms ||
      probe.period_ms > agent_api::greatest_probe_period_ms) {
    return fail(Errc::invalid_argument, port + ": the period must be 10 ms to 24 h, got " +
                                            std::to_string(probe.period_ms) + " ms");
  }
  if (probe.timeout_ms == 0 || probe.timeout_ms > probe.period_ms) {
    return fail(Errc::invalid_argument, port + ": the timeout must be 1 ms to the period (" +
                                            std::to_string(probe.period_ms) + " ms), got " +
                                            std::to_string(probe.timeout_ms) + " ms");
  }
  return {};
}

Result<> validate_mtu(std::uint32_t mtu) {
  if (mtu >= agent_api::least_mtu && mtu <= agent_api::greatest_mtu) return {};
  return fail(Errc::invalid_argument, "the MTU must be 1280 to 9000, got " + std::to_string(mtu));
}

Result<> Manager::validate(const agent_api::AttachRequest& request, const net::Netns& pod) const {
  for (const Text& text : {Text{"network", request.id.network, 1, longest_name},
                           Text{"container_id", request.id.container_id, 1, longest_name},
                           Text{"ifname", request.id.ifname, 1, longest_ifname},
                           Text{"pod namespace", request.pod.pod_namespace, 0, longest_name},
                           Text{"pod name", request.pod.name, 0, longest_name},
                           Text{"pod uid", request.pod.uid, 0, longest_name},
                           Text{"netns_path", request.netns_path, 0, longest_path}}) {
    if (auto fine = validate_text(text); !fine) return fine;
  }
  for (const std::string& address : request.ips) {
    if (auto fine = validate_text({"requested address", address, 1, longest_address}); !fine)
      return fine;
  }
  if (auto fine = validate_text({"requested MAC address", request.mac, 0, longest_address}); !fine)
    return fine;
  if (request.mtu != 0) {
    if (auto fine = validate_mtu(request.mtu); !fine) return fine;
  }
  if (auto fine = validate_bandwidth(request.bandwidth); !fine) return fine;
  if (request.probes.size() > agent_api::most_probes) {
    return fail(
        Errc::invalid_argument,
        "an attachment may have " + std::to_string(agent_api::most_probes) + " probes at most");
  }
  std::set<std::uint16_t> ports;
  for (const agent_api::Probe& probe : request.probes) {
    if (auto fine = validate_probe(probe); !fine) return fine;
    if (!ports.insert(probe.tcp_port).second) {
      return fail(Errc::invalid_argument,
                  "TCP port " + std::to_string(probe.tcp_port) + " is probed twice");
    }
  }
  auto own = net::Netns::current();
  if (own && own->identity() == pod.identity()) {
    return fail(Errc::invalid_argument, "the network namespace is the node's own");
  }
  if (detaching_.contains(request.id)) {
    return fail(Errc::unavailable,
                detaching_.at(request.id) > 0
                    ? "the attachment before it is being removed"
                    : "the removal of the attachment before it failed: repeat its DEL");
  }
  if (attachments_.contains(request.id)) {
    return fail(Errc::already_exists, "container " + request.id.container_id +
                                          " has been attached to network " + request.id.network +
                                          " as " + request.id.ifname + " already");
  }
  return {};
}

}  // namespace podwire::endpoint
