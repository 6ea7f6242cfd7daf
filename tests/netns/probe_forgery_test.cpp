// SPDX-License-Identifier: Apache-2.0
//
//     node: podwired probes pod, which drops the probes and forges answers
//      pw...               pw...
//       |                   |
//   pod: eth0           other: eth0
//
#include <netinet/in.h>
#include <optional>

#include <linux/if_ether.h>
#include <podwire/abi.h>

#include "bpf/packet.hpp"
#include "probed_pod.hpp"

namespace podwire::netns_test {
namespace {

using bpf_test::long_at;
using bpf_test::Packet;
using bpf_test::Tcp;
using bpf_test::word_at;
using namespace std::chrono_literals;

constexpr std::size_t at_tcp = bpf_test::ethernet_bytes + bpf_test::ipv4_bytes;
constexpr std::uint8_t syn_ack = bpf_test::tcp_syn | bpf_test::tcp_ack;

// One probe, as the pod sees it.
struct Seen {
  std::uint16_t source_port = 0;
  std::uint32_t sequence = 0;
};

class ProbeForgery : public ProbedPod {
 protected:
  void SetUp() override { filter(port); }

  std::optional<Seen> next_probe(const FrameSocket& socket) const {
    for (int i = 0; i < 100; ++i) {
      const auto frame = socket.receive(5s);
      if (!frame) return std::nullopt;
      const bool is_probe = frame->size() >= at_tcp + 20 && word_at(*frame, 12) == ETH_P_IP &&
                            (*frame)[bpf_test::ethernet_bytes + 9] == IPPROTO_TCP &&
                            word_at(*frame, at_tcp + 2) == port;
      if (is_probe) return Seen{word_at(*frame, at_tcp), long_at(*frame, at_tcp + 4)};
    }
    return std::nullopt;
  }

  Bytes answer(const Tcp& segment) const {
    return Packet::ip(pod_.text(net::Family::ipv4), PW_PROBE_IPV4)
        .macs(pod_.mac(), pod_.host_mac())
        .tcp(segment)
        .frame();
  }

  double dropped(const char* reason) const {
    return node_.metrics().sum("podwire_dropped_packets_total", {{"reason", reason}});
  }
};

// Each answer is right but for one thing.
TEST_F(ProbeForgery, of_an_answer_is_not_believed) {
  const FrameSocket socket(pod_.netns(), "eth0");
  probe(port, "200ms");
  int forged = 0;
  for (int round = 0; round < 5; ++round) {
    const auto seen = next_probe(socket);
    ASSERT_TRUE(seen);
    const Tcp right{.source_port = port,
                    .destination_port = seen->source_port,
                    .acknowledgement = seen->sequence + 1,
                    .flags = syn_ack};
    std::vector<Tcp> wrong(7, right);
    wrong[0].acknowledgement += 1;
    wrong[1].acknowledgement = 0;
    wrong[2].acknowledgement ^= 0x80000000;
    wrong[3].destination_port ^= 1;
    wrong[4].source_port = port + 1;
    wrong[5].flags = bpf_test::tcp_ack;
    wrong[6].flags = bpf_test::tcp_syn;
    for (const Tcp& segment : wrong) {
      ASSERT_TRUE(socket.send(answer(segment)));
      ++forged;
    }
  }
  EXPECT_TRUE(eventually([&] { return counts(port, net::Family::ipv4).timeouts >= 4; }));
  EXPECT_EQ(counts(port, net::Family::ipv4).successes, 0);
  EXPECT_EQ(counts(port, net::Family::ipv4).refused, 0);
  EXPECT_EQ(dropped("probe_stray"), forged);
}

TEST_F(ProbeForgery, by_another_pod_is_not_believed) {
  const Pod other(node_, "other");
  const FrameSocket socket(pod_.netns(), "eth0");
  const FrameSocket others(other.netns(), "eth0");
  probe(port, "200ms");
  const auto seen = next_probe(socket);
  ASSERT_TRUE(seen);
  const Tcp right{.source_port = port,
                  .destination_port = seen->source_port,
                  .acknowledgement = seen->sequence + 1,
                  .flags = syn_ack};
  ASSERT_TRUE(others.send(answer(right)));
  ASSERT_TRUE(others.send(Packet::ip(other.text(net::Family::ipv4), PW_PROBE_IPV4)
                              .macs(other.mac(), other.host_mac())
                              .tcp(right)
                              .frame()));
  EXPECT_EQ(dropped("spoofed"), 1);
  EXPECT_EQ(dropped("probe_stray"), 1);
  EXPECT_EQ(counts(port, net::Family::ipv4).successes, 0);
}

TEST_F(ProbeForgery, by_repeating_an_answer_counts_once) {
  const FrameSocket socket(pod_.netns(), "eth0");
  probe(port, "200ms");
  std::optional<Seen> seen;
  // Under load an answer may come too late; then the next probe serves as well.
  for (int i = 0; i < 20 && counts(port, net::Family::ipv4).successes == 0; ++i) {
    seen = next_probe(socket);
    ASSERT_TRUE(seen);
    ASSERT_TRUE(socket.send(answer({.source_port = port,
                                    .destination_port = seen->source_port,
                                    .acknowledgement = seen->sequence + 1,
                                    .flags = syn_ack})));
  }
  ASSERT_EQ(counts(port, net::Family::ipv4).successes, 1) << "the forger knows how to answer";
  const double strays = dropped("probe_stray");
  const Tcp again{.source_port = port,
                  .destination_port = seen->source_port,
                  .acknowledgement = seen->sequence + 1,
                  .flags = syn_ack};
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(socket.send(answer(again)));
  EXPECT_EQ(dropped("probe_stray"), strays + 5);
  EXPECT_EQ(counts(port, net::Family::ipv4).successes, 1);
}

}  // namespace
}  // namespace podwire::netns_test
