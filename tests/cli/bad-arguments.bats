#!/usr/bin/env bats
# Bad input: nonsense on the command line, and outputs that cannot be written.
load bad

# A store with one change in it, and a plan.
begin() {
  start
  applied
  id=$(change_id)
  write_desired '  - match: {kind: cluster}
    set: {backup_retention_period: 21}'
  "$ABACK" plan -o next.json >/dev/null 2>&1
  cp sim.log before.log
}

@test "bad arguments: unknown commands, and words that are too many" {
  begin
  for command in frobnicate PLAN 'plan ' '' ' ' $'pl\nan' '../plan' '%s%n' \
    'plan;ls' "$(head -c 100000 /dev/zero | tr '\0' x)"; do
    refused 1 aback "$command"
    said 'no command'
    [ ! -s out.txt ]
  done
  for command in $(commands); do
    refused 1 aback "$command" a b c d e f
    said "'aback $command'" 'aback help'
    refused 1 aback "$command" --frobnicate
    said "no option '--frobnicate'"
    refused 1 aback "$command" -Z
    said "no option '-Z'"
    [ ! -s out.txt ]
  done
}

@test "bad arguments: words that are missing" {
  begin
  refused 1 aback
  for command in apply show release completion; do
    refused 1 aback "$command"
    said "'aback $command' needs"
  done
  refused 1 aback backout
  said 'nothing to back out is named'
}

@test "bad arguments: an empty string for every option and every word" {
  begin
  for command in $(commands); do
    for option in $(aback help "$command" |
      grep -oE '^ +(-., )?--[a-z-]+ ([A-Z]|[a-z]+\|)' |
      grep -oE -- '--[a-z-]+'); do
      fails 1 aback "$command" "$option" ''
      said "$option has an empty value"
      fails 1 aback "$command" "$option="
      said "$option has an empty value"
      fails 1 aback "$command" "$option"
      said "$option needs a value"
    done
  done
  for command in show apply backout release resume history completion help; do
    refused 1 aback "$command" ''
    [ ! -s out.txt ]
  done
}

@test "bad arguments: every option that has a value was tried" {
  # the test above finds them in the help: at least those of the design
  for want in plan:--only plan:--out apply:--allow apply:--deadline \
    backout:--to backout:--force history:--state plan:--target; do
    aback help "${want%:*}" |
      grep -qE "^ +(-., )?${want#*:} ([A-Z]|[a-z]+\|)"
  done
}

@test "bad arguments: values that are none" {
  begin
  for to in yesterday 2026-13-01 2026-02-30 2026-11-20T10:00:00 \
    2026-11-20T25:00:00Z 99999999999 -1 '2026-11-20 ' 0000-00-00 \
    1960-01-01; do
    refused 1 aback backout --to "$to"
    said '--to'
  done
  for deadline in soon 60 -5m 1.5h 99999999999999999999s 5mm '5 m' 0x5m; do
    refused 1 aback apply next.json --deadline "$deadline"
    said '--deadline'
  done
  for format in xml JSON text,json; do
    refused 1 aback plan --format "$format"
    said "--format cannot be '$format'"
  done
  refused 1 aback apply next.json --allow all
  refused 1 aback apply next.json --on-failure retry
  refused 1 aback plan --color maybe
  refused 1 aback plan --log-format yaml
  refused 1 aback plan --quiet=yes
  for force in cluster/orders '' deletion_protection cluster/orders:nothing; do
    refused 1 aback backout --last --force "$force"
  done
}

@test "bad arguments: an option twice: the last one counts, lists add up" {
  begin
  runs 0 aback history --format text --format json
  jq -e . <<<"$output"
  runs 0 aback plan -f none.yaml -f aback.yaml
  runs 0 aback plan -o one.json -o two.json
  [ -e two.json ] && [ ! -e one.json ]
  runs 0 aback plan --only cluster/orders --only cluster/users -o both.json
  jq -e '.changes | length == 2' both.json
  runs 0 aback plan --only cluster/orders --only cluster/orders -o one.json
  jq -e '.changes | length == 1' one.json
  runs 0 aback plan -q -q -v -v --target prod --target prod
}

@test "bad arguments: changes that are not there" {
  begin
  for change in 20200101T000000Z-aaaaaa nonsense ../../etc/passwd 3 '*' \
    "$id/" "${id}x" $'a\nb'; do
    refused 1 aback show "$change"
    refused 1 aback backout "$change" --apply --yes
    refused 1 aback resume "$change"
    said 'no change'
  done
  refused 1 aback backout "$id" --last
  said 'exclude each other'
  refused 1 aback backout --last --apply -o back.json
  refused 1 aback backout --last --yes
  refused 1 aback release cluster/orders
  refused 1 aback release cluster/orders:deletion_protection
  said 'nothing is held'
  runs 0 aback history cluster/nobody
  said 'no change of cluster/nobody'
}

@test "bad arguments: paths with blanks, line breaks and quotes" {
  begin
  mkdir "it's a dir"
  cp aback.yaml "it's a dir/a \"b\".yaml"
  cp -r store.git "it's a dir/store.git"
  runs 0 aback plan -f "it's a dir/a \"b\".yaml" -o "it's a dir/the \$plan"
  # the command that it tells can be typed as it stands
  told=$(sed -n '/apply it with:/{n;s/^ *//;p}' <<<"$output")
  eval "${told/#aback/aback} --yes"
  runs 0 aback plan -f "it's a dir/a \"b\".yaml" -o $'the\nplan'
  runs 0 aback show $'the\nplan'
  runs 0 aback history --state "it's a dir/store.git"
  for file in -plan.json --plan.json; do
    cp next.json "./$file"
    runs 0 aback show -- "$file"
    runs 0 aback show "./$file"
  done
}

@test "bad arguments: a plan is written to a file or not at all" {
  begin
  mkdir dir
  for out in dir none/plan.json dir/ aback.yaml/plan.json - \
    /proc/self/plan.json; do
    refused 1 aback plan -o "$out"
    refused 1 aback backout --last -o "$out"
  done
  # a device and a pipe are written to, never replaced
  runs 0 aback plan -o /dev/null
  [ -c /dev/null ]
  mkfifo pipe
  cat pipe >piped.json 3>&- &
  runs 0 aback plan -o pipe
  wait $!
  [ -p pipe ]
  runs 0 aback show piped.json
  [ ! -e ./- ]
}

@test "bad arguments: a closed stdout is an error before anything is done" {
  begin
  for command in help version plan schema validate history \
    'show next.json' 'apply next.json --yes' 'backout --last --apply --yes' \
    'init -f new.yaml' 'plan -o closed.json' '--version' '--help'; do
    rc=0
    # shellcheck disable=SC2086 # words on purpose
    aback $command >&- 2>err.txt || rc=$?
    [ "$rc" -eq 1 ]
    grep -q 'stdout is closed' err.txt
    grep -q 'hint:' err.txt
  done
  [ ! -e closed.json ] && [ ! -e new.yaml ]
  cmp sim.log before.log || [ "$(mutation_count)" -eq 2 ]
  [ "$(change_id)" = "$id" ]
}

@test "bad arguments: closed stdin and stderr do no harm" {
  begin
  # shellcheck disable=SC2016 # for the inner shell
  runs 3 bash -c '"$ABACK" apply next.json <&-'
  said 'not a terminal'
  # shellcheck disable=SC2016 # for the inner shell
  runs 1 bash -c '"$ABACK" apply - --yes <&-'
  rc=0
  aback plan -f none.yaml 2>&- >out.txt || rc=$?
  [ "$rc" -eq 1 ]
  aback apply next.json --yes >out.txt 2>&- <&-
  git -C store.git fsck --no-dangling
  grep -q 'done: all of it' out.txt
  # nothing was printed into files that got their descriptors
  [ -z "$(grep -rl 'sent: rds' store.git || true)" ]
}

@test "bad arguments: a full stdout is an error, before anything is sent" {
  begin
  [ -c /dev/full ] || skip 'no /dev/full'
  for command in help version plan schema validate history \
    'show next.json' 'apply next.json --yes' 'backout --last --apply --yes' \
    'show next.json --check' 'completion bash' 'help plan' --version; do
    rc=0
    # shellcheck disable=SC2086 # words on purpose
    aback $command >/dev/full 2>err.txt || rc=$?
    [ "$rc" -eq 1 ] || { echo "$command: $rc" && return 1; }
    grep -q 'cannot write to stdout: No space left' err.txt
    grep -q 'hint:' err.txt
  done
  [ "$(mutation_count)" -eq 2 ]
  [ "$(change_id)" = "$id" ]
}

@test "bad arguments: what was done before stdout broke is not denied" {
  begin
  [ -c /dev/full ] || skip 'no /dev/full'
  # with --quiet nothing is printed before the end
  rc=0
  aback apply next.json --yes --quiet >/dev/full 2>err.txt || rc=$?
  [ "$rc" -eq 4 ]
  grep -q 'what was done stays done' err.txt
  [ "$(live_value clusters orders BackupRetentionPeriod)" = 21 ]
  rc=0
  aback init -f other.yaml --state other.git >/dev/full 2>err.txt || rc=$?
  [ "$rc" -eq 4 ]
  [ -e other.yaml ]
}

@test "bad arguments: a reader that goes away is no signal" {
  begin
  for command in plan schema 'show next.json' help history \
    'apply next.json --yes'; do
    # shellcheck disable=SC2016,SC2086 # for the inner shell; words
    runs 0 bash -c '{ sleep 0.2; timeout 30 "$ABACK" "$@" 2>err.txt
      echo $? >code; } | true' _ $command
    [ "$(cat code)" -eq 1 ]
    grep -q 'cannot write to stdout: Broken pipe' err.txt
  done
  [ "$(mutation_count)" -eq 2 ]
  # as `| head -1` does: what fits the pipe is fine
  # shellcheck disable=SC2016 # for the inner shell
  runs 0 bash -c '{ "$ABACK" plan 2>err.txt; echo $? >code; } | head -1'
  said 'aback plan for aback.yaml'
  grep -qx '[01]' code
}
