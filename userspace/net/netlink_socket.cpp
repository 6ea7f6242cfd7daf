// SPDX-License-Identifier: Apache-2.0
#include "net/netlink_socket.hpp"

#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>

namespace podwire::net {

namespace {

constexpr std::size_t receive_bytes = std::size_t{64} * 1024;
constexpr int dump_attempts = 5;
constexpr timeval answer_timeout{.tv_sec = 5, .tv_usec = 0};
// A process in a pod's namespace may send to a socket opened there. What does not come from the
// kernel is passed over, and only so much of it.
constexpr int most_foreign_datagrams = 64;

// The errno of an NLMSG_ERROR message, 0 for an acknowledgement.
int error_of(const nlmsghdr* message) {
  return -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message))->error;
}

// Calls `each` for every message of one datagram until it returns false.
void for_each_message(std::span<const std::byte> datagram,
                      const std::function<bool(const nlmsghdr*)>& each) {
  int left = static_cast<int>(datagram.size());
  const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
  while (mnl_nlmsg_ok(message, left) && each(message)) message = mnl_nlmsg_next(message, &left);
}

}  // namespace

Result<NetlinkSocket> NetlinkSocket::open(int protocol) {
  NetlinkSocket socket;
  socket.fd_ = UniqueFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!socket.fd_) return fail_errno("open netlink socket");
  setsockopt(socket.fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &answer_timeout, sizeof(answer_timeout));
  socket.buffer_.resize(receive_bytes);
  return socket;
}

Result<NetlinkSocket> NetlinkSocket::open_in(const Netns& netns) {
  Result<NetlinkSocket> socket = tl::unexpected(Error{});
  auto entered = netns.inside([&] { socket = open(); });
  if (!entered) return tl::unexpected(entered.error());
  return socket;
}

Result<> NetlinkSocket::send(std::span<const std::byte> bytes) {
  if (::send(fd_.get(), bytes.data(), bytes.size(), 0) < 0)
    return fail_errno("send netlink request");
  return {};
}

Result<std::span<const std::byte>> NetlinkSocket::receive() {
  for (int foreign = 0; foreign < most_foreign_datagrams;) {
    sockaddr_nl sender{};
    socklen_t length = sizeof(sender);
    const ssize_t size = recvfrom(fd_.get(), buffer_.data(), buffer_.size(), 0,
                                  reinterpret_cast<sockaddr*>(&sender), &length);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno("receive netlink answer");
    if (sender.nl_pid == 0) {
      return std::span<const std::byte>(buffer_).first(static_cast<std::size_t>(size));
    }
    ++foreign;
  }
  return fail(Errc::unavailable, "receive netlink answer: somebody floods the socket");
}

Result<> NetlinkSocket::transact(NetlinkBatch& batch) {
  std::vector<std::byte> bytes;
  const std::uint32_t first = sequence_ + 1;
  for (NetlinkMessage& message : batch.messages()) {
    message.get()->nlmsg_seq = ++sequence_;
    const auto* start = reinterpret_cast<const std::byte*>(message.get());
    bytes.insert(bytes.end(), start,
                 start + mnl_nlmsg_get_payload_len(message.get()) + MNL_NLMSG_HDRLEN);
    bytes.resize((bytes.size() + MNL_ALIGNTO - 1) / MNL_ALIGNTO * MNL_ALIGNTO);
  }
  if (auto sent = send(bytes); !sent) return sent;

  Result<> result;
  for (std::size_t open = batch.messages().size(); open > 0;) {
    auto datagram = receive();
    if (!datagram) return tl::unexpected(datagram.error());
    for_each_message(*datagram, [&](const nlmsghdr* answer) {
      const std::uint32_t index = answer->nlmsg_seq - first;
      if (answer->nlmsg_type != NLMSG_ERROR || index >= batch.messages().size()) return true;
      --open;
      if (const int error = error_of(answer); error != 0 && result) {
        result = fail_errno(batch.messages()[index].doing(), error);
      }
      return true;
    });
  }
  return result;
}

Result<bool> NetlinkSocket::dump_once(NetlinkMessage& request,
                                      const std::function<void(const nlmsghdr*)>& each) {
  request.get()->nlmsg_seq = ++sequence_;
  if (auto sent =
          send({reinterpret_cast<const std::byte*>(request.get()), request.get()->nlmsg_len});
      !sent) {
    return tl::unexpected(sent.error());
  }
  bool done = false;
  bool interrupted = false;
  Result<> result;
  while (!done) {
    auto datagram = receive();
    if (!datagram) return tl::unexpected(datagram.error());
    for_each_message(*datagram, [&](const nlmsghdr* answer) {
      if (answer->nlmsg_seq != sequence_) return true;
      interrupted = interrupted || (answer->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      done = answer->nlmsg_type == NLMSG_DONE || answer->nlmsg_type == NLMSG_ERROR;
      if (answer->nlmsg_type == NLMSG_ERROR && error_of(answer) != 0) {
        result = fail_errno(request.doing(), error_of(answer));
      }
      if (!done) each(answer);
      return !done;
    });
  }
  if (!result) return tl::unexpected(result.error());
  return !interrupted;
}

Result<> NetlinkSocket::dump(NetlinkMessage& request,
                             const std::function<void(const nlmsghdr*)>& each) {
  request.get()->nlmsg_flags |= NLM_F_DUMP;
  for (int attempt = 0; attempt < dump_attempts; ++attempt) {
    auto complete = dump_once(request, each);
    if (!complete) return tl::unexpected(complete.error());
    if (*complete) return {};
  }
  return fail(Errc::unavailable,
              request.doing() + ": the kernel's list kept changing while it was read");
}

Result<> NetlinkSocket::get(NetlinkMessage& request,
                            const std::function<void(const nlmsghdr*)>& answer) {
  request.get()->nlmsg_flags |= NLM_F_ACK;
  auto complete = dump_once(request, answer);
  if (!complete) return tl::unexpected(complete.error());
  return {};
}

}  // namespace podwire::net
