// SPDX-License-Identifier: Apache-2.0
#include "api/service.hpp"

#include <memory>
#include <set>
#include <string>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include "api/replies.hpp"
#include "base/on.hpp"

namespace podwire::api {

namespace asio = boost::asio;
namespace api = agent_api;

namespace {

constexpr std::chrono::seconds ready_patience{2};

// Observes the time from here to the end of the scope.
class Stopwatch {
 public:
  Stopwatch(metrics::RequestDurations& durations, const char* command)
      : durations_(durations), command_(command) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() { durations_.observe(command_, std::chrono::steady_clock::now() - start_); }

 private:
  metrics::RequestDurations& durations_;
  const char* command_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

Result<net::Netns> namespace_of(UniqueFd netns) {
  if (!netns)
    return fail(Errc::invalid_argument, "the request carries no network namespace descriptor");
  return net::Netns::adopt(std::move(netns));
}

template <class Request>
endpoint::Manager::Selector selector_of(const Request& request) {
  return [request](const endpoint::Attachment& attachment) {
    if (request.pod.empty()) return attachment.id.container_id == request.container_id;
    return attachment.pod.name == request.pod &&
           attachment.pod.pod_namespace == request.pod_namespace;
  };
}

template <class Request>
std::string text_of(const Request& request, std::uint16_t tcp_port) {
  const std::string pod = request.pod.empty() ? "container " + request.container_id
                                              : "pod " + request.pod_namespace + "/" + request.pod;
  return "TCP port " + std::to_string(tcp_port) + " of " + pod;
}

// What other threads are asked, and the end of waiting for it. An answer may come after the page
// has given up, so it shares what it touches. Runs on the io thread.
struct Heartbeats : std::enable_shared_from_this<Heartbeats> {
  explicit Heartbeats(asio::io_context& context) : io(context), patience(context, ready_patience) {}

  void ask(const char* thread, const asio::any_io_executor& executor) {
    silent.insert(thread);
    asio::post(executor, [self = shared_from_this(), thread] {
      asio::post(self->io, [self, thread] {
        self->silent.erase(thread);
        if (self->silent.empty()) self->patience.cancel();
      });
    });
  }

  asio::io_context& io;
  asio::steady_timer patience;
  std::set<std::string> silent;
};

using Samples = std::vector<health::Sample>;
using ShaperDrops = std::map<std::uint32_t, std::uint64_t>;

std::map<std::string, Samples> samples_by_owner(const health::Prober& prober) {
  std::map<std::string, Samples> samples;
  for (health::Sample& sample : prober.samples())
    samples[sample.owner].push_back(std::move(sample));
  return samples;
}

}  // namespace

template <class Request>
asio::awaitable<Result<json::value>> Service::answer(Method<Request> method, json::value text,
                                                     UniqueFd netns) {
  Request request;
  auto decoded = decode(text, request, api::Operation<Request>::name);
  if (!decoded) co_return tl::unexpected(decoded.error());
  auto reply = co_await (this->*method)(std::move(request), std::move(netns));
  if (!reply) {
    spdlog::warn("request {} failed: {}", api::Operation<Request>::name, reply.error().what);
    co_return tl::unexpected(reply.error());
  }
  co_return encode(*reply);
}

template <class Request>
Server::Handler Service::handler(Method<Request> method) {
  return [this, method](json::value text, UniqueFd netns) {
    return answer<Request>(method, std::move(text), std::move(netns));
  };
}

Server::Handlers Service::handlers() {
  return {
      {api::Operation<api::AttachRequest>::name, handler<api::AttachRequest>(&Service::attach)},
      {api::Operation<api::DetachRequest>::name, handler<api::DetachRequest>(&Service::detach)},
      {api::Operation<api::CheckRequest>::name, handler<api::CheckRequest>(&Service::check)},
      {api::Operation<api::PodsRequest>::name, handler<api::PodsRequest>(&Service::pods)},
      {api::Operation<api::StatusRequest>::name, handler<api::StatusRequest>(&Service::status)},
      {api::Operation<api::ProbeAddRequest>::name,
       handler<api::ProbeAddRequest>(&Service::add_probe)},
      {api::Operation<api::ProbeRemoveRequest>::name,
       handler<api::ProbeRemoveRequest>(&Service::remove_probe)},
      {api::Operation<api::ReloadRequest>::name, handler<api::ReloadRequest>(&Service::reload)},
      {api::Operation<api::LogLevelRequest>::name,
       handler<api::LogLevelRequest>(&Service::set_log_level)},
  };
}

asio::awaitable<Result<api::AttachReply>> Service::attach(api::AttachRequest request,
                                                          UniqueFd netns) {
  const Stopwatch stopwatch(parts_.durations, "ADD");
  auto pod = namespace_of(std::move(netns));
  if (!pod) co_return tl::unexpected(pod.error());
  auto attached = co_await on(parts_.control.get_executor(), [this, &request, &pod] {
    return parts_.manager.attach(request, *pod);
  });
  if (!attached) co_return tl::unexpected(attached.error());
  co_return attach_reply(*attached);
}

asio::awaitable<Result<api::DoneReply>> Service::detach(api::DetachRequest request,
                                                        UniqueFd netns) {
  const Stopwatch stopwatch(parts_.durations, "DEL");
  const auto control = parts_.control.get_executor();
  auto pod = namespace_of(std::move(netns));  // none, if the runtime has it no more
  const std::string link = co_await on(control, [this, &request, &pod] {
    return parts_.manager.begin_detach(request.id, pod ? &*pod : nullptr);
  });
  auto removed = co_await parts_.reaper.remove(link);
  auto finished = co_await on(control, [this, &request, &removed] {
    if (removed) return parts_.manager.finish_detach(request.id);
    parts_.manager.abort_detach(request.id);
    return removed;
  });
  if (!finished) co_return tl::unexpected(finished.error());
  co_return api::DoneReply{};
}

asio::awaitable<Result<api::DoneReply>> Service::check(api::CheckRequest request, UniqueFd netns) {
  const Stopwatch stopwatch(parts_.durations, "CHECK");
  auto pod = namespace_of(std::move(netns));
  if (!pod) co_return tl::unexpected(pod.error());
  auto same = co_await on(parts_.control.get_executor(), [this, &request, &pod] {
    return parts_.manager.check(request.id, request.ips, *pod);
  });
  if (!same) co_return tl::unexpected(same.error());
  co_return api::DoneReply{};
}

asio::awaitable<Result<api::PodsReply>> Service::pods(api::PodsRequest, UniqueFd) {
  const auto samples =
      co_await on(parts_.probe.get_executor(), [this] { return samples_by_owner(parts_.prober); });
  co_return co_await on(parts_.control.get_executor(), [this, &samples] {
    api::PodsReply reply;
    for (const auto& [id, attachment] : parts_.manager.attachments()) {
      const auto counters =
          parts_.datapath.counters(attachment.slot).value_or(datapath::Counters{});
      const auto own = samples.find(attachment.wiring.host_name);
      reply.pods.push_back(
          pod_status(attachment, counters, own == samples.end() ? Samples{} : own->second));
    }
    return Result<api::PodsReply>(std::move(reply));
  });
}

asio::awaitable<Result<api::StatusReply>> Service::status(api::StatusRequest, UniqueFd) {
  api::StatusReply reply;
  reply.version = info_.version;
  reply.instance = info_.instance;
  reply.started_at = info_.started_at.time_since_epoch().count();
  reply.http_listen = info_.http_listen;
  reply.probe_targets =
      co_await on(parts_.probe.get_executor(), [this] { return parts_.prober.size(); });
  co_await on(parts_.control.get_executor(), [this, &reply] {
    reply.pods = parts_.manager.attachments().size();
    reply.pools = pools(parts_.manager.pool_usage());
    return true;
  });
  auto verdicts =
      co_await on(parts_.scrape.get_executor(), [this] { return parts_.datapath.verdicts(); });
  if (!verdicts) co_return tl::unexpected(verdicts.error());
  reply.verdicts = counted(*verdicts);
  co_return reply;
}

asio::awaitable<Result<api::DoneReply>> Service::add_probe(api::ProbeAddRequest request, UniqueFd) {
  auto added = co_await on(parts_.control.get_executor(), [this, &request] {
    return parts_.manager.add_probe(selector_of(request), request.probe);
  });
  if (!added) co_return in(text_of(request, request.probe.tcp_port), added);
  co_return api::DoneReply{};
}

asio::awaitable<Result<api::DoneReply>> Service::remove_probe(api::ProbeRemoveRequest request,
                                                              UniqueFd) {
  auto removed = co_await on(parts_.control.get_executor(), [this, &request] {
    return parts_.manager.remove_probe(selector_of(request), request.tcp_port);
  });
  if (!removed) co_return in(text_of(request, request.tcp_port), removed);
  co_return api::DoneReply{};
}

asio::awaitable<Result<api::ReloadReply>> Service::reload(api::ReloadRequest, UniqueFd) {
  auto changed = co_await on(parts_.control.get_executor(),
                             [this] { return parts_.reconfiguration.reload(); });
  if (!changed) co_return tl::unexpected(changed.error());
  co_return api::ReloadReply{*changed};
}

asio::awaitable<Result<api::DoneReply>> Service::set_log_level(api::LogLevelRequest request,
                                                               UniqueFd) {
  auto done = co_await on(parts_.control.get_executor(), [this, &request] {
    return parts_.reconfiguration.set_log_level(request.level);
  });
  if (!done) co_return tl::unexpected(done.error());
  co_return api::DoneReply{};
}

HttpServer::Pages Service::pages() {
  return {
      {"/metrics", [this] { return metrics_page(); }},
      {"/healthz", [this] { return health_page(); }},
      {"/readyz", [this] { return ready_page(); }},
  };
}

asio::awaitable<Page> Service::metrics_page() {
  metrics::Inventory inventory;
  inventory.probes =
      co_await on(parts_.probe.get_executor(), [this] { return parts_.prober.samples(); });
  co_await on(parts_.control.get_executor(), [this, &inventory] {
    const auto drops = parts_.manager.shaper_drops();
    inventory.has_shaper_drops = drops.has_value();
    for (const auto& [id, attachment] : parts_.manager.attachments())
      inventory.pods.push_back(metrics::pod_of(attachment, drops.value_or(ShaperDrops{})));
    inventory.pools = parts_.manager.pool_usage();
    return true;
  });
  std::string text = co_await on(parts_.scrape.get_executor(), [this, &inventory] {
    return metrics::render(info_.version, inventory, parts_.datapath, parts_.durations);
  });
  co_return Page{.content_type = metrics::content_type, .body = std::move(text)};
}

// The io thread answers: the agent is alive.
asio::awaitable<Page> Service::health_page() {
  co_return Page{.body = "ok\n"};
}

// The threads that serve the CNI plugin and the probes answer in time.
asio::awaitable<Page> Service::ready_page() {
  const auto heartbeats = std::make_shared<Heartbeats>(parts_.io);
  heartbeats->ask("control", parts_.control.get_executor());
  heartbeats->ask("probe", parts_.probe.get_executor());
  co_await heartbeats->patience.async_wait(asio::as_tuple(asio::use_awaitable));
  if (heartbeats->silent.empty()) co_return Page{.body = "ok\n"};
  co_return Page{.status = 503,
                 .body = "the " + *heartbeats->silent.begin() + " thread has been busy for 2 s\n"};
}

}  // namespace podwire::api
