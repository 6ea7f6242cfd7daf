// SPDX-License-Identifier: Apache-2.0
#include "doctor/network_facts.hpp"

#include <algorithm>

#include "doctor/files.hpp"
#include "doctor/link_managers.hpp"
#include "firewall/reader.hpp"
#include "net/traffic_control.hpp"

namespace podwire::doctor {

namespace {

namespace queries = net::queries;

Result<PodLink> describe(net::NetlinkSocket& socket, const queries::Link& link) {
  PodLink pod{.link = link};
  auto qdisc = net::traffic_control::filter_qdisc(socket, link.ifindex);
  if (!qdisc) return tl::unexpected(qdisc.error());
  pod.filter_qdisc = *qdisc;
  for (const auto direction : {datapath::Direction::ingress, datapath::Direction::egress}) {
    if (*qdisc != "clsact") continue;
    auto found = datapath::preceding(socket, link.ifindex, direction);
    if (!found) return tl::unexpected(found.error());
    for (datapath::Preceding& one : *found) pod.preceding.push_back(std::move(one));
  }
  return pod;
}

Result<std::vector<PodLink>> pod_links(net::NetlinkSocket& socket,
                                       const std::vector<queries::Link>& links) {
  std::vector<PodLink> pods;
  for (const queries::Link& link : links) {
    if (!queries::is_host_end(link)) continue;
    auto pod = describe(socket, link);
    // A pod may go while we look.
    if (!pod && pod.error().code == Errc::not_found) continue;
    if (!pod) return tl::unexpected(pod.error());
    pods.push_back(std::move(*pod));
  }
  return pods;
}

std::optional<Uplink> uplink(const std::vector<queries::Route>& routes,
                             const std::vector<queries::Link>& links) {
  const queries::Route* best = queries::default_route(routes);
  if (best == nullptr) return std::nullopt;
  const auto link = std::ranges::find(links, best->ifindex, &queries::Link::ifindex);
  if (link == links.end()) return std::nullopt;
  return Uplink{.name = link->name, .ifindex = link->ifindex, .mtu = link->mtu};
}

void add_routes(const std::vector<queries::Route>& from, const std::vector<queries::Link>& links,
                std::vector<Route>& to) {
  for (const queries::Route& route : from) {
    const auto link = std::ranges::find(links, route.ifindex, &queries::Link::ifindex);
    if (!route.destination || link == links.end() || queries::is_host_end(*link)) continue;
    auto prefix = queries::destination_of(route);
    if (prefix) to.push_back({*prefix, link->name, !route.gateway});
  }
}

Result<Network> read_network() {
  auto socket = net::NetlinkSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  auto links = queries::links(*socket);
  if (!links) return tl::unexpected(links.error());
  auto pods = pod_links(*socket, *links);
  if (!pods) return tl::unexpected(pods.error());
  Network network{.pods = std::move(*pods)};
  for (const net::Family family : {net::Family::ipv4, net::Family::ipv6}) {
    auto routes = queries::routes(*socket, family);
    if (!routes) return tl::unexpected(routes.error());
    network.uplinks[family] = uplink(*routes, *links);
    add_routes(*routes, *links, network.routes);
  }
  return network;
}

// The switches that forwarding depends on: those of the node, and IPv4's of each link concerned.
std::vector<std::string> sysctl_names(const Result<Network>& network) {
  std::vector<std::string> names = {"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"};
  if (!network) return names;
  for (const auto& entry : network->uplinks) {
    if (entry.second) names.push_back("net/ipv4/conf/" + entry.second->name + "/forwarding");
  }
  for (const PodLink& pod : network->pods)
    names.push_back("net/ipv4/conf/" + pod.link.name + "/forwarding");
  return names;
}

}  // namespace

Facts collect_network(const Result<config::Config>& config, const std::string& config_file,
                      const std::string& root) {
  Facts facts{.config_file = config_file, .config = config, .network = read_network()};
  for (const std::string& name : sysctl_names(facts.network)) {
    if (std::string value = read_line("/proc/sys/" + name); !value.empty())
      facts.sysctls[name] = std::move(value);
  }
  facts.rules = firewall::read_ruleset();
  for (const char* tables : {"/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"}) {
    const auto lines = lines_of(content_of(tables));
    if (std::ranges::find(lines, "filter") != lines.end()) facts.has_legacy_rules = true;
  }
  facts.networkd = networkd(root);
  facts.networkmanager = networkmanager(root);
  if (!facts.network) return facts;
  for (PodLink& pod : facts.network->pods) {
    pod.networkd_file = networkd_file(root, pod.link.ifindex);
    pod.has_networkmanager = has_networkmanager(root, pod.link.ifindex);
  }
  return facts;
}

}  // namespace podwire::doctor
