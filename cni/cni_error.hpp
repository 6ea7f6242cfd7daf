// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace podwire::cni {

// Error codes: up to 99 as in the CNI specification, section "Error"; those from 100 on are
// podwire's.
enum class Code {
  incompatible_version = 1,
  unsupported_field = 2,    // the message names key and value
  unknown_container = 3,    // CHECK only: the runtime need not clean up
  invalid_environment = 4,  // the message names the variables
  io_failure = 5,
  decoding_failure = 6,
  invalid_config = 7,
  own_netns = 8,  // of the Go library: CNI_NETNS is the namespace of the plugin itself
  try_again_later = 11,
  not_available = 50,        // STATUS only: an ADD would fail
  already_attached = 101,    // ADD twice, or the container has such an interface already
  attachment_differs = 102,  // CHECK: the kernel or the records are not as ADD left them
  internal = 999             // of the Go library: everything else
};

// What the runtime gets to see; `details` may be empty. Texts are for people, as in Error.
struct CniError {
  Code code = Code::internal;
  std::string message;
  std::string details;
};

template <class T = void>
using Checked = tl::expected<T, CniError>;

inline tl::unexpected<CniError> refuse(Code code, std::string message, std::string details = {}) {
  return tl::unexpected(CniError{code, std::move(message), std::move(details)});
}

}  // namespace podwire::cni
