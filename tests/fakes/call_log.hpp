// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace podwire::fakes {

// The calls that fakes got, in order, and which one of them is to fail. Fakes that share a log
// stand for one kernel: "the third call" counts over all of them.
class CallLog {
 public:
  // Exactly one call fails: the n-th from here on, 1 being the next.
  void fail_at(std::size_t nth) { fail_at_ = calls_.size() + nth; }
  // True once that call has been made.
  bool has_failed() const { return fail_at_ != 0 && calls_.size() >= fail_at_; }

  const std::vector<std::string>& calls() const { return calls_; }
  void clear() {
    calls_.clear();
    fail_at_ = 0;
  }

  Result<> record(const std::string& call) {
    calls_.push_back(call);
    if (calls_.size() != fail_at_) return {};
    return fail(Errc::system, call + ": told to fail");
  }

 private:
  std::vector<std::string> calls_;
  std::size_t fail_at_ = 0;
};

}  // namespace podwire::fakes
