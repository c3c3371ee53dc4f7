#!/bin/bash
# install.sh: an aback for the steps that follow. The one in PATH; else the one
# of ABACK_URL, whose SHA-256 has to be ABACK_SHA256; else the one that is built
# from the source that this script came with.
set -euo pipefail

if command -v "${ABACK:-aback}" >/dev/null; then
  "${ABACK:-aback}" version
  exit 0
fi
bin=${RUNNER_TEMP:-${TMPDIR:-/tmp}}/aback-bin
mkdir -p "$bin"
if [ -n "${ABACK_URL:-}" ]; then
  : "${ABACK_SHA256:?the SHA-256 of what ABACK_URL names}"
  curl -sSfL --proto '=https' --retry 3 -o "$bin/aback.new" "$ABACK_URL"
  if ! echo "$ABACK_SHA256  $bin/aback.new" | sha256sum -c --quiet -; then
    rm -f "$bin/aback.new"
    echo "install.sh: $ABACK_URL is not what was expected" >&2
    exit 1
  fi
  chmod 755 "$bin/aback.new"
  mv "$bin/aback.new" "$bin/aback"
else
  source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
  [ -f "$source/Makefile" ] || {
    echo "install.sh: no aback in PATH, no ABACK_URL, and no source here" >&2
    exit 1
  }
  make -C "$source" -j "$(nproc)" all
  cp "$source/build/release/aback" "$bin/aback"
fi
if [ -n "${GITHUB_PATH:-}" ]; then echo "$bin" >>"$GITHUB_PATH"; fi
"$bin/aback" version
