#!/usr/bin/env bats
# The activity stream of a cluster: started and stopped by calls of their own,
# each with a restart, now or in the maintenance window.
load cluster_own

rule() { # MODE [KEY] [LINE OF THE RULE]
  echo "  - match: {kind: cluster, id: orders}
${3:+    $3
}    set: {database_activity_stream: {mode: $1, kms_key_id: \"${2:-$key}\"}}"
}
started() { # MODE
  echo '"ActivityStreamStatus": "started", "ActivityStreamMode": "'"$1"'",
    "ActivityStreamKmsKeyId": "'"${key##*/}"'",
    "ActivityStreamKinesisStreamName": "aws-rds-das-first",'
}
stream() { # as boto3 reads it, but for the name, which is always another one
  clusters | jq -c 'select(.DBClusterIdentifier == "orders") |
    [.ActivityStreamStatus, .ActivityStreamMode, .ActivityStreamKmsKeyId]'
}
nameless() { clusters | jq -S 'del(.ActivityStreamKinesisStreamName)'; }
arn=arn:aws:rds:$region:$account:cluster:orders

@test "activity stream: plan, apply, empty plan, backout, as before" {
  begin "$(rule async)"
  clusters >before
  runs 0 aback plan -o plan.json
  jq -e '.changes[0] | .before == null and .after == "async '"$key"'" and
    .effect == "restart" and .reversibility == "restart" and
    .consent == ["restart"] and .backout_consent == ["restart"]' plan.json
  jq -e '.steps == [.steps[0]] and .steps[0].call == "rds:StartActivityStream"
    and .steps[0].parameters == {"ApplyImmediately": "true", "Mode": "async",
      "KmsKeyId": "'"$key"'", "ResourceArn": "'"$arn"'"} and
    .steps[0].backout == {"call": "rds:StopActivityStream", "parameters":
      {"ApplyImmediately": "true", "ResourceArn": "'"$arn"'"}}' plan.json
  runs 0 aback show plan.json
  said 'each start makes a Kinesis'
  fails 3 aback apply plan.json --yes
  has "$output" '--allow restart'
  runs 0 aback apply plan.json --yes --allow restart
  runs 0 aback plan --detailed-exitcode
  [ "$(stream)" = '["started","async","'"${key##*/}"'"]' ]
  fails 3 aback backout --last --apply --yes
  runs 0 aback backout --last --apply --yes --allow restart
  clusters | diff before -
}

@test "activity stream: null stops it, and the backout starts it again" {
  write_fleet "$(started sync)"
  begin '  - match: {kind: cluster, id: orders}
    set: {database_activity_stream: null}'
  nameless >before
  planned --allow restart
  [ "$(stream)" = '["stopped",null,null]' ]
  runs 0 aback backout --last --apply --yes --allow restart
  nameless | diff before -
  not grep -q aws-rds-das-first <(clusters)
}

@test "activity stream: another mode or key is a stop and a start" {
  write_fleet "$(started sync)"
  begin "$(rule async "$other_key")"
  nameless >before
  runs 0 aback plan -o plan.json
  [ "$(calls plan.json)" = 'StopActivityStream StartActivityStream' ]
  jq -e '.steps[1].needs == [0] and .changes[0].steps == [0, 1]' plan.json
  planned --allow restart
  [ "$(stream)" = '["started","async","'"${other_key##*/}"'"]' ]
  runs 0 aback backout --last --apply --yes --allow restart
  nameless | diff before -
}

@test "activity stream: a start that fails leaves the stop said and undone" {
  write_fleet "$(started sync)"
  begin "$(rule async "$other_key")"
  nameless >before
  runs 0 aback plan -o plan.json
  fault '{"service": "rds", "action": "StartActivityStream", "nth": 1,
    "fault": "error", "status": 400, "code": "KMSKeyNotAccessibleFault",
    "message": "no"}'
  runs 4 aback apply plan.json --yes --allow restart
  said KMSKeyNotAccessibleFault
  result_of "$(change_id)" | jq -e '[.steps[].state] == ["done", "failed"]'
  runs 0 aback backout --last --apply --yes --allow restart
  nameless | diff before -
}

@test "activity stream: in the window it ends as waiting, then it is there" {
  begin "$(rule async "$key" 'when: window')"
  runs 0 aback plan -o plan.json
  jq -e '.steps[0].parameters.ApplyImmediately == "false"' plan.json
  runs 4 aback apply plan.json --yes --allow restart
  said 'maintenance window'
  [ "$(stream)" = '["starting","async","'"${key##*/}"'"]' ]
  runs 0 aback plan --detailed-exitcode
  said 'it is pending already'
  # nothing else may set it off
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  runs 0 aback plan -o other.json
  jq -e '.changes == [] and (.blocked[0].reason |
    test("ActivityStreamStatus"))' other.json
  # nor does AWS take it back
  runs 3 aback backout --last -o back.json
  said 'cannot be taken back'
  window
  wait_for 10 grep -q '"started"' <(stream)
  write_desired "$(rule async)"
  runs 0 aback plan --detailed-exitcode
}

@test "activity stream: another mode does not wait for a window" {
  write_fleet "$(started sync)"
  begin "$(rule async "$key" 'when: window')"
  runs 0 aback plan -o plan.json
  jq -e '.changes == [] and (.blocked[0].reason | test("one window"))' plan.json
}

@test "activity stream: Aurora MySQL has only async" {
  begin "  - match: {kind: cluster, id: users}
    set: {database_activity_stream: \"sync $key\"}"
  runs 0 aback plan -o plan.json
  jq -e '.changes == [] and (.blocked[0].reason |
    test("only asynchronously"))' plan.json
}

@test "activity stream: bad values are mistakes with their place" {
  write_desired "$(rule fast)"
  fails 1 aback validate
  said 'aback.yaml:7:' "a 'mode' of async, sync"
  write_desired "$(rule async alias/aws/rds)"
  fails 1 aback validate
  said 'must be the ARN of a KMS key'
  write_desired '  - match: {kind: cluster}
    set: {database_activity_stream: {mode: async}}'
  fails 1 aback validate
  said "must have a 'kms_key_id'"
  write_desired '  - match: {kind: cluster}
    set: {database_activity_stream: true}'
  fails 1 aback validate
  said 'must be a map {mode: …, kms_key_id: …}'
}

@test "activity stream: the default key, AWS refuses before anything happens" {
  begin "$(rule async "${key%/*}/aaaaaaaa-0000-0000-0000-000000000000")"
  clusters >before
  runs 0 aback plan -o plan.json
  runs 1 aback apply plan.json --yes --allow restart
  said KMSKeyNotAccessibleFault
  clusters | diff before -
}

@test "activity stream: an answer lost is settled by what is live" {
  begin "$(rule async)"
  runs 0 aback plan -o plan.json
  fault '{"service": "rds", "action": "StartActivityStream",
    "fault": "reset_after"}'
  runs 0 aback apply plan.json --yes --allow restart
  [ "$(sent)" = StartActivityStream ]
  fault '{"service": "rds", "action": "StopActivityStream", "nth": 1,
    "fault": "reset_before"}'
  runs 0 aback backout --last --apply --yes --allow restart
  [ "$(stream)" = '["stopped",null,null]' ]
}
