# SPDX-License-Identifier: Apache-2.0
"""Namespaces, and commands inside them. Nothing of the machine's own network is touched."""

import subprocess

COMMAND_LIMIT_SECONDS = 30


class Failure(Exception):
    """A claim that did not hold; the text says which and what was seen instead."""


def run(command, check=True, text_in=None, limit=COMMAND_LIMIT_SECONDS, environment=None):
    """Output and errors together, as text."""
    try:
        done = subprocess.run(
            command,
            input=text_in,
            text=True,
            timeout=limit,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
        )
    except subprocess.TimeoutExpired as expired:
        raise Failure(f"{' '.join(command)}: no end after {limit} s") from expired
    if check and done.returncode != 0:
        raise Failure(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout


def expect(condition, claim, seen):
    if not condition:
        raise Failure(f"{claim}; seen instead:\n{seen}")


class Namespace:
    """One network namespace. Commands enter it by nsenter, which leaves the mounts as they are."""

    def __init__(self, name):
        self.name = name
        self.path = f"/run/netns/{name}"
        self.processes = []
        run(["ip", "netns", "add", name])
        self.run(["ip", "link", "set", "lo", "up"])
        # The same congestion control everywhere: the machine's default may pace, and what a namespace may
        # choose for itself is this one.
        self.run(["sysctl", "-qw", "net.ipv4.tcp_congestion_control=reno"])

    def command(self, command):
        return ["nsenter", f"--net={self.path}", *command]

    def run(self, command, **options):
        return run(self.command(command), **options)

    def start(self, command, log=subprocess.DEVNULL):
        process = subprocess.Popen(
            self.command(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        self.processes.append(process)
        return process

    def remove(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        run(["ip", "netns", "del", self.name], check=False)


def routed_pair(name):
    """Two namespaces behind a third one that routes with the kernel: what podwire is compared with."""
    router = Namespace(f"{name}-router")
    ends = [Namespace(f"{name}-{side}") for side in ("left", "right")]
    router.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"])
    for number, end in enumerate(ends):
        link = f"to{number}"
        router.run(["ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", end.name])
        router.run(["ip", "addr", "add", f"192.0.2.{4 * number + 1}/30", "dev", link])
        router.run(["ip", "link", "set", link, "up"])
        end.run(["ip", "addr", "add", f"192.0.2.{4 * number + 2}/30", "dev", "eth0"])
        end.run(["ip", "link", "set", "eth0", "up"])
        end.run(["ip", "route", "add", "default", "via", f"192.0.2.{4 * number + 1}"])
    return router, ends, "192.0.2.6"
