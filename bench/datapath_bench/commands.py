# SPDX-License-Identifier: Apache-2.0
"""Running other programs: bounded in time, pinned to a CPU, inside a network namespace."""

import contextlib
import os
import pathlib
import subprocess
import time

SETUP_SECONDS = 20
LISTEN_SECONDS = 5
STOP_SECONDS = 10

# As /proc/net writes them: TCP_LISTEN, and TCP_CLOSE, which is that of a UDP socket without a peer.
BOUND_STATES = {"tcp": "0A", "udp": "07"}


class BenchError(Exception):
    """A text for people: what was being done, on what, and what was said."""


def in_namespace(namespace, arguments, cpu=None):
    pinned = arguments if cpu is None else ["taskset", "-c", str(cpu), *arguments]
    return ["ip", "netns", "exec", namespace, *[str(argument) for argument in pinned]]


def run(arguments, timeout=SETUP_SECONDS, stdin="", environment=None):
    """Returns what the command printed; its failure or a timeout is a BenchError."""
    arguments = [str(argument) for argument in arguments]
    try:
        done = subprocess.run(arguments, input=stdin, env=environment, timeout=timeout, text=True,
                              capture_output=True, start_new_session=True, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(f"{' '.join(arguments)}: {error}") from error
    if done.returncode != 0:
        said = (done.stderr.strip() + "\n" + done.stdout.strip()).strip()
        raise BenchError(f"{' '.join(arguments)}: exit code {done.returncode}: {said[-2000:]}")
    return done.stdout


class Background:
    """A process that runs beside the driver. Its output goes to a file, which errors quote."""

    def __init__(self, arguments, log):
        self._arguments = [str(argument) for argument in arguments]
        self._log = pathlib.Path(log)
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(self._arguments, stdin=subprocess.DEVNULL,
                                             stdout=output, stderr=output, start_new_session=True)

    def expect_running(self):
        if self._process.poll() is not None:
            raise self._error(f"ended with exit code {self._process.returncode}")

    def wait_until(self, is_ready, waited_for, timeout=LISTEN_SECONDS):
        deadline = time.monotonic() + timeout
        while not is_ready():
            self.expect_running()
            if time.monotonic() > deadline:
                raise self._error(f"no {waited_for} within {timeout} s")
            time.sleep(0.005)

    def wait_for_socket(self, protocol, port):
        self.wait_until(lambda: _has_socket(self._process.pid, protocol, port),
                        f"{protocol} socket on port {port}")

    def output_at_end(self, timeout):
        """Waits for the process to end by itself and returns what it printed."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise self._error(f"still running after {timeout} s") from error
        if code != 0:
            raise self._error(f"ended with exit code {code}")
        return self._log.read_text(errors="replace")

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(STOP_SECONDS)

    def _error(self, text):
        tail = self._log.read_text(errors="replace")[-2000:].strip()
        return BenchError(f"{' '.join(self._arguments)}: {text}: {tail}")


@contextlib.contextmanager
def background(arguments, log):
    process = Background(arguments, log)
    try:
        yield process
    finally:
        process.stop()


def _has_socket(pid, protocol, port):
    """Whether the namespace of `pid` has such a socket, listening if TCP. Nothing is connected."""
    try:
        if os.readlink(f"/proc/{pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            return False  # `ip netns exec` has not entered the namespace yet
        lines = [line.split()
                 for table in (protocol, protocol + "6")
                 for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]]
    except FileNotFoundError:
        return False
    return any(int(local.rpartition(":")[2], 16) == port and state == BOUND_STATES[protocol]
               for _, local, _, state, *_ in lines)
