#!/usr/bin/env bats
# aback init, with and without --from-live.
load helpers

@test "init: makes a file that validates and a store, calling nobody" {
  export AWS_ENDPOINT_URL=http://127.0.0.1:9
  runs 0 aback init
  said 'made aback.yaml'
  runs 0 aback validate
  git -C aurora-state.git fsck --strict
  [ "$(git -C aurora-state.git show main:FORMAT)" = 'aback-state 1' ]
}

@test "init: overwrites nothing" {
  runs 0 aback init
  echo '# mine' >>aback.yaml
  cp aback.yaml mine.yaml
  before=$(git -C aurora-state.git rev-parse main)
  runs 0 aback init
  said 'stays as it is'
  cmp aback.yaml mine.yaml
  [ "$(git -C aurora-state.git rev-parse main)" = "$before" ]
}

@test "init: a directory of somebody else's at the store's place" {
  mkdir aurora-state.git
  echo precious >aurora-state.git/file
  fails 1 aback init
  said aurora-state.git
  [ "$(cat aurora-state.git/file)" = precious ]
}

@test "init: --from-live writes what is live, and its plan is empty" {
  start_sim
  runs 0 aback init --from-live
  grep -q "$account" aback.yaml
  grep -q "$region" aback.yaml
  runs 0 aback validate
  runs 0 aback plan --detailed-exitcode
  said 'no changes'
  [ "$(mutation_count)" -eq 0 ]
}

@test "init: --from-live of the demo fleet" {
  cp "$root/tests/data/fleets/demo.json" fleet.json
  start_sim
  runs 0 aback init --from-live
  runs 0 aback validate
  aback plan --format json >plan.json
  jq -e '.changes == [] and .blocked == []' plan.json
}

@test "init: --from-live writes no weak value down, but what puts it right" {
  cp "$root/tests/data/fleets/demo.json" fleet.json
  start_sim
  runs 0 aback init --from-live
  grep -q '# cluster catalog: backup_retention_period is 3; wanted is at least 7' \
    aback.yaml
  not grep -q '^ *backup_retention_period: [13]$' aback.yaml
  not grep -q '^ *ingress:.*::/0' aback.yaml
  # without their hashes the rules plan just that
  sed -i 's/^  # \(- match:.*\)/  \1/; s/^  #   \(set:.*\)/    \1/' aback.yaml
  runs 0 aback validate
  aback plan --format json >plan.json
  jq -e '[.changes[] | select(.setting == "backup_retention_period") |
    .after] | length > 1 and all(.[]; . == 7)' plan.json
  jq -e 'any(.changes[]; .via == "public_ingress")' plan.json
}

@test "init: --from-live that cannot read makes nothing" {
  start_sim
  export AWS_SECRET_ACCESS_KEY=wrong
  fails 1 aback init --from-live
  [ ! -e aback.yaml ]
  [ ! -e aurora-state.git ]
}
