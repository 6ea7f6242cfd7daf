// SPDX-License-Identifier: Apache-2.0
//
//     node: podwired, told to read its configuration again
//      pw...        pw...
//       |            |
//   client: eth0  server: eth0
//
#include <csignal>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

#include "two_pods.hpp"

namespace podwire::netns_test {
namespace {

class Reload : public TwoPods {
 protected:
  // Further keys of the agent's file; what it was started with stays.
  void configure(const std::string& more) {
    std::ofstream(node_.agent().config_file()) << original_ << more << "\n";
  }
  Finished reload() { return node_.agent().ctl({"reload"}); }
  std::string ruleset() const { return node_.run({"nft", "list", "ruleset"}).out; }
  bool log_has(const std::string& text) {
    return eventually([&] { return node_.agent().log().find(text) != std::string::npos; });
  }

 private:
  static std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  const std::string original_ = content(node_.agent().config_file());
};

TEST_F(Reload, carries_changes_over_without_touching_pods) {
  ASSERT_EQ(ruleset().find("192.0.2.0/24"), std::string::npos);
  configure("log_level: debug\nmasquerade: {except: [192.0.2.0/24]}\nlimits: {attachments: 2}");
  const Finished done = reload();
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(done.out,
            "changed: log_level\nchanged: masquerade.except\nchanged: limits.attachments\n");
  EXPECT_NE(ruleset().find("192.0.2.0/24"), std::string::npos) << ruleset();
  EXPECT_TRUE(log_has("masquerade.except is now [192.0.2.0/24]"));
  const TcpListener listener(server_.netns(), net::Family::ipv4, 7000);
  EXPECT_TRUE(TcpConnection::open(client_.netns(), {server_.address(net::Family::ipv4), 7000}));
  EXPECT_THROW(Pod(node_, "third"), std::runtime_error);  // the limit holds

  configure("masquerade: {enabled: false}\nlimits: {attachments: 3}");
  EXPECT_EQ(reload().status, 0);
  EXPECT_EQ(ruleset(), "");
  EXPECT_NO_THROW(Pod(node_, "third"));
}

// The rules of a table that another process owns cannot be removed.
TEST_F(Reload, says_so_if_the_masquerade_cannot_be_turned_off) {
  const std::string commands = node_.file("commands");
  ASSERT_EQ(mkfifo(commands.c_str(), 0600), 0);
  const Process owner({.arguments = {"sh", "-c", "exec nft -i <>" + commands},  // it meets no end
                       .netns = &node_.netns()});
  const std::string table = "table inet podwire-netns-test";
  std::ofstream(commands) << "delete " << table << "; add " << table << " { flags owner; }\n";
  ASSERT_TRUE(eventually([&] { return ruleset().find("flags owner") != std::string::npos; }));
  configure("masquerade: {enabled: false}");
  const Finished refused = reload();
  EXPECT_EQ(refused.status, 1) << refused.out;
  EXPECT_NE(refused.err.find("masquerade: nftables: "), std::string::npos) << refused.err;
  EXPECT_EQ(reload().status, 1) << "it is not taken for done";
}

TEST_F(Reload, by_a_hangup_does_the_same) {
  for (const char* except : {"192.0.2.0/24", "198.51.100.0/24"}) {
    configure(std::string("masquerade: {except: [") + except + "]}");
    node_.agent().send(SIGHUP);
    EXPECT_TRUE(eventually([&] { return ruleset().find(except) != std::string::npos; }))
        << node_.agent().log();
  }
  configure("masquerade: {exceptt: []}");
  node_.agent().send(SIGHUP);
  EXPECT_TRUE(log_has("unknown key; did you mean 'masquerade.except'?"));
  EXPECT_TRUE(node_.agent().running());
}

TEST_F(Reload, refuses_what_cannot_change_and_changes_nothing) {
  const std::string before = ruleset();
  configure("masquerade: {enabled: false}\nlog_level: error\ndatapath: {mtu: 1400}");
  const Finished refused = reload();
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("key 'datapath.mtu' cannot change while the agent runs: restart it"),
            std::string::npos)
      << refused.err;
  EXPECT_EQ(ruleset(), before);
  EXPECT_TRUE(
      log_has("request reload failed: " + node_.agent().config_file() + ": key 'datapath.mtu'"));
}

TEST_F(Reload, of_a_file_with_an_error_keeps_the_configuration_in_use) {
  const std::string before = ruleset();
  configure("masquerade: {enabled: perhaps}");
  const Finished refused = reload();
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("key 'masquerade.enabled': expected true or false, got 'perhaps'"),
            std::string::npos)
      << refused.err;
  EXPECT_EQ(ruleset(), before);
  configure("");
  EXPECT_EQ(reload().out, "nothing has changed\n");
}

TEST_F(Reload, takes_a_log_level_back_to_that_of_the_file) {
  Agent& agent = node_.agent();
  EXPECT_EQ(agent.ctl({"log-level", "debug"}).status, 0);
  EXPECT_TRUE(log_has("log level is now debug"));
  const Finished refused = agent.ctl({"log-level", "loud"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("expected one of trace, debug, info, warning, error, got 'loud'"),
            std::string::npos)
      << refused.err;
  EXPECT_EQ(reload().out, "changed: log_level\n");
  EXPECT_TRUE(log_has("log_level is now info"));
}

TEST_F(Reload, is_not_needed_to_learn_the_versions) {
  Agent& agent = node_.agent();
  const std::string version = run({.arguments = {PODWIRED, "--version"}}).out.substr(9);
  EXPECT_EQ(agent.ctl({"version"}).out, "podwirectl:   " + version + "podwired:     " + version);
  agent.stop();
  const Finished alone = agent.ctl({"version"});
  EXPECT_EQ(alone.out, "podwirectl:   " + version + "podwired:     unknown\n");
  EXPECT_EQ(alone.status, 1);
  agent.start();
}

}  // namespace
}  // namespace podwire::netns_test
