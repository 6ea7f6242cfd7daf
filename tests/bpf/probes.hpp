// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "fixture.hpp"

namespace podwire::bpf_test {

constexpr std::uint8_t syn_ack = tcp_syn | tcp_ack;
constexpr std::uint8_t rst_ack = tcp_rst | tcp_ack;

std::uint64_t monotonic_ns();

// A test with probe targets on the client and the server, and an ear at each pod's end of the link.
class ProbeTest : public PodTest {
 protected:
  static constexpr std::uint64_t second_ns = 1'000'000'000;

  // Makes `index` probe the pod's port; ifindex 0 stands for that of the pod.
  static void set_target(std::uint32_t index, const Pod& pod, const std::string& address,
                         std::uint16_t port, std::uint32_t ifindex = 0);
  // One test run over these targets, as the agent does it; all of one family.
  static Outcome send(const std::vector<std::uint32_t>& targets,
                      net::Family family = net::Family::ipv4);

  // A copy of what stands in the shared map now.
  static pw_probe_result result(std::uint32_t index) {
    return maps().probe_results.values()[index];
  }
  static void change_result(std::uint32_t index, const pw_probe_result& value) {
    maps().probe_results.values()[index] = value;
  }
  static std::uint64_t latency_element(std::uint32_t index) {
    return maps().probe_latency.sum(index).value();
  }

  // Sends to one target of the client and returns the SYN that its pod gets.
  Bytes probe(std::uint32_t index, net::Family family = net::Family::ipv4);

  Capture to_client_{"client-pod"};
  Capture to_server_{"server-pod"};
};

// What the probe to this target must look like; port and number are the prober's choice.
Packet expected_syn(const Pod& pod, const std::string& address, std::uint16_t port,
                    std::uint16_t source_port, std::uint32_t sequence);
// What port 80 of the client at this address says to the probe address.
Packet answer(const std::string& address, const Tcp& tcp);
// The segment that answers this SYN rightly.
Tcp tcp_answer(const Bytes& syn, std::uint8_t flags);
std::uint16_t source_port_of(const Bytes& syn);
std::uint32_t sequence_of(const Bytes& syn);

}  // namespace podwire::bpf_test
