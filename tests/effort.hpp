// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdlib>

namespace podwire {

// How many times the usual number of rounds a random test makes: PODWIRE_TEST_EFFORT, 1 to 1000.
inline int test_effort() {
  const char* text = std::getenv("PODWIRE_TEST_EFFORT");
  return text == nullptr ? 1 : std::clamp(std::atoi(text), 1, 1000);
}

}  // namespace podwire
