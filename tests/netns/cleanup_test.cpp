// SPDX-License-Identifier: Apache-2.0
//
//     node: podwired, then podwired cleanup
//      pw...        pw...
//       |            |
//   client: eth0  server: eth0
//
#include <sys/vfs.h>

#include <linux/magic.h>

#include "two_pods.hpp"

namespace podwire::netns_test {
namespace {

class Cleanup : public TwoPods {
 protected:
  Finished clean_up() {
    return node_.run({PODWIRED, "cleanup", "--config", node_.agent().config_file()});
  }
  std::string filters() const {
    std::string text;
    for (const char* hook : {"ingress", "egress"})
      text += node_.run({"tc", "filter", "show", "dev", client_.host_link(), hook}).out;
    return text;
  }
  // What outlives the agent, in words; empty if there is nothing.
  std::string left() {
    struct statfs bpffs {};
    std::string text = filters() + node_.run({"nft", "list", "ruleset"}).out;
    for (const char* family : {"-4", "-6"}) {
      text += node_.run({"ip", family, "route", "show", "type", "unreachable", "proto", "112"}).out;
    }
    statfs(node_.file("agent/run/bpf").c_str(), &bpffs);
    return text + (bpffs.f_type == BPF_FS_MAGIC ? "maps" : "");
  }
};

TEST_F(Cleanup, is_refused_while_the_agent_runs_and_changes_nothing) {
  const std::string before = left();
  const Finished refused = clean_up();
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("is in use by another podwired"), std::string::npos) << refused.err;
  EXPECT_EQ(left(), before);
}

TEST_F(Cleanup, takes_away_what_outlives_the_agent_and_a_start_puts_it_back) {
  const std::string before = left();
  EXPECT_NE(before.find("from_pod"), std::string::npos);
  EXPECT_NE(before.find("to_pod"), std::string::npos);
  EXPECT_NE(before.find("unreachable"), std::string::npos);
  EXPECT_NE(before.find("masquerade"), std::string::npos);
  node_.agent().stop();
  const Finished cleaned = clean_up();
  EXPECT_EQ(cleaned.status, 0) << cleaned.err;
  EXPECT_EQ(left(), "");
  EXPECT_EQ(clean_up().status, 0) << "again";

  node_.agent().start();
  for (const net::Family family : families) {
    const TcpListener listener(server_.netns(), family, 7000);
    EXPECT_TRUE(TcpConnection::open(client_.netns(), {server_.address(family), 7000}));
  }
  EXPECT_EQ(client_.call("CHECK").status, 0);
}

}  // namespace
}  // namespace podwire::netns_test
