// SPDX-License-Identifier: Apache-2.0
#include "endpoint/requested.hpp"

#include <algorithm>

namespace podwire::endpoint {

namespace {

Result<> add_address(const std::string& text, std::vector<net::Address>& to) {
  auto address = net::Address::parse_with_length(text);
  if (!address) return in("requested address", address);
  const auto same_family = std::ranges::find(to, address->family(), &net::Address::family);
  if (same_family != to.end()) {
    return fail(Errc::invalid_argument, same_family->text() + " and " + address->text() +
                                            " are requested: a pod has one address of each family");
  }
  to.push_back(*address);
  return {};
}

// The lowest bit of the first byte marks a group (IEEE 802), which no interface can be.
Result<net::Mac> parse_mac(const std::string& text) {
  auto mac = net::Mac::parse(text);
  if (!mac) return in("requested MAC address", mac);
  if (*mac == net::Mac{})
    return fail(Errc::invalid_argument, "requested MAC address " + text + " is all zero");
  if ((mac->bytes[0] & 1) != 0) {
    return fail(Errc::invalid_argument,
                "requested MAC address " + text + " is one of a multicast group");
  }
  return mac;
}

}  // namespace

Result<Requested> requested_by(const agent_api::AttachRequest& request) {
  Requested requested;
  for (const std::string& text : request.ips) {
    if (auto added = add_address(text, requested.addresses); !added)
      return tl::unexpected(added.error());
  }
  if (request.mac.empty()) return requested;
  auto mac = parse_mac(request.mac);
  if (!mac) return tl::unexpected(mac.error());
  requested.mac = *mac;
  return requested;
}

}  // namespace podwire::endpoint
