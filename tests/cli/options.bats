#!/usr/bin/env bats
# The command line: what every command does with options.
load helpers

@test "options: no command, an unknown one, a misspelt one" {
  fails 1 aback
  said 'no command given' 'aback help'
  fails 1 aback frobnicate
  said "no command 'frobnicate'"
  fails 1 aback plna
  said "did you mean 'aback plan'?"
}

@test "options: an unknown option names the nearest" {
  fails 1 aback plan --onyl cluster/orders
  said "'aback plan' has no option '--onyl'" "'--only'"
  fails 1 aback plan -Z
  said "no option '-Z'"
}

@test "options: those of later versions are unknown, not ignored" {
  fails 1 aback plan --sign
  said "no option '--sign'"
}

@test "options: apply takes neither --target nor --only" {
  fails 1 aback apply plan.json --target prod
  said "no option '--target'"
  fails 1 aback apply plan.json --only cluster/orders
  said "no option '--only'"
}

@test "options: too few and too many words" {
  fails 1 aback apply
  said "'aback apply' needs PLAN"
  fails 1 aback validate extra
  said "what to do with 'extra'"
}

@test "options: wrong values name the valid ones" {
  fails 1 aback plan --format yaml
  said "--format cannot be 'yaml'" 'text, json, markdown'
  fails 1 aback apply plan.json --allow everything
  said "--allow cannot be 'everything'" 'lossy'
  fails 1 aback apply plan.json --deadline soon
  said '--deadline'
  fails 1 aback backout --to yesterday
  said '--to'
  fails 1 aback plan --color sometimes
  said '--color'
}

@test "options: the common ones work before and after the command" {
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  mv aback.yaml other.yaml
  runs 0 aback -f other.yaml validate
  runs 0 aback validate --file=other.yaml
  runs 0 aback validate -fother.yaml
  fails 1 aback validate
}

@test "options: messages as JSON, one object a line" {
  aback plna --log-format json 2>err.txt || true
  # the command is looked up first, so the option before it is what counts
  aback --log-format json plna 2>err.txt || true
  [ "$(wc -l <err.txt)" -eq 1 ]
  jq -e '.level == "error" and .code == "ERR_USAGE"
    and (.message | test("plna")) and (.hint | test("plan"))
    and (.time | test("Z$"))' err.txt
  aback --log-format json -f none.yaml validate 2>err.txt || true
  jq -es 'map(.level == "error") | all' err.txt
}

@test "options: colours only where asked for, and NO_COLOR is honoured" {
  fails 1 aback plna
  not grep -q $'\033' err.txt
  aback --color=always plna 2>err.txt || true
  grep -q $'\033' err.txt
  NO_COLOR=1 aback --color=auto plna 2>err.txt || true
  not grep -q $'\033' err.txt
}

@test "options: a full disk on stdout is an error" {
  [ -c /dev/full ] || skip 'no /dev/full'
  run bash -c '"$ABACK" help >/dev/full'
  [ "$status" -eq 1 ]
  said 'cannot write to stdout'
}

@test "options: a closed pipe is an error and no signal" {
  run bash -c '"$ABACK" schema; echo "code $?" >&2' _ 2>&1 >&-
  run bash -c 'set -o pipefail; { "$ABACK" schema; echo "code $?" >code; } | head -c 1 >/dev/null'
  grep -qx 'code [01]' code
}
