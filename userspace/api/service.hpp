// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "api/http_server.hpp"
#include "api/server.hpp"
#include "endpoint/manager.hpp"
#include "endpoint/reaper.hpp"
#include "health/prober.hpp"
#include "metrics/exposition.hpp"

namespace podwire::api {

struct AgentInfo {
  std::string version;
  std::string instance;
  std::string http_listen;
  std::chrono::sys_seconds started_at;
};

// What the operations of agent_api.hpp and the HTTP pages do: each is a coroutine on the io thread
// that visits the threads which own the data. References must outlive this.
class Service {
 public:
  // On control: the configuration file, and the log.
  struct Reconfiguration {
    std::function<Result<std::vector<std::string>>()> reload;  // returns the keys that changed
    std::function<Result<>(const std::string& level)> set_log_level;
  };
  struct Parts {
    boost::asio::io_context& io;
    boost::asio::thread_pool& control;
    boost::asio::io_context& probe;
    boost::asio::thread_pool& scrape;
    endpoint::Manager& manager;    // on control
    endpoint::Reaper& reaper;      // on io
    health::Prober& prober;        // on probe
    datapath::Datapath& datapath;  // reads: any thread
    metrics::RequestDurations& durations;
    Reconfiguration reconfiguration;
  };

  Service(AgentInfo info, Parts parts) : info_(std::move(info)), parts_(std::move(parts)) {}

  Server::Handlers handlers();
  HttpServer::Pages pages();

 private:
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;

  Awaitable<Result<agent_api::AttachReply>> attach(agent_api::AttachRequest request,
                                                   UniqueFd netns);
  Awaitable<Result<agent_api::DoneReply>> detach(agent_api::DetachRequest request, UniqueFd netns);
  Awaitable<Result<agent_api::DoneReply>> check(agent_api::CheckRequest request, UniqueFd netns);
  Awaitable<Result<agent_api::PodsReply>> pods(agent_api::PodsRequest request, UniqueFd netns);
  Awaitable<Result<agent_api::StatusReply>> status(agent_api::StatusRequest request,
                                                   UniqueFd netns);
  Awaitable<Result<agent_api::DoneReply>> add_probe(agent_api::ProbeAddRequest request,
                                                    UniqueFd netns);
  Awaitable<Result<agent_api::DoneReply>> remove_probe(agent_api::ProbeRemoveRequest request,
                                                       UniqueFd netns);
  Awaitable<Result<agent_api::ReloadReply>> reload(agent_api::ReloadRequest request,
                                                   UniqueFd netns);
  Awaitable<Result<agent_api::DoneReply>> set_log_level(agent_api::LogLevelRequest request,
                                                        UniqueFd netns);

  Awaitable<Page> metrics_page();
  Awaitable<Page> health_page();
  Awaitable<Page> ready_page();

  template <class Request>
  using Method = Awaitable<Result<typename agent_api::Operation<Request>::Reply>> (Service::*)(
      Request, UniqueFd);
  // From JSON to the method and back.
  template <class Request>
  Server::Handler handler(Method<Request> method);
  template <class Request>
  Awaitable<Result<json::value>> answer(Method<Request> method, json::value text, UniqueFd netns);

  AgentInfo info_;
  Parts parts_;
};

}  // namespace podwire::api
