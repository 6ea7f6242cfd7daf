// SPDX-License-Identifier: Apache-2.0
#include "firewall/reader.hpp"

#include <cstdio>
#include <deque>
#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <memory>
#include <string_view>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "firewall/decode.hpp"
#include "net/netlink_socket.hpp"

namespace podwire::firewall {

namespace {

// What a ruleset for a node may have; beyond, judgements become uncertain.
constexpr std::size_t most_chains = 4096;
constexpr std::size_t most_rules = 20'000;  // of one chain
constexpr std::size_t most_elements = 65'536;

template <class Object, auto free>
struct Free {
  void operator()(Object* object) const { free(object); }
};
template <class Object, auto free>
using Owned = std::unique_ptr<Object, Free<Object, free>>;
using OwnedChain = Owned<nftnl_chain, nftnl_chain_free>;
using OwnedRule = Owned<nftnl_rule, nftnl_rule_free>;
using OwnedSet = Owned<nftnl_set, nftnl_set_free>;

// Requests are made in place: a message is not copied.
void put_header(net::NetlinkMessage& request, std::uint32_t family) {
  auto& header = request.header<nfgenmsg>();
  header.nfgen_family = static_cast<std::uint8_t>(family);
  header.version = NFNETLINK_V0;
}

constexpr std::uint16_t type_of(int message) {
  return static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message);
}

bool filters_ip(std::uint32_t family) {
  return family == NFPROTO_IPV4 || family == NFPROTO_IPV6 || family == NFPROTO_INET;
}

std::optional<Hook> hook_of(std::uint32_t number) {
  switch (number) {
    case NF_INET_LOCAL_IN:
      return Hook::input;
    case NF_INET_FORWARD:
      return Hook::forward;
    case NF_INET_LOCAL_OUT:
      return Hook::output;
    default:
      return std::nullopt;
  }
}

std::optional<Base> base_of(const nftnl_chain* chain) {
  if (!nftnl_chain_is_set(chain, NFTNL_CHAIN_HOOKNUM)) return std::nullopt;
  const auto hook = hook_of(nftnl_chain_get_u32(chain, NFTNL_CHAIN_HOOKNUM));
  if (!hook) return std::nullopt;
  return Base{.hook = *hook, .drops = nftnl_chain_get_u32(chain, NFTNL_CHAIN_POLICY) == NF_DROP};
}

// The base chains, without rules yet.
Result<std::map<Id, Chain>> read_bases(net::NetlinkSocket& socket) {
  std::map<Id, Chain> found;
  net::NetlinkMessage request("list the chains of nftables", type_of(NFT_MSG_GETCHAIN), 0);
  put_header(request, NFPROTO_UNSPEC);
  auto dumped = socket.dump(request, [&](const nlmsghdr* message) {
    const OwnedChain chain(nftnl_chain_alloc());
    if (!chain || nftnl_chain_nlmsg_parse(message, chain.get()) < 0) return;
    const std::uint32_t family = nftnl_chain_get_u32(chain.get(), NFTNL_CHAIN_FAMILY);
    const auto base = base_of(chain.get());
    if (!base || !filters_ip(family)) return;
    found[{family, nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_TABLE),
           nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_NAME)}] = {.base = base};
  });
  if (!dumped) return tl::unexpected(dumped.error());
  return found;
}

Rule decode_rule(nftnl_rule* from) {
  Rule rule;
  nftnl_expr_foreach(
      from,
      [](nftnl_expr* expression, void* to) {
        decode(expression, *static_cast<Rule*>(to));
        return 0;
      },
      &rule);
  return rule;
}

Result<std::vector<Rule>> read_rules(net::NetlinkSocket& socket, const Id& chain) {
  std::vector<Rule> found;
  std::optional<std::uint64_t> first;
  net::NetlinkMessage request("list the rules of chain " + chain.name, type_of(NFT_MSG_GETRULE), 0);
  put_header(request, chain.family);
  request.put(NFTA_RULE_TABLE, std::string_view(chain.table));
  request.put(NFTA_RULE_CHAIN, std::string_view(chain.name));
  auto dumped = socket.dump(request, [&](const nlmsghdr* message) {
    const OwnedRule rule(nftnl_rule_alloc());
    if (!rule || nftnl_rule_nlmsg_parse(message, rule.get()) < 0) return;
    const std::uint64_t handle = nftnl_rule_get_u64(rule.get(), NFTNL_RULE_HANDLE);
    if (first == handle) found.clear();  // an interrupted dump begins again
    if (!first) first = handle;
    if (found.size() < most_rules) found.push_back(decode_rule(rule.get()));
    if (found.size() == most_rules) found.back() = {Opaque{}, Verdict{Verdict::Kind::drop, ""}};
  });
  if (!dumped) return tl::unexpected(dumped.error());
  return found;
}

void add_elements(nftnl_set* from, Set& to) {
  nftnl_set_elem_foreach(
      from,
      [](nftnl_set_elem* element, void* context) {
        auto& set = *static_cast<Set*>(context);
        if (is_opaque(element) || set.elements.size() == most_elements) set.is_known = false;
        if (set.is_known) set.elements.push_back(decode(element));
        return 0;
      },
      &to);
}

Result<Set> read_set(net::NetlinkSocket& socket, const Id& id) {
  Set found;
  net::NetlinkMessage request("list the elements of set " + id.name, type_of(NFT_MSG_GETSETELEM),
                              0);
  put_header(request, id.family);
  request.put(NFTA_SET_ELEM_LIST_TABLE, std::string_view(id.table));
  request.put(NFTA_SET_ELEM_LIST_SET, std::string_view(id.name));
  auto dumped = socket.dump(request, [&](const nlmsghdr* message) {
    const OwnedSet set(nftnl_set_alloc());
    if (set && nftnl_set_elems_nlmsg_parse(message, set.get()) == 0) add_elements(set.get(), found);
  });
  if (!dumped) return tl::unexpected(dumped.error());
  return found;
}

// Where the rules of a chain lead.
struct References {
  std::vector<std::string> chains;
  std::vector<std::string> sets;

  void add(const std::optional<Verdict>& verdict) {
    if (verdict && !verdict->chain.empty()) chains.push_back(verdict->chain);
  }
  void add(const std::vector<Rule>& rules) {
    for (const Rule& rule : rules) {
      for (const Expression& expression : rule) {
        if (const auto* verdict = std::get_if<Verdict>(&expression)) add(*verdict);
        if (const auto* lookup = std::get_if<Lookup>(&expression)) sets.push_back(lookup->set);
      }
    }
  }
};

// Reads one chain with its sets; returns the chains it leads to.
Result<std::vector<std::string>> complete(net::NetlinkSocket& socket, const Id& id,
                                          Ruleset& ruleset) {
  auto rules = read_rules(socket, id);
  if (!rules) return tl::unexpected(rules.error());
  References references;
  references.add(*rules);
  ruleset.chains[id].rules = std::move(*rules);
  for (const std::string& name : references.sets) {
    const Id set_id{id.family, id.table, name};
    if (ruleset.sets.contains(set_id)) continue;
    auto set = read_set(socket, set_id);
    if (!set) return tl::unexpected(set.error());
    for (const Element& element : set->elements) references.add(element.verdict);
    ruleset.sets[set_id] = std::move(*set);
  }
  return references.chains;
}

}  // namespace

Result<Ruleset> read_ruleset() {
  auto socket = net::NetlinkSocket::open(NETLINK_NETFILTER);
  if (!socket) return in("read the rules of nftables", socket);
  auto bases = read_bases(*socket);
  if (!bases) return tl::unexpected(bases.error());
  Ruleset ruleset{.chains = std::move(*bases)};
  std::deque<Id> open;
  for (const auto& entry : ruleset.chains) open.push_back(entry.first);
  for (; !open.empty(); open.pop_front()) {
    const Id id = open.front();
    auto next = complete(*socket, id, ruleset);
    if (!next) return tl::unexpected(next.error());
    for (const std::string& name : *next) {
      const Id chain{id.family, id.table, name};
      if (ruleset.chains.size() < most_chains && ruleset.chains.try_emplace(chain).second)
        open.push_back(chain);
    }
  }
  return ruleset;
}

Result<bool> has_table(const std::string& name) {
  auto socket = net::NetlinkSocket::open(NETLINK_NETFILTER);
  if (!socket) return in("look for the nftables table " + name, socket);
  net::NetlinkMessage request("look for the nftables table " + name, type_of(NFT_MSG_GETTABLE), 0);
  put_header(request, NFPROTO_INET);
  request.put(NFTA_TABLE_NAME, std::string_view(name));
  auto got = socket->get(request, [](const nlmsghdr*) {});
  if (!got && got.error().code != Errc::not_found) return tl::unexpected(got.error());
  return got.has_value();
}

}  // namespace podwire::firewall
