# SPDX-License-Identifier: Apache-2.0
# What the tests with real runtimes share; sourced. Each runs in mount and network namespaces of its own
# (see `run`), so that the machine's network, /etc/cni and the plugin directory stay as they are:
#
#   this namespace is the node: podwired, the runtime          "world", a namespace
#     pw...        pw...             uplink 192.0.2.1 ---------- eth0 192.0.2.9, 198.51.100.9
#   container a  container b         default route -->           (no route to any pod)

# Expects: build (directory of the binaries), scratch (an empty directory).
image=podwire.test/busybox:1
processes=()
world= # the process that holds its namespace

patience=10
# shellcheck source=tests/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/../lib.bash"
fail() {
  printf 'FAILED: %s\n' "$*"
  printf -- '---- the log of the agent\n'
  tail -n 40 "$scratch/podwired.log"
  exit 1
}

# Ends what was started here, the last one first, and nothing else.
end_processes() {
  local i
  for ((i = ${#processes[@]} - 1; i >= 0; i--)); do
    kill "${processes[i]}" 2>/dev/null || continue
    wait "${processes[i]}" 2>/dev/null || true
  done
}

# An outside with a web server that writes down whom it sees.
make_world() {
  ip link set lo up
  sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  unshare --net sleep 600 &
  world=$!
  processes+=("$world")
  # The new namespace is there once the process has left ours.
  eventually different_netns "$world"
  ip link add uplink type veth peer name eth0 netns "$world"
  ip address add 192.0.2.1/24 dev uplink
  ip link set uplink up
  ip route add default via 192.0.2.9
  in_world() { nsenter --net="/proc/$world/ns/net" "$@"; }
  in_world ip address add 192.0.2.9/24 dev eth0
  in_world ip address add 198.51.100.9/32 dev eth0
  in_world ip link set lo up
  in_world ip link set eth0 up
  mkdir -p "$scratch/www"
  echo "the world" >"$scratch/www/index.html"
  nsenter --net="/proc/$world/ns/net" busybox httpd -f -vv -p 198.51.100.9:80 -h "$scratch/www" 2>"$scratch/world.log" &
  processes+=($!)
}
different_netns() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

start_agent() {
  cat >"$scratch/podwired.yaml" <<YAML
run_dir: $scratch/run
state_dir: $scratch/state
socket: $scratch/podwire.sock
ipam: {ipv4: 10.88.0.0/24, ipv6: "fd88::/64"}
YAML
  "$build/userspace/podwired" --config "$scratch/podwired.yaml" 2>>"$scratch/podwired.log" &
  agent=$!
  processes+=("$agent")
  eventually ctl status || fail "the agent does not start"
}
ctl() { "$build/userspace/ctl/podwirectl" --socket "$scratch/podwire.sock" "$@"; }
# address_of PREFIX_OF_CONTAINER_ID FAMILY: 0 for IPv4, 1 for IPv6
address_of() {
  ctl get pods -o json | python3 -c '
import json, sys
prefix, family = sys.argv[1:]
pods = [p for p in json.load(sys.stdin)["pods"] if p["id"]["container_id"].startswith(prefix)]
print(pods[0]["ips"][int(family)].split("/")[0])' "$1" "$2"
}
expect_no_pods() {
  [ "$(ctl get pods -o json | tr -d ' \n')" = '{"pods":[]}' ] || fail "pods stay: $(ctl get pods)"
  ! ip -o link show type veth | grep -q ': pw' || fail "links stay: $(ip -o link)"
}

# $1: a directory for network lists, $2: one for plugins; further arguments: plugins behind podwire.
install_plugins() {
  local lists=$1 plugins=$2 chain=""
  shift 2
  for plugin in "$@"; do chain+=", $plugin"; done
  mkdir -p "$lists" "$plugins"
  install "$build/cni/podwire" "$plugins/podwire"
  cp /usr/lib/cni/{loopback,portmap,firewall,tuning} "$plugins/"
  cat >"$lists/10-podwire.conflist" <<JSON
{"cniVersion": "1.0.0", "name": "podwire",
 "plugins": [{"type": "podwire", "socket": "$scratch/podwire.sock", "capabilities": {"ips": true, "mac": true}}$chain]}
JSON
}

# What a server says: page_of ADDRESS PORT, to be run by a container's shell. Busybox's own wget needs
# name service modules that a static program in an empty container does not find.
page_of() { echo "printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 5 $1 $2"; }

# By in_container NAME COMMAND..., which each test with containers has.
expect_page() { # FROM ADDRESS PORT PAGE
  local page
  page=$(in_container "$1" sh -c "$(page_of "$2" "$3")" | tail -n 1) || fail "$1 does not reach $2 port $3"
  [ "$page" = "$4" ] || fail "$1 got '$page' from $2 port $3"
}

# A container image of busybox, as an archive.
make_image() {
  local root=$scratch/image/root digest name
  mkdir -p "$root"/{bin,tmp,www}
  cp "$(command -v busybox)" "$root/bin/busybox"
  for name in sh httpd sleep ip cat nc; do ln -s busybox "$root/bin/$name"; done
  echo "a pod" >"$root/www/index.html"
  tar -C "$root" -cf "$scratch/image/layer.tar" .
  digest=$(sha256sum <"$scratch/image/layer.tar" | cut -d' ' -f1)
  cat >"$scratch/image/config.json" <<JSON
{"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin"], "Cmd": ["sh"]},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$digest"]}}
JSON
  echo "[{\"Config\": \"config.json\", \"RepoTags\": [\"$image\"], \"Layers\": [\"layer.tar\"]}]" \
    >"$scratch/image/manifest.json"
  tar -C "$scratch/image" -cf "$scratch/image.tar" manifest.json config.json layer.tar
}
