#!/bin/bash
# plan.sh: what a pull request would do. Shows the plans that it brings, each
# checked against live; where it brings none, a plan made from its desired
# state. Leaves plan.json, plan.md and comment.md in ABACK_OUT; the exit code is
# aback's, or 2 when a plan that was brought no longer fits.
# ABACK_BASE: the commit that the pull request goes to (HEAD^1).
set -euo pipefail
# shellcheck source=docs/ci/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

page=$out/plan.md

finish() { # EXIT-CODE
  {
    echo "$marker"
    cat "$page"
  } >"$out/comment.md"
  summary "$page"
  exit "$1"
}

# quality: mistakes of the desired state as GitLab shows them beside the code.
quality() {
  "$aback" validate -f "$desired" --log-format json >/dev/null \
    2>"$out/mistakes.jsonl" || true
  "$(dirname "${BASH_SOURCE[0]}")/report.sh" mistakes \
    "$out/mistakes.jsonl" >"$out/gl-code-quality-report.json"
}

# make: the plan of now. It is also what a plan that was brought is held against.
make_plan() {
  local rc=0
  "$aback" plan -f "$desired" -o "$out/plan.json" --format markdown \
    >"$page" 2>"$out/log.txt" || rc=$?
  cat "$out/log.txt" >&2
  [ "$rc" -eq 0 ] && return
  failed_page "the plan of \`$name\` failed" "$out/log.txt" >"$page"
  output changes false
  finish "$rc"
}

# show_brought PLAN: its page, and whether it still is what would be done.
show_brought() {
  local rc=0 wanted
  # shellcheck disable=SC2016 # backticks of Markdown
  printf '### `%s`\n\n' "$(printf '%s' "$1" | tr -c 'A-Za-z0-9._/-' '-')"
  "$aback" show "$1" -f "$desired" --check >"$out/check.txt" \
    2>"$out/log.txt" || rc=$?
  cat "$out/log.txt" >&2
  wanted=$(jq -r '.desired.sha256 // empty' "$1" 2>/dev/null) || wanted=
  if [ "$rc" -eq 0 ] && [ -n "$wanted" ] &&
    [ "$wanted" != "$(sha256sum <"$desired" | cut -d' ' -f1)" ]; then
    echo "it was made from another $name" >"$out/check.txt"
    rc=2
  fi
  case $rc in
    0) echo 'It fits live now.' ;;
    2)
      printf '**It no longer fits; plan again.**\n\n'
      failed_page 'what differs' "$out/check.txt"
      annotate error "$1" "the plan no longer fits; plan again"
      ;;
    *)
      failed_page 'the plan is refused' "$out/log.txt"
      annotate error "$1" "$(grep -v '^::' "$out/log.txt")"
      echo
      return "$rc"
      ;;
  esac
  printf '\n'
  "$aback" show "$1" -f "$desired" --format markdown
  printf '\n'
  return "$rc"
}

if [ "${GITLAB_CI:-}" = true ]; then quality; fi
make_plan
mapfile -d '' -t brought < <(new_plans "${ABACK_BASE:-HEAD^1}")
if [ "${#brought[@]}" -eq 0 ]; then
  if jq -e '.changes != []' "$out/plan.json" >/dev/null; then
    output changes true
    # shellcheck disable=SC2016 # backticks of Markdown
    printf '\n%s\n' 'To have it applied, bring this plan file in this pull request: `'"aback plan -o $plans/NAME.json"'`, or `plan.json` of the artifacts.' >>"$page"
  else
    output changes false
  fi
  finish 0
fi

worst=0
: >"$page"
for plan in "${brought[@]}"; do
  rc=0
  show_brought "$plan" >>"$page" || rc=$?
  [ "$rc" -eq 0 ] || worst=$rc
done
output changes true
finish "$worst"
