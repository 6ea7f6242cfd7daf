// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/address.hpp"
#include "net/netns.hpp"
#include "net/shaper.hpp"

namespace podwire::net {

// Everything the kernel's link, address, route and neighbour tables hold for one attachment.
struct Wiring {
  std::string host_name;
  Mac host_mac;
  std::string pod_name;  // the interface name inside the container
  Mac pod_mac;
  std::uint32_t mtu = 1500;
  std::optional<Address> ipv4;
  std::optional<Address> ipv6;
  std::optional<Shaper> ingress;  // of what the pod gets, at the host end
  std::optional<Shaper> egress;   // of what the pod sends, at its own end
  std::string alias;              // tells people whose link it is
  std::uint32_t group = 0;        // tells an agent after a crash which links it made
};

// Each agent marks its links with a group of its own in this range. Links that are being deleted
// together carry another one, whosever they are.
constexpr std::uint32_t first_link_group = 0x70000000;
constexpr std::uint32_t last_link_group = 0x70ffffff;
constexpr std::uint32_t deletion_group = 0x64656c00;

constexpr bool is_link_group(std::uint32_t group) {
  return group >= first_link_group && group <= last_link_group;
}

// A host end found in the node's namespace.
struct HostLink {
  std::string name;
  std::uint32_t ifindex = 0;
  std::uint32_t group = 0;
  Mac mac;
};

// What others may rightly change of a veth pair.
struct PairState {
  Mac pod_mac;
  bool queued = false;  // the host end has a queue, whosever it is
};

// Where the node's default route leads.
struct Uplink {
  std::uint32_t mtu = 0;
  std::optional<Address> source;
};

// The kernel's link tables: one of the two seams of the agent (the other is Datapath). Calls block
// for the kernel only. One thread for each object. Errors carry the kernel's reason and the step.
class Links {
 public:
  virtual ~Links() = default;

  // Makes the veth pair, both ends down, the pod's end at once in its own namespace. Returns the
  // host end's ifindex. already_exists if the container has an interface of that name.
  virtual Result<std::uint32_t> create(const Wiring& wiring, const Netns& pod) = 0;
  // Gateway addresses, routes and neighbours of the host end, then up. May be repeated: puts right
  // what has been lost or changed.
  virtual Result<> configure_host(const Wiring& wiring, std::uint32_t ifindex) = 0;
  // Addresses, default routes and the gateway's neighbour entries in the pod, then up, and `lo`
  // too.
  virtual Result<> configure_pod(const Wiring& wiring, const Netns& pod) = 0;
  // Compares with the kernel; the error names the first difference.
  virtual Result<> check(const Wiring& wiring, const Netns& pod) = 0;
  // The wiring's shapers; without any, nothing is done.
  virtual Result<> shape(const Wiring& wiring, std::uint32_t ifindex, const Netns& pod) = 0;
  // Packets that the shapers of host ends have dropped, by ifindex.
  virtual Result<std::map<std::uint32_t, std::uint64_t>> shaper_drops() = 0;
  virtual Result<PairState> look_at(const std::string& host_name) = 0;
  // What would outlive the link in a container that has other interfaces; see pod_routes.hpp. That
  // there is none is no error.
  virtual Result<> remove_rules(const Wiring& wiring, const Netns& pod) = 0;
  // Deletes links by name, all in one go; one that does not exist is no error. Both ends are gone,
  // and the pod's addresses with them, when this returns.
  virtual Result<> remove(const std::vector<std::string>& names) = 0;
  // All veth links whose name begins as host ends do.
  virtual Result<std::vector<HostLink>> list() = 0;
  // Makes the kernel refuse, and not send elsewhere, what has no more specific route in one of the
  // prefixes; no longer what was blocked for the same owner before. `owner`: a link group.
  virtual Result<> block(const std::vector<Prefix>& prefixes, std::uint32_t owner) = 0;
  virtual Result<bool> is_local(const Address& address) = 0;
  // The node's own addresses within a prefix.
  virtual Result<std::vector<Address>> own_addresses(const Prefix& within) = 0;
  // nullopt: there is no default route in this family.
  virtual Result<std::optional<Uplink>> uplink(Family family) = 0;
};

}  // namespace podwire::net
