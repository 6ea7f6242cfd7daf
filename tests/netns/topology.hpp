// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "exposition.hpp"
#include "net/address.hpp"
#include "process.hpp"
#include "sandbox.hpp"
#include "sockets.hpp"

// The parts every topology of these tests is made of:
//
//          node (a namespace): podwired, podwire, podwirectl
//          pw...     pw...     ...
//           |         |
//        pod: eth0  pod: eth0  ...   (a namespace each)
//
// All constructors throw std::runtime_error, which fails the test, with what went wrong.
namespace podwire::netns_test {

inline constexpr std::array families{net::Family::ipv4, net::Family::ipv6};
const char* text_of(net::Family family);

// Asks again until the answer is yes, or the time is over.
bool eventually(const std::function<bool()>& holds,
                std::chrono::milliseconds limit = std::chrono::seconds(10));

struct AgentSettings {
  std::string instance = "netns-test";
  std::string ipv4 = "10.66.0.0/24";
  std::string ipv6 = "fd66::/64";
  std::uint16_t http_port = 9617;
  std::string ipam = {};  // further keys of that section, such as "reuse_delay_seconds: 0"
  std::string more = {};  // further lines
  std::vector<std::string> launcher = {};  // what starts podwired, with its options
  std::vector<std::pair<std::string, std::string>> environment = {};
};

// The real agent in a node's namespace, with directories of its own.
class Agent {
 public:
  Agent(const net::Netns& node, std::string directory, AgentSettings settings);
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  // Stops it as an operator does; a failure to end well, leaks that a sanitizer saw too, fails the
  // test.
  ~Agent();

  // Returns when it takes requests.
  void start();
  // Returns at once.
  void launch();
  // Starts it where that is expected to fail.
  Finished try_start() const;
  Finished stop();  // by SIGTERM
  void kill();      // by SIGKILL: no instruction more
  bool running() const { return process_ && process_->running(); }
  void send(int signal) const { process_->send(signal); }
  pid_t pid() const { return process_->pid(); }
  std::string log() const { return process_ ? process_->err() : std::string(); }

  const net::Netns& node() const { return node_; }
  std::string socket() const { return directory_ + "/agent.sock"; }
  std::string config_file() const { return directory_ + "/podwired.yaml"; }
  Exposition metrics() const;
  std::string page(const std::string& path) const;  // with its HTTP header
  Finished ctl(std::vector<std::string> arguments) const;
  boost::json::array pods() const;

 private:
  Command command() const;

  const net::Netns& node_;
  std::string directory_;
  AgentSettings settings_;
  std::unique_ptr<Process> process_;
};

// One call of the real plugin, as a runtime makes it.
struct PluginCall {
  std::string command;
  std::string container_id;
  std::string netns;
  std::string ifname = "eth0";
  std::string args = {};
  std::string config = {};
  bool has_input = true;
};
Finished call_plugin(const net::Netns& node, const PluginCall& call);
// `keys`: more of the configuration, such as `"mtu": 1280`.
std::string network_config(const std::string& socket, const std::string& keys = "",
                           const std::string& version = "1.0.0");

// A namespace for the node, with an agent that runs.
class Node {
 public:
  explicit Node(AgentSettings settings = {});

  const net::Netns& netns() const { return sandbox_.netns(); }
  const Sandbox& sandbox() const { return sandbox_; }
  Agent& agent() { return agent_; }
  std::string file(const std::string& name) const { return directory_.file(name); }
  Finished run(std::vector<std::string> arguments) const;
  // Device counters and the like: one object for each link whose name begins with `prefix`.
  std::vector<boost::json::object> links(std::string_view prefix = "pw") const;
  Exposition metrics() const { return agent_.metrics(); }

 private:
  ScratchDirectory directory_;
  Sandbox sandbox_;
  Agent agent_;
};

// A pod wired by the real plugin; `keys` as in network_config. The pod is called test/<name>.
class Pod {
 public:
  Pod(Node& node, const std::string& name, const std::string& keys = "");
  Pod(Node& node, Agent& agent, const std::string& name, const std::string& keys = "");

  const std::string& name() const { return name_; }
  const net::Netns& netns() const { return sandbox_.netns(); }
  Sandbox& sandbox() { return sandbox_; }
  const net::Address& address(net::Family family) const;
  std::string text(net::Family family) const { return address(family).text(); }
  const std::string& host_link() const { return host_link_; }
  const net::Mac& mac() const { return mac_; }
  const net::Mac& host_mac() const { return host_mac_; }
  const boost::json::value& result() const { return result_; }

  Finished run(std::vector<std::string> arguments) const;
  // A call with this pod's identity and configuration.
  Finished call(const std::string& command) const;
  PluginCall plugin_call(const std::string& command) const;

 private:
  std::string name_;
  const net::Netns& node_;
  std::string config_;
  Sandbox sandbox_;
  boost::json::value result_;
  std::array<net::Address, 2> addresses_;
  std::string host_link_;
  net::Mac mac_, host_mac_;
};

}  // namespace podwire::netns_test
