#!/bin/bash
# drift.sh [OPTION...]: what differs from what was recorded, and who did it.
# Options, such as --notify, go to `aback drift`. The exit code is aback's: 2
# when anything differs, so that the job fails and people are told.
set -euo pipefail
# shellcheck source=docs/ci/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

rc=0
"$aback" drift -f "$desired" --format markdown "$@" >"$out/drift.md" \
  2>"$out/log.txt" || rc=$?
cat "$out/log.txt" >&2
case $rc in
  0) ;;
  2) annotate error "$desired" 'live differs from what was recorded' ;;
  *)
    annotate error "$desired" "$(grep -v '^::' "$out/log.txt" | tail -n 20)"
    failed_page 'drift could not be looked for' "$out/log.txt" >"$out/drift.md"
    ;;
esac
summary "$out/drift.md"
exit "$rc"
