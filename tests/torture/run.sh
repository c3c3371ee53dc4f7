#!/bin/sh
# run.sh BUILD_DIR [OPTION...]: torture.py on the programs of a build.
set -eu
ABACK_BUILD=$(realpath "$1")
shift
export ABACK_BUILD ABACK="$ABACK_BUILD/aback" ABACK_SIM="$ABACK_BUILD/aback-sim"
exec python3 "$(dirname "$0")/torture.py" "$@"
