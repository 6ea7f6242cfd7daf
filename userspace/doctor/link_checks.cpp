// SPDX-License-Identifier: Apache-2.0
#include "doctor/link_checks.hpp"

#include <algorithm>

namespace podwire::doctor {

namespace {

Problem foreign_qdisc(const PodLink& pod) {
  return {.what = "link " + pod.link.name + " has the qdisc '" + pod.filter_qdisc +
                  "' of another program in the place of clsact: podwire's programs are not on it",
          .cure = "take it away and restart the agent, and keep that program off pods' links",
          .commands = {"tc qdisc delete dev " + pod.link.name + " " + pod.filter_qdisc,
                       "systemctl restart podwired"}};
}

Problem before_ours(const PodLink& pod, const datapath::Preceding& one) {
  Problem problem{.what = one.what + " on link " + pod.link.name +
                          " belongs to another program and sees packets before podwire does: those "
                          "it ends are neither checked nor delivered nor counted",
                  .cure = "give it a priority above 1, or take it away",
                  .commands = {one.removal}};
  if (!one.removal.empty()) return problem;
  problem.cure = "stop the program that attached it; 'bpftool net show dev " + pod.link.name +
                 "' lists what is there";
  problem.commands.clear();
  return problem;
}

}  // namespace

Result<Problems> tc_filter(const Facts& facts) {
  if (!facts.network) return tl::unexpected(facts.network.error());
  Problems problems;
  for (const PodLink& pod : facts.network->pods) {
    if (!pod.filter_qdisc.empty() && pod.filter_qdisc != "clsact")
      problems.push_back(foreign_qdisc(pod));
    for (const datapath::Preceding& one : pod.preceding) problems.push_back(before_ours(pod, one));
  }
  cut(problems);
  return problems;
}

Result<Problems> systemd_networkd(const Facts& facts) {
  if (!facts.network) return tl::unexpected(facts.network.error());
  if (!facts.networkd.is_running) return Problems{};
  const std::string file = "/etc/systemd/network/00-podwire.network";
  const std::string cure = "install deploy/networkd/00-podwire.network as " + file +
                           ", under a name that comes before all other files that match pw*";
  const std::vector<std::string> commands = {
      "printf '[Match]\\nKind=veth\\nName=pw*\\n\\n[Link]\\nUnmanaged=yes\\n' > " + file,
      "networkctl reload"};
  Problems problems;
  for (const PodLink& pod : facts.network->pods) {
    if (pod.networkd_file.empty()) continue;
    problems.push_back({.what = "systemd-networkd configures link " + pod.link.name +
                                " of a pod by " + pod.networkd_file +
                                ": it may take addresses and routes away",
                        .cure = cure,
                        .commands = commands});
  }
  cut(problems);
  if (!problems.empty() || facts.networkd.spares_pods) return problems;
  return Problems{{.state = State::warning,
                   .what = "systemd-networkd runs, and no file tells it to leave the links of pods "
                           "alone",
                   .cure = cure,
                   .commands = commands}};
}

Result<Problems> networkmanager(const Facts& facts) {
  if (!facts.network) return tl::unexpected(facts.network.error());
  if (!facts.networkmanager.is_running) return Problems{};
  const std::string file = "/etc/NetworkManager/conf.d/podwire.conf";
  const std::string cure = "install deploy/networkmanager/podwire.conf as " + file;
  const std::vector<std::string> commands = {
      "printf '[keyfile]\\nunmanaged-devices+=interface-name:pw*\\n' > " + file,
      "nmcli general reload"};
  const bool manages = std::ranges::any_of(facts.network->pods, &PodLink::has_networkmanager);
  if (!manages && facts.networkmanager.spares_pods) return Problems{};
  if (!manages) {
    return Problems{{.state = State::warning,
                     .what = "NetworkManager runs, and no file tells it to leave the links of pods "
                             "alone",
                     .cure = cure,
                     .commands = commands}};
  }
  return Problems{{.what = "NetworkManager configures links of pods: it may take addresses and "
                           "routes away",
                   .cure = cure,
                   .commands = commands}};
}

}  // namespace podwire::doctor
