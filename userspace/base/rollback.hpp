// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace podwire {

// A stack of undo steps that runs in reverse order unless the work was committed. Each step must
// cope with its object being gone already, and reports its own failures.
class Rollback {
 public:
  Rollback() = default;
  Rollback(const Rollback&) = delete;
  Rollback& operator=(const Rollback&) = delete;
  ~Rollback() {
    std::for_each(steps_.rbegin(), steps_.rend(), [](const auto& undo) { undo(); });
  }

  void push(std::function<void()> undo) { steps_.push_back(std::move(undo)); }
  void commit() { steps_.clear(); }

 private:
  std::vector<std::function<void()>> steps_;
};

}  // namespace podwire
