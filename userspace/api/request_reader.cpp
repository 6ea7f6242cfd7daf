// SPDX-License-Identifier: Apache-2.0
#include "api/request_reader.hpp"

#include <array>
#include <chrono>
#include <cstring>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <podwire/agent_api.hpp>

#include "api/frame.hpp"

namespace podwire::api {

namespace asio = boost::asio;

namespace {

using Socket = asio::local::stream_protocol::socket;

constexpr std::chrono::seconds time_to_receive{10};
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// Descriptors beyond the first are closed at once, wherever they came from.
UniqueFd take_descriptor(msghdr& message) {
  UniqueFd first;
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control;
       control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(control) + i * sizeof(int), sizeof(int));
      UniqueFd owned(descriptor);
      if (!first) first = std::move(owned);
    }
  }
  return first;
}

// The first bytes of the header, with the descriptor that travels with them.
Result<std::size_t> receive_start(int socket, FrameHeader& header, UniqueFd& netns) {
  constexpr std::size_t most_descriptors = 4;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(most_descriptors * sizeof(int))> control{};
  iovec data{.iov_base = header.data(), .iov_len = header.size()};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (size < 0) return fail_errno("receive request");
  netns = take_descriptor(message);
  if (size == 0) return fail(Errc::invalid_argument, "the connection was closed without a request");
  return static_cast<std::size_t>(size);
}

asio::awaitable<Result<ReceivedRequest>> receive(Socket& socket) {
  const Error truncated{Errc::invalid_argument, "the request ends in the middle"};
  ReceivedRequest request;
  FrameHeader header{};
  const auto [waiting] = co_await socket.async_wait(Socket::wait_read, as_result);
  if (waiting) co_return tl::unexpected(truncated);
  auto started = receive_start(socket.native_handle(), header, request.netns);
  if (!started) co_return tl::unexpected(started.error());

  const auto rest = asio::buffer(header) + *started;
  const auto [header_failure, header_bytes] = co_await asio::async_read(socket, rest, as_result);
  if (header_failure) co_return tl::unexpected(truncated);
  auto length = frame_length(header, agent_api::max_request_bytes);
  if (!length) co_return tl::unexpected(length.error());

  request.text.resize(*length);
  const auto [failure, bytes] =
      co_await asio::async_read(socket, asio::buffer(request.text), as_result);
  if (failure) co_return tl::unexpected(truncated);
  co_return request;
}

}  // namespace

asio::awaitable<Result<ReceivedRequest>> read_request(Socket& socket) {
  using asio::experimental::awaitable_operators::operator||;
  asio::steady_timer deadline(socket.get_executor(), time_to_receive);
  auto first = co_await (receive(socket) || deadline.async_wait(as_result));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_return fail(Errc::invalid_argument, "the request was not complete within 10 s");
}

}  // namespace podwire::api
