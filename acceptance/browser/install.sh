#!/usr/bin/env bash
# Installs the browser that the suite in acceptance/browser/ opens reports in: Debian's chromium, by apt-get, with a font. What is there already is left alone.
set -euo pipefail
if ! command -v chromium >/dev/null 2>&1; then
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium fonts-dejavu-core
fi
chromium --version
