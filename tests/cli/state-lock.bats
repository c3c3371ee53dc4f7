#!/usr/bin/env bats
# aback state lock and unlock: who holds what, and taking a lock away.
load helpers

place=$account/$region
lock_ref=refs/aback/locks/$place

# lock_of REPOSITORY HOLDER HOST [CHANGE]: a lock as a run on HOST leaves it.
lock_of() {
  local id
  id=$(git -C "$1" commit-tree -m "Lock $place

Aback-Holder: $2
Aback-Host: $3
Aback-Boot: 12345678
Aback-Namespace: pid:[1]
Aback-Process: 4711
Aback-Process-Start: 1
Aback-Since: 2026-11-24T02:15:30Z${4:+
Aback-Change: $4}" "$(git -C "$1" hash-object -t tree -w /dev/null)")
  git -C "$1" update-ref "$lock_ref" "$id"
}

# An apply that hangs in its first call; its pid is run_pid.
hanging_apply() {
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "hang", "ms": 60000}'
  "$ABACK" apply plan.json --yes >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"ModifyDBCluster"' sim.log
}

@test "state lock: nothing is locked" {
  shared
  runs 0 "$ABACK" state lock
  said 'nothing is locked'
  "$ABACK" state lock --format json 2>err.txt |
    jq -e '.format == "aback-locks/1" and .locks == []'
}

@test "state lock: a running apply, which nobody can unlock from here" {
  shared
  hanging_apply
  runs 0 "$ABACK" state lock
  said "$place locked by" "process $run_pid" 'for change' \
    'here and on the remote' 'is running here'
  runs 0 "$ABACK" state lock --format json
  holder=$(jq -r '.locks[0].holder' <<<"$output")
  jq -e --argjson pid "$run_pid" '.locks | length == 1 and .[0].state ==
    "running" and .[0].process == $pid and .[0].here and .[0].remote' \
    <<<"$output"
  fails 3 "$ABACK" state unlock "$place" --holder "$holder"
  said 'which is running'
  # a colleague who releases a hold there is told how it could be taken away
  git clone -q --bare remote.git other.git
  fails 3 "$ABACK" resume --state other.git
  said "aback state unlock $place --holder '$holder'" 'aback resume'
}

@test "state lock: a dead run's, with what comes first" {
  shared
  hanging_apply
  kill -KILL "$run_pid"
  wait "$run_pid" 2>/dev/null || true
  id=$(change_id)
  runs 0 "$ABACK" state lock
  said 'its process is gone' "aback resume $id"
  holder=$("$ABACK" state lock --format json | jq -r '.locks[0].holder')
  fails 3 "$ABACK" state unlock "$place" --holder somebody
  said "not by 'somebody'" 'aback state lock'
  git -C store.git rev-parse "$lock_ref"
  runs 0 "$ABACK" state unlock "$place" --holder "$holder"
  said "unlocked $place" "next: aback resume $id"
  for repository in store.git remote.git; do
    [ -z "$(git -C $repository for-each-ref refs/aback/locks)" ]
  done
  # the change is not forgotten with its lock
  "$ABACK" plan -o next.json >out 2>&1
  fails 3 "$ABACK" apply next.json --yes
  said "aback resume $id"
  runs 4 "$ABACK" resume
  runs 0 "$ABACK" apply next.json --yes
}

@test "state unlock: another host's lock on the remote, by its holder's name" {
  shared
  lock_of remote.git "Anna O'Hara" far.example.com
  runs 0 "$ABACK" state lock
  said "Anna O'Hara" far.example.com 'on the remote' 'cannot be told from here' \
    "--holder 'Anna O'\\''Hara'"
  fails 3 "$ABACK" apply plan.json --yes
  said 'is locked by' far.example.com 'aback state unlock'
  [ "$(mutation_count)" -eq 0 ]
  fails 3 "$ABACK" state unlock "$place" --holder Anna
  runs 0 "$ABACK" state unlock "$place" --holder "Anna O'Hara" --format json
  jq -e '.host == "far.example.com" and .remote and (.here | not)' <<<"$output"
  runs 0 "$ABACK" apply plan.json --yes
}

@test "state unlock: the lock of a decision, which a vanished machine left" {
  shared
  in_background "$ABACK" apply plan.json --yes --confirm-within 1h
  killed_once grep -q 'aback confirm 2' out
  id=$(change_id)
  place=confirm/$id lock_ref=refs/aback/locks/confirm/$id
  # gone with its store, in the middle of keeping it or of letting it expire
  lock_of remote.git anna far.example.com
  rm -rf store.git
  "$ABACK" init >out 2>&1
  runs 0 "$ABACK" state lock
  said "$place locked by 'anna'" far.example.com \
    "aback state unlock $place --holder 'anna'"
  fails 3 "$ABACK" state unlock "$place" --holder otto
  runs 0 "$ABACK" state unlock "$place" --holder anna
  said "unlocked $place"
  [ -z "$(git -C remote.git for-each-ref "$lock_ref")" ]
  runs 0 "$ABACK" confirm "$id"
  said "change $id is kept"
  runs 0 "$ABACK" state lock
  said 'nothing is locked'
}

@test "state unlock: what changed hands meanwhile stays" {
  shared
  lock_of remote.git anna far.example.com
  # while the lock is taken away, a hook stands for somebody who is faster
  cat >remote.git/hooks/pre-receive <<'END'
#!/bin/sh
read -r from to ref
echo "$from $to $ref" >>seen
exit 0
END
  chmod +x remote.git/hooks/pre-receive
  old=$(git -C remote.git rev-parse "$lock_ref")
  # what it looked at is not what is there when it deletes
  git -C remote.git update-ref "$lock_ref" \
    "$(lock_of remote.git anna near.example.com; git -C remote.git rev-parse "$lock_ref")"
  runs 0 "$ABACK" state unlock "$place" --holder anna
  not grep -q "$old" remote.git/seen
  grep -q "^$(printf '[0-9a-f]%.0s' {1..40}) 0000000" remote.git/seen
}

@test "state unlock: nothing there, no place, no name" {
  shared
  fails 1 "$ABACK" state unlock "$place" --holder me
  said "'$place' is not locked"
  fails 1 "$ABACK" state unlock nonsense --holder me
  said "'nonsense' is not"
  fails 1 "$ABACK" state unlock "$place"
  said '--holder NAME' 'aback state lock'
  fails 1 "$ABACK" state unlock
  fails 1 "$ABACK" state unlock '../../x' --holder me
  fails 1 "$ABACK" state lock --holder me
  said "takes no '--holder'"
}

@test "state unlock: a lock that aback did not write" {
  shared
  git -C remote.git update-ref "$lock_ref" main
  runs 0 "$ABACK" state lock
  said 'did not write' '--holder unknown'
  runs 0 "$ABACK" state unlock "$place" --holder unknown
  [ -z "$(git -C remote.git for-each-ref refs/aback/locks)" ]
}

@test "state lock: the remote cannot be reached" {
  shared
  lock_of store.git anna far.example.com
  mv remote.git gone.git
  runs 0 "$ABACK" state lock
  said 'not listed' anna 'only in this repository'
  fails 3 "$ABACK" state unlock "$place" --holder anna
}
