// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <cstdint>
#include <string>

#include <podwire/abi.h>

#include "base/result.hpp"

namespace podwire::endpoint {

// Hands out small numbers, the lowest free one first, below PW_MAX_ENDPOINTS.
class Slots {
 public:
  // `limit`: how many may be out at a time. Those that are claimed may be more: the limit was
  // higher.
  explicit Slots(std::uint32_t limit) : limit_(limit) {}

  void set_limit(std::uint32_t limit) { limit_ = limit; }

  Result<std::uint32_t> take() {
    const std::size_t places = used_.count() < limit_ ? used_.size() : 0;
    for (std::uint32_t slot = 0; slot < places; ++slot) {
      if (!used_[slot]) {
        used_[slot] = true;
        return slot;
      }
    }
    return fail(Errc::exhausted, "the limit of " + std::to_string(limit_) +
                                     " attachments is reached; raise limits.attachments");
  }
  // False if it is taken, or no slot at all.
  bool claim(std::uint32_t slot) {
    if (slot >= used_.size() || used_[slot]) return false;
    used_[slot] = true;
    return true;
  }
  void give_back(std::uint32_t slot) {
    if (slot < used_.size()) used_[slot] = false;
  }

 private:
  std::size_t limit_;
  std::bitset<PW_MAX_ENDPOINTS> used_;
};

}  // namespace podwire::endpoint
