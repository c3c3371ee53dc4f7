#!/bin/bash
# apply.sh [OPTION...]: apply the plan files that were merged since ABACK_BASE
# (HEAD^1), or the one of ABACK_PLAN, in the order of their names; options, such
# as --allow restart, go to `aback apply`. It ends at the first that fails, with
# aback's exit code. What was done is shown on the page of the job.
set -euo pipefail
# shellcheck source=docs/ci/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

page=$out/apply.md

apply_one() { # PLAN [OPTION...]
  local rc=0 plan=$1
  shift
  echo "aback apply $plan" >&2
  "$aback" apply "$plan" --yes -f "$desired" --format markdown "$@" \
    >"$page" 2>"$out/log.txt" || rc=$?
  cat "$out/log.txt" >&2
  if [ "$rc" -ne 0 ]; then
    annotate error "$plan" "$(grep -v '^::' "$out/log.txt" | tail -n 20)"
    [ -s "$page" ] || failed_page 'apply failed' "$out/log.txt" >"$page"
  fi
  summary "$page"
  return "$rc"
}

if [ -n "${ABACK_PLAN:-}" ]; then
  merged=("$ABACK_PLAN")
else
  mapfile -d '' -t merged < <(new_plans "${ABACK_BASE:-HEAD^1}")
fi
if [ "${#merged[@]}" -eq 0 ]; then
  echo 'no plan was merged' >&2
fi
for plan in "${merged[@]}"; do
  apply_one "$plan" "$@"
done
