// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <podwire/abi.h>
#include <podwire/agent_api.hpp>

#include "base/result.hpp"
#include "net/address.hpp"

// What the agent reads at start, and again when it is told to. The members below mirror the keys of
// the YAML file; their text, units and ranges are in schema.cpp, the page for people is
// docs/configuration.md.
namespace podwire::config {

// A numeric IP address, without brackets.
struct HttpListen {
  std::string address;
  std::uint16_t port = 0;

  auto operator<=>(const HttpListen&) const = default;
};

struct Http {
  std::optional<HttpListen> listen = HttpListen{"127.0.0.1", 9617};  // nullopt: no HTTP server
};

// Source of packets from the node to its pods. nullopt: found out at start.
struct Node {
  std::optional<net::Address> ipv4;
  std::optional<net::Address> ipv6;
};

// At least one prefix is set in a Config that was read.
struct Ipam {
  std::optional<net::Prefix> ipv4;
  std::optional<net::Prefix> ipv6;
  std::chrono::seconds reuse_delay{120};     // given up when the pool is otherwise empty
  std::chrono::seconds reuse_delay_min{30};  // never given up; at most reuse_delay
};

struct Datapath {
  std::optional<std::uint32_t> mtu;  // bytes; nullopt: that of the default route's device
};

// Pods reach what is neither pod nor node under the node's address.
struct Masquerade {
  bool enabled = true;
  std::vector<net::Prefix> except;  // pods and nodes elsewhere
};

struct Probes {
  std::uint32_t max_targets = PW_MAX_PROBE_TARGETS;
};

struct Limits {
  std::uint32_t attachments = 1024;
};

struct Config {
  std::string instance = "podwire";
  std::string run_dir = "/run/podwire";
  std::string state_dir = "/var/lib/podwire";
  std::string socket = agent_api::default_socket;
  std::string log_level = "info";
  Http http;
  Node node;
  Ipam ipam;
  Datapath datapath;
  Masquerade masquerade;
  Probes probes;
  Limits limits;
};

// Reads a file. Errors are invalid_argument and begin with "FILE:LINE: key 'PATH':" where there is
// a line; a file that cannot be read keeps the category of the system error.
Result<Config> load(const std::string& path);

// As load(), of text that came from `name`.
Result<Config> parse(std::string_view text, const std::string& name);

// One for each family that pods have.
std::vector<net::Prefix> pod_ranges(const Config& config);

// The configuration in use as one line of key=value, for the log.
std::string summary(const Config& config);

// The table of all keys in docs/configuration.md, as Markdown.
std::string reference();

}  // namespace podwire::config
