// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "api/codec.hpp"
#include "base/result.hpp"

// Frames as agent_api.hpp defines them: the length as a 32-bit little-endian number, then JSON
// text. Both ends of the socket use these; they hold no descriptor and do not wait.
namespace podwire::api {

using FrameHeader = std::array<std::uint8_t, 4>;

// Header and text in one string. Fails with invalid_argument if the text is longer than `limit`.
Result<std::string> make_frame(const json::value& message, std::uint32_t limit);

// The length that a header announces. Fails with invalid_argument if it is zero or beyond `limit`.
Result<std::uint32_t> frame_length(const FrameHeader& header, std::uint32_t limit);

}  // namespace podwire::api
