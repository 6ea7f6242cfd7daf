// SPDX-License-Identifier: Apache-2.0
#include "api/errc_name.hpp"

namespace podwire::api {

std::string_view errc_name(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::not_found:
      return "not_found";
    case Errc::already_exists:
      return "already_exists";
    case Errc::exhausted:
      return "exhausted";
    case Errc::unavailable:
      return "unavailable";
    case Errc::no_agent:
      return "no_agent";
    case Errc::corrupt:
      return "corrupt";
    case Errc::system:
      return "system";
  }
  return "system";
}

Errc errc_from_name(std::string_view name) {
  for (const Errc code : {Errc::invalid_argument, Errc::not_found, Errc::already_exists,
                          Errc::exhausted, Errc::unavailable, Errc::corrupt}) {
    if (errc_name(code) == name) return code;
  }
  return Errc::system;
}

}  // namespace podwire::api
