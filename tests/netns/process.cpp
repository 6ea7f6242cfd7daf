// SPDX-License-Identifier: Apache-2.0
#include "process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace podwire::netns_test {

namespace {

constexpr int cannot_start = 127;

[[noreturn]] void stop(const std::string& doing) {
  throw std::runtime_error(doing + ": " + std::strerror(errno));
}

// Files in memory instead of pipes: nobody has to read while the program runs.
UniqueFd memory_file(const char* name) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC));
  if (!file) stop("memfd_create");
  return file;
}

UniqueFd file_with(const std::string& text) {
  UniqueFd file = memory_file("in");
  if (::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    stop("write the input");
  }
  return file;
}

std::string text_in(const UniqueFd& file) {
  std::string text;
  std::array<char, 65536> buffer{};
  ssize_t size = 0;
  while ((size = ::pread(file.get(), buffer.data(), buffer.size(),
                         static_cast<off_t>(text.size()))) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  for (const auto& [name, value] : command.environment)
    all.push_back(std::string(name).append("=").append(value));
  return all;
}

struct Child {
  int netns = -1, in = -1, out = -1, err = -1;
  char** arguments = nullptr;
  char** environment = nullptr;
};

// Between fork and exec: system calls only, as other threads may hold locks.
[[noreturn]] void become(const Child& child) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (child.netns >= 0 && ::setns(child.netns, CLONE_NEWNET) != 0) ::_exit(cannot_start);
  if (child.in < 0) ::close(STDIN_FILENO);
  if (child.in >= 0) ::dup2(child.in, STDIN_FILENO);
  ::dup2(child.out, STDOUT_FILENO);
  ::dup2(child.err, STDERR_FILENO);
  ::execvpe(child.arguments[0], child.arguments, child.environment);
  ::_exit(cannot_start);
}

}  // namespace

Process::Process(const Command& command) : out_(memory_file("out")), err_(memory_file("err")) {
  if (command.has_input) in_ = file_with(command.input);
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = environment_of(command);
  std::vector<char*> argument_pointers = pointers(arguments);
  std::vector<char*> environment_pointers = pointers(environment);
  const int netns = command.netns != nullptr ? command.netns->fd() : -1;
  const Child child{netns,
                    in_.get(),
                    out_.get(),
                    err_.get(),
                    argument_pointers.data(),
                    environment_pointers.data()};
  pid_ = ::fork();
  if (pid_ < 0) stop("fork");
  if (pid_ == 0) become(child);
  pidfd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!pidfd_) stop("pidfd_open");
}

Process::~Process() {
  if (!pidfd_) return;
  send(SIGKILL);
  reap();
}

bool Process::running() const {
  pollfd ended{pidfd_.get(), POLLIN, 0};
  return pidfd_ && ::poll(&ended, 1, 0) == 0;
}

void Process::send(int signal) const {
  ::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0);
}

Finished Process::wait(std::chrono::milliseconds limit) {
  pollfd ended{pidfd_.get(), POLLIN, 0};
  if (::poll(&ended, 1, static_cast<int>(limit.count())) != 1) {
    ADD_FAILURE() << "process " << pid_ << " did not end within " << limit.count() << " ms";
    send(SIGKILL);
  }
  reap();
  return {status_, text_in(out_), text_in(err_)};
}

std::string Process::err() const {
  return text_in(err_);
}

void Process::reap() {
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) stop("waitpid");
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  pidfd_.reset();
}

Finished run(const Command& command, std::chrono::milliseconds limit) {
  return Process(command).wait(limit);
}

}  // namespace podwire::netns_test
