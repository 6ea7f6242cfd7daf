// SPDX-License-Identifier: Apache-2.0
#include "cni/standard_streams.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

// Each test replaces the standard streams of a child process.
namespace podwire::cni {

namespace {

using namespace std::chrono_literals;

void require(bool done, int step) {
  if (!done) ::_exit(step);
}

// Standard input becomes a pipe; returns the end to write to.
int pipe_to_input() {
  std::array<int, 2> ends{};
  require(::pipe(ends.data()) == 0 && ::dup2(ends[0], STDIN_FILENO) == STDIN_FILENO, 10);
  return ends[1];
}

// Standard output becomes a pipe; returns the end to read from.
int pipe_from_output() {
  std::array<int, 2> ends{};
  require(::pipe(ends.data()) == 0 && ::dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO, 11);
  ::close(ends[1]);
  return ends[0];
}

bool is_input_error(const Checked<std::string>& input) {
  return !input && input.error().code == Code::io_failure &&
         input.error().message.starts_with("read the network configuration from stdin: ");
}

class StandardStreamsDeathTest : public ::testing::Test {};

TEST_F(StandardStreamsDeathTest, InputIsReadToItsEnd) {
  EXPECT_EXIT(
      {
        const int writer = pipe_to_input();
        require(::write(writer, "{}", 2) == 2, 20);
        ::close(writer);
        require(read_input(5s) == "{}", 21);
        ::_exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(StandardStreamsDeathTest, InputThatNeverEndsIsGivenUp) {
  EXPECT_EXIT(
      {
        require(::write(pipe_to_input(), "{", 1) == 1, 20);
        require(is_input_error(read_input(100ms)), 21);
        ::_exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(StandardStreamsDeathTest, ClosedInputIsAnErrorAndStaysClosed) {
  EXPECT_EXIT(
      {
        ::close(STDIN_FILENO);
        prepare_standard_streams();
        require(::open("/dev/zero", O_RDONLY) > STDERR_FILENO, 20);
        require(is_input_error(read_input(5s)), 21);
        ::_exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(StandardStreamsDeathTest, InputHasAnUpperLimit) {
  EXPECT_EXIT(
      {
        require(::dup2(::open("/dev/zero", O_RDONLY), STDIN_FILENO) == STDIN_FILENO, 20);
        auto input = read_input(5s);
        require(is_input_error(input), 21);
        require(input.error().message.ends_with("larger than 1048576 bytes"), 22);
        ::_exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(StandardStreamsDeathTest, OutputIsWrittenWhole) {
  EXPECT_EXIT(
      {
        const int reader = pipe_from_output();
        require(write_output("{\"a\":1}"), 20);
        std::string text(16, 'x');
        require(::read(reader, text.data(), text.size()) == 7, 21);
        require(text.starts_with("{\"a\":1}x"), 22);
        ::_exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(StandardStreamsDeathTest, OutputThatNobodyReadsIsAFailure) {
  EXPECT_EXIT(
      {
        prepare_standard_streams();
        ::close(pipe_from_output());
        require(!write_output("{}"), 20);
        ::_exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(StandardStreamsDeathTest, ClosedOutputIsAFailureAndNotTheNextFile) {
  EXPECT_EXIT(
      {
        ::close(STDOUT_FILENO);
        prepare_standard_streams();
        require(::open("/dev/null", O_WRONLY) > STDERR_FILENO, 20);
        require(!write_output("{}"), 21);
        ::_exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(StandardStreamsDeathTest, TheSignalToStopIsAnsweredWithAnError) {
  EXPECT_EXIT(
      {
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
        prepare_standard_streams();
        ::raise(SIGTERM);
        ::_exit(0);
      },
      ::testing::ExitedWithCode(1),
      "^.\"cniVersion\":\"1.1.0\",\"code\":11,\"msg\":\".*SIGTERM.*\".$");
}

TEST_F(StandardStreamsDeathTest, TheSignalToStopComesTooLateAfterTheResult) {
  EXPECT_EXIT(
      {
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
        prepare_standard_streams();
        require(write_output("{}"), 20);
        ::raise(SIGTERM);
        ::_exit(0);
      },
      ::testing::ExitedWithCode(0), "^\\{\\}$");
}

}  // namespace

}  // namespace podwire::cni
