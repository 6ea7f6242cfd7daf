// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace podwire::ctl {

// An age in the manner of kubectl: the older, the coarser, such as 5s, 3m12s, 2h5m, 3d4h, 400d. A
// clock that is up to two seconds apart gives 0s, one further apart <invalid>.
std::string human_age(std::chrono::seconds age);

// A duration as one writes it on a command line: whole numbers with h, m, s or ms, such as 250ms or
// 1m30s. At most a day.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// The shortest text that parse_duration() reads as this.
std::string duration_text(std::chrono::milliseconds duration);

// A measured time with three digits, such as 12.3us.
std::string latency_text(double seconds);

}  // namespace podwire::ctl
