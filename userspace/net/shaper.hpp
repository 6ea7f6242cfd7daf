// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "net/netlink_socket.hpp"

namespace podwire::net {

// A token bucket with a queue in front, the kernel's tbf, in place of a link's root queue. Sizes
// are those of frames; a GSO packet counts with the headers of all its segments.
struct Shaper {
  std::uint64_t bytes_per_second = 0;
  std::uint32_t burst_bytes = 0;  // what may go at once after a pause
  std::uint32_t queue_bytes = 0;  // what may wait; more is dropped

  auto operator<=>(const Shaper&) const = default;
};

namespace requests {
// Changes the shaper that is there already, without loss.
void set_shaper(NetlinkBatch& batch, const std::string& link, std::uint32_t ifindex,
                const Shaper& shaper);
}  // namespace requests

namespace queries {
// nullopt: the root queue of the link is of another kind.
Result<std::optional<Shaper>> shaper(NetlinkSocket& socket, std::uint32_t ifindex);
// Packets that the shapers of the namespace have dropped, by ifindex.
Result<std::map<std::uint32_t, std::uint64_t>> shaper_drops(NetlinkSocket& socket);
}  // namespace queries

}  // namespace podwire::net
