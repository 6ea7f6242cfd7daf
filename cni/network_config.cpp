// SPDX-License-Identifier: Apache-2.0
#include "cni/network_config.hpp"

#include <algorithm>
#include <array>
#include <sys/un.h>

#include "api/codec.hpp"
#include "cni/bandwidth_config.hpp"
#include "cni/config_values.hpp"
#include "cni/names.hpp"
#include "cni/probes_config.hpp"
#include "cni/unsupported_requests.hpp"

namespace podwire::cni {

namespace {

constexpr Range mtu_range{agent_api::least_mtu, agent_api::greatest_mtu};
constexpr Range agent_timeout_range_ms{0, 120 * 1000};
constexpr std::size_t longest_socket = sizeof(sockaddr_un::sun_path) - 1;

// Podwire's own keys, then the standard ones. The last three belong to the list as a whole; they
// are here for a runtime that hands them on.
constexpr std::size_t own_key_count = 5;
constexpr std::array<std::string_view, 18> known_keys = {
    "socket",       "mtu",           "probes",     "bandwidth",   "agentTimeoutMs", "cniVersion",
    "name",         "type",          "dns",        "ipam",        "ipMasq",         "args",
    "capabilities", "runtimeConfig", "prevResult", "cniVersions", "disableCheck",   "disableGC"};

bool is_absolute_socket_path(std::string_view path) {
  return path.starts_with('/') && path.size() <= longest_socket;
}

Checked<> read_socket(const json::object& fields, std::string& to) {
  const json::value* value = find(fields, "socket");
  if (value == nullptr) return {};
  if (!value->is_string() || !is_absolute_socket_path(value->get_string())) {
    return wrong_value("socket", *value,
                       "an absolute path of at most " + std::to_string(longest_socket) + " bytes");
  }
  to = value->get_string().c_str();
  return {};
}

Checked<> read_mtu(const json::object& fields, std::uint32_t& to) {
  const json::value* value = find(fields, "mtu");
  if (value == nullptr || *value == 0) return {};
  if (read_number(fields, "mtu", "mtu", mtu_range, to)) return {};
  return wrong_value("mtu", *value,
                     "0 for the agent's default, or a whole number from 1280 to 9000");
}

Checked<> read_agent_timeout(const json::object& fields, std::chrono::milliseconds& to) {
  auto number = static_cast<std::uint32_t>(to.count());
  auto read =
      read_number(fields, "agentTimeoutMs", "agentTimeoutMs", agent_timeout_range_ms, number);
  if (read) to = std::chrono::milliseconds(number);
  return read;
}

bool is_list_of_texts(const json::value& value) {
  return value.is_array() && std::ranges::all_of(value.get_array(), [](const json::value& entry) {
           return entry.is_string();
         });
}

Checked<> read_dns(const json::object& fields, json::object& to) {
  if (auto read = read_object(fields, "dns", "dns", to); !read) return read;
  constexpr std::array<std::string_view, 4> dns_keys = {"nameservers", "domain", "search",
                                                        "options"};
  for (const auto& [key, value] : to) {
    if (auto known = require_known("dns.", key, value, dns_keys); !known) return known;
    const bool valid = key == "domain" ? value.is_string() : is_list_of_texts(value);
    if (!valid) {
      return wrong_value("dns." + std::string(key), value,
                         key == "domain" ? "a text" : "a list of texts");
    }
  }
  return {};
}

Checked<> check_keys(const json::object& fields) {
  for (const auto& [key, value] : fields) {
    if (key.starts_with("cni.dev/")) continue;
    if (auto known = require_known("", key, value, known_keys); !known) return known;
  }
  const json::value* type = find(fields, "type");
  if (type != nullptr && !type->is_string()) return wrong_value("type", *type, "a text");
  json::object capabilities;
  return read_object(fields, "capabilities", "capabilities", capabilities);
}

Checked<> check_prev_result(const json::object& fields, Command command) {
  const json::value* value = find(fields, "prevResult");
  if (value != nullptr && command == Command::add) {
    return refuse(Code::invalid_config,
                  "prevResult is given: podwire must be the first plugin of the list");
  }
  if (value == nullptr && command == Command::check) {
    return refuse(Code::invalid_config, "required prevResult missing",
                  "CHECK compares the attachment with the result of its ADD");
  }
  if (value != nullptr && !value->is_object())
    return wrong_value("prevResult", *value, "an object");
  return {};
}

}  // namespace

std::span<const std::string_view> own_keys() {
  return std::span(known_keys).first<own_key_count>();
}

Checked<Envelope> parse_envelope(std::string_view text, Command command) {
  auto value = api::parse(text);
  if (!value) {
    return refuse(Code::decoding_failure, "network configuration on stdin: " + value.error().what);
  }
  if (!value->is_object()) {
    return refuse(Code::decoding_failure, "network configuration on stdin: not a JSON object");
  }
  Envelope envelope;
  envelope.fields = std::move(value->get_object());
  const json::value* name = find(envelope.fields, "name");
  if (name == nullptr) return refuse(Code::invalid_config, "missing network name");
  if (!name->is_string() || !is_identifier(name->get_string())) {
    return wrong_value("name", *name, std::string("a text that ") + identifier_rule);
  }
  envelope.name = name->get_string().c_str();
  auto version = requested_version(envelope.fields, command);
  if (!version) return tl::unexpected(version.error());
  envelope.version = *version;
  return envelope;
}

Checked<NetworkConfig> parse_network_config(const Envelope& envelope, Command command) {
  const json::object& fields = envelope.fields;
  NetworkConfig config;
  auto checked = check_keys(fields);
  if (checked) checked = refuse_unsupported(fields);
  if (checked) checked = read_socket(fields, config.socket);
  if (checked) checked = read_mtu(fields, config.mtu);
  if (checked) checked = read_agent_timeout(fields, config.agent_timeout);
  if (checked) checked = read_dns(fields, config.dns);
  if (checked) checked = check_prev_result(fields, command);
  if (!checked) return tl::unexpected(checked.error());
  auto requested = parse_requested_addresses(fields);
  if (!requested) return tl::unexpected(requested.error());
  config.requested = std::move(*requested);
  auto probes = parse_probes(fields);
  if (!probes) return tl::unexpected(probes.error());
  config.probes = std::move(*probes);
  auto bandwidth = parse_bandwidth(fields);
  if (!bandwidth) return tl::unexpected(bandwidth.error());
  config.bandwidth = *bandwidth;
  return config;
}

NetworkConfig parse_for_deletion(const Envelope& envelope) {
  NetworkConfig config;
  static_cast<void>(read_socket(envelope.fields, config.socket));
  return config;
}

}  // namespace podwire::cni
