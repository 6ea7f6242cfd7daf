// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "datapath/datapath.hpp"
#include "fakes/call_log.hpp"

namespace podwire::fakes {

// Maps and hooks in memory. Tests set the counters that the kernel programs would have counted. One
// thread at a time; `log` must outlive this.
class FakeDatapath : public datapath::Datapath {
 public:
  explicit FakeDatapath(CallLog& log) : log_(log) {}

  std::set<std::uint32_t> hooks;                         // interfaces, by ifindex
  std::map<net::Address, datapath::Endpoint> endpoints;  // what is published
  std::map<std::uint32_t, datapath::Counters> slots;
  datapath::Verdicts verdict_counts{};
  datapath::Latency latency{};
  std::vector<datapath::MapFill> maps;

  Result<> set_pod_ranges(const std::vector<net::Prefix>&,
                          const std::vector<net::Address>&) override {
    return log_.record("set_pod_ranges");
  }
  Result<> attach(std::uint32_t ifindex) override {
    if (auto done = log_.record("attach_hook"); !done) return done;
    hooks.insert(ifindex);
    return {};
  }
  Result<> reset(std::uint32_t slot) override {
    if (auto done = log_.record("reset"); !done) return done;
    slots[slot] = {};
    return {};
  }
  Result<> publish(const datapath::Endpoint& endpoint) override {
    if (auto done = log_.record("publish"); !done) return done;
    for (const net::Address& address : addresses_of(endpoint)) endpoints[address] = endpoint;
    return {};
  }
  Result<> withdraw(const datapath::Endpoint& endpoint) override {
    if (auto done = log_.record("withdraw"); !done) return done;
    for (const net::Address& address : addresses_of(endpoint)) endpoints.erase(address);
    return {};
  }
  Result<> retain(const std::vector<datapath::Endpoint>& wanted) override {
    if (auto done = log_.record("retain"); !done) return done;
    std::set<net::Address> keep;
    for (const datapath::Endpoint& endpoint : wanted) keep.merge(addresses_of(endpoint));
    std::erase_if(endpoints, [&](const auto& entry) { return !keep.contains(entry.first); });
    return {};
  }
  Result<> check(const datapath::Endpoint& endpoint) const override {
    if (auto done = log_.record("check_datapath"); !done) return done;
    const auto addresses = addresses_of(endpoint);
    const bool all = std::ranges::all_of(
        addresses, [&](const net::Address& address) { return endpoints.contains(address); });
    if (all && hooks.contains(endpoint.ifindex)) return {};
    return fail(Errc::corrupt, "the endpoint is not published");
  }

  Result<datapath::Counters> counters(std::uint32_t slot) const override {
    const auto found = slots.find(slot);
    if (found == slots.end()) return fail(Errc::system, "read counters");
    return found->second;
  }
  Result<datapath::Verdicts> verdicts() const override { return verdict_counts; }
  Result<datapath::Latency> probe_latency() const override { return latency; }
  std::vector<datapath::MapFill> fill() const override { return maps; }

 private:
  static std::set<net::Address> addresses_of(const datapath::Endpoint& endpoint) {
    std::set<net::Address> addresses;
    if (endpoint.ipv4) addresses.insert(*endpoint.ipv4);
    if (endpoint.ipv6) addresses.insert(*endpoint.ipv6);
    return addresses;
  }

  CallLog& log_;
};

}  // namespace podwire::fakes
