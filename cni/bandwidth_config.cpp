// SPDX-License-Identifier: Apache-2.0
#include "cni/bandwidth_config.hpp"

#include <array>
#include <string>

#include "cni/config_values.hpp"

namespace podwire::cni {

namespace {

using agent_api::Rate;

constexpr std::array<std::string_view, 4> known_keys = {"ingressRate", "ingressBurst", "egressRate",
                                                        "egressBurst"};

Checked<> read_bits(const json::object& object, const std::string& key, const std::string& path,
                    std::uint64_t least, std::uint64_t& to) {
  const json::value* value = find(object, key);
  if (value == nullptr || *value == 0) return {};
  json::error_code failure;
  const auto bits = value->to_number<std::uint64_t>(failure);
  if (failure || bits < least || bits > agent_api::greatest_rate) {
    return wrong_value(
        path + "." + key, *value,
        "0 for none, or a whole number of bits from " + std::to_string(least) + " to 10^15");
  }
  to = bits;
  return {};
}

Checked<> read_rate(const json::object& object, const std::string& path,
                    const std::string& direction, Rate& to) {
  auto read =
      read_bits(object, direction + "Rate", path, agent_api::least_rate, to.bits_per_second);
  if (read) read = read_bits(object, direction + "Burst", path, 1, to.burst_bits);
  if (!read || to.bits_per_second != 0 || to.burst_bits == 0) return read;
  return wrong_value(path + "." + direction + "Burst", to.burst_bits,
                     "a burst only together with " + direction + "Rate");
}

}  // namespace

Checked<agent_api::Bandwidth> parse_bandwidth(const json::object& config) {
  json::object of_pod;
  json::object limits;
  std::string path = "bandwidth";
  auto read = read_object(config, "bandwidth", path, limits);
  if (read) read = read_object(config, "runtimeConfig", "runtimeConfig", of_pod);
  if (read && find(of_pod, "bandwidth") != nullptr) {
    path = "runtimeConfig.bandwidth";
    read = read_object(of_pod, "bandwidth", path, limits);
  }
  for (const auto& [key, value] : limits) {
    if (read) read = require_known(path + ".", key, value, known_keys);
  }
  agent_api::Bandwidth bandwidth;
  if (read) read = read_rate(limits, path, "ingress", bandwidth.ingress);
  if (read) read = read_rate(limits, path, "egress", bandwidth.egress);
  if (!read) return tl::unexpected(read.error());
  return bandwidth;
}

}  // namespace podwire::cni
