// SPDX-License-Identifier: Apache-2.0
#include "topology.hpp"

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <podwire/agent_api.hpp>

#include "api/client.hpp"

namespace podwire::netns_test {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

std::string made_directory(std::string path) {
  if (::mkdir(path.c_str(), 0755) != 0) throw std::runtime_error("create directory " + path);
  return path;
}

std::string configuration(const AgentSettings& settings, const std::string& directory) {
  std::string text =
      "instance: " + settings.instance + "\nrun_dir: " + directory +
      "/run\nstate_dir: " + directory + "/state\nsocket: " + directory +
      "/agent.sock\nhttp: {listen: \"127.0.0.1:" + std::to_string(settings.http_port) +
      "\"}\nipam:\n";
  if (!settings.ipv4.empty()) text += "  ipv4: " + settings.ipv4 + "\n";
  if (!settings.ipv6.empty()) text += "  ipv6: \"" + settings.ipv6 + "\"\n";
  if (!settings.ipam.empty()) text += "  " + settings.ipam + "\n";
  if (!settings.more.empty()) text += settings.more + "\n";
  return text;
}

}  // namespace

const char* text_of(net::Family family) {
  return family == net::Family::ipv4 ? "ipv4" : "ipv6";
}

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(20ms);
  }
  return true;
}

Agent::Agent(const net::Netns& node, std::string directory, AgentSettings settings)
    : node_(node),
      directory_(made_directory(std::move(directory))),
      settings_(std::move(settings)) {
  std::ofstream(config_file()) << configuration(settings_, directory_);
}

Command Agent::command() const {
  std::vector<std::string> arguments = settings_.launcher;
  arguments.insert(arguments.end(), {PODWIRED, "--config", config_file()});
  return {.arguments = std::move(arguments), .netns = &node_, .environment = settings_.environment};
}

void Agent::launch() {
  process_ = std::make_unique<Process>(command());
}

void Agent::start() {
  launch();
  const api::Client client(socket(), 0ms, 10s);
  const bool ready = eventually(
      [&] { return !running() || client.call(agent_api::StatusRequest{}).has_value(); }, 20s);
  if (!ready || !running()) throw std::runtime_error("the agent does not start: " + log());
}

Finished Agent::try_start() const {
  return netns_test::run(command());
}

Finished Agent::stop() {
  process_->send(SIGTERM);
  return process_->wait();
}

Agent::~Agent() {
  if (!running()) return;
  const Finished ended = stop();
  EXPECT_EQ(ended.status, 0) << ended.err;
}

void Agent::kill() {
  process_->send(SIGKILL);
  process_->wait();
}

std::string Agent::page(const std::string& path) const {
  return http_get(node_, {net::Address::parse("127.0.0.1").value(), settings_.http_port}, path);
}

Exposition Agent::metrics() const {
  const std::string response = page("/metrics");
  const auto header = response.find("\r\n\r\n");
  if (header == std::string::npos) throw std::runtime_error("no metrics are served");
  return Exposition(std::string_view(response).substr(header + 4));
}

Finished Agent::ctl(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {PODWIRECTL, "--socket", socket()});
  return netns_test::run({.arguments = std::move(arguments), .netns = &node_});
}

json::array Agent::pods() const {
  return json::parse(ctl({"get", "pods", "-o", "json"}).out).at("pods").as_array();
}

Finished call_plugin(const net::Netns& node, const PluginCall& call) {
  return netns_test::run({.arguments = {PODWIRE},
                          .netns = &node,
                          .input = call.config,
                          .has_input = call.has_input,
                          .environment = {{"CNI_COMMAND", call.command},
                                          {"CNI_CONTAINERID", call.container_id},
                                          {"CNI_NETNS", call.netns},
                                          {"CNI_IFNAME", call.ifname},
                                          {"CNI_ARGS", call.args},
                                          {"CNI_PATH", "/opt/cni/bin"}}});
}

std::string network_config(const std::string& socket, const std::string& keys,
                           const std::string& version) {
  return R"({"cniVersion": ")" + version + R"(", "name": "net", "type": "podwire", "socket": ")" +
         socket + "\"" + (keys.empty() ? "" : ", " + keys) + "}";
}

Node::Node(AgentSettings settings)
    : sandbox_(directory_.file("node")),
      agent_(sandbox_.netns(), directory_.file("agent"), std::move(settings)) {
  agent_.start();
}

Finished Node::run(std::vector<std::string> arguments) const {
  return netns_test::run({.arguments = std::move(arguments), .netns = &netns()});
}

std::vector<json::object> Node::links(std::string_view prefix) const {
  std::vector<json::object> found;
  const json::value all = json::parse(run({"ip", "-s", "-j", "link"}).out);
  for (const json::value& link : all.as_array()) {
    const std::string_view name = link.at("ifname").as_string();
    if (name.starts_with(prefix)) found.push_back(link.as_object());
  }
  return found;
}

Pod::Pod(Node& node, const std::string& name, const std::string& keys)
    : Pod(node, node.agent(), name, keys) {}

Pod::Pod(Node& node, Agent& agent, const std::string& name, const std::string& keys)
    : name_(name),
      node_(node.netns()),
      config_(network_config(agent.socket(), keys)),
      sandbox_(node.file(name)) {
  const Finished added = call("ADD");
  if (added.status != 0) throw std::runtime_error("ADD of " + name + ": " + added.out + added.err);
  result_ = json::parse(added.out);
  host_link_ = result_.at("interfaces").at(0).at("name").as_string().c_str();
  host_mac_ = net::Mac::parse(result_.at("interfaces").at(0).at("mac").as_string()).value();
  mac_ = net::Mac::parse(result_.at("interfaces").at(1).at("mac").as_string()).value();
  for (const json::value& ip : result_.at("ips").as_array()) {
    const std::string_view text = ip.at("address").as_string();
    const auto address = net::Address::parse(text.substr(0, text.find('/'))).value();
    addresses_.at(address.is_ipv4() ? 0 : 1) = address;
  }
}

const net::Address& Pod::address(net::Family family) const {
  return addresses_.at(family == net::Family::ipv4 ? 0 : 1);
}

Finished Pod::run(std::vector<std::string> arguments) const {
  return netns_test::run({.arguments = std::move(arguments), .netns = &netns()});
}

PluginCall Pod::plugin_call(const std::string& command) const {
  PluginCall call{
      .command = command, .container_id = "container-" + name_, .netns = sandbox_.path()};
  call.args = "IgnoreUnknown=1;K8S_POD_NAMESPACE=test;K8S_POD_NAME=" + name_;
  call.config = config_;
  if (command == "CHECK") {
    json::object config = json::parse(config_).as_object();
    config["prevResult"] = result_;
    call.config = json::serialize(config);
  }
  return call;
}

Finished Pod::call(const std::string& command) const {
  return call_plugin(node_, plugin_call(command));
}

}  // namespace podwire::netns_test
