// SPDX-License-Identifier: Apache-2.0
#include "cni/agent_error.hpp"

namespace podwire::cni {

namespace {

Code code_for(Errc code, Command command) {
  if (command == Command::status) return Code::not_available;
  switch (code) {
    case Errc::invalid_argument:
      return Code::invalid_config;
    case Errc::not_found:
      return command == Command::check ? Code::unknown_container : Code::internal;
    case Errc::already_exists:
      return Code::already_attached;
    case Errc::exhausted:
    case Errc::unavailable:
    case Errc::no_agent:
      return Code::try_again_later;
    case Errc::corrupt:
      return command == Command::check ? Code::attachment_differs : Code::internal;
    case Errc::system:
      return Code::internal;
  }
  return Code::internal;
}

const char* advice(Errc code) {
  if (code == Errc::exhausted) {
    return "try again when pods are gone, or raise in the agent's configuration what the message "
           "names";
  }
  if (code == Errc::unavailable || code == Errc::no_agent) return "try again later";
  return "";
}

}  // namespace

CniError from_agent(const Error& error, Command command) {
  return {code_for(error.code, command), error.what, advice(error.code)};
}

}  // namespace podwire::cni
