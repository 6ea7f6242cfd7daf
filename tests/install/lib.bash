# SPDX-License-Identifier: Apache-2.0
# What the tests of the installation share; sourced. Expects: build, scratch (an empty directory).
deploy=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../deploy")

patience=30
# shellcheck source=tests/lib.bash
source "$(dirname "${BASH_SOURCE[0]}")/../lib.bash"
fail() {
  printf 'FAILED: %s\n' "$*"
  [ ! -e "$scratch/podwired.log" ] || tail -n 20 "$scratch/podwired.log"
  exit 1
}
expect_file() { # MODE PATH...
  local mode=$1
  shift
  for path in "$@"; do
    [ "$(stat -c %a "$path" 2>&1)" = "$mode" ] || fail "$path: expected mode $mode, got $(stat -c %a "$path" 2>&1)"
  done
}
expect_no_file() { for path in "$@"; do [ ! -e "$path" ] || fail "$path is there"; done; }
expect_text() { # PATTERN TEXT
  grep -qE -- "$1" <<<"$2" || fail "expected '$1' in: $2"
}

# The tree that `./dev install` installs from.
make_stage() {
  rm -rf "$scratch/stage"
  DESTDIR=$scratch/stage cmake --install "$build" --prefix /usr --strip >/dev/null
}
run_install() { # OPTIONS...
  make_stage
  "$deploy/install" "$scratch/stage" "$@"
}
make_package() {
  rm -f "$build"/podwire_*.deb
  (cd "$build" && cpack >"$scratch/cpack.log" 2>&1) || fail "$(cat "$scratch/cpack.log")"
  cp "$build"/podwire_*.deb "$scratch/podwire.deb"
}

# This system's files, with a layer of the test's own above, at $root: what is written there is gone with
# the test. `in_root COMMAND...` runs there, with the usual paths.
root=$scratch/root
make_root() {
  mkdir "$scratch/upper" "$scratch/work" "$root"
  mount -t overlay root -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs run "$root/run"
  mount -t tmpfs tmp "$root/tmp"
  # Nothing of what this system may have is taken for ours.
  in_root sh -c 'rm -rf /etc/podwire /etc/cni/net.d /opt/cni /var/lib/podwire'
  mkdir "$root/run/netns"
}
in_root() { chroot "$root" "$@"; }

# The agent at its usual place, as the unit starts it but for systemd. $1: the directory of the program.
start_agent() {
  chroot "$root" "$1/podwired" --config /etc/podwire/podwired.yaml 2>>"$scratch/podwired.log" &
  agent=$!
  eventually in_root podwirectl version || fail "the agent does not start"
}
stop_agent() {
  kill "$agent"
  wait "$agent" || fail "the agent does not end well"
}

add_pod() { # NAME PLUGIN_DIRECTORY
  ip netns add "$1"
  mkdir -p "$root/run/netns"
  touch "$root/run/netns/$1"
  mount --bind "/run/netns/$1" "$root/run/netns/$1"
  CNI_COMMAND=ADD CNI_CONTAINERID=$1 CNI_NETNS=/run/netns/$1 CNI_IFNAME=eth0 CNI_PATH=$2 \
    in_root "$2/podwire" <"$scratch/network.json" >"$scratch/$1.json" || fail "ADD: $(cat "$scratch/$1.json")"
}
# The network that a runtime makes of the installed list.
read_network() { # CONFLIST
  python3 -c '
import json, sys
network = json.load(open(sys.argv[1]))
print(json.dumps(network["plugins"][0] | {"cniVersion": network["cniVersion"], "name": network["name"]}))' \
    "$1" >"$scratch/network.json"
}
address_of() { # POD
  python3 -c 'import json, sys; print(json.load(sys.stdin)["ips"][0]["address"].split("/")[0])' <"$scratch/$1.json"
}
# Two pods ping each other from now on, without a pause.
start_traffic() { # PLUGIN_DIRECTORY
  mount -t tmpfs netns /run
  add_pod a "$1"
  add_pod b "$1"
  ip netns exec a ping -i 0.01 "$(address_of b)" >"$scratch/ping.log" &
  ping=$!
}
expect_no_loss() {
  kill -INT "$ping"
  wait "$ping" || true
  expect_text ' 0% packet loss' "$(tail -n 3 "$scratch/ping.log")"
}
