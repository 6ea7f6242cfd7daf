# SPDX-License-Identifier: Apache-2.0
# What install and uninstall share; sourced. Reads their options and sets the variables below.

# What may be chosen, with the defaults. An upgrade goes by what the last installation was told.
declare -A paths=(
  [cni-bin]=/usr/lib/cni # of Debian's containerd and podman; others look in /opt/cni/bin
  [cni-conf]=/etc/cni/net.d
  [etc]=/etc/podwire
  [unit-dir]='' # lib/systemd/system below the prefix, if systemd looks there
  [sysctl-dir]=/etc/sysctl.d
  [forwarding]=no # whether a file in sysctl-dir makes the node forward
)
prefix=/usr/local
destdir=
# What an installation brought, one line each: checksum and path; or `directory` and path; or `option`,
# its name and value.
manifest=

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# A space or a quote would be read differently by systemd, sed and the manifest.
expect_path() { # OPTION VALUE
  [[ ${2:-} =~ ^/[A-Za-z0-9/._+@-]*$ ]] ||
    die "$1 needs an absolute path of letters, digits and /._+@-, got '${2:-}'"
}

# What is no path is left in `words`.
words=()
read_options() {
  local -A given=()
  while [ $# -gt 0 ]; do
    local name=${1#--}
    case $1 in
      --prefix | --destdir)
        expect_path "$@"
        declare -g "$name=${2%/}"
        shift
        ;;
      --cni-bin | --cni-conf | --etc | --unit-dir | --sysctl-dir)
        expect_path "$@"
        given[$name]=${2%/}
        shift
        ;;
      --forwarding) given[forwarding]=yes ;;
      --no-forwarding) given[forwarding]=no ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  paths[unit-dir]=$prefix/lib/systemd/system
  is_searched_by_systemd "${paths[unit-dir]}" || paths[unit-dir]=/etc/systemd/system
  manifest=$prefix/share/podwire/manifest
  local kind
  while read -r kind name value; do
    [ "$kind" != option ] || paths[$name]=$value
  done < <(cat "$destdir$manifest" 2>/dev/null)
  for name in "${!given[@]}"; do paths[$name]=${given[$name]}; done
}

# What stands here is $destdir and a path as the manifest has it.
checksum() { sha256sum <"$destdir$1" | cut -d' ' -f1; }
# The checksum that the last installation noted for a path; nothing if it brought none.
noted() { awk -v path="$1" '$2 == path { print $1 }' "$destdir$manifest" 2>/dev/null || true; }
is_unchanged() { [ "$(checksum "$1")" = "$(noted "$1")" ]; }

is_searched_by_systemd() { # DIRECTORY; systemd.unit(5)
  case $1 in
    /etc/systemd/system | /usr/local/lib/systemd/system | /usr/lib/systemd/system | /lib/systemd/system) return 0 ;;
    *) return 1 ;;
  esac
}
manages_systemd() { [ -z "$destdir" ] && [ -d /run/systemd/system ]; }
