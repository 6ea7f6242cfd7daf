# SPDX-License-Identifier: Apache-2.0
"""What the demo proves, a function each. A step prints what it saw, and raises Failure if that is not enough."""

import json
import pathlib
import re
import sys
import time

from .agent import PROBED_PORT
from .host import expect

HERE = pathlib.Path(__file__).resolve().parent
FORGED_SOURCE = "10.66.0.200"
IPERF_SECONDS = "2"
FORWARDING = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")


def show(text):
    for line in str(text).strip().splitlines():
        print(f"      {line}")


def add_pods(demo):
    for pod in demo.pods:
        _, took = demo.agent.add(pod)
        show(f"{pod.label:8} {', '.join(pod.addresses):28} ADD took {took * 1000:.1f} ms")
        demo.report.setdefault("add_ms", {})[pod.label] = round(took * 1000, 2)
    server = [sys.executable, str(HERE / "web_server.py"), str(PROBED_PORT)]
    demo.web.start(server)


def ping_and_traceroute(demo):
    forwarding = demo.node.run(["sysctl", *FORWARDING])
    expect(forwarding.count("= 0") == len(FORWARDING), "the node does not forward", forwarding)
    for target, family in ((demo.web.ipv4, "-4"), (demo.web.ipv6, "-6")):
        output = demo.client.run(["ping", family, "-c", "3", "-i", "0.2", "-W", "1", target])
        expect(" 0% packet loss" in output, f"every ping to {target} is answered", output)
        show(output.splitlines()[-1] + f"   ({target})")
        trace = demo.client.run(["traceroute", family, "-n", "-q", "1", "-w", "1", target])
        gateway = "169.254.1.1" if family == "-4" else "fe80::1"
        hops = trace.splitlines()[1:]
        expect(len(hops) == 2 and gateway in hops[0] and target in hops[1], "two hops: the gateway, the pod", trace)
        show(trace)


def addresses_are_kept(demo):
    for server, client, host in (
        (demo.web.ipv4, demo.client.ipv4, demo.web.ipv4),
        (demo.web.ipv6, demo.client.ipv6, f"[{demo.web.ipv6}]"),
    ):
        seen = wait_for(lambda url=host: demo.client.run(["curl", "-s", "-m", "3", f"http://{url}:{PROBED_PORT}/"], check=False))
        expect(seen.strip() == client, f"the server at {server} sees the client's own address {client}", seen)
        show(f"server {server} sees the client as {seen.strip()}: no translation on the way")


def wait_for(attempt, attempts=20):
    for _ in range(attempts):
        output = attempt()
        if output:
            return output
        time.sleep(0.1)
    return ""


def throughput(demo):
    rates = {"podwire": iperf(demo.web, demo.client, demo.web.ipv4), "kernel_routing": 0.0}
    _, (left, right), address = demo.routed
    rates["kernel_routing"] = iperf(right, left, address)
    expect(min(rates.values()) > 0, "both transfers have a rate", rates)
    show(f"podwire {rates['podwire']:.1f} Gbit/s; the kernel routing between two pods, in the same run, "
         f"{rates['kernel_routing']:.1f} Gbit/s")
    demo.report["stream_gbps"] = {name: round(rate, 2) for name, rate in rates.items()}


def iperf(server, client, address):
    listening = server.start(["iperf3", "-s", "-1"])
    for _ in range(50):
        if "5201" in server.run(["ss", "-Hltn"]):
            break
        time.sleep(0.05)
    output = client.run(["iperf3", "-c", address, "-t", IPERF_SECONDS, "-J"])
    listening.wait(10)
    return json.loads(output)["end"]["sum_received"]["bits_per_second"] / 1e9


def spoofed_packets(demo):
    series = 'podwire_dropped_packets_total{reason="spoofed"}'
    before = demo.agent.metrics()[series]
    demo.client.run([sys.executable, str(HERE / "spoofer.py"), FORGED_SOURCE, demo.web.ipv4])
    after = demo.agent.metrics()[series]
    expect(after - before == 5, "five forged packets are dropped and counted", f"{before} -> {after}")
    show(f"5 packets claiming to be {FORGED_SOURCE}: {series} {before:.0f} -> {after:.0f}")


def probes(demo):
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        pods = {pod["pod"]["name"]: pod["probes"] for pod in json.loads(demo.agent.podwirectl("get", "pods", "-o", "json"))["pods"]}
        states = {pod.label: {probe["state"] for probe in pods.get(pod.label, [])} for pod in demo.pods}
        if states["web"] == {"open"} and states["broken"] == {"refused"}:
            break
        time.sleep(0.2)
    expect(states["web"] == {"open"}, "the web pod's port is open", pods["web"])
    expect(states["broken"] == {"refused"}, "the broken pod refuses, and the cause says so", pods["broken"])
    open_probe = pods["web"][0]
    mean_us = open_probe["latency_seconds_sum"] / open_probe["successes"] * 1e6
    show(demo.agent.podwirectl("get", "pods", "-o", "wide"))
    show(f"web answers in {mean_us:.1f} us on average, kernel to kernel; its application saw no connection")
    demo.report["probe_latency_us_mean"] = round(mean_us, 2)


def metrics(demo):
    text = demo.agent.get("/metrics")
    patterns = (
        r'podwire_forwarded_packets_total\{namespace="demo",pod="(web|client)".*',
        r'podwire_packets_total\{verdict="(forwarded|probe_answered|spoofed)"\} .*',
        r'podwire_tcp_probe_(successes|failures)_total\{namespace="demo",pod="(web|broken)",interface="eth0",port="8080",family="ipv4".*',
        r"podwire_tcp_probe_latency_seconds_(count|sum) .*",
    )
    for pattern in patterns:
        found = re.findall(f"^({pattern})$", text, re.MULTILINE)
        expect(found, f"/metrics has lines like {pattern}", text)
        for match in found:
            show(match[0])


STEPS = (
    ("three pods are attached by the CNI plugin", add_pods),
    ("ping and traceroute, IPv4 and IPv6, with ip_forward off", ping_and_traceroute),
    ("the server sees the client's own address, IPv4 and IPv6", addresses_are_kept),
    ("throughput of one TCP stream beside kernel routing", throughput),
    ("a forged source address is dropped and counted", spoofed_packets),
    ("probes from the kernel: an open port, and a closed one with its cause", probes),
    ("/metrics shows all of it", metrics),
)
