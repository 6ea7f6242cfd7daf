// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace podwire {

// The few categories that callers branch on; everything else a person needs is in the text.
enum class Errc {
  invalid_argument,  // the caller asked for something that can never work
  not_found,
  already_exists,
  exhausted,    // a pool or a table is full
  unavailable,  // trying again later may help
  no_agent,     // only a client of the agent says this: it is not running, or ended meanwhile
  corrupt,      // stored or received data contradicts itself
  system        // the kernel refused; the text carries its reason
};

// An error for people: what was being done, on what, and what to do next. Callers add context from
// the inside out, so that the text reads "attach pod a/b: create link pw1: File exists".
struct Error {
  Errc code = Errc::system;
  std::string what;

  Error in(std::string_view doing) && {
    what.insert(0, ": ").insert(0, doing);
    return std::move(*this);
  }
};

template <class T = void>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Errc code, std::string what) {
  return tl::unexpected(Error{code, std::move(what)});
}

// An error of the kernel about `doing`; `number` is an errno value.
Error system_error(std::string_view doing, int number = errno);

inline tl::unexpected<Error> fail_errno(std::string_view doing, int number = errno) {
  return tl::unexpected(system_error(doing, number));
}

// Passes an error on with context: `if (!x) return in("create link", x);`
template <class T>
tl::unexpected<Error> in(std::string_view doing, Result<T>& failed) {
  return tl::unexpected(std::move(failed).error().in(doing));
}

}  // namespace podwire
