# SPDX-License-Identifier: Apache-2.0
"""Builds the stage, runs the steps, and takes the stage down."""

import argparse
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile

from .agent import Agent, Pod
from .host import Failure, Namespace, routed_pair, run
from .steps import FORWARDING, STEPS


def stop(number, _frame):
    """Ends the demo like a failed step, so that it takes the stage down."""
    raise Failure(f"stopped by signal {number}")


class Demo:
    def __init__(self, build):
        self.name = f"pwdemo{os.getpid()}"
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="podwire-demo-"))
        self.report = {}
        self.namespaces = []
        self.agent = None
        self.build = build

    def prepare(self):
        self.node = self.keep(Namespace(f"{self.name}-node"))
        self.node.run(["sysctl", "-qw", *(f"{key}=0" for key in FORWARDING)])
        self.agent = Agent(self.build, self.directory, self.node)
        self.pods = [self.keep(Pod(self.name, label)) for label in ("web", "client", "broken")]
        self.web, self.client, self.broken = self.pods
        self.routed = routed_pair(self.name)
        router, ends, _ = self.routed
        self.namespaces += [router, *ends]

    def keep(self, namespace):
        self.namespaces.append(namespace)
        return namespace

    def remove(self):
        # Pods go before the node: its agent and its end of the links are in there.
        for namespace in reversed(self.namespaces):
            namespace.remove()
        if self.agent:
            self.agent.remove()
        # Whatever a failure half-way has left.
        for line in run(["ip", "netns", "list"]).splitlines():
            if line.startswith(f"{self.name}-"):
                run(["ip", "netns", "del", line.split()[0]], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def say_how_to_look_around(self):
        enter = f"nsenter --net=/run/netns/{self.name}"
        ctl = f"{self.agent.build}/userspace/ctl/podwirectl --socket {self.agent.socket}"
        pids = [str(process.pid) for namespace in self.namespaces for process in namespace.processes
                if process.poll() is None]
        names = " ".join(namespace.name for namespace in self.namespaces)
        print(f"""
Left running. Look around:
  {ctl} get pods -o wide
  {ctl} status
  {enter}-node curl -s http://127.0.0.1:9617/metrics
  {enter}-client ping {self.web.ipv4}
  less {self.agent.log}
End it:
  kill {' '.join(pids)}; sleep 1; umount {self.directory}/run/bpf; \\
  for name in {names}; do ip netns del $name; done; rm -rf {self.directory}""")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave everything running at the end, and say how to look around")
    parser.add_argument("--json", metavar="FILE", help="write what was measured")
    parser.add_argument("--build", default="build/release", help="where the binaries are (default: %(default)s)")
    return parser.parse_args(arguments)


def play(demo):
    demo.prepare()
    for number, (claim, step) in enumerate(STEPS, 1):
        print(f"\n[{number}/{len(STEPS)}] {claim}", flush=True)
        step(demo)
        demo.report.setdefault("verified", []).append(claim)


def main(arguments):
    options = parse(arguments)
    if os.geteuid() != 0:
        print("./dev demo: must run as root: it makes network namespaces and loads eBPF programs", file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    demo = Demo(options.build)
    keep = False
    try:
        play(demo)
        if options.json:
            pathlib.Path(options.json).write_text(json.dumps(demo.report, indent=2) + "\n")
        print(f"\nAll {len(STEPS)} steps were verified.")
        keep = options.keep
        if keep:
            demo.say_how_to_look_around()
        return 0
    except Failure as failure:
        print(f"\nFAILED: {failure}", file=sys.stderr)
        if demo.agent:
            print(f"--- the agent's log\n{demo.agent.log.read_text()}", file=sys.stderr)
        return 1
    finally:
        if not keep:
            demo.remove()
