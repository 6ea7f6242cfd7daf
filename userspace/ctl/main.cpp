// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <string_view>
#include <unistd.h>

#include "ctl/commands.hpp"
#include "ctl/doctor.hpp"

namespace {

using podwire::ctl::CommandLine;
using podwire::ctl::Finished;
using podwire::ctl::Verb;

// 0 or the errno value. A reader that has seen enough and left is no error: nothing is left to say.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EPIPE ? 0 : errno;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

int finish(const Finished& last) {
  write_all(STDERR_FILENO, last.error);
  const int failure = write_all(STDOUT_FILENO, last.out);
  if (failure == 0) return last.status;
  write_all(STDERR_FILENO,
            "error: " + podwire::system_error("write the output", failure).what + "\n");
  return 1;
}

Finished ask_agent(const CommandLine& command) {
  using namespace std::chrono;
  const podwire::api::Client client(command.socket, milliseconds(0), seconds(10));
  const auto now = duration_cast<seconds>(system_clock::now().time_since_epoch());
  auto output = podwire::ctl::run(command, client, now, PODWIRE_VERSION);
  if (!output) return {1, "", "error: " + output.error().what + "\n"};
  return {output->status, output->text, output->note};
}

}  // namespace

int main(int count, char** arguments) {
  std::signal(SIGPIPE, SIG_IGN);  // write_all() deals with it
  const auto command = podwire::ctl::read_command_line(count, arguments, PODWIRE_VERSION);
  if (const auto* finished = std::get_if<Finished>(&command)) return finish(*finished);
  const auto& meaning = std::get<CommandLine>(command);
  return finish(meaning.verb == Verb::doctor ? podwire::ctl::run_doctor(meaning)
                                             : ask_agent(meaning));
}
