// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {

// A pod that is probed every 50 ms on ports that the tests open, close or filter.
class ProbedPod : public testing::Test {
 protected:
  static constexpr std::uint16_t port = 8080;

  Node node_;
  Pod pod_{node_, "pod"};

  void probe(std::uint16_t tcp_port, const std::string& period = "50ms") {
    const Finished added = node_.agent().ctl({"probe", "add", "--pod", "test/pod", "--tcp-port",
                                              std::to_string(tcp_port), "--period", period});
    ASSERT_EQ(added.status, 0) << added.err;
  }

  struct Counts {
    double attempts, successes, refused, timeouts, unknown;
  };
  Counts counts(std::uint16_t tcp_port, net::Family family) const {
    const Exposition page = node_.metrics();
    const Labels labels{{"namespace", "test"},
                        {"pod", "pod"},
                        {"port", std::to_string(tcp_port)},
                        {"family", text_of(family)}};
    const auto with_cause = [&](const char* cause) {
      Labels all = labels;
      all["cause"] = cause;
      return page.sum("podwire_tcp_probe_failures_total", all);
    };
    return {page.sum("podwire_tcp_probe_attempts_total", labels),
            page.sum("podwire_tcp_probe_successes_total", labels), with_cause("refused"),
            with_cause("timeout"), page.sum("podwire_tcp_probe_unknown_total", labels)};
  }

  // Drops what comes for that port, as a firewall in the pod would.
  void filter(std::uint16_t tcp_port) const {
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"nft", "add table inet filter"},
          {"nft", "add chain inet filter input { type filter hook input priority 0 ; }"},
          {"nft", "add rule inet filter input tcp dport " + std::to_string(tcp_port) + " drop"}}) {
      const Finished done = pod_.run(command);
      ASSERT_EQ(done.status, 0) << done.err;
    }
  }

  // A counter of the pod's own kernel, such as ("snmp", "Tcp:", "PassiveOpens").
  double kernel_counter(const std::string& file, const std::string& group,
                        const std::string& name) const {
    std::string text;
    EXPECT_TRUE(pod_.netns().inside([&] {
      std::ifstream counters("/proc/thread-self/net/" + file);
      std::ostringstream all;
      all << counters.rdbuf();
      text = all.str();
    }));
    // Two lines for each group: the names, then the values.
    const auto names_at = text.find(group);
    const auto values_at = text.find(group, names_at + 1);
    std::istringstream names(text.substr(names_at)), values(text.substr(values_at));
    for (std::string one, value; names >> one && values >> value;) {
      if (one == name) return std::stod(value);
    }
    ADD_FAILURE() << "the kernel has no counter " << name;
    return 0;
  }
};

}  // namespace podwire::netns_test
