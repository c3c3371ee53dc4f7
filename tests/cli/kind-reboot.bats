#!/usr/bin/env bats
# Reboots: what a parameter group needs to take effect is planned, gated by
# consent, made one instance after another, and never made twice.
load kind

# A cluster of three, of which orders-1 writes, and one alone.
write_fleet() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "regions": [{"region": "$region",
    "db_cluster_parameter_groups": [
      {"DBClusterParameterGroupName": "strict",
       "DBParameterGroupFamily": "aurora-postgresql16"}],
    "db_parameter_groups": [
      {"DBParameterGroupName": "members",
       "DBParameterGroupFamily": "aurora-postgresql16"}],
    "clusters": [
      {"DBClusterIdentifier": "orders", "Engine": "aurora-postgresql",
       "EngineVersion": "16.4"},
      {"DBClusterIdentifier": "users", "Engine": "aurora-postgresql",
       "EngineVersion": "16.4"}],
    "instances": [
      {"DBInstanceIdentifier": "orders-1", "DBClusterIdentifier": "orders"},
      {"DBInstanceIdentifier": "orders-2", "DBClusterIdentifier": "orders"},
      {"DBInstanceIdentifier": "orders-3", "DBClusterIdentifier": "orders"},
      {"DBInstanceIdentifier": "users-1", "DBClusterIdentifier": "users"}]}]}]}
END
}

strict='  - match: {kind: cluster, id: orders}
    set: {db_cluster_parameter_group_name: strict}'
none_waits='  - match: {kind: instance}
    set: {pending_reboot: false}'

# Which instances were rebooted, in order.
reboots() {
  jq -r 'select(.action == "RebootDBInstance") |
    .parameters.DBInstanceIdentifier' sim.log | paste -sd' '
}

# What members show of their parameter groups, as boto3 reads it.
statuses() {
  AWS_DEFAULT_REGION=$region /usr/bin/python3 - "$endpoint" <<'END'
import sys, boto3
rds = boto3.client("rds", endpoint_url=sys.argv[1])
for cluster in rds.describe_db_clusters()["DBClusters"]:
    for member in cluster["DBClusterMembers"]:
        print(member["DBInstanceIdentifier"], "cluster",
              cluster["DBClusterParameterGroup"],
              member["DBClusterParameterGroupStatus"])
for one in rds.describe_db_instances()["DBInstances"]:
    for group in one["DBParameterGroups"]:
        print(one["DBInstanceIdentifier"], "own",
              group["DBParameterGroupName"], group["ParameterApplyStatus"])
END
}

journal() { stored "changes/$(change_id)/journal.jsonl" | cut -d' ' -f3-; }

@test "reboot: plan, apply, empty plan, backout, as before" {
  begin "$strict"
  statuses >before
  runs 0 "$ABACK" plan -o plan.json
  # readers first, the writer last, and all after the group
  jq -e '[.steps[] | "\(.call) \(.address)"] == [
    "rds:ModifyDBCluster cluster/orders",
    "rds:RebootDBInstance instance/orders-2",
    "rds:RebootDBInstance instance/orders-3",
    "rds:RebootDBInstance instance/orders-1"] and
    .steps[1].needs == [0] and .steps[3].needs == [0, 1, 2]' plan.json
  jq -e '[.changes[] | select(.setting == "pending_reboot")] | length == 3 and
    all(.before == true and .after == false and .consent == ["restart"] and
      .backout_consent == [] and
      .via == "cluster/orders:db_cluster_parameter_group_name")' plan.json
  [[ $output == *"reboots need"*"--allow restart"* ]]
  runs 0 "$ABACK" apply plan.json --yes --allow restart
  [ "$(reboots)" = "orders-2 orders-3 orders-1" ]
  [ "$(state '.state, .changes[].state' | sort -u)" = "done" ]
  statuses | grep 'orders-. cluster' >after
  [ "$(sort -u after | grep -c 'strict in-sync')" -eq 3 ]
  runs 0 "$ABACK" plan --detailed-exitcode
  runs 0 "$ABACK" backout --last -o back.json
  [[ $output == *"a reboot is not taken back"* ]]
  runs 0 "$ABACK" apply back.json --yes --allow restart
  [ "$(reboots)" = "orders-2 orders-3 orders-1 orders-2 orders-3 orders-1" ]
  statuses | diff before -
  # the hold is on the group, not on the reboots
  runs 0 "$ABACK" plan --detailed-exitcode
  [[ $output == *"1 held"* ]]
  # and the way forth again
  runs 0 "$ABACK" backout --last --apply --yes --allow restart
  statuses | grep 'orders-. cluster' | diff after -
}

@test "reboot: without consent it is left out, and the change waits" {
  begin "$strict"
  runs 0 "$ABACK" plan -o plan.json
  runs 4 "$ABACK" apply plan.json --yes
  [ -z "$(reboots)" ]
  [[ $output == *"left out"*"'--allow restart' was not given"* ]]
  [ "$(state .state)" = waiting ]
  [ "$(state '[.changes[].state] | join(" ")')" = \
    "waiting skipped skipped skipped" ]
  # it stays known as waiting, and nothing is planned that nobody asked for
  runs 0 "$ABACK" plan --detailed-exitcode
  [[ $output == *"takes effect when the instances are rebooted"* ]]
  # where it is asked for, consent is a must
  write_desired "$strict
$none_waits"
  runs 2 "$ABACK" plan -o plan.json --detailed-exitcode
  jq -e '[.changes[] | .address] == ["instance/orders-1",
    "instance/orders-2", "instance/orders-3"] and
    all(.changes[]; .via == null) and .steps[2].needs == [0, 1]' plan.json
  runs 3 "$ABACK" apply plan.json --yes
  [[ $output == *"--allow restart"* ]]
  runs 0 "$ABACK" apply plan.json --yes --allow restart
  [ "$(reboots)" = "orders-2 orders-3 orders-1" ]
  runs 0 "$ABACK" plan --detailed-exitcode
}

@test "reboot: an instance's own group, and several causes of one reboot" {
  begin "$strict
  - match: {kind: instance, id: [orders-2, users-1]}
    set: {db_parameter_group_name: members}"
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.changes[] | select(.setting == "pending_reboot") |
    {(.address): .via}] | add == {
    "instance/orders-1": "cluster/orders:db_cluster_parameter_group_name",
    "instance/orders-2": "cluster/orders:db_cluster_parameter_group_name, instance/orders-2:db_parameter_group_name",
    "instance/orders-3": "cluster/orders:db_cluster_parameter_group_name",
    "instance/users-1": "instance/users-1:db_parameter_group_name"}' plan.json
  runs 0 "$ABACK" apply plan.json --yes --allow restart
  [ "$(reboots | tr ' ' '\n' | sort | paste -sd' ')" = \
    "orders-1 orders-2 orders-3 users-1" ]
  not grep pending-reboot <(statuses)
  [ "$(state .state)" = "done" ]
}

@test "reboot: only who waits is rebooted, and what a colleague did is enough" {
  begin "$none_waits"
  runs 0 "$ABACK" plan --detailed-exitcode
  poke instance/orders-3 '{"DBParameterGroups": [{"DBParameterGroupName":
    "default.aurora-postgresql16", "ParameterApplyStatus": "pending-reboot"}]}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.changes[].address] == ["instance/orders-3"]' plan.json
  # somebody reboots it first: the plan is of another day
  poke instance/orders-3 '{"reboot": true}'
  runs 3 "$ABACK" apply plan.json --yes --allow restart
  [[ $output == *"pending_reboot is now false"* ]]
  [ -z "$(reboots)" ]
}

@test "reboot: 'when: window' leaves the reboots to others and says so" {
  begin '  - match: {kind: cluster, id: orders}
    when: window
    set: {db_cluster_parameter_group_name: strict}'
  runs 0 "$ABACK" plan -o plan.json
  [[ $(tr -s ' \n' ' ' <<<"$output") == *"no reboot is planned for it"* ]]
  jq -e '[.changes[].setting] == ["db_cluster_parameter_group_name"]' plan.json
  runs 4 "$ABACK" apply plan.json --yes --allow restart
  [ -z "$(reboots)" ]
}

@test "reboot: only false can be asked for, and only of instances" {
  write_desired '  - match: {kind: instance}
    set: {pending_reboot: true}
  - match: {kind: cluster}
    set: {pending_reboot: false}'
  runs 1 "$ABACK" validate
  [[ $output == *"can only be false"* ]]
  [[ $output == *"each instance is rebooted on its own"* ]]
}

@test "reboot: after a failover between plan and apply the plan is stale" {
  begin "$strict"
  runs 0 "$ABACK" plan -o plan.json
  live | jq '(.accounts[0].regions[0].clusters[] |
    select(.DBClusterIdentifier == "orders") | .DBClusterMembers[] |
    .IsClusterWriter) |= not' >fleet.json
  kill "$sim_pid"
  wait "$sim_pid" || true
  jq '(.accounts[0].regions[0].clusters[].DBClusterMembers[] |
    select(.DBInstanceIdentifier == "orders-3").IsClusterWriter) = false' \
    fleet.json >more.json
  mv more.json fleet.json
  start_sim
  runs 3 "$ABACK" apply plan.json --yes --allow restart
  [[ $output == *reboots_after* ]]
  [ "$(mutation_count)" -eq 0 ]
}

# ---- outcomes that nobody knows ----

@test "reboot: its answer is lost, it is found done and not sent again" {
  begin "$strict"
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "RebootDBInstance", "nth": 2,
          "fault": "reset_after"}'
  runs 0 "$ABACK" apply plan.json --yes --allow restart
  [ "$(reboots)" = "orders-2 orders-3 orders-1" ]
  [ "$(state '.steps[2].reason')" = "found done by reading" ]
}

@test "reboot: it never arrived, which status and events show" {
  begin "$none_waits"
  poke instance/users-1 '{"DBParameterGroups": [{"DBParameterGroupName":
    "default.aurora-postgresql16", "ParameterApplyStatus": "pending-reboot"}]}'
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "RebootDBInstance", "nth": 1,
          "fault": "reset_before"}'
  runs 0 "$ABACK" apply plan.json --yes --allow restart
  [ "$(reboots)" = "users-1 users-1" ]
  # AWS was asked between the two
  jq -se 'map(.action) | index("DescribeEvents") as $asked |
    $asked > index("RebootDBInstance") and
    $asked < rindex("RebootDBInstance")' sim.log
  journal | jq -se 'any(.event == "not_applied")'
}

@test "reboot: an event shows it, but it still waits: not sent again" {
  begin "$none_waits"
  waits='{"DBParameterGroups": [{"DBParameterGroupName":
    "default.aurora-postgresql16", "ParameterApplyStatus": "pending-reboot"}]}'
  poke instance/users-1 "$waits"
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "RebootDBInstance", "nth": 1,
          "fault": "reset_before"}'
  "$ABACK" apply plan.json --yes --allow restart >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"RebootDBInstance"' sim.log
  # it was restarted indeed, and then a static parameter changed
  poke instance/users-1 '{"reboot": true}'
  poke instance/users-1 "$waits"
  code=0
  wait "$run_pid" || code=$?
  run_pid=
  [ "$code" -eq 4 ]
  grep -q "DB instance restarted at .*still it is as before" out
  [ "$(reboots)" = "users-1" ]
  [ "$(state .state)" = failed ]
}

@test "reboot: without events nobody knows, and it is not sent again" {
  begin "$none_waits"
  poke instance/users-1 '{"DBParameterGroups": [{"DBParameterGroupName":
    "default.aurora-postgresql16", "ParameterApplyStatus": "pending-reboot"}]}'
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "RebootDBInstance", "nth": 1,
          "fault": "reset_before"}'
  fault '{"service": "rds", "action": "DescribeEvents", "from": 1, "to": 99,
          "fault": "error", "status": 403, "code": "AccessDenied",
          "message": "not authorized"}'
  runs 4 "$ABACK" apply plan.json --yes --allow restart
  [[ $output == *"cannot be found out"*"not authorized"* ]]
  [ "$(reboots)" = "users-1" ]
  [ "$(state '.steps[0].state')" = unknown ]
}

@test "reboot: what is in progress is waited for" {
  begin "$strict"
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "RebootDBInstance", "from": 1, "to": 2,
          "fault": "error", "status": 400, "code": "InvalidDBInstanceState",
          "message": "Instance cannot currently reboot due to an in-progress management operation"}'
  runs 0 "$ABACK" apply plan.json --yes --allow restart
  [ "$(reboots)" = "orders-2 orders-2 orders-2 orders-3 orders-1" ]
}

@test "reboot: what fails stops the next one, and the group stays waiting" {
  begin "$strict"
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "RebootDBInstance", "nth": 2,
          "fault": "error", "status": 403, "code": "AccessDenied",
          "message": "not authorized"}'
  runs 4 "$ABACK" apply plan.json --yes --allow restart
  [ "$(reboots)" = "orders-2 orders-3" ]
  [ "$(state .state)" = failed ]
  [ "$(state '[.changes[].state] | join(" ")')" = \
    "waiting skipped done failed" ]
}

@test "reboot: --on-failure backout sets the group back and leaves reboots" {
  begin "$strict"
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "RebootDBInstance", "nth": 2,
          "fault": "error", "status": 403, "code": "AccessDenied",
          "message": "not authorized"}'
  runs 4 "$ABACK" apply plan.json --yes --allow restart --on-failure backout
  [ "$(reboots)" = "orders-2 orders-3" ]
  [ "$(live_value clusters orders DBClusterParameterGroup)" = \
    '"default.aurora-postgresql16"' ]
  [[ $output == *"a reboot is not taken back"* ]]
  [[ $output == *"takes effect when the instances are rebooted"* ]]
  [ "$(state .state)" = waiting ]
  # nothing of it is left to be backed out
  run "$ABACK" backout --last
  [[ $output != *"→ default"* ]]
}

# ---- killed ----

# killed_at N: apply is killed while the Nth reboot has no answer
killed_at() {
  begin "$strict"
  runs 0 "$ABACK" plan -o plan.json
  fault "{\"service\": \"rds\", \"action\": \"RebootDBInstance\", \"nth\": $1,
          \"fault\": \"hang\", \"ms\": 60000}"
  in_background "$ABACK" apply plan.json --yes --allow restart
  killed_once test_reboots "$1"
  id=$(change_id)
}
test_reboots() { [ "$(reboots | wc -w)" -eq "$1" ]; }

@test "reboot: killed in one that did not happen, resume says so" {
  killed_at 2
  runs 4 "$ABACK" resume "$id"
  [ "$(reboots)" = "orders-2 orders-3" ] # nothing is sent again
  jq -se 'any(.action == "DescribeEvents")' sim.log
  [ "$(state '[.steps[].state] | join(" ")')" = \
    "waiting done skipped skipped" ]
  [ "$(state '[.changes[].state] | join(" ")')" = \
    "waiting skipped done skipped" ]
  # what is left is planned where it is asked for
  write_desired "$strict
$none_waits"
  runs 0 "$ABACK" plan -o rest.json
  runs 0 "$ABACK" apply rest.json --yes --allow restart
  [ "$(reboots)" = "orders-2 orders-3 orders-3 orders-1" ]
}

@test "reboot: killed in one that did happen, resume finds it done" {
  killed_at 3
  poke instance/orders-1 '{"reboot": true}' # as if it had arrived
  runs 0 "$ABACK" resume "$id"
  [ "$(reboots)" = "orders-2 orders-3 orders-1" ]
  [ "$(state '.state, .changes[].state' | sort -u)" = "done" ]
}

@test "reboot: what somebody left pending on the instance is not set off" {
  begin "$none_waits"
  for one in orders-2 orders-3; do
    poke "instance/$one" '{"DBParameterGroups": [{"DBParameterGroupName":
      "default.aurora-postgresql16", "ParameterApplyStatus":
      "pending-reboot"}]}'
  done
  poke instance/orders-2 '{"PendingModifiedValues":
    {"DBInstanceClass": "db.r6g.4xlarge"}}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.changes[].address] == ["instance/orders-3"] and
    [.blocked[].address] == ["instance/orders-2"] and
    (.blocked[0].reason | test("set off.*DBInstanceClass"))' plan.json
  # or it comes after the plan
  poke instance/orders-3 '{"PendingModifiedValues":
    {"DBInstanceClass": "db.r6g.4xlarge"}}'
  runs 3 "$ABACK" apply plan.json --yes --allow restart
  [[ $output == *DBInstanceClass* ]]
  [ -z "$(reboots)" ]
}

@test "reboot: what is left to the window is not set off by it" {
  begin "$strict
  - match: {kind: instance, cluster: orders}
    when: window
    set: {ca_certificate_identifier: rds-ca-ecc384-g1}"
  runs 0 "$ABACK" plan -o plan.json
  runs 4 "$ABACK" apply plan.json --yes --allow restart
  [ "$(reboots)" = "orders-2 orders-3 orders-1" ]
  [ "$(state '[.changes[] | select(.setting == "ca_certificate_identifier") |
    .state] | unique | join(" ")')" = waiting ]
  [ "$(state '[.changes[] | select(.setting != "ca_certificate_identifier") |
    .state] | unique | join(" ")')" = "done" ]
}
