// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cni/cni_error.hpp"

// Standard input and output of the plugin. What a runtime reads is one JSON document or nothing,
// even if the plugin is told to stop.
namespace podwire::cni {

// Call first. Makes a closed standard stream fail when it is used, so that no file opened later
// gets its number; ignores SIGPIPE; answers SIGTERM with an error document.
void prepare_standard_streams();

// All of standard input, at most 1 MiB of it. io_failure if it takes longer than `timeout`.
Checked<std::string> read_input(std::chrono::milliseconds timeout);

// False if not all of it could be written.
bool write_output(std::string_view text);

void write_note(std::string_view text);

}  // namespace podwire::cni
