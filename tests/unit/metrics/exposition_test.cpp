// SPDX-License-Identifier: Apache-2.0
#include "metrics/exposition.hpp"

#include <gtest/gtest.h>

#include "datapath/verdict.hpp"
#include "fakes/fake_datapath.hpp"
#include "scrape.hpp"

namespace podwire::metrics {

namespace {

using namespace std::chrono_literals;

class Exposition : public ::testing::Test {
 protected:
  Scrape scrape() const { return Scrape(render("1.2.3", inventory_, datapath_, durations_)); }

  // One attachment of a pod, with its traffic.
  void add_pod(const std::string& pod_namespace, const std::string& name, std::uint32_t slot,
               const datapath::Counters& counters = {}) {
    inventory_.pods.push_back({pod_namespace, name, "pw" + std::to_string(slot), slot, "eth0"});
    datapath_.slots[slot] = counters;
  }

  fakes::CallLog log_;
  fakes::FakeDatapath datapath_{log_};
  Inventory inventory_;
  RequestDurations durations_;
};

TEST_F(Exposition, NamesTheBuild) {
  EXPECT_EQ(scrape().value("podwire_build_info{version=\"1.2.3\",abi=\"" +
                           std::to_string(PW_ABI_VERSION) + "\"}"),
            "1");
}

TEST_F(Exposition, HelpsWithEveryFamily) {
  const Scrape seen = scrape();
  for (const auto& [family, type] : seen.types)
    EXPECT_FALSE(seen.helps.at(family).empty()) << family;
  EXPECT_EQ(seen.types.size(), seen.helps.size());
}

TEST_F(Exposition, CountsTheTrafficOfAPodBothWays) {
  add_pod("shop", "web", 0,
          {.egress_packets = 1, .egress_bytes = 100, .ingress_packets = 2, .ingress_bytes = 200});
  const Scrape seen = scrape();
  EXPECT_EQ(seen.value("podwire_pods"), "1");
  const std::string egress = R"({namespace="shop",pod="web",interface="eth0",direction="egress"})";
  const std::string ingress =
      R"({namespace="shop",pod="web",interface="eth0",direction="ingress"})";
  EXPECT_EQ(seen.value("podwire_forwarded_packets_total" + egress), "1");
  EXPECT_EQ(seen.value("podwire_forwarded_packets_total" + ingress), "2");
  EXPECT_EQ(seen.value("podwire_forwarded_bytes_total" + egress), "100");
  EXPECT_EQ(seen.value("podwire_forwarded_bytes_total" + ingress), "200");
}

TEST_F(Exposition, SumsTheAttachmentsOfOnePod) {
  add_pod("shop", "web", 0, {.egress_packets = 1});
  add_pod("shop", "web", 1, {.egress_packets = 10});
  add_pod("test", "web", 2, {.egress_packets = 100});
  const Scrape seen = scrape();
  EXPECT_EQ(seen.value("podwire_pods"), "2");
  EXPECT_EQ(
      seen.value(
          R"(podwire_forwarded_packets_total{namespace="shop",pod="web",interface="eth0",direction="egress"})"),
      "11");
  EXPECT_EQ(
      seen.value(
          R"(podwire_forwarded_packets_total{namespace="test",pod="web",interface="eth0",direction="egress"})"),
      "100");
}

// Or the sum would go back when one of them goes.
TEST_F(Exposition, TellsTheInterfacesOfAPodApart) {
  add_pod("shop", "web", 0, {.egress_packets = 1});
  add_pod("shop", "web", 1, {.egress_packets = 10});
  inventory_.pods.back().interface = "net1";
  const Scrape seen = scrape();
  EXPECT_EQ(seen.value("podwire_pods"), "1");
  EXPECT_EQ(seen.count("podwire_forwarded_packets_total"), 4U);
  EXPECT_EQ(seen.value("podwire_forwarded_packets_total{namespace=\"shop\",pod=\"web\","
                       "interface=\"net1\",direction=\"egress\"}"),
            "10");
}

TEST_F(Exposition, CallsAPodWithoutANameByItsContainer) {
  endpoint::Attachment attachment;
  attachment.id = {"net", "c0ffee", "eth0"};
  attachment.pod.pod_namespace = "left-over";
  attachment.wiring.host_name = "pw7";
  attachment.slot = 7;
  const Inventory::Pod nameless = pod_of(attachment, {});
  EXPECT_EQ(nameless.pod_namespace, "");
  EXPECT_EQ(nameless.name, "c0ffee");
  EXPECT_EQ(nameless.owner, "pw7");
  EXPECT_EQ(nameless.slot, 7U);
  attachment.pod = {"shop", "web", "uid"};
  EXPECT_EQ(pod_of(attachment, {}).pod_namespace, "shop");
  EXPECT_EQ(pod_of(attachment, {}).name, "web");
}

TEST_F(Exposition, TellsLimitsAndDropsOfLimitedPodsOnly) {
  add_pod("shop", "free", 0);
  add_pod("shop", "web", 1, {.rate_exceeded = 3});
  inventory_.pods.back().bandwidth = {.ingress = {1000, 0}, .egress = {2000, 0}};
  inventory_.pods.back().ingress_shaper_drops = 5;
  const std::string limit = "podwire_bandwidth_limit_bits_per_second";
  const std::string drops = "podwire_bandwidth_dropped_packets_total";
  const std::string in = R"({namespace="shop",pod="web",interface="eth0",direction="ingress"})";
  const std::string out = R"({namespace="shop",pod="web",interface="eth0",direction="egress"})";
  const Scrape seen = scrape();
  EXPECT_EQ(seen.value(limit + in), "1000");
  EXPECT_EQ(seen.value(limit + out), "2000");
  EXPECT_EQ(seen.value(drops + in), "5");
  EXPECT_EQ(seen.value(drops + out), "3");
  EXPECT_EQ(seen.count(limit), 2U);
  inventory_.has_shaper_drops = false;
  EXPECT_EQ(scrape().value(drops + in), "absent") << "instead of going back";
}

TEST_F(Exposition, FindsTheDropsOfAnAttachmentByItsInterface) {
  endpoint::Attachment attachment;
  attachment.ifindex = 7;
  EXPECT_EQ(pod_of(attachment, {{7, 42}, {8, 1}}).ingress_shaper_drops, 42U);
  EXPECT_EQ(pod_of(attachment, {{8, 1}}).ingress_shaper_drops, 0U);
}

TEST_F(Exposition, LeavesOutPodsThatAreGone) {
  add_pod("shop", "web", 0);
  EXPECT_EQ(scrape().count("podwire_forwarded_packets_total"), 2U);
  inventory_.pods.clear();
  EXPECT_EQ(scrape().count("podwire_forwarded_packets_total"), 0U);
  EXPECT_EQ(scrape().value("podwire_pods"), "0");
}

TEST_F(Exposition, LeavesOutCountersItCannotReadInsteadOfGoingBack) {
  inventory_.pods.push_back({"shop", "web", "pw9", 9, "eth0"});  // the fake has no such slot
  EXPECT_EQ(scrape().count("podwire_forwarded_packets_total"), 0U);
  EXPECT_EQ(scrape().value("podwire_pods"), "1");
}

TEST_F(Exposition, EscapesLabels) {
  add_pod("a\"b", "c\\d\ne", 0);
  EXPECT_EQ(scrape().count(R"(podwire_forwarded_packets_total{namespace="a\"b",pod="c\\d\ne")"),
            2U);
}

TEST_F(Exposition, WritesLargeNumbersInFull) {
  add_pod("shop", "web", 0, {.egress_bytes = 9'007'199'254'740'991});
  EXPECT_EQ(
      std::stod(scrape().value(
          R"(podwire_forwarded_bytes_total{namespace="shop",pod="web",interface="eth0",direction="egress"})")),
      9'007'199'254'740'991.0);
}

TEST_F(Exposition, HasEveryVerdictAndTheDropsAmongThem) {
  std::size_t drops = 0;
  for (std::size_t i = 0; i < PW_VERDICTS; ++i) datapath_.verdict_counts[i] = 1000 + i;
  const Scrape seen = scrape();
  for (std::size_t i = 0; i < PW_VERDICTS; ++i) {
    const auto verdict = static_cast<pw_verdict>(i);
    const std::string name(datapath::verdict_name(verdict));
    const std::string count = std::to_string(1000 + i);
    EXPECT_EQ(seen.value("podwire_packets_total{verdict=\"" + name + "\"}"), count);
    EXPECT_EQ(seen.value("podwire_dropped_packets_total{reason=\"" + name + "\"}"),
              datapath::is_drop(verdict) ? count : "absent");
    drops += datapath::is_drop(verdict) ? 1 : 0;
  }
  EXPECT_EQ(seen.count("podwire_packets_total"), static_cast<std::size_t>(PW_VERDICTS));
  EXPECT_EQ(seen.count("podwire_dropped_packets_total"), drops);
}

TEST_F(Exposition, CountsAddressesByFamilyAndState) {
  inventory_.pools.emplace_back(net::Prefix::parse("10.244.0.0/24").value(),
                                endpoint::PoolUsage{3, 2, 249});
  inventory_.pools.emplace_back(net::Prefix::parse("fd00::/120").value(),
                                endpoint::PoolUsage{4, 0, 251});
  const Scrape seen = scrape();
  EXPECT_EQ(seen.value(R"(podwire_ipam_addresses{family="ipv4",state="assigned"})"), "3");
  EXPECT_EQ(seen.value(R"(podwire_ipam_addresses{family="ipv4",state="cooling"})"), "2");
  EXPECT_EQ(seen.value(R"(podwire_ipam_addresses{family="ipv4",state="free"})"), "249");
  EXPECT_EQ(seen.value(R"(podwire_ipam_addresses{family="ipv6",state="assigned"})"), "4");
}

TEST_F(Exposition, TellsHowFullTheMapsAre) {
  datapath_.maps = {{"endpoints", 12, 8192}};
  EXPECT_EQ(scrape().value(R"(podwire_map_entries{map="endpoints"})"), "12");
  EXPECT_EQ(scrape().value(R"(podwire_map_capacity{map="endpoints"})"), "8192");
  inventory_.probes.resize(3);
  EXPECT_EQ(scrape().value(R"(podwire_map_entries{map="probe_targets"})"), "3");
  EXPECT_EQ(scrape().value(R"(podwire_map_capacity{map="probe_targets"})"), "16384");
}

TEST_F(Exposition, TimesRequestsByCommand) {
  durations_.observe("ADD", 700us);
  durations_.observe("ADD", 3ms);
  durations_.observe("DEL", 20s);
  const Scrape seen = scrape();
  const std::string name = "podwire_cni_request_duration_seconds";
  EXPECT_EQ(seen.types.at(name), "histogram");
  EXPECT_EQ(seen.value(name + R"(_count{command="ADD"})"), "2");
  EXPECT_NEAR(std::stod(seen.value(name + R"(_sum{command="ADD"})")), 0.0037, 1e-9);
  EXPECT_EQ(seen.value(name + R"(_bucket{command="ADD",le="0.0005"})"), "0");
  EXPECT_EQ(seen.value(name + R"(_bucket{command="ADD",le="0.001"})"), "1");
  EXPECT_EQ(seen.value(name + R"(_bucket{command="ADD",le="0.005"})"), "2");
  EXPECT_EQ(seen.value(name + R"(_bucket{command="DEL",le="5"})"), "0");
  EXPECT_EQ(seen.value(name + R"(_bucket{command="DEL",le="+Inf"})"), "1");
}

TEST_F(Exposition, DescribesTheProcess) {
  const Scrape seen = scrape();
  EXPECT_GT(std::stod(seen.value("process_resident_memory_bytes")), 1e6);
  EXPECT_GT(std::stod(seen.value("process_virtual_memory_bytes")),
            std::stod(seen.value("process_resident_memory_bytes")));
  EXPECT_GE(std::stod(seen.value("process_open_fds")), 3);
  EXPECT_GT(std::stod(seen.value("process_max_fds")), std::stod(seen.value("process_open_fds")));
  EXPECT_EQ(seen.value("process_threads"), "1");
  EXPECT_GE(std::stod(seen.value("process_cpu_seconds_total")), 0);
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());
  EXPECT_NEAR(std::stod(seen.value("process_start_time_seconds")), now.count(), 600);
}

}  // namespace

}  // namespace podwire::metrics
