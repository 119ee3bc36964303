#!/usr/bin/env bash
# Installs the Redis that the suites in acceptance/fleet/ run against. What is there already is left alone.
set -euo pipefail
if ! command -v redis-server >/dev/null 2>&1; then
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends redis-server
fi
