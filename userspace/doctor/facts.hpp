// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/config.hpp"
#include "datapath/preceding.hpp"
#include "firewall/ruleset.hpp"
#include "net/queries.hpp"

// What doctor knows when it judges: data only. network_facts.hpp and host_facts.hpp collect it. A
// Result that failed says why this part could not be looked into.
namespace podwire::doctor {

// A pod's link on the node.
struct PodLink {
  net::queries::Link link;
  std::string filter_qdisc;                    // empty: none
  std::vector<datapath::Preceding> preceding;  // programs before ours, of both directions
  std::string networkd_file;        // by which systemd-networkd manages it; empty: it does not
  bool has_networkmanager = false;  // NetworkManager manages it
};

// A daemon that configures links.
struct LinkManager {
  bool is_running = false;
  bool spares_pods = false;  // a file of its own tells it to leave pods' links alone
};

struct Uplink {
  std::string name;
  std::uint32_t ifindex = 0;
  std::uint32_t mtu = 0;
};

// A route in the main table, other than a default route.
struct Route {
  net::Prefix destination;
  std::string link;
  bool is_direct = false;  // without a gateway: the addresses are on the link
};

// The network namespace that doctor runs in.
struct Network {
  // By family: that of the default route; nullopt: there is none.
  std::map<net::Family, std::optional<Uplink>> uplinks;
  std::vector<Route> routes;
  std::vector<PodLink> pods;
};

struct CniFile {
  std::string path;
  std::vector<std::string> plugins = {};  // the types, in their order

  bool has(std::string_view type) const {
    return std::ranges::find(plugins, type) != plugins.end();
  }
  bool is_ours() const { return has("podwire"); }
};

// Beyond the network: only `podwirectl doctor` looks at these.
struct Host {
  std::string kernel_release;
  Result<> bpf;                      // programs of the kind that we attach may be loaded
  bool has_btf = false;              // the kernel's own types, which the programs need
  Result<> clsact;                   // tried in an empty network namespace
  Result<> masquerade;               // the agent's own table, tried there too
  Result<bool> has_table = false;    // that table, in this namespace
  std::vector<std::string> plugins;  // the plugin, where runtimes look for it
  std::vector<CniFile> cni_files;    // what runtimes read, in their order
};

struct Facts {
  std::string config_file;
  Result<config::Config> config = config::Config{};
  Result<Network> network = Network{};
  std::map<std::string, std::string> sysctls;  // "net/ipv4/ip_forward": "1"; those that exist
  Result<firewall::Ruleset> rules = firewall::Ruleset{};
  bool has_legacy_rules = false;  // of iptables-legacy, which nftables does not show
  LinkManager networkd;
  LinkManager networkmanager;
  Host host;
  Result<> agent;  // whether it answers
};

}  // namespace podwire::doctor
