# SPDX-License-Identifier: Apache-2.0
"""The run: build every topology, measure in rounds, take everything down, report."""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile

from . import program_cost, report
from .commands import BenchError
from .measurements import MEASUREMENTS, Bench, two_cpus
from .namespaces import Namespaces
from .podwire import podwire
from .summary import summarize
from .topologies import Settings, bridge, direct, loopback, ptp

TOPOLOGIES = {build.__name__: build for build in (loopback, direct, podwire, ptp, bridge)}
NEEDED = ("ip", "taskset", "sockperf", "iperf3", "bpftool")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def parse(arguments):
    parser = argparse.ArgumentParser(prog="datapath", description=sys.modules[__name__].__doc__)
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--quick", action="store_true",
                        help="two short rounds and 20 pods: shows that it works, not how fast")
    parser.add_argument("--rounds", type=int, help="default 7, 2 with --quick")
    parser.add_argument("--pods", type=int,
                        help="attached while podwire is measured; default 250, 20 with --quick")
    parser.add_argument("--build", type=pathlib.Path, default=REPOSITORY / "build" / "release",
                        help="CMake's build directory; default %(default)s")
    parser.add_argument("--topologies", type=lambda text: text.split(","),
                        default=list(TOPOLOGIES), metavar="A,B", help="default all: %(default)s")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (2 if options.quick else 7)
    options.pods = options.pods or (20 if options.quick else 250)
    options.build = options.build.resolve()
    if unknown := set(options.topologies) - set(TOPOLOGIES):
        parser.error(f"unknown topologies: {', '.join(sorted(unknown))}")
    if options.json and not options.json.resolve().parent.is_dir():
        parser.error(f"{options.json}: its directory does not exist")
    if options.rounds < 1 or options.pods < 2:
        parser.error("at least one round and two pods are needed")
    return options


def expect_possible(options):
    if os.geteuid() != 0:
        raise BenchError("network namespaces need root")
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        raise BenchError(f"{', '.join(missing)} not found: run ./dev deps")
    wanted = [f"bench/{name}" for name in ("crr", "tcp_rr", "udp_flood", "empty_program")]
    if "podwire" in options.topologies:
        wanted += ["userspace/podwired", "cni/podwire"]
    if missing := [name for name in wanted if not (options.build / name).exists()]:
        raise BenchError(f"{options.build} has no {', '.join(missing)}: run ./dev build")


def measure_rounds(bench, wirings, rounds):
    """{topology: {metric: [value of each round]}}. The topologies take turns within each
    measurement, so that a pair is taken seconds apart; each round another one begins."""
    samples = {wiring.name: {} for wiring in wirings}
    for number in range(rounds):
        start = number % len(wirings)
        for measurement in MEASUREMENTS:
            measured = {}
            for wiring in wirings[start:] + wirings[:start]:
                if measurement.needs_ipv6 and wiring.ipv6 is None:
                    continue
                measured[wiring.name] = measurement.measure(bench, wiring)
                wiring.check()
                for metric, value in measured[wiring.name].items():
                    samples[wiring.name].setdefault(metric, []).append(value)
            shown = [(wiring.name, measured[wiring.name]) for wiring in wirings
                     if wiring.name in measured]
            if shown:
                print(report.progress(number + 1, rounds, measurement.title, shown), flush=True)
    return samples


def build_and_measure(options, stack):
    scratch = pathlib.Path(stack.enter_context(
        tempfile.TemporaryDirectory(prefix="podwire-bench-")))
    namespaces = Namespaces()
    stack.callback(namespaces.delete_all)
    settings = Settings(namespaces, options.build, scratch, options.pods)
    bench = Bench(options.build / "bench", scratch, two_cpus(), options.quick)
    wirings = [stack.enter_context(TOPOLOGIES[name](settings)) for name in options.topologies]
    samples = measure_rounds(bench, wirings, options.rounds)
    for wiring in wirings:
        wiring.confirm()
    document = summarize(samples, options.rounds)
    for wiring in wirings:
        if wiring.host_links:
            document["program_cost"] = program_cost.measure(bench, wiring)
    return document


def run_bench(options):
    with signals_end_the_run(), contextlib.ExitStack() as stack:
        try:
            document = build_and_measure(options, stack)
        finally:
            ignore_signals()  # nothing cuts the cleaning up short
    print("\n" + report.tables(document))
    if options.json:
        options.json.write_text(json.dumps(document, indent=1) + "\n")


@contextlib.contextmanager
def signals_end_the_run():
    before = {number: signal.signal(number, interrupt) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_signals():
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def interrupt(number, _frame):
    ignore_signals()
    raise KeyboardInterrupt(signal.Signals(number).name)


def main(arguments):
    options = parse(arguments)
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"note: load average is {load:.1f}; other work on the machine disturbs the figures",
              file=sys.stderr)
    try:
        expect_possible(options)
        run_bench(options)
    except BenchError as error:
        while isinstance(error, BenchError):  # cleaning up may have failed on top of the rest
            print(f"bench datapath: {error}", file=sys.stderr)
            error = error.__context__
        return 1
    except KeyboardInterrupt as signal_name:
        print(f"bench datapath: ended by {signal_name}, cleaned up", file=sys.stderr)
        return 130
    return 0
