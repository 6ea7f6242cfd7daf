// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <podwire/abi.h>

namespace podwire::datapath {

// The name of a verdict in metrics, logs and documents. There is no default branch: a verdict that
// is added to the enum does not compile until it has a name.
constexpr std::string_view verdict_name(pw_verdict verdict) {
  switch (verdict) {
    case PW_FORWARDED:
      return "forwarded";
    case PW_TO_HOST:
      return "to_host";
    case PW_TO_POD:
      return "to_pod";
    case PW_NEIGHBOUR:
      return "neighbour";
    case PW_PROBE_SENT:
      return "probe_sent";
    case PW_PROBE_ANSWERED:
      return "probe_answered";
    case PW_DROP_PROBE_STRAY:
      return "probe_stray";
    case PW_DROP_MALFORMED:
      return "malformed";
    case PW_DROP_NOT_IP:
      return "not_ip";
    case PW_DROP_SPOOFED:
      return "spoofed";
    case PW_DROP_UNKNOWN_SOURCE:
      return "unknown_source";
    case PW_DROP_MULTICAST:
      return "multicast";
    case PW_DROP_BROADCAST:
      return "broadcast";
    case PW_DROP_TIME_EXCEEDED:
      return "time_exceeded";
    case PW_DROP_TOO_BIG:
      return "too_big";
    case PW_DROP_ERROR_LIMITED:
      return "error_limited";
    case PW_DROP_REDIRECT_FAILED:
      return "redirect_failed";
    case PW_DROP_UNREACHABLE:
      return "unreachable";
    case PW_DROP_RATE_EXCEEDED:
      return "rate_exceeded";
    case PW_VERDICTS:
      break;
  }
  return "none";
}

constexpr bool is_drop(pw_verdict verdict) {
  return verdict >= PW_DROP_PROBE_STRAY;
}

}  // namespace podwire::datapath
