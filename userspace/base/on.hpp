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
// result. This is the only way data passes between threads, so none of them needs a lock. `work` is
// kept alive by the call and must own, or be sure to outlive, what it refers to.
template <class Executor, class Work>
boost::asio::awaitable<std::invoke_result_t<Work>> on(Executor executor, Work work) {
  co_return co_await boost::asio::co_spawn(executor, detail::run(std::move(work)),
                                           boost::asio::use_awaitable);
}

}  // namespace podwire
