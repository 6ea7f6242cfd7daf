// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

// What the CNI plugin and the command line say to the agent, and what it answers.
//
// One request and one reply for each connection to a Unix stream socket. A frame is the length of
// the JSON text as a 32-bit little-endian number, then the text. A request is
// {"operation": NAME, "request": {...}}; the first byte of an attach, check or detach request
// carries the container's network namespace as an SCM_RIGHTS descriptor. A reply is {"reply":
// {...}} or
// {"error": {"code": ..., "message": ...}}. Fields are the members below, by name; a reader ignores
// names it does not know, so that an agent and a plugin of neighbouring versions understand each
// other.
namespace podwire::agent_api {

constexpr const char* default_socket = "/run/podwire/podwire.sock";
constexpr std::uint32_t max_request_bytes = 64 * 1024;
constexpr std::uint32_t max_reply_bytes = 16 * 1024 * 1024;

// Limits of values, the same wherever one is given: a network configuration, the agent's
// configuration, a request. 1280 bytes is what IPv6 requires of a link (RFC 8200, section 5).
constexpr std::uint32_t least_mtu = 1280;
constexpr std::uint32_t greatest_mtu = 9000;
constexpr std::uint32_t least_probe_period_ms = 10;
constexpr std::uint32_t greatest_probe_period_ms = 24 * 60 * 60 * 1000;
constexpr std::size_t most_probes = 64;     // of one attachment
constexpr std::uint64_t least_rate = 1000;  // bits a second
constexpr std::uint64_t greatest_rate = 1'000'000'000'000'000;

// Identity of an attachment. The pod's name is a label only: names are reused, these are not.
struct AttachmentId {
  std::string network;
  std::string container_id;
  std::string ifname;

  auto operator<=>(const AttachmentId&) const = default;
};
BOOST_DESCRIBE_STRUCT(AttachmentId, (), (network, container_id, ifname))

// Empty where the runtime did not say.
struct PodName {
  std::string pod_namespace;
  std::string name;
  std::string uid;
};
BOOST_DESCRIBE_STRUCT(PodName, (), (pod_namespace, name, uid))

struct Probe {
  std::uint16_t tcp_port = 0;
  std::uint32_t period_ms = 1000;
  std::uint32_t timeout_ms = 1000;

  auto operator<=>(const Probe&) const = default;
};
BOOST_DESCRIBE_STRUCT(Probe, (), (tcp_port, period_ms, timeout_ms))

// What full TCP segments carry in one direction; rate 0: no limit. Burst 0, or 2^31-1 and more,
// which runtimes write where nobody asked for one: the agent's choice.
struct Rate {
  std::uint64_t bits_per_second = 0;
  std::uint64_t burst_bits = 0;

  auto operator<=>(const Rate&) const = default;
};
BOOST_DESCRIBE_STRUCT(Rate, (), (bits_per_second, burst_bits))

// Directions as the pod sees them.
struct Bandwidth {
  Rate ingress;
  Rate egress;

  auto operator<=>(const Bandwidth&) const = default;
};
BOOST_DESCRIBE_STRUCT(Bandwidth, (), (ingress, egress))

// One end of the veth pair. `mac` as aa:bb:cc:dd:ee:ff.
struct Interface {
  std::string name;
  std::string mac;
  std::uint32_t mtu = 0;
};
BOOST_DESCRIBE_STRUCT(Interface, (), (name, mac, mtu))

// `address` with prefix length, such as 10.244.0.5/32; `gateway` is the next hop of the default
// route.
struct IpConfig {
  std::string address;
  std::string gateway;
};
BOOST_DESCRIBE_STRUCT(IpConfig, (), (address, gateway))

// ---- attach: wires one container interface. Needs the namespace descriptor.

struct AttachRequest {
  AttachmentId id;
  PodName pod;
  std::string netns_path;  // as the runtime named it, for people and for the CNI result
  std::uint32_t mtu = 0;   // 0: the agent's default
  std::vector<Probe> probes;
  Bandwidth bandwidth;
  std::vector<std::string> ips;  // these, with or without prefix length; at most one of a family
  std::string mac;               // of the pod's end; empty: the agent chooses
};
BOOST_DESCRIBE_STRUCT(AttachRequest, (), (id, pod, netns_path, mtu, probes, bandwidth, ips, mac))

struct AttachReply {
  Interface host;
  Interface pod;
  std::vector<IpConfig> ips;  // IPv4 first
};
BOOST_DESCRIBE_STRUCT(AttachReply, (), (host, pod, ips))

// ---- detach: always succeeds, whatever is missing. The link is gone when the reply comes. The
// namespace descriptor, if the runtime still has the namespace, is for what the link does not take
// along.

struct DetachRequest {
  AttachmentId id;
};
BOOST_DESCRIBE_STRUCT(DetachRequest, (), (id))

// ---- check: compares an attachment with the kernel. Needs the namespace descriptor. `ips` are the
// addresses the runtime believes in: the attachment's must be among them; others may be of plugins
// further down the chain.

struct CheckRequest {
  AttachmentId id;
  std::vector<std::string> ips;
};
BOOST_DESCRIBE_STRUCT(CheckRequest, (), (id, ips))

// ---- pods: every attachment with its counters.

struct ProbeState {
  std::string address;
  std::uint16_t tcp_port = 0;
  std::uint32_t period_ms = 0;
  std::uint32_t timeout_ms = 0;
  std::string state;  // unknown, open, refused or timeout: the latest attempt
  std::uint64_t attempts = 0;
  std::uint64_t successes = 0;
  std::uint64_t refused = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t unknown = 0;
  double latency_seconds_sum = 0;  // over successes and refusals
};
BOOST_DESCRIBE_STRUCT(ProbeState, (),
                      (address, tcp_port, period_ms, timeout_ms, state, attempts, successes,
                       refused, timeouts, unknown, latency_seconds_sum))

struct Traffic {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(Traffic, (), (packets, bytes))

struct PodStatus {
  AttachmentId id;
  PodName pod;
  std::string netns_path;
  std::vector<std::string> ips;
  Interface host;
  Interface interface;
  std::int64_t attached_at = 0;  // seconds since the epoch
  Traffic egress;
  Traffic ingress;
  Bandwidth bandwidth;
  std::vector<ProbeState> probes;
};
BOOST_DESCRIBE_STRUCT(PodStatus, (),
                      (id, pod, netns_path, ips, host, interface, attached_at, egress, ingress,
                       bandwidth, probes))

struct PodsRequest {};
BOOST_DESCRIBE_STRUCT(PodsRequest, (), ())

struct PodsReply {
  std::vector<PodStatus> pods;
};
BOOST_DESCRIBE_STRUCT(PodsReply, (), (pods))

// ---- status: the agent itself.

struct Pool {
  std::string prefix;
  std::uint64_t assigned = 0;
  std::uint64_t cooling = 0;  // released, and not yet free for reuse
  std::uint64_t free = 0;
};
BOOST_DESCRIBE_STRUCT(Pool, (), (prefix, assigned, cooling, free))

struct Counted {
  std::string name;
  std::uint64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(Counted, (), (name, count))

struct StatusRequest {};
BOOST_DESCRIBE_STRUCT(StatusRequest, (), ())

struct StatusReply {
  std::string version;
  std::string instance;
  std::int64_t started_at = 0;  // seconds since the epoch
  std::string http_listen;
  std::uint64_t pods = 0;
  std::uint64_t probe_targets = 0;
  std::vector<Pool> pools;
  std::vector<Counted> verdicts;  // packets by verdict, those that occurred
};
BOOST_DESCRIBE_STRUCT(StatusReply, (),
                      (version, instance, started_at, http_listen, pods, probe_targets, pools,
                       verdicts))

// ---- probe_add, probe_remove: targets of an attached pod, kept over restarts of the agent. Adding
// a port that is probed already changes its timing. The attachments are those whose pod, or
// container if `pod` is empty, matches.

struct ProbeAddRequest {
  std::string pod_namespace;
  std::string pod;
  std::string container_id;
  Probe probe;
};
BOOST_DESCRIBE_STRUCT(ProbeAddRequest, (), (pod_namespace, pod, container_id, probe))

struct ProbeRemoveRequest {
  std::string pod_namespace;
  std::string pod;
  std::string container_id;
  std::uint16_t tcp_port = 0;
};
BOOST_DESCRIBE_STRUCT(ProbeRemoveRequest, (), (pod_namespace, pod, container_id, tcp_port))

// ---- reload: reads the configuration file again. All of its changes take effect, or none: a key
// that cannot change while the agent runs is refused by name.

struct ReloadRequest {};
BOOST_DESCRIBE_STRUCT(ReloadRequest, (), ())

struct ReloadReply {
  std::vector<std::string> changed;  // keys
};
BOOST_DESCRIBE_STRUCT(ReloadReply, (), (changed))

// ---- log_level: until the next reload or restart.

struct LogLevelRequest {
  std::string level;
};
BOOST_DESCRIBE_STRUCT(LogLevelRequest, (), (level))

struct DoneReply {};
BOOST_DESCRIBE_STRUCT(DoneReply, (), ())

struct ErrorReply {
  std::string code;  // a name of podwire::Errc
  std::string message;
};
BOOST_DESCRIBE_STRUCT(ErrorReply, (), (code, message))

// Operation names, beside the structs they carry.
template <class Request>
struct Operation;
template <>
struct Operation<AttachRequest> {
  static constexpr const char* name = "attach";
  using Reply = AttachReply;
};
template <>
struct Operation<DetachRequest> {
  static constexpr const char* name = "detach";
  using Reply = DoneReply;
};
template <>
struct Operation<CheckRequest> {
  static constexpr const char* name = "check";
  using Reply = DoneReply;
};
template <>
struct Operation<PodsRequest> {
  static constexpr const char* name = "pods";
  using Reply = PodsReply;
};
template <>
struct Operation<StatusRequest> {
  static constexpr const char* name = "status";
  using Reply = StatusReply;
};
template <>
struct Operation<ProbeAddRequest> {
  static constexpr const char* name = "probe_add";
  using Reply = DoneReply;
};
template <>
struct Operation<ProbeRemoveRequest> {
  static constexpr const char* name = "probe_remove";
  using Reply = DoneReply;
};

template <>
struct Operation<ReloadRequest> {
  static constexpr const char* name = "reload";
  using Reply = ReloadReply;
};
template <>
struct Operation<LogLevelRequest> {
  static constexpr const char* name = "log_level";
  using Reply = DoneReply;
};

// Name of the host's end of the veth pair: "pw" and 13 characters that hold a 64-bit FNV-1a hash of
// the identity. Plugin and agent compute it alike, so that either finds the link without the other.
inline std::string host_link_name(const AttachmentId& id) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::string* part : {&id.network, &id.container_id, &id.ifname}) {
    for (const char character : *part)
      hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
    hash = (hash ^ 0xff) * 0x100000001b3;  // a byte no name contains separates the parts
  }
  std::string name = "pw";
  for (int i = 0; i < 13; ++i, hash >>= 5) name += "0123456789abcdefghijklmnopqrstuv"[hash & 31];
  return name;
}

}  // namespace podwire::agent_api
