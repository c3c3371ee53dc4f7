#!/usr/bin/env bats
# aback show: plans and change records.
load helpers

@test "show: a plan as it was printed" {
  start
  aback plan -o plan.json >planned.txt 2>/dev/null
  aback show plan.json >shown.txt
  diff planned.txt shown.txt
  aback show --format json plan.json | cmp plan.json -
  aback show --format markdown plan.json | grep -q '^## aback plan'
  aback show --format html plan.json | grep -q "^<h1>aback plan"
  aback show - <plan.json | diff planned.txt -
}

@test "show: --check says what moved" {
  start
  aback plan -o plan.json >/dev/null 2>&1
  runs 0 aback show plan.json --check
  said 'still fits'
  poke cluster/orders '{"DeletionProtection": true}'
  runs 2 aback show plan.json --check
  said 'no longer fits' 'cluster/orders' 'deletion_protection'
  [ "$(mutation_count)" -eq 0 ]
}

@test "show: a change by its id and by the beginning of it" {
  start
  applied
  id=$(change_id)
  runs 0 aback show "$id"
  said "change $id" 'apply: done' 'deletion_protection  false → true  done' \
    "aback backout $id"
  runs 0 aback show "${id:0:15}"
  said "change $id"
  aback show "$id" --format json |
    jq -e '.state == "done" and (.plan.changes | length) == 2
      and (.prior | type) == "object" and (.journal | length) > 0'
  runs 0 aback show "$id" --format markdown
  said '| resource | setting | change | state |'
}

@test "show: what is neither a plan nor a change" {
  start
  fails 1 aback show 20990101T000000Z-aaaaaa
  said 20990101T000000Z-aaaaaa
  fails 1 aback show missing.json
  said missing.json
  fails 1 aback show --check 20990101T000000Z-aaaaaa
  echo '{"format": "aback-plan/99"}' >future.json
  fails 1 aback show future.json
  for junk in '' '[]' '{}' 'not json' '{"format": "aback-plan/1"}'; do
    printf '%s' "$junk" >junk.json
    run aback show junk.json
    [ "$status" -eq 1 ] || [ "$status" -eq 3 ]
    said 'error:'
  done
  head -c 100000 /dev/urandom >junk.json
  fails 1 aback show junk.json
}

@test "show: an edited plan" {
  start
  aback plan -o plan.json >/dev/null 2>&1
  sed 's/"after": true/"after": false/' plan.json >edited.json
  fails 3 aback show edited.json
}
