# SPDX-License-Identifier: Apache-2.0
"""The ways to join a client and a server that podwire is compared with.

Each topology is a context manager that builds it in namespaces of its own and yields a Wiring.
Every veth pair has the same MTU; loopback keeps its own.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
from typing import Callable, Optional, Sequence

from .commands import BenchError, in_namespace, run
from .namespaces import Namespaces, set_sysctl

MTU = 1500
REFERENCE_PLUGINS = pathlib.Path("/usr/lib/cni")


@dataclasses.dataclass(frozen=True)
class Settings:
    namespaces: Namespaces
    build: pathlib.Path    # CMake's build directory
    scratch: pathlib.Path  # removed at the end
    pods: int              # attached while podwire is measured


@dataclasses.dataclass(frozen=True)
class Wiring:
    name: str
    client: str  # namespace
    server: str  # namespace
    ipv4: str    # of the server, as the client reaches it
    ipv6: Optional[str] = None
    node: Optional[str] = None        # namespace with the host ends
    host_links: Sequence[str] = ()    # host ends of the client's and the server's veth pair
    # Both raise BenchError: `check` after each measurement if what was built no longer works,
    # `confirm` after the last round if the figures are not of what they claim to be.
    check: Callable[[], None] = lambda: None
    confirm: Callable[[], None] = lambda: None


@contextlib.contextmanager
def loopback(settings):
    namespace = settings.namespaces.create("loopback")
    yield Wiring("loopback", namespace, namespace, "127.0.0.1")


@contextlib.contextmanager
def direct(settings):
    client = settings.namespaces.create("direct-client")
    server = settings.namespaces.create("direct-server")
    run(["ip", "-n", client, "link", "add", "eth0", "mtu", MTU, "type", "veth",
         "peer", "name", "eth0", "mtu", MTU, "netns", server])
    for namespace, host in ((client, 1), (server, 2)):
        run(["ip", "-n", namespace, "address", "add", f"10.79.0.{host}/24", "dev", "eth0"])
        run(["ip", "-n", namespace, "address", "add", f"fd79::{host}/64", "dev", "eth0", "nodad"])
        run(["ip", "-n", namespace, "link", "set", "eth0", "up"])
    yield Wiring("direct", client, server, "10.79.0.2", "fd79::2")


@contextlib.contextmanager
def ptp(settings):
    yield _reference(settings, "ptp", "10.78.1.0/24", {})


@contextlib.contextmanager
def bridge(settings):
    yield _reference(settings, "bridge", "10.78.2.0/24",
                     {"bridge": "cni0", "isDefaultGateway": True})


def _reference(settings, plugin, subnet, options):
    """Two pods wired by a plugin of Debian's containernetworking-plugins, kernel routing on."""
    node = settings.namespaces.create(f"{plugin}-node")
    set_sysctl(node, "net/ipv4/ip_forward", "1")
    config = {
        "cniVersion": "1.0.0", "name": f"bench-{plugin}", "type": plugin, "mtu": MTU,
        "ipMasq": False, **options,
        "ipam": {"type": "host-local", "ranges": [[{"subnet": subnet}]],
                 "dataDir": str(settings.scratch / f"{plugin}-addresses")},
    }
    client, server = (settings.namespaces.create(f"{plugin}-{role}")
                      for role in ("client", "server"))
    cni_add(REFERENCE_PLUGINS / plugin, config, node, client)
    result = cni_add(REFERENCE_PLUGINS / plugin, config, node, server)
    return Wiring(plugin, client, server, addresses(result)["4"], node=node)


def cni_add(plugin, config, node, namespace):
    """Runs one ADD as a runtime on `node` would; returns the plugin's result."""
    environment = {
        "PATH": os.environ["PATH"], "CNI_COMMAND": "ADD", "CNI_CONTAINERID": namespace,
        "CNI_NETNS": f"/run/netns/{namespace}", "CNI_IFNAME": "eth0",
        "CNI_PATH": str(plugin.parent),
        "CNI_ARGS": f"IgnoreUnknown=1;K8S_POD_NAMESPACE=bench;K8S_POD_NAME={namespace}",
    }
    printed = run(in_namespace(node, [plugin]), stdin=json.dumps(config), environment=environment)
    try:
        return json.loads(printed)
    except json.JSONDecodeError as error:
        raise BenchError(f"{plugin}: the result of ADD is not JSON: {printed[:500]}") from error


def addresses(result):
    """The pod's addresses in a CNI result, by IP version."""
    found = {}
    for entry in result["ips"]:
        address = entry["address"].partition("/")[0]
        found["6" if ":" in address else "4"] = address
    return found
