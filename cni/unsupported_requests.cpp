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

constexpr const char* no_requested_addresses = "requested addresses are not supported yet";
constexpr const char* not_a_capability = "podwire has no such capability; take it out of its entry";

constexpr std::array top_level = {
    Refusal{"ipam",
            "podwire assigns the addresses; the pod CIDR is set in /etc/podwire/podwired.yaml"},
    Refusal{"ipMasq", "podwire does no masquerading for a network"}};

// By the capabilities' names in CONVENTIONS.md of the CNI project. Those that only describe the pod
// (dns, aliases, cgroupPath, annotations) are not here: leaving them aside breaks no promise.
constexpr std::array runtime_config = {
    Refusal{"ips", no_requested_addresses},      Refusal{"mac", no_requested_addresses},
    Refusal{"ipRanges", no_requested_addresses}, Refusal{"portMappings", not_a_capability},
    Refusal{"infinibandGUID", not_a_capability}, Refusal{"deviceID", not_a_capability}};

constexpr std::array cni_args = {Refusal{"ips", no_requested_addresses}};

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
  if (auto accepted = refuse_any(runtime_config, supplied, "runtimeConfig."); !accepted) {
    return accepted;
  }
  json::object args;
  if (auto read = read_object(config, "args", "args", args); !read) return read;
  json::object of_cni;
  if (auto read = read_object(args, "cni", "args.cni", of_cni); !read) return read;
  return refuse_any(cni_args, of_cni, "args.cni.");
}

}  // namespace podwire::cni
