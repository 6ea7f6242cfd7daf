// SPDX-License-Identifier: Apache-2.0
#include "probes.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <ctime>

namespace podwire::bpf_test {

namespace {

constexpr std::size_t tcp_bytes = 20;

std::size_t tcp_at(const Bytes& frame) {
  return ethernet_bytes + (word_at(frame, 12) == 0x86dd ? ipv6_bytes : ipv4_bytes);
}

// The agent's template: of the family's length, and empty but for the EtherType.
Bytes template_frame(net::Family family) {
  const bool ipv4 = family == net::Family::ipv4;
  const Bytes empty(ethernet_bytes + (ipv4 ? ipv4_bytes : ipv6_bytes) + tcp_bytes);
  return with_word(empty, 12, ipv4 ? 0x0800 : 0x86dd);
}

}  // namespace

std::uint64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

void ProbeTest::set_target(std::uint32_t index, const Pod& pod, const std::string& address,
                           std::uint16_t port, std::uint32_t ifindex) {
  const Wire& wire = Wire::get();
  pw_probe_target target{
      .address = kernel_address(address), .port = htons(port), .timeout_ns = 3600 * second_ns};
  target.ifindex = ifindex != 0              ? ifindex
                   : pod.slot == client.slot ? wire.client_host
                                             : wire.server_host;
  std::ranges::copy(pod.pod_mac.bytes, target.pod_mac);
  std::ranges::copy(pod.host_mac.bytes, target.host_mac);
  maps().probe_targets.values()[index] = target;
}

Outcome ProbeTest::send(const std::vector<std::uint32_t>& targets, net::Family family) {
  pw_probe_batch& batch = maps().probe_batch.values().front();
  batch = {.count = static_cast<std::uint32_t>(targets.size())};
  std::ranges::copy(targets, batch.targets);
  return programs().send_probes(template_frame(family), static_cast<int>(targets.size()));
}

Bytes ProbeTest::probe(std::uint32_t index, net::Family family) {
  send({index}, family);
  std::optional<Bytes> syn = to_client_.next();
  EXPECT_TRUE(syn.has_value()) << "no probe arrived at the pod";
  return syn.value_or(template_frame(family));
}

Packet expected_syn(const Pod& pod, const std::string& address, std::uint16_t port,
                    std::uint16_t source_port, std::uint32_t sequence) {
  const bool ipv6 = address == pod.ipv6;
  Packet packet =
      Packet::ip(ipv6 ? PW_PROBE_IPV6 : PW_PROBE_IPV4, address).macs(pod.host_mac, pod.pod_mac);
  if (!ipv6) packet.dont_fragment();
  return packet.tcp({.source_port = source_port,
                     .destination_port = port,
                     .sequence = sequence,
                     .flags = tcp_syn,
                     .window = 0xffff});
}

Packet answer(const std::string& address, const Tcp& tcp) {
  return from_client(address, address == client.ipv6 ? PW_PROBE_IPV6 : PW_PROBE_IPV4).tcp(tcp);
}

Tcp tcp_answer(const Bytes& syn, std::uint8_t flags) {
  return {.source_port = 80,
          .destination_port = source_port_of(syn),
          .sequence = 0x12345678,
          .acknowledgement = sequence_of(syn) + 1,
          .flags = flags};
}

std::uint16_t source_port_of(const Bytes& syn) {
  return word_at(syn, tcp_at(syn));
}
std::uint32_t sequence_of(const Bytes& syn) {
  return long_at(syn, tcp_at(syn) + 4);
}

}  // namespace podwire::bpf_test
