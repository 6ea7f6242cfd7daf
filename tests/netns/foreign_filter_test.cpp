// SPDX-License-Identifier: Apache-2.0
//
//     node: podwired, and another program that puts tc filters on
//      pw...      <-- this link
//       |            pw...
//   client: eth0  server: eth0
//
#include <array>
#include <cstring>
#include <filesystem>
#include <net/if.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "doctor.hpp"
#include "two_pods.hpp"

namespace podwire::netns_test {
namespace {

constexpr int pass = 0;  // TC_ACT_OK
constexpr int drop = 2;  // TC_ACT_SHOT

class ForeignFilter : public TwoPods {
 protected:
  // A program that ends the way of each packet with one action.
  static UniqueFd program(int action) {
    const std::array<bpf_insn, 2> code = {
        bpf_insn{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = action},
        bpf_insn{.code = BPF_JMP | BPF_EXIT}};
    bpf_attr load{};
    load.prog_type = BPF_PROG_TYPE_SCHED_CLS;
    load.insns = reinterpret_cast<std::uintptr_t>(code.data());
    load.insn_cnt = static_cast<std::uint32_t>(code.size());
    load.license = reinterpret_cast<std::uintptr_t>("GPL");
    std::strcpy(load.prog_name, "shaper");
    return UniqueFd(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load))));
  }

  // For tc.
  std::string pinned(int action) {
    const std::string path = node_.file("agent/run/bpf/foreign");
    const UniqueFd shaper = program(action);
    bpf_attr pin{};
    pin.pathname = reinterpret_cast<std::uintptr_t>(path.c_str());
    pin.bpf_fd = static_cast<std::uint32_t>(shaper.get());
    EXPECT_EQ(syscall(SYS_bpf, BPF_OBJ_PIN, &pin, sizeof(pin)), 0) << std::strerror(errno);
    return path;
  }

  // Through tcx, which Linux has since 6.6: BPF_PROG_ATTACH or BPF_PROG_DETACH.
  // 0, or an errno.
  int call_tcx(int operation, const UniqueFd& shaper) {
    constexpr std::uint32_t tcx_ingress = 46;
    int failure = -1;
    EXPECT_TRUE(node_.netns().inside([&] {
      bpf_attr attach{};
      attach.target_fd = if_nametoindex(client_.host_link().c_str());
      attach.attach_bpf_fd = static_cast<std::uint32_t>(shaper.get());
      attach.attach_type = tcx_ingress;
      failure = syscall(SYS_bpf, operation, &attach, sizeof(attach)) == 0 ? 0 : errno;
    }));
    return failure;
  }

  void on_node(const std::vector<std::string>& arguments) {
    const Finished finished = node_.run(arguments);
    ASSERT_EQ(finished.status, 0) << arguments.front() << ": " << finished.err;
  }
  void add_filter(const char* direction, const char* priority, int action) {
    on_node({"tc", "filter", "add", "dev", client_.host_link(), direction, "pref", priority,
             "handle", "0x1", "protocol", "all", "bpf", "direct-action", "object-pinned",
             pinned(action)});
  }

  bool pods_talk(net::Family family) {
    return client_.run({"ping", "-n", "-c", "1", "-W", "1", server_.text(family)}).status == 0;
  }
  void expect_pods_talk() {
    for (const net::Family family : families) EXPECT_TRUE(pods_talk(family)) << text_of(family);
  }

  Doctor doctor_{node_.agent()};
};

TEST_F(ForeignFilter, behind_ours_hinders_nothing) {
  add_filter("ingress", "2", drop);
  expect_pods_talk();
  EXPECT_EQ(client_.call("CHECK").status, 0);
  EXPECT_TRUE(doctor_.findings("tc-filter").empty());
}

TEST_F(ForeignFilter, before_ours_is_named_by_check_and_doctor_and_can_be_taken_away) {
  for (const char* direction : {"ingress", "egress"}) {
    SCOPED_TRACE(direction);
    add_filter(direction, "1", drop);
    if (direction == std::string("ingress")) {
      EXPECT_FALSE(pods_talk(net::Family::ipv4));
    }
    const Finished checked = client_.call("CHECK");
    EXPECT_EQ(checked.status, 1);
    EXPECT_NE(checked.out.find("of another owner sees packets before"), std::string::npos)
        << checked.out;
    const auto findings = doctor_.findings("tc-filter");
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].state, "failure");
    for (const std::string& part :
         {std::string("foreign"), std::string("(bpf, priority 1, handle 0x1)"),
          client_.host_link()})
      EXPECT_NE(findings[0].what.find(part), std::string::npos) << findings[0].what;
    EXPECT_EQ(doctor_.follow(findings), "");
    expect_pods_talk();
    EXPECT_EQ(client_.call("CHECK").status, 0);
    EXPECT_TRUE(doctor_.findings("tc-filter").empty());
    std::filesystem::remove(node_.file("agent/run/bpf/foreign"));
  }
}

TEST_F(ForeignFilter, of_tcx_is_named_by_check_and_doctor) {
  const UniqueFd shaper = program(drop);
  const int refused = call_tcx(BPF_PROG_ATTACH, shaper);
  if (refused == EINVAL) GTEST_SKIP() << "this kernel has no tcx: it came with Linux 6.6";
  ASSERT_EQ(refused, 0) << std::strerror(refused);
  EXPECT_FALSE(pods_talk(net::Family::ipv4));
  const Finished checked = client_.call("CHECK");
  EXPECT_NE(checked.out.find("the tcx program 'shaper'"), std::string::npos) << checked.out;
  const auto findings = doctor_.findings("tc-filter");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_NE(findings[0].what.find("the tcx program 'shaper'"), std::string::npos);
  EXPECT_NE(findings[0].cure.find("bpftool net show dev " + client_.host_link()),
            std::string::npos);
  ASSERT_EQ(call_tcx(BPF_PROG_DETACH, shaper), 0);
  expect_pods_talk();
  EXPECT_TRUE(doctor_.findings("tc-filter").empty());
}

// It sees what leaves the pod, and the kernel takes it for both directions.
TEST_F(ForeignFilter, on_a_qdisc_in_the_place_of_ours_costs_that_pod_only) {
  on_node({"tc", "qdisc", "delete", "dev", client_.host_link(), "clsact"});
  on_node({"tc", "qdisc", "add", "dev", client_.host_link(), "ingress"});
  add_filter("ingress", "7", pass);
  ASSERT_EQ(node_.agent().stop().status, 0);
  node_.agent().start();
  const std::string said = "link " + client_.host_link() + " has the qdisc 'ingress'";
  EXPECT_NE(node_.agent().log().find(said), std::string::npos) << node_.agent().log();
  EXPECT_EQ(server_.call("CHECK").status, 0) << "others are served";
  const Finished checked = client_.call("CHECK");
  EXPECT_NE(checked.out.find(said), std::string::npos) << checked.out;
  const std::string filters =
      node_.run({"tc", "filter", "show", "dev", client_.host_link(), "ingress"}).out;
  EXPECT_NE(filters.find("pref 7"), std::string::npos) << "theirs stays: " << filters;
  EXPECT_EQ(filters.find("pref 1 "), std::string::npos) << "ours keeps off: " << filters;

  const auto findings = doctor_.findings("tc-filter");
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_NE(findings[0].what.find(said), std::string::npos) << findings[0].what;
  ASSERT_EQ(findings[0].commands.size(), 2U);
  on_node({"sh", "-ec", findings[0].commands[0]});
  EXPECT_EQ(findings[0].commands[1], "systemctl restart podwired");
  ASSERT_EQ(node_.agent().stop().status, 0);
  node_.agent().start();
  expect_pods_talk();
  EXPECT_EQ(client_.call("CHECK").status, 0);
}

}  // namespace
}  // namespace podwire::netns_test
