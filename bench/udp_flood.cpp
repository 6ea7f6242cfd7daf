// SPDX-License-Identifier: Apache-2.0
//
// UDP packets with 64 bytes of payload per second, counted where they arrive.
//
//   udp_flood receive ADDRESS PORT SECONDS    prints {"packets": N, "per_second": R}
//   udp_flood send ADDRESS PORT SECONDS       sends as fast as it can
//
// Packets are handed over in batches (sendmmsg, recvmmsg), so that the path of a packet is measured
// and not the system call. The receiver takes what has come, then sleeps for a fixed time: one that
// waits for packets makes the sender pay for waking it, and one that spins contends for the
// socket's locks, which halves the rate in some runs and not in others.
#include <array>
#include <cerrno>
#include <cstdio>
#include <thread>

#include "sockets.hpp"
#include "tool.hpp"

namespace podwire::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t payload_bytes = 64;
constexpr unsigned batch = 64;
constexpr auto first_packet_limit = std::chrono::seconds(5);
constexpr auto pause = std::chrono::microseconds(200);
constexpr auto warm_up = std::chrono::milliseconds(200);

// Room for one batch of messages. Not movable: the headers point into it.
class Batch {
 public:
  Batch() {
    for (unsigned i = 0; i < batch; ++i) {
      parts_[i] = {payloads_[i].data(), payloads_[i].size()};
      headers_[i].msg_hdr.msg_iov = &parts_[i];
      headers_[i].msg_hdr.msg_iovlen = 1;
    }
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  mmsghdr* headers() { return headers_.data(); }

 private:
  std::array<std::array<char, payload_bytes>, batch> payloads_{};
  std::array<iovec, batch> parts_{};
  std::array<mmsghdr, batch> headers_{};
};

// Receives until `end`; returns how many packets came.
Result<std::uint64_t> receive_until(int fd, Batch& messages, Clock::time_point end) {
  std::uint64_t packets = 0;
  while (Clock::now() < end) {
    const int count = ::recvmmsg(fd, messages.headers(), batch, MSG_DONTWAIT, nullptr);
    if (count < 0 && errno != EAGAIN && errno != EINTR) return fail_errno("receive");
    if (count > 0)
      packets += static_cast<std::uint64_t>(count);
    else
      std::this_thread::sleep_for(pause);
  }
  return packets;
}

Result<> wait_for_first(int fd) {
  char byte = 0;
  const auto limit = Clock::now() + first_packet_limit;
  while (Clock::now() < limit) {
    if (::recv(fd, &byte, 1, MSG_DONTWAIT) >= 0) return {};
    if (errno != EAGAIN && errno != EINTR) return fail_errno("wait for the first packet");
    std::this_thread::sleep_for(pause);
  }
  return fail(Errc::unavailable, "no packet within five seconds: is the sender running?");
}

Result<> receive(const Command& command) {
  auto fd = bind_datagram(command.endpoint);
  if (!fd) return in("receive", fd);
  if (auto arrived = wait_for_first(fd->get()); !arrived) return arrived;
  Batch messages;
  const auto warm = receive_until(fd->get(), messages, Clock::now() + warm_up);
  if (!warm) return tl::unexpected(warm.error());
  const auto begin = Clock::now();
  const auto packets = receive_until(fd->get(), messages, begin + command.duration);
  if (!packets) return tl::unexpected(packets.error());
  const std::chrono::duration<double> elapsed = Clock::now() - begin;
  std::printf("{\"packets\": %llu, \"per_second\": %.1f}\n",
              static_cast<unsigned long long>(*packets),
              static_cast<double>(*packets) / elapsed.count());
  return {};
}

// ENOBUFS and EAGAIN mean that a queue is full, which is what a flood is for. So does
// ECONNREFUSED once the receiver has seen enough and is gone.
bool is_expected(int number) {
  return number == ENOBUFS || number == EAGAIN || number == EINTR || number == ECONNREFUSED;
}

Result<> flood(const Command& command) {
  auto fd = connect_datagram(command.endpoint);
  if (!fd) return in("send", fd);
  if (auto limited = limit_waits(fd->get()); !limited) return limited;
  Batch messages;
  for (const auto end = Clock::now() + command.duration; Clock::now() < end;)
    if (::sendmmsg(fd->get(), messages.headers(), batch, 0) < 0 && !is_expected(errno))
      return fail_errno("send");
  return {};
}

}  // namespace

}  // namespace podwire::bench

int main(int count, char** arguments) {
  using namespace podwire::bench;
  return run_tool(count, arguments, {{"receive", true, receive}, {"send", true, flood}});
}
