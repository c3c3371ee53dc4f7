#!/usr/bin/env bats
# Promise 8: done means done in AWS.
load promise

retention_is() {
  [ "$(live_value clusters orders BackupRetentionPeriod)" = "$1" ]
}

@test "promise 8: a call that is answered 200 and changes nothing is not done" {
  start
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "from": 1, "to": 99,
          "fault": "ignore"}'
  runs 4 "$ABACK" apply plan.json --yes --deadline 4s
  [[ $output == *"the value did not change"* ]]
  result_of "$(change_id)" | jq -e '.state == "failed" and
    .changes[0].state == "failed" and .changes[0].value == false'
  [ "$(mutation_count)" -eq 1 ] # nor is it sent again
}

@test "promise 8: what waits for the window is waiting, then in effect" {
  start
  write_desired '  - match: {kind: cluster, id: orders}
    when: window
    set: {backup_retention_period: 21}'
  runs 0 "$ABACK" plan -o plan.json
  runs 4 "$ABACK" apply plan.json --yes
  mutations | jq -e '.parameters | has("ApplyImmediately") | not'
  result_of "$(change_id)" | jq -e '.state == "waiting"'
  [ "$(live_value clusters orders BackupRetentionPeriod)" = 14 ]
  # the next plan knows that it is on its way
  runs 0 "$ABACK" plan -o second.json
  jq -e '.steps == [] and (.waiting | length) == 1' second.json
  window
  wait_for 10 retention_is 21
  runs 0 "$ABACK" plan -o third.json
  jq -e '.steps == [] and .waiting == []' third.json
}

@test "promise 8: an apply ends only when the cluster is settled" {
  start --settle-ms 1500
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes
  live | jq -e '.accounts[0].regions[0].clusters |
    all(.Status == "available" and .DeletionProtection == true
        and (has("in_flight") | not))'
}

@test "promise 8: a cluster that is busy is waited for" {
  start
  poke cluster/orders '{"Status": "backing-up"}'
  runs 0 "$ABACK" plan -o plan.json
  "$ABACK" apply plan.json --yes >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"ModifyDBCluster"' sim.log # the other cluster's
  poke cluster/orders '{"Status": "available"}'
  wait "$run_pid"
  run_pid=
  [ "$(live_value clusters orders DeletionProtection)" = true ]
}

@test "promise 8: a status that nobody knows is in progress, to the deadline" {
  start
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  poke cluster/orders '{"Status": "pondering"}'
  runs 0 "$ABACK" plan -o plan.json
  runs 1 "$ABACK" apply plan.json --yes --deadline 2s
  [[ $output == *pondering* && $output == *"nothing was changed"* ]]
  [ "$(mutation_count)" -eq 0 ]
}

@test "promise 8: one call of two denied: the other is done, and both told" {
  start
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 2,
          "fault": "error", "status": 403, "code": "AccessDenied",
          "message": "not authorized"}'
  runs 4 "$ABACK" apply plan.json --yes
  [[ $output == *AccessDenied* ]]
  result_of "$(change_id)" | jq -e '.state == "failed" and
    ([.changes[].state] | sort) == ["done", "failed"]'
}

@test "promise 8: --on-failure backout takes back what was done" {
  start
  live >before
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 2,
          "fault": "error", "status": 403, "code": "AccessDenied",
          "message": "not authorized"}'
  runs 4 "$ABACK" apply plan.json --yes --on-failure backout
  result_of "$(change_id)" | jq -e '.state == "backed_out"'
  live | diff before -
}

@test "promise 8: what takes a reboot is waiting for it" {
  write_fleet
  jq '.accounts[0].regions[0].db_cluster_parameter_groups = [
    {"DBClusterParameterGroupName": "strict",
     "DBParameterGroupFamily": "aurora-postgresql16"}] |
    .accounts[0].regions[0].clusters[0].EngineVersion = "16.4"' \
    fleet.json >more.json
  mv more.json fleet.json
  start
  write_desired '  - match: {kind: cluster, id: orders}
    set: {db_cluster_parameter_group_name: strict}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes[0].effect == "reboot"' plan.json
  runs 4 "$ABACK" apply plan.json --yes
  [[ $output == *reboot* ]]
  id=$(change_id)
  result_of "$id" | jq -e '.state == "waiting" and
    .changes[0].value == "strict"'
  # it stands in the way of nothing, and least of all of its own backout
  write_desired '  - match: {kind: cluster, id: orders}
    set: {db_cluster_parameter_group_name: strict, deletion_protection: true}'
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes
  run "$ABACK" backout "$id" --apply --yes
  [[ $status == [04] ]]
  [ "$(live_value clusters orders DBClusterParameterGroup)" = \
    '"default.aurora-postgresql16"' ]
}

@test "promise 8: credentials that expire in mid-apply stop it, accounted for" {
  write_fleet
  # gone five seconds after the start; the cluster takes longer than that
  jq --arg at "$(date -u -d '+5 seconds' +%Y-%m-%dT%H:%M:%SZ)" \
    '.accounts[0].access_keys = [
      {"access_key_id": "AKIAABACKSIMULATOR01",
       "secret_access_key": "aback-simulator-secret-key",
       "expires_at": $at},
      {"access_key_id": "AKIAABACKSIMULATOR02",
       "secret_access_key": "another-secret-key"}]' fleet.json >more.json
  mv more.json fleet.json
  start --settle-ms 7000
  write_desired '  - match: {kind: cluster, id: orders}
    set: {iam_database_authentication_enabled: true}
  - match: {kind: instance, id: orders-1}
    set: {publicly_accessible: false}'
  runs 0 "$ABACK" plan -o plan.json
  runs 4 "$ABACK" apply plan.json --yes
  echo "$output"
  id=$(change_id)
  [[ $output == *"aback resume $id"* ]]
  [ "$(mutation_count)" -eq 1 ]
  export AWS_ACCESS_KEY_ID=AKIAABACKSIMULATOR02
  export AWS_SECRET_ACCESS_KEY=another-secret-key
  runs 4 "$ABACK" resume "$id"
  result_of "$id" | jq -e '[.steps[].state] == ["done", "skipped"]'
  [ "$(mutation_count)" -eq 1 ]
}
