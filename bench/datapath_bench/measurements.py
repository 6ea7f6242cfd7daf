# SPDX-License-Identifier: Apache-2.0
"""What is measured in each round, by which program, on which CPUs."""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
from typing import Callable

from .commands import BenchError, background, in_namespace, run

PORT = 5001
# On top of the seconds that a client measures: its own start, warm-up and report.
GRACE_SECONDS = 15


@dataclasses.dataclass(frozen=True)
class Bench:
    tools: pathlib.Path  # directory of crr, tcp_rr, udp_flood and empty_program
    logs: pathlib.Path
    cpus: tuple          # two different ones
    is_quick: bool

    def seconds(self, full, quick):
        return quick if self.is_quick else full

    @contextlib.contextmanager
    def serve(self, namespace, cpu, arguments, protocol="tcp"):
        """A server process that has opened its socket on PORT."""
        command = in_namespace(namespace, arguments, cpu)
        with background(command, self.logs / "server.log") as process:
            process.wait_for_socket(protocol, PORT)
            yield process

    def client(self, namespace, cpu, arguments, seconds):
        return run(in_namespace(namespace, arguments, cpu), timeout=seconds + GRACE_SECONDS)


def round_trip(bench, wiring):
    p50, p99 = _sockperf(bench, wiring, bench.cpus[0], bench.seconds(2, 1))
    return {"rr_us_p50": p50, "rr_us_p99": p99}


def round_trip_across(bench, wiring):
    p50, _ = _sockperf(bench, wiring, bench.cpus[1], 1)
    return {"rr_cross_us_p50": p50}


def _sockperf(bench, wiring, client_cpu, seconds):
    """p50 and p99 of half the round trip, in microseconds; 0.45 s of the time are warm-up."""
    where = ["--tcp", "-i", wiring.ipv4, "-p", PORT]
    with bench.serve(wiring.server, bench.cpus[0], ["sockperf", "server", *where]):
        printed = bench.client(wiring.client, client_cpu,
                               ["sockperf", "ping-pong", *where, "-t", seconds], seconds)
    found = dict(re.findall(r"percentile (\d+\.\d+) = +(\d+\.\d+)", printed))
    try:
        return float(found["50.000"]), float(found["99.000"])
    except KeyError as error:
        raise BenchError(f"sockperf on {wiring.name} reported no {error} percentile: {printed}") \
            from error


def round_trip_ipv6(bench, wiring):
    return {"rr6_us_p50": tcp_rr(bench, wiring.client, wiring.server, wiring.ipv6)["p50_us"]}


def tcp_rr(bench, client, server, address):
    """Round trips by our own tool, client and server on one CPU; its JSON."""
    tool, cpu, seconds = bench.tools / "tcp_rr", bench.cpus[0], bench.seconds(1, 0.5)
    with bench.serve(server, cpu, [tool, "server", address, PORT]):
        return json.loads(bench.client(client, cpu, [tool, "client", address, PORT, seconds],
                                       seconds))


def stream(bench, wiring):
    seconds = bench.seconds(2, 1)
    with bench.serve(wiring.server, bench.cpus[0], ["iperf3", "-s", "-1", "-p", PORT]):
        printed = bench.client(wiring.client, bench.cpus[1],
                               ["iperf3", "-c", wiring.ipv4, "-p", PORT, "-C", "cubic",
                                "-t", seconds, "-J"], seconds)
    return {"stream_gbps": json.loads(printed)["end"]["sum_received"]["bits_per_second"] / 1e9}


def connections(bench, wiring):
    tool, cpu, seconds = bench.tools / "crr", bench.cpus[0], bench.seconds(1, 0.5)
    with bench.serve(wiring.server, cpu, [tool, "server", wiring.ipv4, PORT]):
        printed = bench.client(wiring.client, cpu, [tool, "client", wiring.ipv4, PORT, seconds],
                               seconds)
    return {"crr_per_s": json.loads(printed)["per_second"]}


def udp_packets(bench, wiring):
    tool, cpu, seconds = bench.tools / "udp_flood", bench.cpus[0], bench.seconds(1, 0.5)
    where = [wiring.ipv4, PORT]
    with bench.serve(wiring.server, cpu, [tool, "receive", *where, seconds],
                     "udp") as receiver:
        # The sender outlasts the receiver, which has a warm-up.
        bench.client(wiring.client, cpu, [tool, "send", *where, seconds + 0.5], seconds)
        printed = receiver.output_at_end(GRACE_SECONDS)
    return {"udp_pps": json.loads(printed)["per_second"]}


@dataclasses.dataclass(frozen=True)
class Measurement:
    title: str
    measure: Callable
    needs_ipv6: bool = False


MEASUREMENTS = (
    Measurement("round trip, one CPU", round_trip),
    Measurement("round trip, IPv6", round_trip_ipv6, needs_ipv6=True),
    Measurement("round trip, two CPUs", round_trip_across),
    Measurement("stream", stream),
    Measurement("connections", connections),
    Measurement("UDP packets", udp_packets),
)


def two_cpus():
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise BenchError("two CPUs are needed: one for the client, one for the server")
    return tuple(allowed[:2])
