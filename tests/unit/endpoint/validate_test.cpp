// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <ostream>

#include "manager_fixture.hpp"

namespace podwire::endpoint {

namespace {

using agent_api::AttachRequest;
using agent_api::Probe;

struct Refused {
  friend void PrintTo(const Refused& test, std::ostream* out) { *out << test.name; }

  const char* name;
  std::function<void(AttachRequest&)> spoil;
  std::string reason;
};

class BadAttach : public ManagerTest, public ::testing::WithParamInterface<Refused> {};

TEST_P(BadAttach, IsRefusedWithTheReasonAndTouchesNothing) {
  AttachRequest spoilt = request("c1");
  GetParam().spoil(spoilt);
  const auto attached = manager_->attach(spoilt, pod_);
  ASSERT_FALSE(attached);
  EXPECT_EQ(attached.error().code, Errc::invalid_argument);
  EXPECT_NE(attached.error().what.find(GetParam().reason), std::string::npos)
      << attached.error().what;
  EXPECT_TRUE(log_.calls().empty());
  EXPECT_EQ(assigned(), 0U);
}

std::vector<Probe> probes(std::size_t count) {
  std::vector<Probe> list(count);
  for (std::size_t i = 0; i < count; ++i) list[i].tcp_port = static_cast<std::uint16_t>(i + 1);
  return list;
}

INSTANTIATE_TEST_SUITE_P(
    Requests, BadAttach,
    ::testing::Values(
        Refused{"no_network", [](AttachRequest& r) { r.id.network = ""; },
                "network must have 1 to 256 characters, got 0"},
        Refused{"long_network", [](AttachRequest& r) { r.id.network = std::string(257, 'n'); },
                "network must have 1 to 256 characters, got 257"},
        Refused{"no_container", [](AttachRequest& r) { r.id.container_id = ""; },
                "container_id must have 1 to 256 characters, got 0"},
        Refused{"no_ifname", [](AttachRequest& r) { r.id.ifname = ""; },
                "ifname must have 1 to 15 characters, got 0"},
        Refused{"long_ifname", [](AttachRequest& r) { r.id.ifname = std::string(16, 'e'); },
                "ifname must have 1 to 15 characters, got 16"},
        Refused{"long_pod_name", [](AttachRequest& r) { r.pod.name = std::string(257, 'p'); },
                "pod name must have 0 to 256 characters, got 257"},
        Refused{"two_lines", [](AttachRequest& r) { r.pod.name = "web\nfine"; },
                "pod name has a control character in it"},
        Refused{"terminal_codes", [](AttachRequest& r) { r.netns_path = "/run/\x1b[2J"; },
                "netns_path has a control character in it"},
        Refused{"small_mtu", [](AttachRequest& r) { r.mtu = 1279; },
                "the MTU must be 1280 to 9000, got 1279"},
        Refused{"large_mtu", [](AttachRequest& r) { r.mtu = 9001; },
                "the MTU must be 1280 to 9000, got 9001"},
        Refused{"no_address", [](AttachRequest& r) { r.ips = {"10.244.0"}; },
                "requested address: '10.244.0' is not an IP address"},
        Refused{"impossible_length", [](AttachRequest& r) { r.ips = {"10.244.0.5/33"}; },
                "requested address: prefix length '33' is not a number from 0 to 32"},
        Refused{"empty_address", [](AttachRequest& r) { r.ips = {""}; },
                "requested address must have 1 to 64 characters, got 0"},
        Refused{"address_of_two_lines", [](AttachRequest& r) { r.ips = {"10.244.0.5\n"}; },
                "requested address has a control character in it"},
        Refused{"two_of_a_family",
                [](AttachRequest& r) {
                  r.ips = {"10.244.0.5", "fd00::5", "10.244.0.6"};
                },
                "10.244.0.5 and 10.244.0.6 are requested: a pod has one address of each family"},
        Refused{"address_of_elsewhere", [](AttachRequest& r) { r.ips = {"10.245.0.5"}; },
                "10.245.0.5 is not in 10.244.0.0/24"},
        Refused{"network_address", [](AttachRequest& r) { r.ips = {"10.244.0.0"}; },
                "10.244.0.0 of 10.244.0.0/24 is the first of the range"},
        Refused{"no_mac", [](AttachRequest& r) { r.mac = "02:00:00:00:00"; },
                "requested MAC address: '02:00:00:00:00' is not a MAC address"},
        Refused{"zero_mac", [](AttachRequest& r) { r.mac = "00:00:00:00:00:00"; },
                "requested MAC address 00:00:00:00:00:00 is all zero"},
        Refused{"multicast_mac", [](AttachRequest& r) { r.mac = "01:00:5e:00:00:01"; },
                "requested MAC address 01:00:5e:00:00:01 is one of a multicast group"},
        Refused{"port_0", [](AttachRequest& r) { r.probes = {{.tcp_port = 0}}; },
                "a probe's TCP port must be 1 to 65535"},
        Refused{"short_period",
                [](AttachRequest& r) {
                  r.probes = {{80, 9, 1}};
                },
                "probe of TCP port 80: the period must be 10 ms to 24 h, got 9 ms"},
        Refused{"long_period",
                [](AttachRequest& r) {
                  r.probes = {{80, 86'400'001, 1}};
                },
                "the period must be 10 ms to 24 h, got 86400001 ms"},
        Refused{"no_timeout",
                [](AttachRequest& r) {
                  r.probes = {{80, 1000, 0}};
                },
                "the timeout must be 1 ms to the period (1000 ms), got 0 ms"},
        Refused{"timeout_beyond_period",
                [](AttachRequest& r) {
                  r.probes = {{80, 1000, 1001}};
                },
                "the timeout must be 1 ms to the period (1000 ms), got 1001 ms"},
        Refused{"port_twice",
                [](AttachRequest& r) {
                  r.probes = {{80, 1000, 1000}, {80, 500, 500}};
                },
                "TCP port 80 is probed twice"},
        Refused{"many_probes", [](AttachRequest& r) { r.probes = probes(65); },
                "an attachment may have 64 probes at most"}),
    [](const auto& test) { return std::string(test.param.name); });

struct Accepted {
  friend void PrintTo(const Accepted& test, std::ostream* out) { *out << test.name; }

  const char* name;
  std::function<void(AttachRequest&)> change;
};

class GoodAttach : public ManagerTest, public ::testing::WithParamInterface<Accepted> {};

TEST_P(GoodAttach, AtTheLimitIsTaken) {
  AttachRequest wanted = request("c1");
  GetParam().change(wanted);
  const auto attached = manager_->attach(wanted, pod_);
  EXPECT_TRUE(attached) << attached.error().what;
}

INSTANTIATE_TEST_SUITE_P(
    Requests, GoodAttach,
    ::testing::Values(
        Accepted{"long_names",
                 [](AttachRequest& r) {
                   r.id = {std::string(256, 'n'), std::string(256, 'c'), std::string(15, 'e')};
                 }},
        Accepted{"least_mtu", [](AttachRequest& r) { r.mtu = 1280; }},
        Accepted{"greatest_mtu", [](AttachRequest& r) { r.mtu = 9000; }},
        Accepted{"no_probes", [](AttachRequest& r) { r.probes = {}; }},
        Accepted{"most_probes", [](AttachRequest& r) { r.probes = probes(64); }},
        Accepted{"least_period",
                 [](AttachRequest& r) {
                   r.probes = {{65535, 10, 10}};
                 }},
        Accepted{"greatest_period",
                 [](AttachRequest& r) {
                   r.probes = {{1, 86'400'000, 1}};
                 }},
        Accepted{"not_ascii", [](AttachRequest& r) { r.netns_path = "/run/netns/\u00fc"; }},
        Accepted{"no_pod_name", [](AttachRequest& r) { r.pod = {}; }}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(ManagerTest, RefusesToAttachTheNodeItself) {
  const auto own = net::Netns::current();
  ASSERT_TRUE(own);
  const auto attached = manager_->attach(request("c1"), *own);
  ASSERT_FALSE(attached);
  EXPECT_EQ(attached.error().code, Errc::invalid_argument);
  EXPECT_NE(attached.error().what.find("the network namespace is the node's own"),
            std::string::npos);
  EXPECT_TRUE(log_.calls().empty());
}

}  // namespace

}  // namespace podwire::endpoint
