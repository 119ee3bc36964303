#!/usr/bin/env bash
# Installs a real Kubernetes API server with its etcd and kubectl, and Gatekeeper's client for providers, built from the Go modules whose versions and sums are in programs/, into $SIGSTACK_BIN (default: a
# folder of the user's cache). About eight minutes of one core, once: what is there already is left alone.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin="${SIGSTACK_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/sigtrail/bin}"
mkdir -p "$bin"
# They name the Go that they need.
export GOTOOLCHAIN=auto CGO_ENABLED=0
for pair in etcd:etcd kube-apiserver:apiserver kubectl:kubectl gatekeeper-client:gatekeeper-client; do
  program="$bin/${pair%%:*}"
  # Under another name first: a run that was cut off must not leave half a program that passes for a whole one.
  [ -x "$program" ] || (cd "$here/programs/${pair#*:}" && go build -trimpath -ldflags '-s -w' -o "$program.new" . && mv "$program.new" "$program")
done
