// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace podwire::endpoint {

// Hands out small numbers, the lowest free one first.
class Slots {
 public:
  explicit Slots(std::uint32_t limit) : used_(limit) {}

  Result<std::uint32_t> take() {
    for (std::uint32_t slot = 0; slot < used_.size(); ++slot) {
      if (!used_[slot]) {
        used_[slot] = true;
        return slot;
      }
    }
    return fail(Errc::exhausted, "the limit of " + std::to_string(used_.size()) +
                                     " attachments is reached; raise limits.attachments");
  }
  // False if it is taken or beyond the limit.
  bool claim(std::uint32_t slot) {
    if (slot >= used_.size() || used_[slot]) return false;
    used_[slot] = true;
    return true;
  }
  void give_back(std::uint32_t slot) {
    if (slot < used_.size()) used_[slot] = false;
  }

 private:
  std::vector<bool> used_;
};

}  // namespace podwire::endpoint
