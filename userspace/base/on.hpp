// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace podwire {

namespace detail {
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work>> run(Work work) {
  co_return work();
}
}  // namespace detail

// `co_await on(executor, work)`: runs `work` on another thread's executor and comes back with its
// result. This is the only way data passes between threads, so none of them needs a lock. `work`
// captures by reference what the awaiting coroutine holds: that lives until the result is there.
// Captures that own something do not compile, because g++ 12 destroys a lambda twice that is
// written inside a co_await expression.
template <class Executor, class Work>
boost::asio::awaitable<std::invoke_result_t<Work>> on(Executor executor, Work work) {
  static_assert(std::is_trivially_destructible_v<Work>, "capture by reference instead");
  co_return co_await boost::asio::co_spawn(executor, detail::run(std::move(work)),
                                           boost::asio::use_awaitable);
}

}  // namespace podwire
