#!/usr/bin/env bats
# Promise 4: every intent is on disk before it is sent, every outcome after.
load promise

journal() { cut -d' ' -f3- "store.git/aback/journal/$1.jsonl"; }

# kill_in_call FAULT: apply is killed while the first call has no answer
kill_in_call() {
  start
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  runs 0 "$ABACK" plan -o plan.json
  fault "$1"
  in_background "$ABACK" apply plan.json --yes
  killed_once grep -q '"ModifyDBCluster"' sim.log
  id=$(change_id)
}

@test "promise 4: killed in a call, the next command knows and refuses" {
  kill_in_call '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
                 "fault": "hang", "ms": 60000}'
  journal "$id" | jq -s -e 'any(.event == "intent" and .step == 0)'
  [ -z "$(journal "$id" | jq -c 'select(.event == "outcome")')" ]
  runs 0 "$ABACK" plan -o again.json
  runs 3 "$ABACK" apply again.json --yes
  echo "$output"
  [[ $output == *"aback resume $id"* ]]
  [ "$(mutation_count)" -eq 1 ]
}

@test "promise 4: resume finds that the call did not happen" {
  kill_in_call '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
                 "fault": "hang", "ms": 60000}'
  [ "$(live_value clusters orders DeletionProtection)" = false ]
  runs 1 "$ABACK" resume "$id"
  [[ $output == *"nothing was changed"* ]]
  [ "$(mutation_count)" -eq 1 ] # nothing is sent again
  result_of "$id" | jq -e '.state == "failed" and
    .changes[0].value == false'
  # the way is free again
  runs 0 "$ABACK" plan -o again.json
  runs 0 "$ABACK" apply again.json --yes
  [ "$(live_value clusters orders DeletionProtection)" = true ]
}

@test "promise 4: resume finds that the call did happen" {
  kill_in_call '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
                 "fault": "hang", "ms": 60000}'
  poke cluster/orders '{"DeletionProtection": true}' # as if it had arrived
  runs 0 "$ABACK" resume "$id"
  [ "$(mutation_count)" -eq 1 ]
  result_of "$id" | jq -e '.state == "done"'
  runs 0 "$ABACK" backout "$id" --apply --yes --allow exposure
  [ "$(live_value clusters orders DeletionProtection)" = false ]
}

@test "promise 4: the machine is lost, another one finds out by reading" {
  start
  git init -q --bare -b main remote.git
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}
  - match: {kind: instance, id: orders-1}
    set: {publicly_accessible: false}'
  sed -i "s#^state: .*#state: {repository: ./store.git, remote: $PWD/remote.git}#" \
    aback.yaml
  rm -rf store.git
  runs 0 "$ABACK" init
  runs 0 "$ABACK" plan -o plan.json
  # the second call of one lane: the first is done when it is on its way
  fault '{"service": "rds", "action": "ModifyDBInstance", "nth": 1,
          "fault": "hang", "ms": 60000}'
  in_background "$ABACK" apply plan.json --yes
  killed_once grep -q '"ModifyDBInstance"' sim.log
  id=$(change_id)
  rm -rf store.git # and all that was only there
  runs 0 "$ABACK" plan -o again.json
  runs 3 "$ABACK" apply again.json --yes
  [[ $output == *"aback resume $id"* ]]
  runs 4 "$ABACK" resume "$id"
  [ "$(mutation_count)" -eq 2 ]
  result_of "$id" | jq -e '[.changes[] | .state] == ["done", "skipped"]'
  runs 0 "$ABACK" backout "$id" --apply --yes
  [ "$(live_value clusters orders DeletionProtection)" = false ]
}

@test "promise 4: killed before the first call, nothing was done" {
  start
  runs 0 "$ABACK" plan -o plan.json
  # the look right before the first write never ends
  fault '{"service": "rds", "action": "DescribeDBClusters", "nth": 2,
          "fault": "hang", "ms": 60000}'
  in_background "$ABACK" apply plan.json --yes
  killed_once git -C store.git rev-parse -q --verify main:changes
  [ "$(mutation_count)" -eq 0 ]
  runs 1 "$ABACK" resume "$(change_id)"
  [[ $output == *"nothing was changed"* ]]
  [ "$(mutation_count)" -eq 0 ]
  result_of "$(change_id)" | jq -e 'all(.steps[]; .state == "skipped")'
}

@test "promise 4: a journal that cannot be written stops the sending" {
  start
  runs 0 "$ABACK" plan -o plan.json
  mkdir -p store.git/aback
  rm -rf store.git/aback/journal
  ln -s /dev/full/nowhere store.git/aback/journal
  run "$ABACK" apply plan.json --yes
  [ "$status" -ne 0 ]
  [ "$(mutation_count)" -eq 0 ]
}

@test "promise 4: interrupted in a call, it ends at once and says what is next" {
  start
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "from": 1, "to": 99,
          "fault": "hang", "ms": 60000}'
  "$ABACK" apply plan.json --yes >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"ModifyDBCluster"' sim.log
  kill -TERM "$run_pid"
  code=0
  wait "$run_pid" || code=$?
  run_pid=
  cat out
  [ "$code" -eq 130 ]
  id=$(change_id)
  grep -q "aback resume $id" out
  not stored "changes/$id/result.json"
  # what is known so far is in the store already
  stored "changes/$id/journal.jsonl" | cut -d' ' -f3- |
    jq -s -e 'any(.event == "intent")'
  runs 1 "$ABACK" resume "$id"
  result_of "$id" | jq -e '.state == "failed"'
}

@test "promise 4: a second Ctrl-C stops at once, and the journal tells the truth" {
  start_sim
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  git init -q --bare -b main remote.git
  sed -i "s#\./store.git}#./store.git, remote: $PWD/remote.git}#" aback.yaml
  "$ABACK" init >init.out 2>&1
  runs 0 "$ABACK" plan -o plan.json
  # the first call is done, the second one hangs
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 2,
          "fault": "hang", "ms": 60000}'
  "$ABACK" apply plan.json --yes >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q ': done' out
  wait_for 20 sent 2
  # what the first one leads to takes long: the remote does not answer
  cat >remote.git/hooks/pre-receive <<END
#!/bin/sh
touch "$PWD/asked"
while [ -e "$PWD/asked" ]; do sleep 0.05; done
END
  chmod +x remote.git/hooks/pre-receive
  kill -INT "$run_pid"
  wait_for 5 grep -q 'a second Ctrl-C stops at once' out
  wait_for 30 test -e asked
  kill -0 "$run_pid"
  kill -INT "$run_pid"
  code=0
  timeout 5 tail --pid="$run_pid" -f /dev/null
  wait "$run_pid" || code=$?
  run_pid=
  [ "$code" -eq 130 ]
  rm asked remote.git/hooks/pre-receive
  # both calls are known, and the one that was done as done
  id=$(change_id)
  before=$(mutation_count)
  runs 4 "$ABACK" resume "$id"
  [ "$(mutation_count)" -eq "$before" ]
  result_of "$id" | jq -e '[.steps[].state] | sort == ["done", "skipped"]'
  runs 0 "$ABACK" state fsck
  runs 0 "$ABACK" backout "$id" --apply --yes
  [ "$(live_value clusters orders DeletionProtection)" = false ]
  [ "$(live_value clusters users DeletionProtection)" = false ]
}

# sent N: so many calls have arrived that change something
sent() { [ "$(mutation_count)" -ge "$1" ]; }

@test "promise 4: two applies at once: one is refused, whichever" {
  start --settle-ms 1500
  runs 0 "$ABACK" plan -o plan.json
  "$ABACK" apply plan.json --yes >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"ModifyDBCluster"' sim.log
  runs 3 "$ABACK" apply plan.json --yes
  wait "$run_pid"
  run_pid=
  [ "$(mutation_count)" -eq 2 ] # of two clusters
}
