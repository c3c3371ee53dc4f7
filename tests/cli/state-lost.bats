#!/usr/bin/env bats
# A machine that vanished, store, journal and all: from aback.yaml and the remote
# alone, on another host, everything can be accounted for and taken back.
load helpers
load transport

teardown() {
  stop_servers
  [ -z "${sim_pid:-}" ] || kill "$sim_pid" 2>/dev/null || true
  [ -z "${run_pid:-}" ] || kill -KILL "$run_pid" 2>/dev/null || true
}

# far_away: the locks that the lost machine left are another host's.
far_away() {
  local ref id
  for ref in $(git -C remote.git for-each-ref --format='%(refname)' \
    refs/aback/locks); do
    id=$(git -C remote.git log -1 --format=%B "$ref" |
      sed 's/^Aback-Host: .*/Aback-Host: runner-4711/' |
      git -C remote.git commit-tree "$ref^{tree}")
    git -C remote.git update-ref "$ref" "$id"
  done
}

# lost FAULT: an apply whose machine is gone while a call is on its way.
lost() {
  share "$url"
  "$ABACK" init >out 2>&1
  "$ABACK" plan -o plan.json >out 2>&1
  fault "$1"
  in_background "$ABACK" apply plan.json --yes
  killed_once grep -q '"ModifyDBCluster"' sim.log
  id=$(git -C remote.git ls-tree --name-only main:changes)
  rm -rf store.git plan.json
  far_away
}

# What the next machine finds and does.
recovers() {
  runs 0 "$ABACK" history
  said "$id" unfinished
  runs 0 "$ABACK" show "$id"
  # nothing else comes first, and that is said
  "$ABACK" plan -o next.json >out 2>&1
  before=$(mutation_count)
  if jq -e '.steps | length > 0' next.json >/dev/null; then
    fails 3 "$ABACK" apply next.json --yes
    said "aback resume $id"
  fi
  fails 3 "$ABACK" backout "$id" --apply --yes --allow exposure
  said "aback resume"
  runs 0 "$ABACK" state lock
  said runner-4711 "aback resume $id"
  # the process may run, for all that is known here, until somebody names it
  fails 3 "$ABACK" resume
  said "aback resume $id"
  run "$ABACK" resume "$id"
  [ "$status" -eq 0 ] || [ "$status" -eq 4 ] || [ "$status" -eq 1 ]
  [ "$(mutation_count)" -eq "$before" ] # resume reads
  [ -z "$(git -C remote.git for-each-ref refs/aback/locks)" ]
  result_of "$id" >result.json
  # what it says is what is so
  for cluster in orders users; do
    live=$(live_value clusters $cluster DeletionProtection)
    jq -e --arg address "cluster/$cluster" --argjson live "$live" '.changes[]
      | select(.address == $address) | .value == $live' result.json
  done
  runs 0 "$ABACK" state fsck
}

ends_well() {
  # whatever happened can be taken back, and the way is free again
  if jq -e 'any(.changes[]; .value == true)' result.json >/dev/null; then
    rm -rf store.git
    runs 0 "$ABACK" backout "$id" --apply --yes --allow exposure
  fi
  for cluster in orders users; do
    [ "$(live_value clusters $cluster DeletionProtection)" = false ]
  done
  runs 0 "$ABACK" state fsck
}

@test "lost: while a call hangs that has not happened, over file://" {
  serve file
  lost '{"service": "rds", "action": "ModifyDBCluster", "nth": 2,
         "fault": "hang", "ms": 60000}'
  recovers
  ends_well
}

@test "lost: after a call that happened and whose answer was lost, over ssh" {
  serve ssh
  lost '{"service": "rds", "action": "ModifyDBCluster", "from": 1, "to": 9,
         "fault": "reset_after"}'
  recovers
  ends_well
}

@test "lost: the same over https, and the next machine has a bare clone only" {
  serve https
  lost '{"service": "rds", "action": "ModifyDBCluster", "nth": 2,
         "fault": "hang", "ms": 60000}'
  rm aback.yaml
  git -c credential.helper="!f() { echo username=a; echo password=$ABACK_GIT_TOKEN; }; f" \
    clone -q --bare "$url" store.git
  run "$ABACK" resume "$id" --state store.git
  [ "$status" -eq 4 ] || [ "$status" -eq 1 ]
  runs 0 "$ABACK" history --state store.git
  said "$id"
  runs 0 "$ABACK" state fsck --state store.git
  run "$ABACK" backout "$id" --state store.git --apply --yes --allow exposure
  for cluster in orders users; do
    [ "$(live_value clusters $cluster DeletionProtection)" = false ]
  done
}

@test "lost: before anything was recorded, nothing is in the way but the lock" {
  serve file
  share "$url"
  "$ABACK" init >out 2>&1
  "$ABACK" plan -o plan.json >out 2>&1
  # a lock whose holder got no further
  git -C remote.git update-ref "refs/aback/locks/$account/$region" "$(printf \
    'Lock %s\n\nAback-Holder: ci\nAback-Host: runner-1\nAback-Process: 7\nAback-Since: 2026-11-24T02:15:30Z\nAback-Change: 20261124T021530Z-a1b2c3\n' \
    "$account/$region" | git -C remote.git commit-tree \
    "$(git -C remote.git hash-object -t tree -w /dev/null)")"
  fails 3 "$ABACK" apply plan.json --yes
  said 'is locked by' "aback state unlock $account/$region --holder 'ci'"
  runs 0 "$ABACK" state unlock "$account/$region" --holder ci
  runs 0 "$ABACK" apply plan.json --yes
}
