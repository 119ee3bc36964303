#!/usr/bin/env bash
# Installs the real programs that the suites in acceptance/real/ run against: Debian packages by apt-get, Go programs by go install with pinned
# versions into $SIGSTACK_BIN (default: a folder of the user's cache). What is there already is left alone.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export SIGSTACK_BIN="${SIGSTACK_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/sigtrail/bin}"
mkdir -p "$SIGSTACK_BIN"
export GOTOOLCHAIN=local CGO_ENABLED=0

missing=()
for pair in docker-registry:docker-registry htpasswd:apache2-utils openssl:openssl skopeo:skopeo; do
  command -v "${pair%%:*}" >/dev/null 2>&1 || missing+=("${pair##*:}")
done
if [ "${#missing[@]}" -gt 0 ]; then
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
fi

# The Sigstore stack's own script knows its programs and their versions. It lies beside the fixtures.
stack="$(cd "${SIGTRAIL_FIXTURES:-$here/../../../shared/fixtures}/../stack" && pwd)"
bash "$stack/install.sh"

# go-containerregistry's registry with its referrers API: a main of ours, pinned by its go.sum.
if [ ! -x "$SIGSTACK_BIN/ggcr-registry" ]; then
  (cd "$here/ggcr-registry" && go build -o "$SIGSTACK_BIN/ggcr-registry" .)
fi

# Distribution 3. Debian has 2.8; the command is called `registry` in both.
if [ ! -x "$SIGSTACK_BIN/distribution3" ]; then
  built=$(mktemp -d)
  GOBIN="$built" go install github.com/distribution/distribution/v3/cmd/registry@v3.0.0
  mv "$built/registry" "$SIGSTACK_BIN/distribution3"
  rmdir "$built"
fi

# Clients whose answers stand beside ours in docs/registries.md.
for pair in oras:oras.land/oras/cmd/oras@v1.3.6 regctl:github.com/regclient/regclient/cmd/regctl@v0.11.7; do
  [ -x "$SIGSTACK_BIN/${pair%%:*}" ] || GOBIN="$SIGSTACK_BIN" go install "${pair#*:}"
done

# Docker's own verifier, whose sources a suite builds around a trusted root of ours; pinned by its go.sum.
(cd "$here/../docker/policy-helper" && go mod download)

# What clients in Go make of the same input, as programs of ours over their own libraries. Built each time: go build knows what has changed.
for name in indexes chains; do
  (cd "$here/../differential/go" && go build -trimpath -tags containers_image_openpgp -o "$SIGSTACK_BIN/differential-$name" "./$name")
done
