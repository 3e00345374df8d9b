#!/usr/bin/env bash
# Install Chromium, in which tests/page/ looks at pages. Nothing is done where it is found already;
# else the package of Debian or Ubuntu is installed (that needs root).
set -euo pipefail

if ! command -v chromium >/dev/null 2>&1; then
    command -v apt-get >/dev/null 2>&1 || { echo "install_chromium: apt-get is needed" >&2; exit 1; }
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2
    apt-get install -y -qq --no-install-recommends chromium >&2
fi
chromium --version
