// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "net/netlink_message.hpp"
#include "net/netns.hpp"

namespace podwire::net {

// Requests that go to the kernel together, in this order.
class NetlinkBatch {
 public:
  NetlinkMessage& add(std::string doing, std::uint16_t type, std::uint16_t flags = 0) {
    return messages_.emplace_back(std::move(doing), type,
                                  static_cast<std::uint16_t>(flags | NLM_F_ACK));
  }
  std::deque<NetlinkMessage>& messages() { return messages_; }

 private:
  std::deque<NetlinkMessage> messages_;
};

// A netlink socket, of NETLINK_ROUTE unless another protocol is named, in the namespace it was
// opened in for as long as it lives. One thread at a time. The kernel works on a request during the
// send, so calls block only for what it does; an answer that never comes ends in an error after
// five seconds.
class NetlinkSocket {
 public:
  static Result<NetlinkSocket> open(int protocol = NETLINK_ROUTE);
  static Result<NetlinkSocket> open_in(const Netns& netns);

  // Sends the batch and collects the acknowledgement of every message. The kernel goes on behind a
  // failed one; the error returned is that of the first.
  Result<> transact(NetlinkBatch& batch);
  // One request that is answered with data; `each` sees every answer. An interrupted dump is
  // repeated a few times; `each` then sees answers again.
  Result<> dump(NetlinkMessage& request, const std::function<void(const nlmsghdr*)>& each);
  // The answer to one non-dump request.
  Result<> get(NetlinkMessage& request, const std::function<void(const nlmsghdr*)>& answer);

 private:
  Result<> send(std::span<const std::byte> bytes);
  Result<std::span<const std::byte>> receive();
  Result<bool> dump_once(NetlinkMessage& request, const std::function<void(const nlmsghdr*)>& each);

  UniqueFd fd_;
  std::uint32_t sequence_ = 0;
  std::vector<std::byte> buffer_;
};

}  // namespace podwire::net
