// SPDX-License-Identifier: Apache-2.0
//
// podwired: the composition of the agent. Objects stand in the order they depend on each other;
// what passes between threads is named where it is connected.
#include <chrono>
#include <exception>
#include <iostream>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "api/service.hpp"
#include "base/log.hpp"
#include "cleanup.hpp"
#include "config/config.hpp"
#include "datapath/bpf_datapath.hpp"
#include "datapath/bpf_probe_plane.hpp"
#include "datapath/bpffs.hpp"
#include "doctor/log.hpp"
#include "follower.hpp"
#include "net/rtnetlink.hpp"
#include "network_watch.hpp"
#include "node.hpp"
#include "reload.hpp"
#include "signals.hpp"
#include "systemd/notify.hpp"
#include "systemd/watchdog.hpp"
#include "work_thread.hpp"

namespace asio = boost::asio;
using namespace podwire;  // NOLINT(google-build-using-namespace): this file names every module

namespace {

// What cannot go on without ends the start; the text says what to do.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().what);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

endpoint::Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

// Told on control, the prober hears of it on its own thread.
endpoint::Observer tell_prober(asio::io_context& probe, health::Prober& prober) {
  const auto set = [&probe, &prober](const endpoint::Attachment& attachment,
                                     std::vector<health::Target> targets) {
    asio::post(probe, [&prober, owner = attachment.wiring.host_name, targets = std::move(targets)] {
      prober.set_targets(owner, targets);
    });
  };
  return {.published = [set](const auto& attachment) { set(attachment, targets_of(attachment)); },
          .withdrawn = [set](const auto& attachment) { set(attachment, {}); }};
}

// Requests that run are answered, within a limit.
void finish_requests(asio::io_context& io, const api::Server& server) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  io.restart();
  while (server.serving() > 0 && std::chrono::steady_clock::now() < deadline)
    io.run_one_until(deadline);
}

void run(const std::string& config_file, const config::Config& config) {
  const auto started_at = now();
  // Before anything is changed: no other agent may work on these directories, or under this name
  // here.
  const UniqueFd run_lock = must(lock_run_directory(config.run_dir));
  const UniqueFd instance_lock = must(lock_instance(config.instance));
  endpoint::Store store =
      must(endpoint::Store::open(config.state_dir, must(endpoint::current_boot_id()), started_at));

  // The kernel's side: maps and programs, link tables.
  const auto programs =
      must(datapath::Programs::load(must(datapath::mount_bpffs(config.run_dir + "/bpf"))));
  datapath::BpfDatapath datapath(programs);
  datapath::BpfProbePlane probe_plane(programs);
  net::RtNetlink links = must(net::RtNetlink::open());
  net::RtNetlink reaper_links = must(net::RtNetlink::open());
  net::ChangeSocket changes = must(net::ChangeSocket::open());  // before the first look
  const Node node = must(describe_node(config, links));
  links.set_node_sources(node.sources);
  must(block_pod_ranges(config, links));
  must(datapath.set_pod_ranges(pod_ranges(config), node.in_pod_ranges));
  must(set_masquerade(config));

  metrics::RequestDurations durations;  // outlives the requests that io still holds at the end

  // Threads: io (this one), control, probe, scrape, and the reaper's own.
  asio::io_context io(1);
  asio::thread_pool control(1);
  asio::thread_pool scrape(1);
  asio::io_context probe(1);
  auto keep_probe_running = asio::make_work_guard(probe);
  health::Prober prober(probe, probe_plane, config.probes.max_targets);

  // control -> probe: the targets of an attachment, whenever they change.
  endpoint::Manager manager({.instance = config.instance,
                             .default_mtu = node.mtu,
                             .most_attachments = config.limits.attachments,
                             .most_probe_targets = config.probes.max_targets},
                            links, datapath, store, pools_of(config, node), now,
                            tell_prober(probe, prober));
  const endpoint::Restored restored = must(manager.restore());
  asio::post(probe, [&prober] { prober.forget_inherited(); });

  // io -> control -> io: what others change on the node and in its pods.
  Follower follower(config, links, datapath, manager, node);
  NetworkWatch watch(io, std::move(changes), [&](const net::Changes& seen) {
    asio::post(control, [&, seen] {
      asio::post(io, [&watch, behind = follower.follow(seen)] { watch.resume(behind); });
    });
  });

  // control: the configuration file, read again.
  Reloader reloader(config_file, config, manager);
  const std::string http_listen = text_of(config.http.listen);
  const std::string serving = "serving " + config.socket + ", metrics on " + http_listen;
  const auto reload = [&] {
    systemd::notify_reloading();
    auto changed = reloader.reload();
    systemd::notify_ready(changed ? serving : "reload refused: " + changed.error().what);
    return changed;
  };
  const auto set_log_level = [&](const std::string& level) {
    return reloader.set_log_level(level);
  };

  // io -> control, probe, scrape: every request and page visits the thread that owns the data.
  endpoint::Reaper reaper(io, reaper_links);
  api::Service service({PODWIRE_VERSION, config.instance, http_listen, started_at},
                       {io,
                        control,
                        probe,
                        scrape,
                        manager,
                        reaper,
                        prober,
                        datapath,
                        durations,
                        {reload, set_log_level}});
  api::Server server(io, service.handlers());
  api::HttpServer http(io, service.pages());

  must(server.listen(config.socket));
  if (config.http.listen) must(http.listen(config.http.listen->address, config.http.listen->port));
  spdlog::info("ready socket={} http={} mtu={} adopted={} dropped={} removed={}", config.socket,
               http_listen, node.mtu, restored.adopted, restored.dropped, restored.removed);
  // Beside the first requests: what stands in the way of pods is told, and stops nothing.
  asio::post(scrape, [&] { doctor::log_at_start(config, config_file); });

  const auto stop = [&](int signal) {
    systemd::notify_stopping();
    spdlog::info("stopping on signal {}; pods stay connected", signal);
    io.stop();
  };
  const auto reload_on_control = [&] {
    asio::post(control, [&] {
      if (auto done = reload(); !done) spdlog::error("reload: {}", done.error().what);
    });
  };
  const Signals signals(io, stop, reload_on_control);
  WorkThread probe_thread(probe, io);

  // Once io turns round: ready, and alive as long as the other threads do too.
  systemd::Watchdog watchdog(io,
                             {{"control", control.get_executor()}, {"probe", probe.get_executor()}},
                             systemd::watchdog_limit(), systemd::notify_alive);
  asio::post(io, [&] {
    systemd::notify_ready(serving);
    watchdog.start();
  });
  io.run();

  // Take no more requests, finish those that run. Hooks, maps and links stay.
  server.stop();
  http.stop();
  finish_requests(io, server);
  control.join();
  scrape.join();
  probe_thread.join();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "podwired: attaches pods, forwards between them in eBPF, probes them, and tells Prometheus");
  std::string config_file = "/etc/podwire/podwired.yaml";
  app.add_option("--config", config_file, "configuration file")->capture_default_str();
  CLI::App* cleanup = app.add_subcommand(
      "cleanup",
      "take away what outlives the agent: programs on pods' links, maps, the unreachable routes of "
      "the pods' ranges, the nftables table; pods lose their connections to each other until an "
      "agent starts again. Links of pods stay, with their routes and bandwidth limits");
  cleanup->fallthrough();  // its options are those of the agent
  app.set_version_flag("--version", std::string("podwired ") + PODWIRE_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    return app.exit(stop) == 0 ? 0 : 2;  // as a wrong configuration
  }

  const auto config = config::load(config_file);
  if (!config) {
    std::cerr << "podwired: " << config.error().what << "\n";
    return 2;
  }
  set_up_log(config->log_level);
  try {
    if (cleanup->parsed()) {
      must(clean_up(*config));
      return 0;
    }
    spdlog::info("podwired {} {}", PODWIRE_VERSION, config::summary(*config));
    run(config_file, *config);
    spdlog::info("stopped");
    return 0;
  } catch (const std::exception& failure) {
    spdlog::critical("{}", failure.what());
    return 1;
  }
}
