#!/usr/bin/env bats
# Promise 4, where somebody else takes care of a change: what one process knows
# of another one on another host is only what the store says.
load promise

# Another host, as far as its name goes, with a clone of its own.
elsewhere() {
  unshare --uts sh -c 'hostname far-away && exec "$@"' sh "$ABACK" "$@"
}

begin() {
  unshare --uts true 2>/dev/null || skip 'no namespaces for host names'
  git init -q --bare -b main remote.git
  start_sim "$@"
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}
  - match: {kind: instance, id: orders-1}
    set: {publicly_accessible: false}'
  sed -i "s#\./store.git}#./store.git, remote: $PWD/remote.git}#" aback.yaml
  runs 0 "$ABACK" init
  runs 0 "$ABACK" plan -o plan.json
}
apply() {
  "$ABACK" apply plan.json --yes >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q "\"$1\"" sim.log
  id=$(change_id)
  cp -r store.git other.git
}
ended() { # EXIT-CODE
  code=0
  wait "$run_pid" || code=$?
  run_pid=
  cat out
  [ "$code" -eq "$1" ]
}

@test "promise 4: resume takes nothing from an apply that runs on another host" {
  begin --settle-ms 1500
  apply ModifyDBCluster
  runs 3 elsewhere resume --state other.git
  [[ $output == *"on host '$(hostname)'"*"aback resume $id"* ]]
  not elsewhere apply plan.json --yes --state other.git
  ended 0
  result_of "$id" | jq -e '.state == "done" and (has("resumed") | not)'
  runs 0 elsewhere resume --state other.git
  [[ $output == *'nothing to resume'* ]]
}

@test "promise 4: who is taken for gone sends and records nothing more" {
  begin --settle-ms 1500
  fault '{"service": "rds", "action": "ModifyDBInstance", "nth": 1,
          "fault": "hang", "ms": 4000}'
  apply ModifyDBInstance
  # it is only slow, but somebody says otherwise, and finds it done
  poke instance/orders-1 '{"PubliclyAccessible": false}'
  runs 0 elsewhere resume "$id" --state other.git
  before=$(git -C remote.git rev-parse main)
  ended 4
  [[ $(cat out) == *"was taken by somebody who held this process for gone"* ]]
  grep -q "aback show $id" out
  [ "$(git -C remote.git rev-parse main)" = "$before" ]
  git -C remote.git show "main:changes/$id/result.json" |
    jq -e '.resumed and .state == "done"'
  runs 0 "$ABACK" state sync
  runs 0 "$ABACK" state fsck
  runs 0 "$ABACK" backout "$id" --apply --yes --allow exposure
}

@test "promise 4: resumed from two clones at once, it is accounted for once" {
  begin
  fault '{"service": "rds", "action": "ModifyDBInstance", "nth": 1,
          "fault": "hang", "ms": 40000}'
  apply ModifyDBInstance
  kill -KILL "$run_pid"
  wait "$run_pid" || true
  run_pid=
  poke instance/orders-1 '{"PubliclyAccessible": false}'
  # one of them is held up between looking at the store and the lock
  fault '{"service": "sts", "action": "GetCallerIdentity", "nth": 1,
          "fault": "hang", "ms": 3000}'
  asked=$(grep -c GetCallerIdentity sim.log)
  elsewhere resume "$id" --state other.git >out 2>&1 3>&- &
  run_pid=$!
  wait_for 10 asked_more
  runs 0 "$ABACK" resume "$id"
  before=$(git -C remote.git rev-parse main)
  ended 1
  [[ $(cat out) == *"$id is finished (done)"* ]]
  [ "$(git -C remote.git rev-parse main)" = "$before" ]
  [ -z "$(git -C remote.git for-each-ref refs/aback)" ]
  runs 0 "$ABACK" state sync
  runs 0 "$ABACK" state fsck
}
asked_more() { [ "$(grep -c GetCallerIdentity sim.log)" -gt "$asked" ]; }
