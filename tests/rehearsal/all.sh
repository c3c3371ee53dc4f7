#!/bin/bash
# all.sh BUILD_DIR [PATTERN]: let the tests of the command line make their
# plans, those whose file matches, and rehearse every one of them. What cannot
# be rehearsed is listed with the reason; what has to go wrong is in known.txt.
# KEPT_PLANS=DIR: those plans, which an earlier run left with KEEP=DIR.
set -u
build=$(realpath "$1")
only=${2:-.}
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/home"
export KEEP_PLANS=${KEPT_PLANS:-${KEEP:-$work/plans}} REAL_ABACK=$build/aback
mkdir -p "$KEEP_PLANS"
export ABACK_BUILD=$build ABACK=$PWD/tests/rehearsal/keep.sh
export ABACK_SIM=$build/aback-sim
export HOME=$work/home AWS_EC2_METADATA_DISABLED=true

if [ -z "${KEPT_PLANS:-}" ]; then
  # whether they pass is another matter: some look at aback's own process
  find tests/cli -name '*.bats' ! -name rehearse.bats | sort |
    grep -- "$only" | xargs -P "$(nproc)" -I{} timeout 600 bats {} \
    >"$work/tests.out" 2>&1
  cp tests/data/plan/v1/accepted/*.json "$KEEP_PLANS"
fi
find "$KEEP_PLANS" -name '*.json' | sort |
  xargs python3 tests/rehearse.py "$build" >"$work/out"

awk -v known=tests/rehearsal/known.txt '
  BEGIN {
    while ((getline line < known) > 0)
      if (line !~ /^#|^$/) {
        split(line, part, / *: */)
        why[part[1]] = part[2]
      }
  }
  function finish(  text) {
    if (plan == "") return
    total++
    if (body ~ /second apply: live is as planned/) { whole++; return }
    if (body ~ /it has no steps/) { none++; return }
    if (body ~ /settings are as at the start|nothing to back out/) {
      parts++
      return
    }
    for (text in why)
      if (index(body, text)) {
        expected++
        print plan ": goes wrong, as it has to: " why[text]
        return
      }
    bad++
    print plan "\n" body
  }
  /^\// { finish(); n = split($0, dir, "/"); plan = dir[n]; body = ""; next }
  { body = body $0 "\n" }
  END {
    finish()
    printf "%d plans: %d there, back and there again; %d of which a part has " \
      "no way back; %d without steps; %d that have to go wrong; %d bad\n",
      total, whole, parts, none, expected, bad
    exit bad > 0 || total == 0
  }' "$work/out"
