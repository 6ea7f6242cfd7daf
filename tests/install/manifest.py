# SPDX-License-Identifier: Apache-2.0
"""What deploy/daemonset.yaml says, checked and handed to the shell.

    manifest.py DAEMONSET UNIT CONFLIST DIRECTORY

Writes the files of the ConfigMap into DIRECTORY/config, and prints shell assignments."""

import json
import pathlib
import shlex
import sys

import yaml


def expect(condition, claim):
    if not condition:
        sys.exit(f"the manifest: {claim}")


def container(spec, kind, name):
    found = [one for one in spec[kind] if one["name"] == name]
    expect(len(found) == 1, f"one of {kind} is {name}")
    return found[0]


def main(daemonset, unit, conflist, directory):
    documents = {one["kind"]: one for one in yaml.safe_load_all(pathlib.Path(daemonset).read_text())}
    expect(set(documents) == {"Namespace", "ConfigMap", "DaemonSet"}, "one object of each of three kinds")
    namespace = documents["Namespace"]["metadata"]["name"]
    template = documents["DaemonSet"]["spec"]["template"]
    spec = template["spec"]
    init, agent = container(spec, "initContainers", "node-init"), container(spec, "containers", "podwired")
    for kind in "ConfigMap", "DaemonSet":
        expect(documents[kind]["metadata"]["namespace"] == namespace, f"{kind} is in the namespace {namespace}")
    expect(
        documents["DaemonSet"]["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items(),
        "the selector selects the template",
    )
    expect(spec["hostNetwork"] is True and {"operator": "Exists"} in spec["tolerations"], "every node's own network")

    volumes = {one["name"]: one.get("hostPath", {}).get("path") for one in spec["volumes"]}
    for one in init, agent:
        expect(one["image"] == agent["image"], "both containers have one image")
        for mount in one["volumeMounts"]:
            expect(mount["name"] in volumes, f"{mount['name']} is a volume")
    expect(
        {one["name"] for one in spec["volumes"]} == {m["name"] for one in (init, agent) for m in one["volumeMounts"]},
        "every volume is mounted",
    )
    mounts = {one["mountPath"]: one for one in agent["volumeMounts"]}
    # The agent's defaults, and those of the plugin on the node: the paths must be the same on both sides.
    for path in "/run/podwire", "/var/lib/podwire":
        expect(volumes[mounts[path]["name"]] == path, f"{path} is the node's")
    init_mounts = {one["name"]: one for one in init["volumeMounts"]}
    expect(init_mounts["run"]["mountPropagation"] == "Bidirectional", "what node-init mounts reaches the node")
    expect(init["securityContext"] == {"privileged": True}, "Bidirectional needs a privileged container")
    expect(mounts["/run/podwire"]["mountPropagation"] == "HostToContainer", "the agent sees the node's mounts")

    bounding = next(
        line.partition("=")[2].split()
        for line in pathlib.Path(unit).read_text().splitlines()
        if line.startswith("CapabilityBoundingSet=")
    )
    capabilities = agent["securityContext"]["capabilities"]
    expect(capabilities["drop"] == ["ALL"], "all capabilities are dropped first")
    expect(sorted(f"CAP_{one}" for one in capabilities["add"]) == sorted(bounding), "those of the unit are added")
    # The last too: /healthz is answered by an agent of which every other thread hangs.
    for probe in "startupProbe", "readinessProbe", "livenessProbe":
        wanted = {"host": "127.0.0.1", "port": 9617, "path": "/readyz"}
        expect(agent[probe]["httpGet"] == wanted, f"{probe} asks {wanted}")
    expect(agent["livenessProbe"]["failureThreshold"] == 3, "one late answer ends no agent")

    lists = documents["ConfigMap"]["data"]["10-podwire.conflist"], pathlib.Path(conflist).read_text()
    expect(json.loads(lists[0]) == json.loads(lists[1]), "its network list is that of the package")

    config = pathlib.Path(directory) / "config"
    config.mkdir()
    for name, text in documents["ConfigMap"]["data"].items():
        (config / name).write_text(text)
    print("node_init=(" + shlex.join(init["command"]) + ")")
    print("agent_command=(" + shlex.join(agent["command"]) + ")")
    print("capabilities=" + ",".join("+" + one.lower() for one in capabilities["add"]))
    print("agent_image=" + shlex.quote(agent["image"]))


main(*sys.argv[1:])
