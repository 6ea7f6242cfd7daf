// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <linux/pkt_cls.h>

#include "programs.hpp"
#include "wire.hpp"

namespace podwire::bpf_test {

// One pod of the tables.
struct Pod {
  std::string ipv4;
  std::string ipv6;
  net::Mac pod_mac;
  net::Mac host_mac;
  std::uint16_t slot = 0;
  std::uint16_t mtu = 1500;
};

inline const Pod client{
    "10.244.0.2", "fd00:244::2", {{2, 0, 0, 0, 0xa, 1}}, {{2, 0, 0, 0, 0xa, 2}}, 7};
inline const Pod server{
    "10.244.0.3", "fd00:244::3", {{2, 0, 0, 0, 0xb, 1}}, {{2, 0, 0, 0, 0xb, 2}}, 4095};

// A packet on its way from the client to its gateway.
Packet from_client(const std::string& source, const std::string& destination);
Packet ipv4_to_server();
Packet ipv6_to_server();
// The same packet as the server gets it: what a router changes and nothing else.
Packet delivered_to_server(Packet packet, std::uint8_t ttl = 64);

using Verdicts = std::array<std::uint64_t, PW_VERDICTS>;
// The counters for a single packet with this verdict.
Verdicts once(pw_verdict verdict);

struct Counters {
  std::uint64_t egress_packets = 0, egress_bytes = 0, ingress_packets = 0, ingress_bytes = 0;
  bool operator==(const Counters&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Counters& counters);

// One row of a packet table. `counted` says whom the packet is counted for.
enum class Counted { nobody, client_egress, client_ingress, client_to_server, client_to_itself };
struct Row {
  std::string rule;
  Bytes in;
  int action = TC_ACT_UNSPEC;
  pw_verdict verdict = PW_VERDICTS;
  Bytes out;
  Counted counted = Counted::nobody;
  Context context = {};  // ifindex 0: that of the client
};
// Rows of frames that stay as they are.
Row to_host(std::string rule, const Packet& packet);
Row passes(std::string rule, const Packet& packet, pw_verdict verdict);
Row passes(std::string rule, const Bytes& frame, pw_verdict verdict);
Row drops(std::string rule, const Packet& packet, pw_verdict verdict);
Row drops(std::string rule, const Bytes& frame, pw_verdict verdict);

// The programs, loaded once for each suite, with the client and the server attached anew for each
// test.
class PodTest : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  void SetUp() override;
  void TearDown() override;

  static void attach(const Pod& pod, std::uint32_t ifindex);
  static void clear_counters();
  static Verdicts verdicts();
  static Counters counters(const Pod& pod);

  using Program = Outcome (Programs::*)(const Bytes&, const Context&) const;
  // Runs the row through the program and compares everything: action, bytes, verdicts, counters.
  static void check(Program program, const Row& row);
  static void check(Program program, const std::vector<Row>& rows);

  static const Programs& programs() { return *programs_; }
  static Maps& maps() { return programs_->maps(); }

 private:
  inline static std::unique_ptr<Programs> programs_;
};

}  // namespace podwire::bpf_test
