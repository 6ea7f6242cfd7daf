# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What all tests in shell share; sourced. Expects: scratch (a directory), patience (in seconds).

say() { printf '==== %s\n' "$*"; }

# Runs the command until it succeeds, as long as patience lasts.
eventually() {
  local end=$((SECONDS + patience))
  until "$@" >"$scratch/eventually.log" 2>&1; do
    ((SECONDS < end)) || {
      cat "$scratch/eventually.log"
      return 1
    }
    sleep 0.1
  done
}
