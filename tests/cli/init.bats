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

@test "init: --from-live that cannot read makes nothing" {
  start_sim
  export AWS_SECRET_ACCESS_KEY=wrong
  fails 1 aback init --from-live
  [ ! -e aback.yaml ]
  [ ! -e aurora-state.git ]
}
