#!/bin/bash
# docs.sh BUILD_DIR [DIR]: write the parts of docs/ that come from tables into
# DIR (docs): the pages of the commands, settings and errors, and the schema of
# plans.
set -eu
aback=$(realpath "$1")/aback
out=${2:-docs}
mkdir -p "$out/commands" "$out/schedule/eventbridge"
"$aback" help --markdown >"$out/commands/README.md"
"$aback" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' |
  while read -r command; do
    "$aback" help --markdown "$command" >"$out/commands/$command.md"
  done
"$aback" help --settings >"$out/settings.md"
"$aback" help --controls >"$out/controls.md"
"$aback" help --errors >"$out/errors.md"
"$aback" help --event-patterns >"$out/schedule/eventbridge/patterns.json"
"$aback" schema --plan >"$out/plan.schema.json"
"$aback" schema --review >"$out/review.schema.json"
