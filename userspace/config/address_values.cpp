// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "config/source.hpp"
#include "config/values.hpp"

namespace podwire::config {

namespace {

// A range that pods cannot live in. Sources: the IANA special-purpose address registries for both
// families, and abi.h for the addresses that podwire itself uses.
struct Reserved {
  const char* prefix;
  const char* meaning;
  bool nodes_too;  // nor can the node send from it
};

constexpr std::array<Reserved, 10> reserved = {{
    {"0.0.0.0/8", "addresses without meaning on a network", true},
    {"127.0.0.0/8", "loopback", true},
    {PW_PROBE_IPV4 "/32", "the source of probes", true},
    {"169.254.0.0/16", "link-local, with the pods' gateway " PW_GATEWAY_IPV4, false},
    {"224.0.0.0/4", "multicast", true},
    {"240.0.0.0/4", "reserved, with broadcast", true},
    {"::/8", "reserved, with loopback and IPv4-mapped addresses", true},
    {PW_PROBE_IPV6 "/128", "the source of probes", true},
    {"fe80::/10", "link-local, with the pods' gateway " PW_GATEWAY_IPV6, false},
    {"ff00::/8", "multicast", true},
}};

net::Prefix range_of(const Reserved& entry) {
  return net::Prefix::parse(entry.prefix).value();
}

const char* name_of(net::Family family) {
  return family == net::Family::ipv4 ? "IPv4" : "IPv6";
}

// IPv4-mapped notation would be taken for IPv4: it is refused under either key.
Result<> check_family(const std::string& text, net::Family wanted) {
  auto address = net::Address::parse(std::string_view(text).substr(0, text.find('/')));
  if (!address)
    return fail(Errc::invalid_argument, in_quotes(text) + " does not start with an IP address");
  if (address->is_ipv4() && text.find(':') != std::string::npos) {
    return fail(Errc::invalid_argument,
                in_quotes(text) + " is IPv4-mapped: write it in IPv4 notation, under an ipv4 key");
  }
  if (address->family() == wanted) return {};
  return fail(Errc::invalid_argument, in_quotes(text) + " is " + name_of(address->family()) +
                                          ", the key takes " + name_of(wanted) + " only");
}

Result<> check_free(const net::Prefix& prefix) {
  const auto* taken = std::ranges::find_if(
      reserved, [&](const Reserved& r) { return range_of(r).overlaps(prefix); });
  if (taken == reserved.end()) return {};
  return fail(Errc::invalid_argument, in_quotes(prefix.text()) + " overlaps " + taken->prefix +
                                          " (" + taken->meaning +
                                          "): choose a range that nothing else uses");
}

}  // namespace

std::string PodPrefix::allowed() const {
  return std::string(name_of(family)) + " prefix of length " + std::to_string(shortest) + " to " +
         std::to_string(longest) + ", or empty; or `env:NAME`, `file:/PATH` with one";
}

Result<> PodPrefix::read(const Scalar& from, std::optional<net::Prefix>& to) const {
  auto text = value_at(from.text);
  auto done = text ? read_text(*text, to) : tl::unexpected(text.error());
  if (!done && is_source(from.text)) return in(from.text, done);
  return done;
}

Result<> PodPrefix::read_text(const std::string& text, std::optional<net::Prefix>& to) const {
  if (text.empty()) {
    to.reset();
    return {};
  }
  if (auto family_fits = check_family(text, family); !family_fits) return family_fits;
  auto prefix = net::Prefix::parse(text);
  if (!prefix) return tl::unexpected(prefix.error());
  if (prefix->length() < shortest || prefix->length() > longest) {
    return fail(Errc::invalid_argument, in_quotes(text) + " has prefix length " +
                                            std::to_string(prefix->length()) + ", possible are " +
                                            std::to_string(shortest) + " to " +
                                            std::to_string(longest));
  }
  if (auto is_free = check_free(*prefix); !is_free) return is_free;
  to = *prefix;
  return {};
}

std::string PrefixList::allowed() const {
  return "at most " + std::to_string(most) + " IPv4 or IPv6 prefixes";
}

Result<> PrefixList::read(const Scalar& from, std::vector<net::Prefix>& to) const {
  if (to.size() == most) {
    return fail(Errc::invalid_argument, "more than " + std::to_string(most) + " prefixes");
  }
  auto prefix = net::Prefix::parse(from.text);
  if (!prefix) return tl::unexpected(prefix.error());
  to.push_back(*prefix);
  return {};
}

std::string PrefixList::show(const std::vector<net::Prefix>& value) const {
  std::string text = "[";
  for (const net::Prefix& prefix : value) text += (text.size() > 1 ? ", " : "") + prefix.text();
  return text + "]";
}

std::string NodeAddress::allowed() const {
  return "auto, or an " + std::string(name_of(family)) + " address";
}

Result<> NodeAddress::read(const Scalar& from, std::optional<net::Address>& to) const {
  if (from.text == "auto") {
    to.reset();
    return {};
  }
  auto address = net::Address::parse(from.text);
  if (!address) {
    return fail(Errc::invalid_argument, "expected " + allowed() + ", got " + in_quotes(from.text));
  }
  if (auto family_fits = check_family(from.text, family); !family_fits) return family_fits;
  const auto* taken = std::ranges::find_if(
      reserved, [&](const Reserved& r) { return r.nodes_too && range_of(r).contains(*address); });
  if (taken != reserved.end()) {
    return fail(Errc::invalid_argument, in_quotes(from.text) + " is in " + taken->prefix + " (" +
                                            taken->meaning +
                                            "): write an address of this node, or auto");
  }
  to = *address;
  return {};
}

}  // namespace podwire::config
