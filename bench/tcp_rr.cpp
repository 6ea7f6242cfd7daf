// SPDX-License-Identifier: Apache-2.0
//
// TCP round trips over one connection, for IPv6: sockperf 3.7 takes IPv4 addresses only.
//
//   tcp_rr server ADDRESS PORT            serves until it is killed
//   tcp_rr client ADDRESS PORT SECONDS    prints {"round_trips": N, "p50_us": T, "p99_us": T}
//
// As sockperf does: messages of 14 bytes, a warm-up that is not counted, half the round trip
// reported.
#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <vector>

#include "sockets.hpp"
#include "tool.hpp"

namespace podwire::bench {

namespace {

using Clock = std::chrono::steady_clock;
using Message = std::array<char, 14>;

constexpr auto warm_up = std::chrono::milliseconds(300);
constexpr double max_trips_per_second = 1e6;

// False at the peer's end, or when it stopped in the middle of a message.
bool receive(int fd, Message& message) {
  return ::recv(fd, message.data(), message.size(), MSG_WAITALL) ==
         static_cast<ssize_t>(message.size());
}

bool send(int fd, const Message& message) {
  return ::send(fd, message.data(), message.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(message.size());
}

Result<> serve(const Command& command) {
  auto listener = listen_on(command.endpoint);
  if (!listener) return in("serve", listener);
  for (;;) {
    auto connection = accept_from(listener->get());
    if (!connection) return in("serve", connection);
    Message message{};
    while (receive(connection->get(), message) && send(connection->get(), message)) continue;
  }
}

// Fills `samples` with round trips in nanoseconds until time or space is used up.
Result<std::span<std::uint32_t>> exchange(int fd, std::chrono::nanoseconds duration,
                                          std::span<std::uint32_t> samples) {
  Message message{};
  std::size_t count = 0;
  const auto begin = Clock::now();
  for (auto sent = begin; sent - begin < duration && count < samples.size();) {
    if (!send(fd, message) || !receive(fd, message)) return fail_errno("exchange a message");
    const auto answered = Clock::now();
    samples[count++] = static_cast<std::uint32_t>(
        std::min<std::int64_t>((answered - sent).count(), std::int64_t{UINT32_MAX}));
    sent = answered;
  }
  return samples.first(count);
}

// Half the round trip in microseconds; reorders `samples`.
double percentile_us(std::span<std::uint32_t> samples, double fraction) {
  const auto rank = static_cast<std::ptrdiff_t>(fraction * static_cast<double>(samples.size() - 1));
  std::nth_element(samples.begin(), samples.begin() + rank, samples.end());
  return samples[static_cast<std::size_t>(rank)] / 2000.0;
}

Result<> measure(const Command& command) {
  auto connection = connect_to(command.endpoint);
  if (!connection) return in("measure", connection);
  const double seconds = std::chrono::duration<double>(command.duration).count();
  // Written once here, so that no page fault falls into a sample.
  std::vector<std::uint32_t> space(static_cast<std::size_t>(seconds * max_trips_per_second) + 1);
  if (auto warm = exchange(connection->get(), warm_up, space); !warm) return in("warm up", warm);
  auto samples = exchange(connection->get(), command.duration, space);
  if (!samples) return in("measure", samples);
  std::printf("{\"round_trips\": %zu, \"p50_us\": %.3f, \"p99_us\": %.3f}\n", samples->size(),
              percentile_us(*samples, 0.50), percentile_us(*samples, 0.99));
  return {};
}

}  // namespace

}  // namespace podwire::bench

int main(int count, char** arguments) {
  using namespace podwire::bench;
  return run_tool(count, arguments, {{"server", false, serve}, {"client", true, measure}});
}
