// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

#include "metrics/families.hpp"

namespace podwire::metrics {

using prometheus::MetricType;

namespace {

// Fields of /proc/self/stat behind the command name, which may contain anything (proc(5), counted
// from "state", field 3).
struct ProcessStat {
  double cpu_seconds = 0;
  double start_seconds = 0;  // after boot
  double virtual_bytes = 0;
  double resident_bytes = 0;
  double threads = 0;
};

ProcessStat read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const auto command_end = line.rfind(')');
  if (command_end == std::string::npos) return {};  // out of descriptors, most likely
  std::istringstream fields(line.substr(command_end + 1));
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  ProcessStat stat;
  std::string word;
  for (int field = 3; field <= 24 && fields >> word; ++field) {
    if (field == 14 || field == 15) stat.cpu_seconds += std::stod(word) / ticks;
    if (field == 20) stat.threads = std::stod(word);
    if (field == 22) stat.start_seconds = std::stod(word) / ticks;
    if (field == 23) stat.virtual_bytes = std::stod(word);
    if (field == 24)
      stat.resident_bytes = std::stod(word) * static_cast<double>(sysconf(_SC_PAGESIZE));
  }
  return stat;
}

double boot_time_seconds() {
  std::ifstream file("/proc/stat");
  std::string name;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return 0;
}

double open_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc/self/fd"), closedir);
  double count = -3;  // ".", ".." and the descriptor of the listing itself
  while (directory && readdir(directory.get())) ++count;
  return count;
}

double most_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

void add(Families& families, const char* name, const char* help, MetricType type, double value) {
  auto one = family(name, help, type);
  if (type == MetricType::Counter) {
    add_counter(one, {}, value);
  } else {
    add_gauge(one, {}, value);
  }
  families.push_back(std::move(one));
}

}  // namespace

void add_process(Families& families) {
  const ProcessStat stat = read_stat();
  add(families, "process_cpu_seconds_total", "User and system CPU time of the agent.",
      MetricType::Counter, stat.cpu_seconds);
  add(families, "process_resident_memory_bytes", "Resident memory of the agent.", MetricType::Gauge,
      stat.resident_bytes);
  add(families, "process_virtual_memory_bytes", "Virtual memory of the agent.", MetricType::Gauge,
      stat.virtual_bytes);
  add(families, "process_open_fds", "Open file descriptors.", MetricType::Gauge,
      open_descriptors());
  add(families, "process_max_fds", "Limit of open file descriptors.", MetricType::Gauge,
      most_descriptors());
  add(families, "process_threads", "Threads of the agent.", MetricType::Gauge, stat.threads);
  add(families, "process_start_time_seconds", "Start of the agent since the epoch.",
      MetricType::Gauge, boot_time_seconds() + stat.start_seconds);
}

}  // namespace podwire::metrics
