# SPDX-License-Identifier: Apache-2.0
"""The real podwired in the node's namespace, and the real plugin wiring pods to it."""

import json
import os
import pathlib
import time

from .host import Failure, Namespace, expect, run

PROBED_PORT = 8080
IPV4_PREFIX = "10.66.0.0/24"
IPV6_PREFIX = "fd66::/64"


class Agent:
    def __init__(self, build, directory, node):
        self.build = pathlib.Path(build).resolve()
        self.directory = pathlib.Path(directory)
        self.node = node
        self.socket = self.directory / "podwired.sock"
        self.log = self.directory / "podwired.log"
        self.config = self.directory / "podwired.yaml"
        self.config.write_text(
            f"instance: demo\nrun_dir: {self.directory}/run\nstate_dir: {self.directory}/state\n"
            f'socket: {self.socket}\nhttp: {{listen: "127.0.0.1:9617"}}\n'
            f'ipam: {{ipv4: {IPV4_PREFIX}, ipv6: "{IPV6_PREFIX}"}}\n'
        )
        with self.log.open("w") as log:
            self.process = node.start([str(self.build / "userspace/podwired"), "--config", str(self.config)], log)
        self.wait_until_ready()

    def wait_until_ready(self):
        for _ in range(100):
            if self.process.poll() is not None:
                raise Failure(f"podwired ended:\n{self.log.read_text()}")
            if self.socket.exists() and "ok" in self.get("/readyz", check=False):
                return
            time.sleep(0.05)
        raise Failure(f"podwired is not ready after 5 s:\n{self.log.read_text()}")

    def get(self, path, check=True):
        return self.node.run(["curl", "-s", "-m", "5", f"http://127.0.0.1:9617{path}"], check=check)

    def metrics(self):
        """Every series as its text, with its value."""
        lines = [line for line in self.get("/metrics").splitlines() if line and not line.startswith("#")]
        return {series: float(value) for series, value in (line.rsplit(" ", 1) for line in lines)}

    def podwirectl(self, *arguments):
        return run([str(self.build / "userspace/ctl/podwirectl"), "--socket", str(self.socket), *arguments])

    def add(self, pod):
        """The CNI result, and how long the runtime waited for it in seconds."""
        config = {
            "cniVersion": "1.0.0",
            "name": "demo",
            "type": "podwire",
            "socket": str(self.socket),
            "probes": [{"tcpPort": PROBED_PORT, "periodMs": 200}],
        }
        environment = os.environ | {
            "CNI_COMMAND": "ADD",
            "CNI_CONTAINERID": pod.name,
            "CNI_NETNS": pod.path,
            "CNI_IFNAME": "eth0",
            "CNI_PATH": str(self.build / "cni"),
            "CNI_ARGS": f"IgnoreUnknown=1;K8S_POD_NAMESPACE=demo;K8S_POD_NAME={pod.label}",
        }
        started = time.monotonic()
        output = self.node.run([str(self.build / "cni/podwire")], text_in=json.dumps(config), environment=environment)
        took = time.monotonic() - started
        result = json.loads(output)
        pod.addresses = [ip["address"].split("/")[0] for ip in result["ips"]]
        return result, took

    def remove(self):
        run(["umount", str(self.directory / "run/bpf")], check=False)


class Pod(Namespace):
    """A sandbox as a container runtime would make it: a network namespace with an interface by the plugin."""

    def __init__(self, prefix, label):
        super().__init__(f"{prefix}-{label}")
        self.label = label
        self.addresses = []

    @property
    def ipv4(self):
        return self.addresses[0]

    @property
    def ipv6(self):
        expect(len(self.addresses) == 2, "the pod has an address of each family", self.addresses)
        return self.addresses[1]
