// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace podwire {

// Sets up the process-wide logger: one line on stderr for each event, safe from any thread. Lines
// about a pod carry `pod=<namespace>/<name>`, so that grep finds all of them. `level`: trace,
// debug, info, warning, error or off.
void set_up_log(const std::string& level);
// From now on, from any thread.
void set_log_level(const std::string& level);

}  // namespace podwire
