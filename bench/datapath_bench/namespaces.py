# SPDX-License-Identifier: Apache-2.0
"""Network namespaces of one run: made alike, entered for one step, all deleted at the end."""

import contextlib
import ctypes
import os
import pathlib
import socket

from .commands import BenchError, run

CLONE_NEWNET = 0x40000000
NAMED = pathlib.Path("/run/netns")
ALLOWED = pathlib.Path("/proc/sys/net/ipv4/tcp_allowed_congestion_control")

# cubic: with bbr results are bimodal. No TIME_WAIT: tens of thousands of connections per second
# would use up the ports within a run, and looking for a free one would be what is measured.
SYSCTLS = {
    "net/ipv4/tcp_congestion_control": "cubic",
    "net/ipv4/tcp_max_tw_buckets": "0",
}

_libc = ctypes.CDLL(None, use_errno=True)


def _enter(descriptor):
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def inside(namespace):
    """The driver itself is in `namespace` meanwhile. It has one thread, so nothing else follows."""
    with open("/proc/self/ns/net") as home, open(NAMED / namespace) as there:
        _enter(there.fileno())
        try:
            yield
        finally:
            _enter(home.fileno())


@contextlib.contextmanager
def cubic_allowed():
    """Lets other namespaces choose cubic: only the initial one may allow an algorithm."""
    before = ALLOWED.read_text().strip()
    if "cubic" in before.split():
        yield
        return
    ALLOWED.write_text(before + " cubic")
    try:
        yield
    finally:
        ALLOWED.write_text(before)


class Namespaces:
    """Creates and owns the namespaces of this run; their names carry the driver's process id."""

    def __init__(self):
        self._names = []

    def create(self, label):
        name = f"pwbench{os.getpid()}-{label}"
        self._names.append(name)
        run(["ip", "netns", "add", name])
        run(["ip", "-n", name, "link", "set", "lo", "up"])
        with cubic_allowed(), inside(name):
            for key, value in SYSCTLS.items():
                pathlib.Path("/proc/sys", key).write_text(value)
        return name

    def delete_all(self):
        failures = []
        for name in reversed(self._names):
            if (NAMED / name).exists():
                try:
                    run(["ip", "netns", "delete", name])
                except BenchError as error:
                    failures.append(str(error))
        if failures:
            raise BenchError("namespaces are left behind: " + "; ".join(failures))


def set_sysctl(namespace, key, value):
    with inside(namespace):
        pathlib.Path("/proc/sys", key).write_text(value)


def listener(namespace, port):
    """A socket that listens for both families in `namespace`, for probes to find."""
    with inside(namespace):
        return socket.create_server(("::", port), family=socket.AF_INET6, backlog=16,
                                    dualstack_ipv6=True)
