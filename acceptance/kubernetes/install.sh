#!/usr/bin/env bash
# Installs a real Kubernetes API server with its etcd and kubectl, and what of Gatekeeper asks providers, built from the Go modules whose versions and sums are in programs/, into
# $SIGSTACK_BIN (default: a folder of the user's cache). About ten minutes of one core with an empty cache of Go, a minute with a full one. What was built from the same files is left alone.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin="${SIGSTACK_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/sigtrail/bin}"
mkdir -p "$bin"
# They name the Go that they need.
export GOTOOLCHAIN=auto CGO_ENABLED=0
for pair in etcd:etcd kube-apiserver:apiserver kubectl:kubectl gatekeeper-engine:gatekeeper-engine; do
  program="$bin/${pair%%:*}"
  cd "$here/programs/${pair#*:}"
  source=$(cat go.mod go.sum ./*.go | sha256sum)
  [ -x "$program" ] && [ "$(cat "$program.source" 2>/dev/null)" = "$source" ] && continue
  # Under another name first: a run that was cut off must not leave half a program that passes for a whole one.
  go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$program.new" .
  mv "$program.new" "$program"
  echo "$source" >"$program.source"
done
