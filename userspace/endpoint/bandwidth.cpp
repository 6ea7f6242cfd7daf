// SPDX-License-Identifier: Apache-2.0
#include "endpoint/bandwidth.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

namespace podwire::endpoint {

namespace {

constexpr std::uint64_t ethernet_header = 14;
// The shaper counts a timer's delay of work at full speed as its burst, so a rate needs some
// milliseconds of it; and a GSO packet larger than the burst is cut into segments, which costs.
constexpr std::uint64_t least_burst_bytes = 32'768;
constexpr std::uint64_t burst_per_second = 100;  // 10 ms
// What waits for longer only makes every answer late.
constexpr std::uint64_t least_queue_bytes = 32'768;
constexpr std::uint64_t queue_per_second = 20;  // 50 ms
// A GSO packet of the largest size, twice: the policer sees packets before they are cut.
constexpr std::uint64_t policer_slack_bytes = 131'072;

Result<> validate_rate(const char* direction, const agent_api::Rate& rate) {
  const std::string name = std::string("bandwidth: ") + direction;
  if (rate.bits_per_second == 0 && rate.burst_bits == 0) return {};
  if (rate.bits_per_second < agent_api::least_rate ||
      rate.bits_per_second > agent_api::greatest_rate) {
    return fail(Errc::invalid_argument,
                name + " must have a rate of 1000 to 10^15 bits a second, got " +
                    std::to_string(rate.bits_per_second));
  }
  if (rate.burst_bits > agent_api::greatest_rate) {
    return fail(Errc::invalid_argument, name + " must have a burst of 10^15 bits at most, got " +
                                            std::to_string(rate.burst_bits));
  }
  return {};
}

// People measure what TCP carries; the shaper counts frames. Of IPv4 with time stamps: 52 bytes.
std::uint64_t frame_bytes_per_second(const agent_api::Rate& rate, std::uint32_t mtu) {
  constexpr std::uint64_t tcp_headers = 52;
  const double overhead =
      static_cast<double>(mtu + ethernet_header) / static_cast<double>(mtu - tcp_headers);
  return static_cast<std::uint64_t>(static_cast<double>(rate.bits_per_second) / 8 * overhead);
}

// Runtimes write the largest number they have where nobody asked for a burst.
bool is_wished(std::uint64_t burst_bits) {
  return burst_bits != 0 &&
         burst_bits < static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max());
}

std::uint32_t bounded(std::uint64_t bytes) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(bytes, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

Result<> validate_bandwidth(const agent_api::Bandwidth& bandwidth) {
  auto ingress = validate_rate("ingress", bandwidth.ingress);
  return ingress ? validate_rate("egress", bandwidth.egress) : ingress;
}

std::optional<net::Shaper> shaper_of(const agent_api::Rate& rate, std::uint32_t mtu) {
  if (rate.bits_per_second == 0) return std::nullopt;
  const std::uint64_t bytes = frame_bytes_per_second(rate, mtu);
  // Less than two frames would stop the largest ones for good.
  const std::uint64_t least = 2 * (mtu + ethernet_header);
  const std::uint64_t burst = is_wished(rate.burst_bits)
                                  ? std::max(rate.burst_bits / 8, least)
                                  : std::max(bytes / burst_per_second, least_burst_bytes);
  const std::uint64_t queue = std::max(bytes / queue_per_second, least_queue_bytes);
  return net::Shaper{.bytes_per_second = bytes,
                     .burst_bytes = bounded(burst),
                     .queue_bytes = bounded(burst + queue)};
}

std::optional<datapath::RateLimit> policer_of(const agent_api::Rate& rate, std::uint32_t mtu) {
  const auto shaper = shaper_of(rate, mtu);
  if (!shaper) return std::nullopt;
  return datapath::RateLimit{.bytes_per_second = shaper->bytes_per_second,
                             .burst_bytes = shaper->burst_bytes + policer_slack_bytes};
}

}  // namespace podwire::endpoint
