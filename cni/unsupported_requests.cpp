// SPDX-License-Identifier: Apache-2.0
#include "cni/unsupported_requests.hpp"

#include <array>
#include <string>

#include "cni/config_values.hpp"

namespace podwire::cni {

namespace {

struct Refusal {
  const char* key;
  const char* why;
};

constexpr const char* not_a_capability = "podwire has no such capability; take it out of its entry";

constexpr std::array top_level = {
    Refusal{"ipam",
            "podwire assigns the addresses; the pod CIDR is set in /etc/podwire/podwired.yaml"},
    Refusal{
        "ipMasq",
        "the agent masquerades for all networks, see masquerade in /etc/podwire/podwired.yaml"}};

// By the capabilities' names in CONVENTIONS.md of the CNI project. Those that only describe the pod
// (dns, aliases, cgroupPath, annotations) are not here: leaving them aside breaks no promise.
constexpr std::array runtime_config = {
    Refusal{"ipRanges",
            "podwire assigns from the ranges in /etc/podwire/podwired.yaml; runtimeConfig.ips asks "
            "for an address of them"},
    Refusal{"portMappings", not_a_capability}, Refusal{"infinibandGUID", not_a_capability},
    Refusal{"deviceID", not_a_capability}};

template <class Refusals>
Checked<> refuse_any(const Refusals& refusals, const json::object& object, const char* prefix) {
  for (const Refusal& refusal : refusals) {
    const json::value* value = find(object, refusal.key);
    if (asks(value))
      return unsupported_field(std::string(prefix) + refusal.key, *value, refusal.why);
  }
  return {};
}

}  // namespace

Checked<> refuse_unsupported(const json::object& config) {
  if (auto accepted = refuse_any(top_level, config, ""); !accepted) return accepted;
  json::object supplied;
  if (auto read = read_object(config, "runtimeConfig", "runtimeConfig", supplied); !read)
    return read;
  return refuse_any(runtime_config, supplied, "runtimeConfig.");
}

}  // namespace podwire::cni
