#!/bin/bash
# races.sh ssh|https|file RACES: so many races for a lock of one remote, by two
# or three clones at the same instant, then 32 commits of 8 clones at once. The
# programs are those of ABACK_BUILD.
set -eu
BATS_TEST_DIRNAME=$(cd "$(dirname "$0")/../cli" && pwd)
dir=$(mktemp -d)
cd "$dir"
export HOME=$dir GIT_CONFIG_GLOBAL=$dir/gitconfig TMPDIR=$dir
# shellcheck source=tests/cli/transport.bash
source "$BATS_TEST_DIRNAME/transport.bash"
trap 'stop_servers; rm -rf "$dir"' EXIT

wait_for() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$until" ] || { echo "never: $*" >&2; return 1; }
    sleep 0.05
  done
}

serve "$1" 3>&2
[ ! -f cert.pem ] || export GIT_SSL_CAINFO=$PWD/cert.pem
RACE_URL=$url RACES=$2 RACE_PLACES=${RACE_PLACES:-6} RACE_CLONES=8 RACE_COMMITS=4 \
  "$ABACK_BUILD/tests/unit/test_race"
