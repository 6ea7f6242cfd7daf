// SPDX-License-Identifier: Apache-2.0
#include "cni/commands.hpp"

#include <utility>

#include "api/client.hpp"
#include "cni/agent_error.hpp"
#include "cni/link_removal.hpp"
#include "cni/prev_result.hpp"
#include "cni/result.hpp"
#include "cni/sandbox.hpp"

namespace podwire::cni {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds one_try{0};
// An attachment takes the agent about a millisecond, and a deletion some tens; the rest is for a
// burst. The runtimes' own limit is a minute and more.
constexpr milliseconds answer_timeout{20'000};
// A runtime asks for the status every few seconds and sets no limit of its own.
constexpr milliseconds status_timeout{2'000};

// The address pool that has nothing left, if there is one.
const agent_api::Pool* exhausted_pool(const agent_api::StatusReply& reply) {
  for (const agent_api::Pool& pool : reply.pools) {
    if (pool.free == 0 && pool.cooling == 0) return &pool;
  }
  return nullptr;
}

}  // namespace

Checked<Request> make_request(Environment environment, const Envelope& envelope) {
  Request request;
  request.version = envelope.version;
  request.id = {envelope.name, environment.container_id, environment.ifname};
  request.environment = std::move(environment);
  const Command command = request.environment.command;
  if (command == Command::del) {
    request.config = parse_for_deletion(envelope);
    return request;
  }
  auto config = parse_network_config(envelope, command);
  if (!config) return tl::unexpected(config.error());
  request.config = std::move(*config);
  auto args = parse_cni_args(request.environment.args);
  if (!args) return tl::unexpected(args.error());
  request.args = std::move(*args);
  if (command == Command::check) {
    const auto& prev_result = envelope.fields.at("prevResult").as_object();
    auto ips = addresses_of(prev_result, request.environment);
    if (!ips) return tl::unexpected(ips.error());
    request.expected_ips = std::move(*ips);
  }
  return request;
}

Checked<std::string> add(const Request& request) {
  auto sandbox = open_sandbox(request.environment);
  if (!sandbox) return tl::unexpected(sandbox.error());
  agent_api::AttachRequest attach;
  attach.id = request.id;
  attach.pod = request.args.pod;
  attach.netns_path = request.environment.netns;
  attach.mtu = request.config.mtu;
  attach.probes = request.config.probes;
  attach.bandwidth = request.config.bandwidth;
  RequestedAddresses requested = request.config.requested.or_else(request.args.requested);
  attach.ips = std::move(requested.ips);
  attach.mac = std::move(requested.mac);
  const api::Client agent(request.config.socket, request.config.agent_timeout, answer_timeout);
  auto attached = agent.call(attach, sandbox->fd());
  if (!attached) return tl::unexpected(from_agent(attached.error(), Command::add));
  return add_result(*attached, attach.netns_path, request.config.dns, request.version);
}

Checked<> check(const Request& request) {
  auto sandbox = open_sandbox(request.environment);
  if (!sandbox) return tl::unexpected(sandbox.error());
  const agent_api::CheckRequest expected{request.id, request.expected_ips};
  const api::Client agent(request.config.socket, request.config.agent_timeout, answer_timeout);
  auto checked = agent.call(expected, sandbox->fd());
  if (!checked) return tl::unexpected(from_agent(checked.error(), Command::check));
  return {};
}

Checked<> status(const Request& request) {
  const api::Client agent(request.config.socket, one_try, status_timeout);
  auto reply = agent.call(agent_api::StatusRequest{});
  if (!reply) return tl::unexpected(from_agent(reply.error(), Command::status));
  if (const agent_api::Pool* pool = exhausted_pool(*reply)) {
    return refuse(Code::not_available, "no address is left in " + pool->prefix,
                  "take pods away, or give the agent a larger range in its configuration (ipam)");
  }
  return {};
}

Checked<> del(const Request& request) {
  auto sandbox = open_sandbox_if_there(request.environment);
  if (!sandbox) return tl::unexpected(sandbox.error());
  const api::Client agent(request.config.socket, one_try, answer_timeout);
  auto detached =
      agent.call(agent_api::DetachRequest{request.id}, *sandbox ? (*sandbox)->fd() : -1);
  if (detached) return {};
  if (detached.error().code != Errc::no_agent) {
    // The agent is there, or may be, and keeps the record: the runtime shall ask again.
    return refuse(Code::try_again_later, "the agent could not detach", detached.error().what);
  }
  const std::string link = agent_api::host_link_name(request.id);
  auto removed = remove_link(link);
  if (removed) return {};
  return refuse(Code::try_again_later, "the agent does not answer, and link " + link + " stays",
                removed.error().what);
}

}  // namespace podwire::cni
