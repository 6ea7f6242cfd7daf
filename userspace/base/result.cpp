// SPDX-License-Identifier: Apache-2.0
#include "base/result.hpp"

#include <system_error>

namespace podwire {

namespace {

Errc category_of(int number) {
  switch (number) {
    case EEXIST:
      return Errc::already_exists;
    case ENOENT:
    case ENODEV:
    case ESRCH:
      return Errc::not_found;
    case EAGAIN:
    case EBUSY:
      return Errc::unavailable;
    case ENOSPC:
      return Errc::exhausted;
    default:
      return Errc::system;
  }
}

}  // namespace

Error system_error(std::string_view doing, int number) {
  return Error{category_of(number), std::generic_category().message(number)}.in(doing);
}

}  // namespace podwire
