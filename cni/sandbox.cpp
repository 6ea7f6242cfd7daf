// SPDX-License-Identifier: Apache-2.0
#include "cni/sandbox.hpp"

#include <utility>

#include "cni/names.hpp"

namespace podwire::cni {

namespace {

Checked<> require_other_netns(const net::Netns& netns, const Environment& environment) {
  if (environment.netns_override) return {};
  auto own = net::Netns::current();
  if (!own) return refuse(Code::internal, own.error().what);
  if (own->identity() != netns.identity()) return {};
  return refuse(Code::own_netns, "plugin's netns and netns from CNI_NETNS should not be the same",
                "CNI_NETNS is " + quoted(environment.netns));
}

}  // namespace

Checked<net::Netns> open_sandbox(const Environment& environment) {
  auto netns = net::Netns::open(environment.netns);
  if (!netns) {
    return refuse(Code::invalid_environment,
                  "CNI_NETNS " + quoted(environment.netns) + " cannot be used", netns.error().what);
  }
  if (auto other = require_other_netns(*netns, environment); !other) {
    return tl::unexpected(other.error());
  }
  return std::move(*netns);
}

Checked<std::optional<net::Netns>> open_sandbox_if_there(const Environment& environment) {
  if (environment.netns.empty()) return std::nullopt;
  auto netns = net::Netns::open(environment.netns);
  if (!netns) return std::nullopt;
  if (auto other = require_other_netns(*netns, environment); !other) {
    return tl::unexpected(other.error());
  }
  return std::move(*netns);
}

}  // namespace podwire::cni
