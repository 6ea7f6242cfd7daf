// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/result.hpp"

namespace podwire::datapath {

enum class Direction { ingress, egress };

// Where our programs are among the filters of a link. Priority 1 is asked first: a foreign filter
// before ours could let packets go by uncounted.
constexpr std::uint32_t filter_handle = 0x7077;
constexpr std::uint32_t filter_priority = 1;

// Makes the clsact qdisc, which holds the filters of both directions; one that is there stays.
Result<> create_hook(std::uint32_t ifindex);

// already_exists where another program has put its qdisc `ingress` in the place of clsact: that has
// one direction only, and would take our second program for a replacement of the first.
Result<> expect_no_foreign_qdisc(std::uint32_t ifindex);

// Attaches a tc program to a link that has the hook, at a handle and priority of our own, so that
// attaching again replaces the program without a gap and without touching filters of others.
// Filters live with the link, not with the agent.
Result<> attach_filter(std::uint32_t ifindex, Direction direction, int program);

// Takes our program off, and leaves the qdisc to others; one that is not there is no error.
Result<> detach_filter(std::uint32_t ifindex, Direction direction);

// The id of the program at our handle; not_found if there is none.
Result<std::uint32_t> attached_program(std::uint32_t ifindex, Direction direction);

}  // namespace podwire::datapath
