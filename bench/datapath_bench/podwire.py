# SPDX-License-Identifier: Apache-2.0
"""The topology that is judged: the real agent and the real plugin, a full node, probes on."""

import contextlib
import socket
import sys
import urllib.error
import urllib.request

from .commands import BenchError, background, in_namespace
from .namespaces import inside, listener
from .topologies import MTU, Wiring, addresses, cni_add

HTTP = "127.0.0.1:9617"
PROBE_PORT = 8080
START_SECONDS = 20


@contextlib.contextmanager
def podwire(settings):
    node = settings.namespaces.create("podwire-node")
    run_dir = settings.scratch / "agent"
    run_dir.mkdir()
    config = settings.scratch / "podwired.yaml"
    config.write_text(_agent_config(run_dir))
    agent = settings.build / "userspace" / "podwired"
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(
            background(in_namespace(node, [agent, "--config", config]), run_dir / "log"))
        process.wait_until(lambda: _is_ready(node), f"ready answer from {HTTP}", START_SECONDS)
        pods = _attach_pods(settings, node, run_dir, stack)

        client, server = pods[:2]
        found = addresses(server[1])
        links = tuple(result["interfaces"][0]["name"] for _, result in (client, server))
        yield Wiring("podwire", client[0], server[0], found["4"], found["6"], node, links,
                     check=process.expect_running,
                     confirm=lambda: _expect_probes(node, settings.pods))


def _agent_config(run_dir):
    return (f"instance: bench\n"
            f"run_dir: {run_dir}/run\n"
            f"state_dir: {run_dir}/state\n"
            f"socket: {run_dir}/agent.sock\n"
            f"http: {{listen: \"{HTTP}\"}}\n"
            f"ipam: {{ipv4: 10.77.0.0/16, ipv6: \"fd77::/64\"}}\n")


def _attach_pods(settings, node, run_dir, stack):
    """Attaches every pod, each with a listener for its probes: pairs of namespace and result."""
    plugin = settings.build / "cni" / "podwire"
    config = {
        "cniVersion": "1.0.0", "name": "bench", "type": "podwire", "mtu": MTU,
        "socket": str(run_dir / "agent.sock"),
        "probes": [{"tcpPort": PROBE_PORT, "periodMs": 1000}],
    }
    pods = []
    for number in range(settings.pods):
        namespace = settings.namespaces.create(f"podwire-{number}")
        pods.append((namespace, cni_add(plugin, config, node, namespace)))
        stack.enter_context(listener(namespace, PROBE_PORT))
        if (number + 1) % 50 == 0:
            print(f"podwire: {number + 1} of {settings.pods} pods attached", file=sys.stderr)
    return pods


def _get(node, path):
    with inside(node), urllib.request.urlopen(f"http://{HTTP}{path}", timeout=5) as answer:
        return answer.read().decode()


def _is_ready(node):
    try:
        _get(node, "/readyz")
    except (urllib.error.URLError, socket.timeout, ConnectionError):
        return False
    return True


def _expect_probes(node, pods):
    """The figures are of a node that probes only if every pod was there and answered."""
    counted = {name: _sum(_get(node, "/metrics"), name)
               for name in ("podwire_pods", "podwire_tcp_probe_successes_total")}
    if counted["podwire_pods"] != pods:
        raise BenchError(f"podwire counts {counted['podwire_pods']:.0f} pods instead of {pods}")
    if counted["podwire_tcp_probe_successes_total"] < pods:
        raise BenchError(f"fewer probes succeeded than there are pods: {counted}")


def _sum(metrics, name):
    """Sum over all label sets of one metric in the Prometheus text format."""
    return sum(float(line.rpartition(" ")[2]) for line in metrics.splitlines()
               if line.startswith((name + "{", name + " ")))
