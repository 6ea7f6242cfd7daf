// SPDX-License-Identifier: Apache-2.0
#include "net/pod_routes.hpp"

#include <algorithm>

#include <linux/rtnetlink.h>

#include "net/requests.hpp"

namespace podwire::net::pod_routes {

namespace {

constexpr std::size_t most_rules = 4;  // two are ours: one of each family

// The default routes of a table, whosever they are.
Result<std::vector<queries::Route>> default_routes(NetlinkSocket& socket, Family family,
                                                   std::uint32_t table) {
  auto routes = queries::routes(socket, family, table);
  if (!routes) return routes;
  std::erase_if(*routes, [](const queries::Route& route) { return route.destination.has_value(); });
  return routes;
}

tl::unexpected<Error> lost(const queries::Link& link, const std::string& what) {
  return fail(Errc::corrupt, "interface " + link.name + " has lost its " + what);
}

Result<> expect_source_route(NetlinkSocket& socket, const queries::Link& link,
                             const Address& address) {
  const std::uint32_t table = source_table(link.ifindex);
  auto routes = default_routes(socket, address.family(), table);
  if (!routes) return tl::unexpected(routes.error());
  if (std::ranges::find(*routes, link.ifindex, &queries::Route::ifindex) == routes->end())
    return lost(link, "default route in table " + std::to_string(table));
  auto rules = queries::rules(socket, address.family());
  if (!rules) return tl::unexpected(rules.error());
  if (std::ranges::find(*rules, queries::Rule{address, table}) != rules->end()) return {};
  return lost(link, "rule: from " + address.text() + " lookup " + std::to_string(table));
}

}  // namespace

Result<> add(NetlinkSocket& socket, const queries::Link& link, const Address& address,
             const Address& gateway, NetlinkBatch& to) {
  auto others = default_routes(socket, address.family(), RT_TABLE_MAIN);
  if (!others) return tl::unexpected(others.error());
  requests::DefaultRoute in_main{.gateway = gateway, .ifindex = link.ifindex};
  if (!others->empty()) {
    const std::uint32_t table = source_table(link.ifindex);
    requests::DefaultRoute in_own_table = in_main;
    in_own_table.table = in_main.metric = table;
    requests::add_default_route(to, link.name, in_own_table);
    requests::add_source_rule(to, address, table);
  }
  requests::add_default_route(to, link.name, in_main);
  return {};
}

Result<> expect(NetlinkSocket& socket, const queries::Link& link, const Address& address) {
  auto routes = default_routes(socket, address.family(), RT_TABLE_MAIN);
  if (!routes) return tl::unexpected(routes.error());
  const auto own = std::ranges::find(*routes, link.ifindex, &queries::Route::ifindex);
  if (own == routes->end()) return lost(link, "default route");
  const bool came_later = own->priority == source_table(link.ifindex);
  return came_later ? expect_source_route(socket, link, address) : Result<>{};
}

Result<> remove_rules(NetlinkSocket& socket, const std::vector<Address>& addresses) {
  NetlinkBatch batch;
  for (const Address& address : addresses) {
    auto rules = queries::rules(socket, address.family());
    if (!rules) return tl::unexpected(rules.error());
    for (const queries::Rule& rule : *rules) {
      if (rule.source != address || rule.table < source_table(0)) continue;
      if (batch.messages().size() == most_rules) break;  // more are of the container's making
      requests::delete_source_rule(batch, rule.source, rule.table);
    }
  }
  return batch.messages().empty() ? Result<>{} : socket.transact(batch);
}

}  // namespace podwire::net::pod_routes
