// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/links.hpp"
#include "net/netlink_socket.hpp"

namespace podwire::net {

// Links over NETLINK_ROUTE, in the namespace of the thread that opened it.
class RtNetlink : public Links {
 public:
  // Addresses that packets from the node to its pods carry; nullopt leaves the choice to the
  // kernel.
  struct NodeSources {
    std::optional<Address> ipv4;
    std::optional<Address> ipv6;

    bool operator==(const NodeSources&) const = default;
  };

  static Result<RtNetlink> open();

  void set_node_sources(const NodeSources& sources) { sources_ = sources; }

  Result<std::uint32_t> create(const Wiring& wiring, const Netns& pod) override;
  Result<> configure_host(const Wiring& wiring, std::uint32_t ifindex) override;
  Result<> configure_pod(const Wiring& wiring, const Netns& pod) override;
  Result<> check(const Wiring& wiring, const Netns& pod) override;
  Result<> shape(const Wiring& wiring, std::uint32_t ifindex, const Netns& pod) override;
  Result<std::map<std::uint32_t, std::uint64_t>> shaper_drops() override;
  Result<PairState> look_at(const std::string& host_name) override;
  Result<> remove_rules(const Wiring& wiring, const Netns& pod) override;
  Result<> remove(const std::vector<std::string>& names) override;
  Result<std::vector<HostLink>> list() override;
  Result<> block(const std::vector<Prefix>& prefixes, std::uint32_t owner) override;
  Result<bool> is_local(const Address& address) override;
  Result<std::vector<Address>> own_addresses(const Prefix& within) override;
  Result<std::optional<Uplink>> uplink(Family family) override;

 private:
  explicit RtNetlink(NetlinkSocket socket) : socket_(std::move(socket)) {}

  NetlinkSocket socket_;
  NodeSources sources_;
};

}  // namespace podwire::net
