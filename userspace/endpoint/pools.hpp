// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "endpoint/ipam.hpp"

namespace podwire::endpoint {

// One address for each family the node has a pool for: both or none. A value type without I/O.
class Pools {
 public:
  struct Addresses {
    std::optional<net::Address> ipv4;
    std::optional<net::Address> ipv6;
  };

  Pools(const std::optional<net::Prefix>& ipv4, const std::optional<net::Prefix>& ipv6,
        ReuseDelay delay);

  // `requested`: at most one of each family; the others are of the agent's choice.
  // invalid_argument: one that is in no pool, or is not given to pods.
  Result<Addresses> allocate(Time now, const std::vector<net::Address>& requested = {});
  // Addresses of no pool are ignored: the prefix may have been changed since.
  void release(const std::vector<net::Address>& addresses, Time now);
  // See Pool.
  void cancel(const std::vector<net::Address>& addresses);

  // For start-up; see Pool.
  Result<> claim(const std::vector<net::Address>& addresses);
  void remember_release(const net::Address& address, Time released);
  void exclude(const net::Address& address);
  void set_delay(ReuseDelay delay);

  std::vector<std::pair<net::Prefix, PoolUsage>> usage(Time now) const;

 private:
  Pool* pool_of(const net::Address& address);
  Result<> expect_own(const net::Address& requested);

  std::vector<Pool> pools_;  // IPv4 first
};

}  // namespace podwire::endpoint
