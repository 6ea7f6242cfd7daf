// SPDX-License-Identifier: Apache-2.0
#include "endpoint/pools.hpp"

#include <algorithm>

namespace podwire::endpoint {

Pools::Pools(const std::optional<net::Prefix>& ipv4, const std::optional<net::Prefix>& ipv6,
             ReuseDelay delay) {
  if (ipv4) pools_.emplace_back(*ipv4, delay);
  if (ipv6) pools_.emplace_back(*ipv6, delay);
}

Result<> Pools::expect_own(const net::Address& requested) {
  if (pool_of(requested)) return {};
  const bool is_ipv4 = requested.is_ipv4();
  const auto pool = std::ranges::find(pools_, requested.family(),
                                      [](const Pool& one) { return one.prefix().family(); });
  return fail(Errc::invalid_argument,
              pool != pools_.end()
                  ? requested.text() + " is not in " + pool->prefix().text() +
                        ", the range of this node's pods"
                  : requested.text() + " cannot be had: this node gives pods no " +
                        (is_ipv4 ? "IPv4" : "IPv6") + " addresses, see ipam." +
                        (is_ipv4 ? "ipv4" : "ipv6") + " in the agent's configuration");
}

Result<Pools::Addresses> Pools::allocate(Time now, const std::vector<net::Address>& requested) {
  for (const net::Address& address : requested) {
    if (auto own = expect_own(address); !own) return tl::unexpected(own.error());
  }
  Addresses addresses;
  for (Pool& pool : pools_) {
    const auto wanted = std::ranges::find_if(
        requested, [&](const net::Address& one) { return pool.prefix().contains(one); });
    auto address = wanted == requested.end() ? pool.allocate(now) : pool.take(*wanted);
    if (!address) {
      if (addresses.ipv4) cancel({*addresses.ipv4});
      return tl::unexpected(address.error());
    }
    (address->is_ipv4() ? addresses.ipv4 : addresses.ipv6) = *address;
  }
  return addresses;
}

void Pools::release(const std::vector<net::Address>& addresses, Time now) {
  for (const net::Address& address : addresses) {
    if (Pool* pool = pool_of(address)) pool->release(address, now);
  }
}

void Pools::cancel(const std::vector<net::Address>& addresses) {
  for (const net::Address& address : addresses) {
    if (Pool* pool = pool_of(address)) pool->cancel(address);
  }
}

Result<> Pools::claim(const std::vector<net::Address>& addresses) {
  for (const net::Address& address : addresses) {
    Pool* pool = pool_of(address);
    if (!pool) continue;
    if (auto claimed = pool->claim(address); !claimed) return claimed;
  }
  return {};
}

void Pools::remember_release(const net::Address& address, Time released) {
  if (Pool* pool = pool_of(address)) pool->remember_release(address, released);
}

void Pools::exclude(const net::Address& address) {
  if (Pool* pool = pool_of(address)) pool->exclude(address);
}

void Pools::set_delay(ReuseDelay delay) {
  for (Pool& pool : pools_) pool.set_delay(delay);
}

std::vector<std::pair<net::Prefix, PoolUsage>> Pools::usage(Time now) const {
  std::vector<std::pair<net::Prefix, PoolUsage>> usage;
  for (const Pool& pool : pools_) usage.emplace_back(pool.prefix(), pool.usage(now));
  return usage;
}

Pool* Pools::pool_of(const net::Address& address) {
  const auto found = std::ranges::find_if(
      pools_, [&](const Pool& pool) { return pool.prefix().contains(address); });
  return found == pools_.end() ? nullptr : &*found;
}

}  // namespace podwire::endpoint
