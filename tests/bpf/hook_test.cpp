// SPDX-License-Identifier: Apache-2.0
// What a test run cannot show, because it refuses frames shorter than an IP header and makes linear
// ones without a VLAN tag: the programs on real hooks of the client's link.
#include <chrono>
#include <net/if.h>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <thread>

#include <podwire/abi.h>
#include <podwire_pod.skel.h>

#include "fixture.hpp"

namespace podwire::bpf_test {
namespace {

// One program on clsact of an interface, for the life of this object.
class Attached {
 public:
  Attached(const std::string& interface, bpf_tc_attach_point point, const bpf_program* program) {
    hook_.sz = sizeof(hook_);
    hook_.ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
    hook_.attach_point = point;
    LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = bpf_program__fd(program), .handle = 1,
                .priority = 1);
    if (bpf_tc_hook_create(&hook_) != 0 || bpf_tc_attach(&hook_, &options) != 0) {
      throw std::runtime_error("cannot attach a program to " + interface);
    }
  }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;
  ~Attached() {
    hook_.attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);
    bpf_tc_hook_destroy(&hook_);
  }

 private:
  bpf_tc_hook hook_{};
};

class Hook : public PodTest {
 protected:
  void TearDown() override {
    attached_.reset();
    PodTest::TearDown();
  }

  void attach_from_pod() {
    attached_.reset();
    attached_.emplace("client-host", BPF_TC_INGRESS, programs().pod().progs.from_pod);
  }
  void attach_to_pod() {
    attached_.reset();
    attached_.emplace("client-host", BPF_TC_EGRESS, programs().pod().progs.to_pod);
  }

  // The verdicts on one frame sent out of an interface, once there is any.
  static Verdicts after(const std::string& interface, const Bytes& frame) {
    clear_counters();
    inject(interface, frame);
    Verdicts counts = verdicts();
    for (int i = 0; i < 1000 && std::accumulate(counts.begin(), counts.end(), 0ULL) == 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      counts = verdicts();
    }
    return counts;
  }

 private:
  std::optional<Attached> attached_;
};

TEST_F(Hook, frames_shorter_than_an_ip_header_are_malformed_at_every_length) {
  const Bytes ipv4 = ipv4_to_server().udp(1, 2).frame();
  const Bytes ipv6 = ipv6_to_server().udp(1, 2).frame();
  const auto expect_malformed = [&](const std::string& interface) {
    for (std::size_t length = ethernet_bytes; length < ethernet_bytes + ipv6_bytes; ++length) {
      SCOPED_TRACE(interface + ", cut to " + std::to_string(length));
      EXPECT_EQ(after(interface, cut(ipv6, length)), once(PW_DROP_MALFORMED));
      if (length < ethernet_bytes + ipv4_bytes) {
        EXPECT_EQ(after(interface, cut(ipv4, length)), once(PW_DROP_MALFORMED));
      }
    }
  };
  attach_from_pod();
  expect_malformed("client-pod");
  EXPECT_EQ(counters(client), Counters{});
  attach_to_pod();
  expect_malformed("client-host");
}

// A packet socket puts no more than the Ethernet header of such a frame into the linear part.
TEST_F(Hook, headers_beyond_the_linear_part_are_read) {
  attach_from_pod();
  Pod jumbo = server;
  jumbo.mtu = 9000;
  attach(jumbo, Wire::get().server_host);
  EXPECT_EQ(after("client-pod", ipv4_to_server().udp(1, 2).payload(8000).frame()),
            once(PW_FORWARDED));
  EXPECT_EQ(after("client-pod", ipv6_to_server().udp(1, 2).payload(8000).frame()),
            once(PW_FORWARDED));
  EXPECT_EQ(
      after("client-pod", from_client(server.ipv6, server.ipv6).udp(1, 2).payload(8000).frame()),
      once(PW_DROP_SPOOFED));
}

TEST_F(Hook, an_icmp_error_about_a_frame_that_is_not_linear_goes_back_to_the_pod) {
  attach_from_pod();
  const Capture to_client("client-pod");
  const Bytes in = ipv4_to_server().ttl(1).udp(1, 2).payload(8000).frame();
  EXPECT_EQ(after("client-pod", in), once(PW_DROP_TIME_EXCEEDED));
  const Packet error = Packet::ip(PW_GATEWAY_IPV4, client.ipv4)
                           .macs(client.host_mac, client.pod_mac)
                           .tos(0xc0)
                           .icmp(11, 0)
                           .payload(quoted(in, 548));
  EXPECT_EQ(hex(to_client.next().value_or(Bytes{})), hex(error.frame()));
}

// The kernel takes the tag off before the hook; no pod has an interface for any VLAN, so a tagged
// packet that passed would be dropped by the receiver without a trace.
TEST_F(Hook, tagged_frames_are_dropped) {
  attach_from_pod();
  Bytes tagged = ipv4_to_server().udp(1, 2).payload(20).frame();
  const Bytes tag = {0x81, 0x00, 0x00, 0x07};  // VLAN 7
  tagged.insert(tagged.begin() + 12, tag.begin(), tag.end());
  EXPECT_EQ(after("client-pod", tagged), once(PW_DROP_NOT_IP));
  EXPECT_EQ(counters(server), Counters{});
}

}  // namespace
}  // namespace podwire::bpf_test
