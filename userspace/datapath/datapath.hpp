// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <podwire/abi.h>

#include "base/result.hpp"
#include "net/address.hpp"

namespace podwire::datapath {

// Frames, Ethernet header and all.
struct RateLimit {
  std::uint64_t bytes_per_second = 0;  // 1 at least
  std::uint64_t burst_bytes = 0;       // less than 2^32

  bool operator==(const RateLimit&) const = default;
};

// One endpoint as the kernel programs know it.
struct Endpoint {
  std::uint32_t ifindex = 0;  // of the host end
  std::uint32_t slot = 0;
  std::uint32_t mtu = 0;
  net::Mac pod_mac;
  net::Mac host_mac;
  std::optional<net::Address> ipv4;
  std::optional<net::Address> ipv6;
  bool queued = false;                    // packets from other pods pass the host end's queue
  std::optional<RateLimit> egress_limit;  // more than that is dropped
};

using Counters = pw_endpoint_counters;
using Verdicts = std::array<std::uint64_t, PW_VERDICTS>;
// The buckets of `probe_latency`, then the sum in nanoseconds.
using Latency = std::array<std::uint64_t, PW_LATENCY_BUCKETS + 1>;

// Entries in use and their limit.
struct MapFill {
  std::string name;
  std::uint64_t entries = 0;
  std::uint64_t capacity = 0;
};

// Maps and hooks of the data plane: one of the two seams of the agent (the other is Links).
// Changes come from the control thread only; the const methods read the kernel's maps directly,
// keep nothing, and may be called from any thread.
class Datapath {
 public:
  virtual ~Datapath() = default;

  // The ranges in which what has no endpoint is nowhere, but for the node's own addresses there.
  // Replaces those of an earlier agent.
  virtual Result<> set_pod_ranges(const std::vector<net::Prefix>& ranges,
                                  const std::vector<net::Address>& own) = 0;
  // Puts the programs on a host end, or replaces those of an earlier agent in place.
  virtual Result<> attach(std::uint32_t ifindex) = 0;
  // The slot is as new: counters are zero, its egress is not limited, and no translated flows are
  // remembered.
  virtual Result<> reset(std::uint32_t slot) = 0;
  // From here on packets reach the endpoint. Publishing again replaces.
  virtual Result<> publish(const Endpoint& endpoint) = 0;
  // Nothing more is delivered to it; one that was not published is no error.
  virtual Result<> withdraw(const Endpoint& endpoint) = 0;
  // Takes out everything that does not belong to one of `wanted`: what a crash left behind.
  virtual Result<> retain(const std::vector<Endpoint>& wanted) = 0;
  // Compares hooks and map entries with the kernel; the error names the first difference.
  virtual Result<> check(const Endpoint& endpoint) const = 0;

  virtual Result<Counters> counters(std::uint32_t slot) const = 0;
  virtual Result<Verdicts> verdicts() const = 0;
  virtual Result<Latency> probe_latency() const = 0;
  virtual std::vector<MapFill> fill() const = 0;
};

// The kernel's side of probing. The probe thread is the only writer; a copy of a
// result that the kernel is writing may lag by one count between fields.
class ProbePlane {
 public:
  virtual ~ProbePlane() = default;

  // Shared memory with the kernel; both have PW_MAX_PROBE_TARGETS elements and live as long as
  // this.
  virtual std::span<pw_probe_target> targets() = 0;
  virtual std::span<pw_probe_result> results() = 0;
  // Sends one probe to each target, all of one family, PW_PROBE_BATCH at most.
  virtual Result<> send(std::span<const std::uint32_t> indices, net::Family family) = 0;
};

}  // namespace podwire::datapath
