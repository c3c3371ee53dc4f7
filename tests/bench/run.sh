#!/bin/sh
# run.sh BUILD_DIR [plan|nightly|requests|apply|journal|store|version]...: the
# benchmarks; docs/benchmarks.md says what they measure.
set -eu
build=$(realpath "$1")
shift
cd "$(dirname "$0")"
# shellcheck disable=SC2046 # pkg-config prints words
cc -O2 -Wall -Wextra -o "$build/bench-peer" peer.c \
  $(pkg-config --cflags --libs libcurl expat)
for name in journal store; do
  # shellcheck disable=SC2046
  cc -O2 -Wall -Wextra -D_GNU_SOURCE -I../.. -o "$build/bench-$name" $name.c \
    "$build/libstate.a" "$build/libcore.a" $(pkg-config --cflags --libs \
      libcurl libcrypto jansson libgit2 zlib yaml-0.1 expat)
done
exec /usr/bin/python3 bench.py "$build" "$@"
