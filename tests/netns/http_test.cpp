// SPDX-License-Identifier: Apache-2.0
//
//   node: podwired, HTTP on 127.0.0.1:9617
//    pw...   pw...
//     |       |
//   pods, some with a name and some without
//
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <gtest/gtest.h>

#include "topology.hpp"

namespace podwire::netns_test {
namespace {

class Http : public testing::Test {
 protected:
  Node node_;

  static int status_of(const std::string& response) {
    return response.starts_with("HTTP/1.1 ") ? std::stoi(response.substr(9)) : 0;
  }
};

TEST_F(Http, says_that_the_agent_is_alive_and_ready) {
  for (const char* page : {"/healthz", "/readyz"}) {
    const std::string response = node_.agent().page(page);
    EXPECT_EQ(status_of(response), 200) << response;
    EXPECT_TRUE(response.ends_with("\r\n\r\nok\n")) << response;
  }
  const std::string missing = node_.agent().page("/nothing");
  EXPECT_EQ(status_of(missing), 404);
  EXPECT_NE(missing.find("/metrics"), std::string::npos) << "it says what there is";
  EXPECT_EQ(status_of(node_.agent().page("/metrics")), 200);
}

// Stops one thread of a process, as a hang of it would, for as long as this object exists.
class StoppedThread {
 public:
  explicit StoppedThread(pid_t thread) : thread_(thread) {
    EXPECT_EQ(ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr), 0) << std::strerror(errno);
    EXPECT_EQ(ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr), 0) << std::strerror(errno);
    EXPECT_EQ(waitpid(thread_, nullptr, __WALL), thread_) << std::strerror(errno);
  }
  StoppedThread(const StoppedThread&) = delete;
  StoppedThread& operator=(const StoppedThread&) = delete;
  ~StoppedThread() { ptrace(PTRACE_DETACH, thread_, nullptr, nullptr); }

 private:
  pid_t thread_;
};

std::vector<pid_t> threads_beside_io(pid_t agent) {
  std::vector<pid_t> threads;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(agent) + "/task")) {
    const pid_t thread = std::stoi(entry.path().filename());
    if (thread != agent) threads.push_back(thread);
  }
  return threads;
}

// What restarts an agent outside of systemd goes by this.
TEST_F(Http, is_not_ready_while_the_control_or_the_probe_thread_hangs) {
  std::string reasons;
  for (const pid_t thread : threads_beside_io(node_.agent().pid())) {
    const StoppedThread stopped(thread);
    const std::string response = node_.agent().page("/readyz");
    if (status_of(response) == 503) reasons += response.substr(response.find("\r\n\r\n") + 4);
    EXPECT_EQ(status_of(node_.agent().page("/healthz")), 200) << "the io thread answers alone";
  }
  EXPECT_NE(reasons.find("the control thread has been busy for 2 s\n"), std::string::npos)
      << reasons;
  EXPECT_NE(reasons.find("the probe thread has been busy for 2 s\n"), std::string::npos) << reasons;
  EXPECT_EQ(status_of(node_.agent().page("/readyz")), 200) << "and once none hangs, it is";
}

TEST_F(Http, answers_bad_requests_and_goes_on) {
  const Peer server{net::Address::parse("127.0.0.1").value(), 9617};
  for (const std::string& text :
       {std::string("nonsense\r\n\r\n"), std::string(20'000, 'x'),
        "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n",
        std::string("POST /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")}) {
    const auto connection = TcpConnection::open(node_.netns(), server);
    ASSERT_TRUE(connection);
    connection->send(text);
    connection->finish();
    EXPECT_NE(status_of(connection->receive(100'000)), 200) << text.substr(0, 40);
  }
  EXPECT_EQ(status_of(node_.agent().page("/healthz")), 200);
}

// Reading the page checks its form.
TEST_F(Http, has_every_promised_metric) {
  const Pod pod(node_, "pod", R"("probes": [{"tcpPort": 80}])");
  const Exposition page = node_.metrics();
  const std::map<std::string, std::string> promised = {
      {"podwire_build_info", "gauge"},
      {"podwire_pods", "gauge"},
      {"podwire_forwarded_packets_total", "counter"},
      {"podwire_forwarded_bytes_total", "counter"},
      {"podwire_packets_total", "counter"},
      {"podwire_dropped_packets_total", "counter"},
      {"podwire_tcp_probe_attempts_total", "counter"},
      {"podwire_tcp_probe_successes_total", "counter"},
      {"podwire_tcp_probe_failures_total", "counter"},
      {"podwire_tcp_probe_unknown_total", "counter"},
      {"podwire_tcp_probe_latency_seconds", "histogram"},
      {"podwire_cni_request_duration_seconds", "histogram"},
      {"podwire_ipam_addresses", "gauge"},
      {"podwire_map_entries", "gauge"},
      {"podwire_map_capacity", "gauge"},
      {"process_cpu_seconds_total", "counter"},
      {"process_resident_memory_bytes", "gauge"},
  };
  for (const auto& [name, type] : promised) {
    ASSERT_TRUE(page.types().contains(name)) << name;
    EXPECT_EQ(page.types().at(name), type) << name;
  }
  EXPECT_EQ(page.sum("podwire_cni_request_duration_seconds_count", {{"command", "ADD"}}), 1);
  EXPECT_EQ(page.sum("podwire_ipam_addresses", {{"family", "ipv4"}, {"state", "assigned"}}), 1);
}

TEST_F(Http, lists_a_pod_without_a_name_under_its_container) {
  const Sandbox sandbox(node_.file("nameless"));
  const std::string config = network_config(node_.agent().socket());
  ASSERT_EQ(
      call_plugin(
          node_.netns(),
          {.command = "ADD", .container_id = "0123abcd", .netns = sandbox.path(), .config = config})
          .status,
      0);
  EXPECT_TRUE(node_.metrics().has("podwire_forwarded_packets_total",
                                  {{"namespace", ""}, {"pod", "0123abcd"}}));
}

TEST_F(Http, sums_two_attachments_of_one_pod) {
  const Pod pod(node_, "pod");
  PluginCall second = pod.plugin_call("ADD");
  const Sandbox other(node_.file("other"));
  second.container_id = "second";
  second.netns = other.path();
  ASSERT_EQ(call_plugin(node_.netns(), second).status, 0);
  for (const net::Netns* netns : {&pod.netns(), &other.netns()}) {
    run({.arguments = {"ping", "-n", "-c", "3", "-i", "0.05", "169.254.1.1"}, .netns = netns});
  }
  const Exposition page = node_.metrics();
  const auto& series = page.series().at("podwire_forwarded_packets_total");
  EXPECT_EQ(series.size(), 2u) << "one pod, two directions";
  EXPECT_GE(page.sum("podwire_forwarded_packets_total", {{"pod", "pod"}, {"direction", "egress"}}),
            6);
  EXPECT_EQ(page.sum("podwire_pods"), 1);
  EXPECT_EQ(page.sum("podwire_ipam_addresses", {{"state", "assigned"}}), 4);
}

TEST_F(Http, forgets_a_pod_that_is_gone) {
  const Pod pod(node_, "pod", R"("probes": [{"tcpPort": 80, "periodMs": 50}])");
  EXPECT_TRUE(node_.metrics().has("podwire_forwarded_packets_total", {{"pod", "pod"}}));
  ASSERT_EQ(pod.call("DEL").status, 0);
  const Exposition page = node_.metrics();
  for (const auto& [name, series] : page.series())
    EXPECT_FALSE(page.has(name, {{"pod", "pod"}})) << name;
}

TEST_F(Http, agrees_with_the_command_line) {
  const Pod pod(node_, "pod");
  const Finished wide = node_.agent().ctl({"get", "pods", "-o", "wide"});
  ASSERT_EQ(wide.status, 0) << wide.err;
  EXPECT_TRUE(wide.out.starts_with("NAMESPACE   NAME   IPS")) << wide.out;
  for (const std::string& part :
       {std::string("test "), pod.text(net::Family::ipv4) + "," + pod.text(net::Family::ipv6),
        pod.host_link(), std::string("pod ")}) {
    EXPECT_NE(wide.out.find(part), std::string::npos) << wide.out;
  }
  const Finished status = node_.agent().ctl({"status"});
  EXPECT_EQ(status.status, 0);
  EXPECT_NE(status.out.find("10.66.0.0/24   1"), std::string::npos) << status.out;
  ASSERT_EQ(node_.agent().stop().status, 0);
  const Finished down = node_.agent().ctl({"status"});
  EXPECT_NE(down.status, 0);
  EXPECT_NE(down.err.find("is podwired running?"), std::string::npos) << down.err;
}

}  // namespace
}  // namespace podwire::netns_test
