// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"
#include "net/netns.hpp"

namespace podwire::netns_test {

// What to run, and where. The program is looked up in PATH.
struct Command {
  std::vector<std::string> arguments;
  const net::Netns* netns = nullptr;  // borrowed; null: the test's own
  std::string input = {};
  bool has_input = true;  // false: standard input is closed
  std::vector<std::pair<std::string, std::string>> environment = {};  // added to the test's own
};

struct Finished {
  int status = 0;  // exit status, or 128 + signal
  std::string out;
  std::string err;
};

// A child of the test. Start it from the test's main thread: the kernel kills it when the thread
// that started it ends, so that a crash of the test leaves nothing behind. Throws
// std::runtime_error if it cannot start. The destructor kills and reaps.
class Process {
 public:
  explicit Process(const Command& command);
  Process(Process&&) = default;
  Process& operator=(Process&&) = delete;
  ~Process();

  pid_t pid() const { return pid_; }
  bool running() const;
  void send(int signal) const;
  // Kills at the deadline, which is a failure of the test.
  Finished wait(std::chrono::milliseconds limit = std::chrono::seconds(20));
  // What it has written so far.
  std::string err() const;

 private:
  void reap();

  UniqueFd in_, out_, err_;
  UniqueFd pidfd_;
  pid_t pid_ = -1;
  int status_ = 0;
};

Finished run(const Command& command, std::chrono::milliseconds limit = std::chrono::seconds(20));

}  // namespace podwire::netns_test
