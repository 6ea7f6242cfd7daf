// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <gtest/gtest.h>

#include "fakes/fake_datapath.hpp"
#include "metrics/exposition.hpp"
#include "scrape.hpp"

namespace podwire::metrics {

namespace {

class ProbeMetrics : public ::testing::Test {
 protected:
  ProbeMetrics() {
    inventory_.pods = {{"shop", "web", "pw1", 1, "eth0"},
                       {"shop", "web", "pw2", 2, "eth0"},
                       {"", "c0ffee", "pw3", 3, "eth0"}};
  }

  Scrape scrape() const { return Scrape(render("1", inventory_, datapath_, durations_)); }

  void add_probe(const std::string& owner, const std::string& address, std::uint16_t port,
                 const pw_probe_result& result) {
    inventory_.probes.push_back(
        {.target = {.address = net::Address::parse(address).value(), .port = port},
         .owner = owner,
         .result = result});
  }

  fakes::CallLog log_;
  fakes::FakeDatapath datapath_{log_};
  Inventory inventory_;
  RequestDurations durations_;
};

TEST_F(ProbeMetrics, TellOutcomesApart) {
  add_probe("pw1", "10.244.0.5", 8080,
            {.attempts = 100,
             .successes = 60,
             .refused = 25,
             .send_errors = 4,
             .timeouts = 10,
             .late = 3});
  const Scrape seen = scrape();
  const std::string labels =
      R"({namespace="shop",pod="web",interface="eth0",port="8080",family="ipv4"})";
  const std::string cause =
      R"({namespace="shop",pod="web",interface="eth0",port="8080",family="ipv4",cause=")";
  EXPECT_EQ(seen.value("podwire_tcp_probe_attempts_total" + labels), "103");
  EXPECT_EQ(seen.value("podwire_tcp_probe_successes_total" + labels), "60");
  EXPECT_EQ(seen.value("podwire_tcp_probe_failures_total" + cause + "refused\"}"), "25");
  EXPECT_EQ(seen.value("podwire_tcp_probe_failures_total" + cause + "timeout\"}"), "10");
  EXPECT_EQ(seen.value("podwire_tcp_probe_unknown_total" + labels), "7");
}

TEST_F(ProbeMetrics, AddUpToTheAttemptsButForThePendingOne) {
  // As the programs count: one attempt is still open.
  const pw_probe_result result{
      .attempts = 10, .successes = 5, .refused = 1, .send_errors = 1, .timeouts = 2, .late = 6};
  add_probe("pw3", "fd00::5", 80, result);
  const Scrape seen = scrape();
  const std::string labels =
      R"(namespace="",pod="c0ffee",interface="eth0",port="80",family="ipv6")";
  const auto value = [&](const std::string& name) { return std::stod(seen.value(name)); };
  EXPECT_EQ(value("podwire_tcp_probe_attempts_total{" + labels + "}") - 1,
            value("podwire_tcp_probe_successes_total{" + labels + "}") +
                value("podwire_tcp_probe_failures_total{" + labels + ",cause=\"refused\"}") +
                value("podwire_tcp_probe_failures_total{" + labels + ",cause=\"timeout\"}") +
                value("podwire_tcp_probe_unknown_total{" + labels + "}"));
}

TEST_F(ProbeMetrics, SumTheAttachmentsOfOnePodByPortAndFamily) {
  add_probe("pw1", "10.244.0.5", 80, {.attempts = 1});
  add_probe("pw2", "10.244.0.6", 80, {.attempts = 10});
  add_probe("pw1", "fd00::5", 80, {.attempts = 100});
  add_probe("pw1", "10.244.0.5", 81, {.attempts = 1000});
  const Scrape seen = scrape();
  const std::string name =
      R"(podwire_tcp_probe_attempts_total{namespace="shop",pod="web",interface="eth0",)";
  EXPECT_EQ(seen.value(name + R"(port="80",family="ipv4"})"), "11");
  EXPECT_EQ(seen.value(name + R"(port="80",family="ipv6"})"), "100");
  EXPECT_EQ(seen.value(name + R"(port="81",family="ipv4"})"), "1000");
}

TEST_F(ProbeMetrics, SumLatencyByPodOverSuccessesAndRefusals) {
  add_probe("pw1", "10.244.0.5", 80,
            {.successes = 3, .refused = 1, .latency_sum_ns = 2'000'000, .timeouts = 9});
  add_probe("pw2", "10.244.0.6", 81, {.successes = 1, .latency_sum_ns = 500'000});
  const Scrape seen = scrape();
  const std::string pod = R"({namespace="shop",pod="web",interface="eth0"})";
  EXPECT_EQ(seen.types.at("podwire_pod_tcp_probe_latency_seconds"), "summary");
  EXPECT_EQ(seen.value("podwire_pod_tcp_probe_latency_seconds_count" + pod), "5");
  EXPECT_DOUBLE_EQ(std::stod(seen.value("podwire_pod_tcp_probe_latency_seconds_sum" + pod)),
                   0.0025);
}

TEST_F(ProbeMetrics, LeaveOutTargetsWhoseAttachmentIsGone) {
  add_probe("pw9", "10.244.0.5", 80, {.attempts = 1});
  const Scrape seen = scrape();
  EXPECT_EQ(seen.count("podwire_tcp_probe_attempts_total"), 0U);
  EXPECT_EQ(seen.count("podwire_pod_tcp_probe_latency_seconds"), 0U);
}

TEST_F(ProbeMetrics, HistogramOfTheNodeIsCumulative) {
  for (std::size_t i = 0; i < PW_LATENCY_BUCKETS; ++i) datapath_.latency[i] = 1;
  datapath_.latency[PW_LATENCY_SUM] = 3'500'000'000;
  const Scrape seen = scrape();
  const std::string name = "podwire_tcp_probe_latency_seconds";
  EXPECT_EQ(seen.types.at(name), "histogram");
  EXPECT_EQ(seen.count(name + "_bucket"), static_cast<std::size_t>(PW_LATENCY_BUCKETS));
  std::map<double, double> by_bound;
  for (const auto& [sample, value] : seen.samples) {
    if (!sample.starts_with(name + "_bucket")) continue;
    const auto start = sample.find("le=\"") + 4;
    by_bound[std::stod(sample.substr(start))] = std::stod(value);
  }
  double bound = 1e-6, count = 1;
  for (const auto& [upper, cumulative] : by_bound) {
    const bool is_last = count == PW_LATENCY_BUCKETS;
    EXPECT_DOUBLE_EQ(upper, is_last ? std::numeric_limits<double>::infinity() : bound);
    EXPECT_DOUBLE_EQ(cumulative, count);
    bound *= 2;
    ++count;
  }
  EXPECT_EQ(seen.value(name + R"(_bucket{le="+Inf"})"), std::to_string(PW_LATENCY_BUCKETS));
  EXPECT_EQ(seen.value(name + "_count"), std::to_string(PW_LATENCY_BUCKETS));
  EXPECT_EQ(seen.value(name + "_sum"), "3.5");
}

}  // namespace

}  // namespace podwire::metrics
