#!/bin/sh
# run.sh BUILD_DIR [plan|requests|apply|version]...: the benchmarks.
set -eu
build=$(realpath "$1")
shift
cd "$(dirname "$0")"
# shellcheck disable=SC2046 # pkg-config prints words
cc -O2 -Wall -Wextra -o "$build/bench-peer" peer.c \
  $(pkg-config --cflags --libs libcurl expat)
exec /usr/bin/python3 bench.py "$build" "$build/bench-peer" "$@"
