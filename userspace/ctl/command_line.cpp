// SPDX-License-Identifier: Apache-2.0
#include "ctl/command_line.hpp"

#include <algorithm>
#include <optional>
#include <sstream>

#include <CLI/CLI.hpp>

#include "ctl/duration.hpp"

namespace podwire::ctl {

namespace {

using std::chrono::milliseconds;

// Options as they were written, next to what they mean.
struct Written {
  CommandLine meaning;
  std::string output;
  std::optional<std::string> pod;
  std::optional<std::string> container;
  std::string period = "1s";
  std::optional<std::string> timeout;
  bool all_namespaces = false;  // what holds without -n, for those whose fingers write -A
};

CLI::App* add_verb(CLI::App& parent, Written& written, const char* name, const char* help,
                   Verb verb) {
  CLI::App* sub = parent.add_subcommand(name, help);
  sub->fallthrough();  // --socket may stand behind the verb
  sub->callback([&written, verb] { written.meaning.verb = verb; });
  return sub;
}

void add_output(CLI::App& verb, Written& written, const std::vector<std::string>& formats) {
  verb.add_option("-o,--output", written.output, "Format of the output")
      ->check(CLI::IsMember(formats));
}

void add_namespace(CLI::App& verb, Written& written) {
  auto* one = verb.add_option("-n,--namespace", written.meaning.pod_namespace,
                              "Show only pods of this namespace");
  verb.add_flag("-A,--all-namespaces", written.all_namespaces,
                "Show the pods of all namespaces, as without -n")
      ->excludes(one);
}

// The part of a probe that names it.
void add_target(CLI::App& verb, Written& written) {
  auto* group = verb.add_option_group("target", "Which pod to probe");
  group->add_option("--pod", written.pod, "The pod, by name")->type_name("NAMESPACE/NAME");
  group->add_option("--container", written.container, "The container, by the start of its id")
      ->type_name("ID");
  group->require_option(1);
  verb.add_option("--tcp-port", written.meaning.probe.tcp_port, "The port to probe")
      ->type_name("PORT")
      ->check(CLI::Range(1, 65535))
      ->required();
}

void add_get(CLI::App& app, Written& written) {
  CLI::App* get =
      app.add_subcommand("get", "Show objects of one kind")->require_subcommand(1)->fallthrough();
  CLI::App* pods =
      add_verb(*get, written, "pods", "Show the pods that are attached", Verb::get_pods);
  pods->alias("pod")->alias("po");
  add_output(*pods, written, {"wide", "json"});
  add_namespace(*pods, written);
}

void add_probe(CLI::App& app, Written& written) {
  CLI::App* probe = app.add_subcommand("probe", "Show and change TCP probes")
                        ->require_subcommand(1)
                        ->fallthrough();
  CLI::App* list =
      add_verb(*probe, written, "list", "Show what is probed, and the outcome", Verb::probe_list);
  add_output(*list, written, {"json"});
  add_namespace(*list, written);
  CLI::App* add = add_verb(*probe, written, "add",
                           "Probe a port of a pod, or change how it is probed", Verb::probe_add);
  add_target(*add, written);
  add->add_option("--period", written.period, "From one probe to the next, 10ms to 24h")
      ->type_name("DURATION")
      ->capture_default_str();
  add->add_option("--timeout", written.timeout,
                  "How long an answer may take [1s, or the period if that is less]")
      ->type_name("DURATION");
  CLI::App* remove =
      add_verb(*probe, written, "remove", "Probe a port of a pod no longer", Verb::probe_remove);
  add_target(*remove, written);
}

void add_doctor(CLI::App& app, Written& written) {
  CLI::App* doctor =
      add_verb(app, written, "doctor",
               "Say what on this machine stands in the way of pods, and how to cure it; the agent "
               "need not run",
               Verb::doctor);
  doctor->add_option("--config", written.meaning.config_file, "Configuration file of the agent")
      ->type_name("FILE")
      ->capture_default_str();
  add_output(*doctor, written, {"json"});
}

void add_operation(CLI::App& app, Written& written) {
  add_output(*add_verb(app, written, "version", "Show the version of this program and of the agent",
                       Verb::version),
             written, {"json"});
  add_verb(app, written, "reload",
           "Make the agent read its configuration file again; all changes take effect, or none",
           Verb::reload);
  add_verb(app, written, "log-level", "Change what the agent logs, until its next reload or start",
           Verb::log_level)
      ->add_option("level", written.meaning.log_level, "trace, debug, info, warning or error")
      ->type_name("LEVEL")
      ->required();
}

void define(CLI::App& app, Written& written, const std::string& version) {
  app.set_version_flag("--version", "podwirectl " + version, "Print the version and exit");
  app.add_option("--socket", written.meaning.socket, "Unix socket of the agent")
      ->type_name("PATH")
      ->envname("PODWIRE_SOCKET")
      ->capture_default_str();
  app.require_subcommand(1);
  add_output(*add_verb(app, written, "status", "Show the state of the agent", Verb::status),
             written, {"json"});
  add_get(app, written);
  add_probe(app, written);
  add_doctor(app, written);
  add_operation(app, written);
}

std::uint32_t duration_between(const std::string& option, const std::string& text,
                               milliseconds least, milliseconds most) {
  const auto duration = parse_duration(text);
  if (!duration) throw CLI::ValidationError(option, duration.error().what);
  if (*duration < least || *duration > most) {
    throw CLI::ValidationError(
        option, text + " is not between " + duration_text(least) + " and " + duration_text(most));
  }
  return static_cast<std::uint32_t>(duration->count());
}

// Pods of podman have a name and no namespace, which `get pods` shows as "-".
void interpret_pod(const std::string& pod, CommandLine& meaning) {
  const auto slash = pod.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == pod.size() ||
      pod.rfind('/') != slash) {
    throw CLI::ValidationError("--pod",
                               "'" + pod + "' is not NAMESPACE/NAME; without a namespace, -/NAME");
  }
  meaning.pod_namespace = pod.substr(0, slash);
  if (meaning.pod_namespace == "-") meaning.pod_namespace.clear();
  meaning.pod = pod.substr(slash + 1);
}

void interpret_target(const Written& written, CommandLine& meaning) {
  if (written.pod) interpret_pod(*written.pod, meaning);
  if (!written.container) return;
  if (written.container->empty()) throw CLI::ValidationError("--container", "the id is empty");
  meaning.container_id = *written.container;
}

void interpret(Written& written) {
  using namespace std::chrono_literals;
  if (written.output == "wide") written.meaning.format = Format::wide;
  if (written.output == "json") written.meaning.format = Format::json;
  interpret_target(written, written.meaning);
  auto& probe = written.meaning.probe;
  probe.period_ms = duration_between("--period", written.period, 10ms, 24h);
  const milliseconds period(probe.period_ms);
  const std::string timeout =
      written.timeout.value_or(duration_text(std::min<milliseconds>(1s, period)));
  probe.timeout_ms = duration_between("--timeout", timeout, 1ms, period);
}

// Help and version end here too. An unknown verb is named: CLI11 says only that one is missing.
Finished finish(const CLI::App& app, const CLI::ParseError& stop) {
  std::ostringstream out;
  std::ostringstream error;
  if (app.exit(stop, out, error) == 0) return {0, out.str(), ""};
  const auto rest = app.remaining(true);
  const std::string why =
      rest.empty() ? stop.what() : "unknown command or argument '" + rest.front() + "'";
  return {usage_status, "", "error: " + why + "\nRun with --help for more information.\n"};
}

}  // namespace

std::variant<CommandLine, Finished> read_command_line(int count, const char* const* arguments,
                                                      const std::string& version) {
  CLI::App app("Shows and changes what the podwire agent of this machine does.", "podwirectl");
  Written written;
  define(app, written, version);
  try {
    app.parse(count, arguments);
    interpret(written);
    return written.meaning;
  } catch (const CLI::ParseError& stop) {
    return finish(app, stop);
  }
}

}  // namespace podwire::ctl
