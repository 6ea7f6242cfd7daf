// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fakes/call_log.hpp"
#include "net/links.hpp"

namespace podwire::fakes {

// Link tables in memory. Tests read and change `links` to play the part of the kernel and of other
// programs on the node. One thread at a time, as Links; `log` must outlive this.
class FakeLinks : public net::Links {
 public:
  struct Link {
    std::uint32_t ifindex = 0;
    net::Wiring wiring;
    bool host_is_configured = false;
    bool pod_is_configured = false;
    bool queued = false;
    bool is_ending = false;  // as its namespace is: the pod's end is gone already
    std::uint64_t drops = 0;
  };

  explicit FakeLinks(CallLog& log) : log_(log) {}

  std::map<std::string, Link> links;  // by the host end's name
  std::vector<net::Prefix> blocked;
  std::map<net::Family, net::Uplink> uplinks;

  // As a crashed agent, or another instance, leaves them behind.
  void add(const std::string& name, std::uint32_t group, const net::Mac& mac = {}) {
    links[name] = {.ifindex = next_ifindex_++,
                   .wiring = {.host_name = name, .host_mac = mac, .group = group}};
  }

  Result<std::uint32_t> create(const net::Wiring& wiring, const net::Netns&) override {
    if (auto done = log_.record("create"); !done) return tl::unexpected(done.error());
    const auto [place, is_new] = links.try_emplace(wiring.host_name, Link{.wiring = wiring});
    if (!is_new) return fail(Errc::already_exists, "link " + wiring.host_name + " exists");
    return place->second.ifindex = next_ifindex_++;
  }
  Result<> configure_host(const net::Wiring& wiring, std::uint32_t) override {
    if (auto done = log_.record("configure_host"); !done) return done;
    links.at(wiring.host_name).host_is_configured = true;
    return {};
  }
  Result<> configure_pod(const net::Wiring& wiring, const net::Netns&) override {
    if (auto done = log_.record("configure_pod"); !done) return done;
    links.at(wiring.host_name).pod_is_configured = true;
    return {};
  }
  Result<> check(const net::Wiring& wiring, const net::Netns&) override {
    if (auto done = log_.record("check_links"); !done) return done;
    if (links.contains(wiring.host_name)) return {};
    return fail(Errc::corrupt, "link " + wiring.host_name + " is gone");
  }
  Result<> shape(const net::Wiring& wiring, std::uint32_t, const net::Netns&) override {
    if (!wiring.ingress && !wiring.egress) return {};
    if (auto done = log_.record("shape"); !done) return done;
    links.at(wiring.host_name).queued = wiring.ingress.has_value();
    return {};
  }
  Result<std::map<std::uint32_t, std::uint64_t>> shaper_drops() override {
    if (auto done = log_.record("shaper_drops"); !done) return tl::unexpected(done.error());
    std::map<std::uint32_t, std::uint64_t> drops;
    for (const auto& [name, link] : links) {
      if (link.queued) drops[link.ifindex] = link.drops;
    }
    return drops;
  }
  Result<net::PairState> look_at(const std::string& host_name) override {
    if (auto done = log_.record("look_at"); !done) return tl::unexpected(done.error());
    const auto found = links.find(host_name);
    if (found == links.end() || found->second.is_ending)
      return fail(Errc::not_found, "link " + host_name + " is gone");
    return net::PairState{found->second.wiring.pod_mac, found->second.queued};
  }
  Result<> remove_rules(const net::Wiring&, const net::Netns&) override {
    return log_.record("remove_rules");
  }
  Result<> remove(const std::vector<std::string>& names) override {
    if (auto done = log_.record("remove"); !done) return done;
    for (const std::string& name : names) links.erase(name);
    return {};
  }
  Result<std::vector<net::HostLink>> list() override {
    if (auto done = log_.record("list"); !done) return tl::unexpected(done.error());
    std::vector<net::HostLink> found;
    for (const auto& [name, link] : links) {
      found.push_back({name, link.ifindex, link.wiring.group, link.wiring.host_mac});
    }
    return found;
  }
  Result<> block(const std::vector<net::Prefix>& prefixes, std::uint32_t) override {
    if (auto done = log_.record("block"); !done) return done;
    blocked = prefixes;
    return {};
  }
  Result<bool> is_local(const net::Address&) override { return true; }
  Result<std::vector<net::Address>> own_addresses(const net::Prefix&) override {
    return std::vector<net::Address>{};
  }
  Result<std::optional<net::Uplink>> uplink(net::Family family) override {
    if (auto done = log_.record("uplink"); !done) return tl::unexpected(done.error());
    const auto found = uplinks.find(family);
    return found == uplinks.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  CallLog& log_;
  std::uint32_t next_ifindex_ = 10;
};

}  // namespace podwire::fakes
