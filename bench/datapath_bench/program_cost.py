# SPDX-License-Identifier: Apache-2.0
"""Where podwire's time goes: nanoseconds per packet and program, as the kernel accounts them.

A run of its own after the rounds, because the accounting itself costs time in every program.
"""

import contextlib
import json
import pathlib

from .commands import BenchError, in_namespace, run
from .measurements import tcp_rr

STATS = pathlib.Path("/proc/sys/kernel/bpf_stats_enabled")


@contextlib.contextmanager
def accounting():
    """Switches the kernel's accounting on for all programs of the machine, and back afterwards."""
    before = STATS.read_text()
    STATS.write_text("1")
    try:
        yield
    finally:
        STATS.write_text(before)


def measure(bench, wiring):
    """{traffic: {program: {"ns_per_packet": T, "packets": N}}}; the part of T that is the
    accounting itself is what it shows for an empty program."""
    traffic = {
        "pod to pod, IPv4": (wiring.client, wiring.ipv4),
        "pod to pod, IPv6": (wiring.client, wiring.ipv6),
        "host to pod, IPv4": (wiring.node, wiring.ipv4),
    }
    programs = _programs(wiring)
    costs = {}
    with accounting():
        costs["none"] = {"empty": json.loads(run([bench.tools / "empty_program"]))}
        for title, (client, address) in traffic.items():
            before = _counted(programs)
            tcp_rr(bench, client, wiring.server, address)
            costs[title] = _cost(before, _counted(programs))
    return costs


def _programs(wiring):
    """Ids of the tc programs on the two host ends."""
    programs = set()
    for link in wiring.host_links:
        shown = json.loads(run(in_namespace(wiring.node,
                                            ["bpftool", "-j", "net", "show", "dev", link])))
        programs.update(hook["id"] for part in shown for hook in part["tc"])
    if not programs:
        raise BenchError(f"no tc program on {' and '.join(wiring.host_links)} in {wiring.node}")
    return programs


def _counted(programs):
    """{name: (nanoseconds, packets)} so far; programs of one name are added up."""
    counted = {}
    for program in programs:
        shown = json.loads(run(["bpftool", "-j", "prog", "show", "id", program]))
        nanoseconds, packets = counted.get(shown["name"], (0, 0))
        counted[shown["name"]] = (nanoseconds + shown.get("run_time_ns", 0),
                                  packets + shown.get("run_cnt", 0))
    return counted


def _cost(before, after):
    costs = {}
    for name, (nanoseconds, packets) in sorted(after.items()):
        nanoseconds, packets = nanoseconds - before[name][0], packets - before[name][1]
        if packets > 0:
            costs[name] = {"ns_per_packet": round(nanoseconds / packets, 1), "packets": packets}
    return costs
