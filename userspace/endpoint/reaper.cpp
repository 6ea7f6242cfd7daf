// SPDX-License-Identifier: Apache-2.0
#include "endpoint/reaper.hpp"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>

#include "base/on.hpp"

namespace podwire::endpoint {

boost::asio::awaitable<Result<>> Reaper::remove(std::string name) {
  if (!next_) next_ = std::make_shared<Batch>(io_);
  const std::shared_ptr<Batch> batch = next_;
  batch->names.push_back(std::move(name));
  if (!running_) {
    running_ = true;
    boost::asio::co_spawn(io_, run(), boost::asio::detached);
  }
  co_await batch->done.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  co_return batch->result;
}

boost::asio::awaitable<void> Reaper::run() {
  while (next_) {
    const std::shared_ptr<Batch> batch = std::exchange(next_, nullptr);
    batch->result =
        co_await on(thread_.get_executor(), [this, &batch] { return links_.remove(batch->names); });
    batch->done.cancel();
  }
  running_ = false;
}

}  // namespace podwire::endpoint
