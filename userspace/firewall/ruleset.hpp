// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// The rules of nftables, and of iptables where that is a front end of it, as the kernel has them:
// each rule is a small program of expressions that load values into registers and compare them
// (linux/netfilter/nf_tables.h). Data only; reader.hpp fetches it, passage.hpp runs it.
namespace podwire::firewall {

using Bytes = std::vector<std::uint8_t>;
using Register = std::size_t;  // a byte in the register file

struct Verdict {
  enum class Kind { accept, drop, jump, go_to, back };
  Kind kind = Kind::accept;
  std::string chain;  // of jump and go_to
};

struct LoadMeta {
  std::uint32_t key = 0;  // enum nft_meta_keys
  Register to = 0;
};
struct LoadConntrack {
  std::uint32_t key = 0;  // enum nft_ct_keys
  Register to = 0;
};
struct LoadPayload {
  std::uint32_t base = 0;  // enum nft_payload_bases
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  Register to = 0;
};
// to = (from & mask) ^ flip
struct Mask {
  Register from = 0, to = 0;
  Bytes mask, flip;
};
struct Compare {
  Register from = 0;
  std::uint32_t op = 0;  // enum nft_cmp_ops
  Bytes with;
};
struct Range {
  Register from = 0;
  bool outside = false;
  Bytes low, high;
};
// Whether the value is in the set; in a verdict map, what it says of it.
struct Lookup {
  Register from = 0;
  std::string set;
  bool inverted = false;
  bool gives_verdict = false;
};
struct Assign {
  Register to = 0;
  Bytes value;
};
// The match `conntrack` of iptables, as far as it asks for states.
struct ConntrackStates {
  std::uint32_t states = 0;
  bool inverted = false;
};
// Something that is not modelled: it may match or not, and may change any register.
struct Opaque {};

using Expression = std::variant<LoadMeta, LoadConntrack, LoadPayload, Mask, Compare, Range, Lookup,
                                Assign, ConntrackStates, Opaque, Verdict>;
using Rule = std::vector<Expression>;

enum class Hook { input, forward, output };

struct Base {
  Hook hook = Hook::forward;
  bool drops = false;  // its policy
};

// Names a chain or a set: these are unique in a table, tables in a family (NFPROTO_*).
struct Id {
  std::uint32_t family = 0;
  std::string table;
  std::string name;
  auto operator<=>(const Id&) const = default;
  bool operator==(const Id&) const = default;
};

struct Chain {
  std::optional<Base> base;
  std::vector<Rule> rules;
};

struct Element {
  Bytes key;
  bool ends_interval = false;  // what is not less than the key is outside, up to the next element
  std::optional<Verdict> verdict;
};

struct Set {
  std::vector<Element> elements;
  bool is_known = true;  // false: too large, or of a kind that is not modelled
};

struct Ruleset {
  std::map<Id, Chain> chains;
  std::map<Id, Set> sets;
};

}  // namespace podwire::firewall
