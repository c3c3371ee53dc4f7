#!/usr/bin/env bats
# aback review: who changed what since the last review.
load helpers
load colleague

write_fleet() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "access_keys": $(account_keys),
  "roles": [{"RoleName": "rds-monitoring-role"}, {"RoleName": "unrelated"}],
  "regions": [{"region": "$region",
    "log_groups": [{"logGroupName": "/aws/lambda/unrelated"}],
    "clusters": [
      {"DBClusterIdentifier": "orders", "Engine": "aurora-postgresql",
       "DeletionProtection": false, "BackupRetentionPeriod": 14},
      {"DBClusterIdentifier": "legacy", "Engine": "aurora-mysql",
       "DeletionProtection": false}],
    "instances": [
      {"DBInstanceIdentifier": "orders-1", "DBClusterIdentifier": "orders",
       "MonitoringInterval": 60, "MonitoringRoleArn":
         "arn:aws:iam::$account:role/rds-monitoring-role"}]}]}]}
END
}

begin() {
  start_sim --trail-delay-ms 0
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  "$ABACK" init >init.out 2>&1
}

review() { # OPTION...: JSON of a review, into review.json
  local rc=0
  aback review --format json "$@" >review.json 2>err.txt || rc=$?
  [ $rc -eq 0 ] || [ $rc -eq 2 ]
}

@test "review: who changed what, and what was aback itself" {
  begin
  applied
  colleague rds modify_db_cluster '{"DBClusterIdentifier": "orders",
    "BackupRetentionPeriod": 3, "ApplyImmediately": true}' >a
  colleague iam attach_role_policy '{"RoleName": "rds-monitoring-role",
    "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}' >b
  not colleague rds modify_db_cluster '{"DBClusterIdentifier": "orders",
    "PreferredBackupWindow": "nonsense"}' >c
  # of nothing that a review looks at
  colleague iam attach_role_policy '{"RoleName": "unrelated",
    "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}'
  colleague logs put_retention_policy '{"logGroupName":
    "/aws/lambda/unrelated", "retentionInDays": 7}'
  review
  jq -e --arg a "$(cat a)" --arg b "$(cat b)" --arg c "$(cat c)" \
    --arg change "$(change_id)" '.events.events as $all
    | ($all | map({(.request_id): .}) | add) as $by
    | $all | (length == 4)
      and ([.[] | select(.change == $change)] | length == 1
        and .[0].settings == [{"address": "cluster/orders",
          "setting": "deletion_protection", "before": false, "after": true}]
        and .[0].caller == "arn:aws:iam::123456789012:user/dba")
      and ($by[$a] | .change == null and .target == "prod"
        and .addresses == ["cluster/orders"]
        and .caller == "arn:aws:iam::123456789012:user/colleague"
        and (.settings | length == 1 and .[0].after == 3))
      and ($by[$b] | .target == "123456789012/global"
        and .region == "us-east-1"
        and .settings[0].setting == "managed_policy_arns")
      and ($by[$c] | .error_code == "InvalidParameterValue"
        and .settings == [])' review.json
  jq -e '[.events.places[] | [.target, .complete, .filter]] ==
    [["123456789012/global", true, "every write"],
     ["prod", true, "every write"]]' review.json
  jq -e --arg change "$(change_id)" '.changes | length == 1
    and (.[0] | .id == $change and .state == "done" and .kind == "apply")' \
    review.json
}

@test "review: the next one begins where the last one ended" {
  begin
  colleague rds modify_db_cluster '{"DBClusterIdentifier": "orders",
    "BackupRetentionPeriod": 3}' >a
  review
  first=$(jq -r .id review.json)
  jq -e '.events.events | length == 1' review.json
  seen=$(jq -r .events.to review.json)
  review
  jq -e --arg first "$first" '.previous.id == $first' review.json
  # what may have been late then is looked at again: a quarter of an hour
  jq -e --arg seen "$seen" '(.events.from | fromdate) ==
    (($seen | fromdate) - 900)' review.json
  # a cluster that is gone by now
  delete cluster/legacy
  review
  jq -e '[.events.events[] | select(.name == "DeleteDBCluster")
    | .addresses] == [["cluster/legacy"]]' review.json
}

@test "review: what CloudTrail refuses is said, and the review goes on" {
  begin
  fault '{"service": "cloudtrail", "action": "LookupEvents", "fault": "error",
    "status": 400, "code": "AccessDeniedException", "message": "not today"}'
  review
  jq -e '[.events.places[] | .complete or (.reason | test("not today") | not)]
    | any | not' review.json
  [ "$(jq '.findings | length' review.json)" -gt 0 ]
  # the next one asks for the same time again
  from=$(jq -r .events.from review.json)
  review
  jq -e --arg from "$from" '(.events.from | fromdate)
    <= (($from | fromdate) + 60)' review.json
}

@test "review: without asking CloudTrail" {
  begin
  review --no-events
  jq -e '.events == null and .changes == []' review.json
  not grep -q '"action":"LookupEvents"' sim.log
}

@test "review: cut off while CloudTrail is asked, it keeps what it had" {
  begin
  for i in $(seq 60); do
    poke cluster/orders '{"Port": '$((4000 + i))'}'
  done
  # the first page of each of two regions comes, and then no more
  fault '{"service": "cloudtrail", "action": "LookupEvents", "nth": 3,
    "fault": "hang", "ms": 60000}'
  "$ABACK" review >out.txt 2>err.txt 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"fault":"hang"' sim.log
  kill -INT "$run_pid"
  rc=0
  wait "$run_pid" || rc=$?
  run_pid=
  [ $rc -eq 130 ]
  [ -z "$(git -C store.git ls-tree --name-only main:reviews 2>/dev/null)" ]
  jq -e -s 'map(select(.action == "LookupEvents") | .parameters)
    | all(.LookupAttributes[0].AttributeKey == "ReadOnly")
      and (.[2] | has("NextToken"))' sim.log
  jq -e -s '[.[].events | length] | add == 50' \
    "store.git/aback/trail/$account-$region.jsonl"
}
