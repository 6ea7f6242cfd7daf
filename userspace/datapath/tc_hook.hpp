// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace podwire::datapath {

enum class Direction { ingress, egress };

// Attaches a tc program to a device through the clsact qdisc, at a handle and priority of our own,
// so that attaching again replaces the program without a gap and without touching filters of
// others. Filters live with the device, not with the agent.
Result<> attach_filter(std::uint32_t ifindex, Direction direction, int program);

// Takes our program off, and leaves the qdisc to others; one that is not there is no error.
Result<> detach_filter(std::uint32_t ifindex, Direction direction);

// The id of the program at our handle; not_found if there is none.
Result<std::uint32_t> attached_program(std::uint32_t ifindex, Direction direction);

}  // namespace podwire::datapath
