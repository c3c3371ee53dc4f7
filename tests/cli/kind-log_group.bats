#!/usr/bin/env bats
# Log groups: retention and key are planned, applied and backed out; one that
# is missing is made before the export that writes to it, and stays.
load kind
# shellcheck disable=SC2034 # kind.bash uses it
page_size=1

python=/usr/bin/python3
key=arn:aws:kms:$region:$account:key/11111111-2222-3333-4444-555555555555
audit=log_group/%2Faws%2Frds%2Fcluster%2Forders%2Faudit

write_fleet() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "regions": [{"region": "$region",
    "clusters": [
      {"DBClusterIdentifier": "orders", "Engine": "aurora-mysql",
       "EnabledCloudwatchLogsExports": ["error"]},
      {"DBClusterIdentifier": "orders-2", "Engine": "aurora-mysql",
       "EnabledCloudwatchLogsExports": ["error"]}],
    "instances": [],
    "kms_keys": [{"KeyId": "${key##*/}"}],
    "log_groups": [
      {"logGroupName": "/aws/lambda/mine"},
      {"logGroupName": "/aws/rds/cluster/orders/error", "retentionInDays": 30},
      {"logGroupName": "/aws/rds/cluster/orders-2/error", "kmsKeyId": "$key"}
    ]}]}]}
END
}

# Every log group, as boto3 reads it, without what is a clock's.
groups() {
  AWS_DEFAULT_REGION=$region "$python" - "$endpoint" <<'END'
import json, sys, boto3
logs = boto3.client("logs", endpoint_url=sys.argv[1])
for page in logs.get_paginator("describe_log_groups").paginate():
    for group in page["logGroups"]:
        group.pop("creationTime")
        print(json.dumps(group, sort_keys=True))
END
}

everything='  - match: {kind: log_group, id: "/aws/rds/cluster/*"}
    set: {retention_in_days: 90, kms_key_id: "'$key'"}'

@test "log_group: plan, apply, empty plan, backout, as before" {
  begin "$everything"
  groups >before
  planned --allow lossy
  groups >during
  [ "$(grep -c '"retentionInDays": 90' during)" -eq 2 ]
  [ "$(grep -c '"kmsKeyId"' during)" -eq 2 ]
  [ "$(grep lambda before)" = "$(grep lambda during)" ]
  runs 0 aback backout --last --apply --yes --allow lossy
  groups | diff before -
}

# The boto3 of the system may be older than this member.
protected() {
  live | jq -c '[.accounts[0].regions[0].log_groups[] |
    select(.deletionProtectionEnabled) | .logGroupName]'
}

@test "log_group: deletion protection comes and goes, of a new one too" {
  begin '  - match: {kind: log_group, id: ["/aws/rds/cluster/orders/error",
      /aws/lambda/new]}
    set: {deletion_protection: true}'
  runs 0 aback plan -o plan.json
  jq -e '[.steps[] | [.call, .parameters]] == [
    ["logs:CreateLogGroup", {"logGroupName": "/aws/lambda/new"}],
    ["logs:PutLogGroupDeletionProtection",
      {"logGroupIdentifier": "/aws/lambda/new",
       "deletionProtectionEnabled": true}],
    ["logs:PutLogGroupDeletionProtection",
      {"logGroupIdentifier": "/aws/rds/cluster/orders/error",
       "deletionProtectionEnabled": true}]] and
    .steps[1].needs == [0] and .steps[2].companions == {"exists": true}' \
    plan.json
  fault '{"service": "logs", "action": "PutLogGroupDeletionProtection",
    "nth": 1, "fault": "reset_after"}'
  runs 0 aback apply plan.json --yes
  [ "$(protected)" = '["/aws/lambda/new","/aws/rds/cluster/orders/error"]' ]
  runs 0 aback plan --detailed-exitcode
  runs 0 aback backout --last --apply --yes
  [ "$(protected)" = '[]' ]
}

@test "log_group: shortening is lossy, and so is taking back what was longer" {
  begin '  - match: {kind: log_group, id: /aws/rds/cluster/orders/error}
    set: {retention_in_days: 7}'
  runs 0 aback plan -o plan.json
  jq -e '.changes[0] | .before == 30 and .after == 7 and .unit == "days"
    and .consent == ["lossy"] and .backout_consent == []' plan.json
  jq -e '.steps == [.steps[0]] and .steps[0].parameters ==
    {"logGroupName": "/aws/rds/cluster/orders/error", "retentionInDays": 7}
    and .steps[0].companions == {"exists": true}' plan.json
  # that it is there is a condition, and not sent
  runs 0 aback show plan.json
  said 'only as long as: exists=true'
  runs 0 aback show plan.json --format markdown
  said 'only as long as: '
  not grep -q 'sent along' <<<"$output"
  fails 3 aback apply plan.json --yes
  has "$output" '--allow lossy'
  sed -i 's/: 7}/: never}/' aback.yaml
  runs 0 aback plan -o plan.json
  jq -e '.changes[0] | .after == "never" and .consent == []
    and .backout_consent == ["lossy"]' plan.json
  jq -e '.steps[0].call == "logs:DeleteRetentionPolicy"' plan.json
}

@test "log_group: a missing one is made before its export, and stays" {
  begin '  - match: {kind: cluster, id: orders}
    set: {enabled_cloudwatch_logs_exports: {include: [audit]}}
  - match: {kind: log_group, id: "/aws/rds/cluster/*/audit"}
    set: {retention_in_days: 90}'
  groups >before
  runs 0 aback plan -o plan.json
  # of the sibling orders-2, which exports no such log, nothing
  jq -e '[.changes[].address] | unique == ["cluster/orders", "'$audit'"]' \
    plan.json
  jq -e '[.steps[].call] == ["logs:CreateLogGroup", "logs:PutRetentionPolicy",
    "rds:ModifyDBCluster"] and .steps[2].needs == [0, 1]' plan.json
  jq -e '.changes[] | select(.setting == "exists") | .before == false and
    .after and .consent == [] and .via == "retention_in_days"' plan.json
  jq -e '.steps[0].backout == null and
    (.steps[0].backout_reason | test("stays"))' plan.json
  runs 0 aback apply plan.json --yes
  [ "$(mutations | jq -r .action | paste -sd' ')" = \
    'CreateLogGroup PutRetentionPolicy ModifyDBCluster' ]
  runs 0 aback plan --detailed-exitcode
  runs 0 aback backout --last -o back.json
  runs 0 aback show back.json
  said 'that we created stays'
  runs 0 aback apply back.json --yes --allow lossy
  groups | grep -v orders/audit | diff before -
  groups | grep orders/audit | not grep retentionInDays
  not grep -q '"DeleteLogGroup"' sim.log
  live_value clusters orders EnabledCloudwatchLogsExports | grep -qx '\["error"\]'
  not grep -q '"DeleteLogGroup"' sim.log
}

@test "log_group: backout --apply says in short what stays" {
  begin '  - match: {kind: log_group, id: /aws/lambda/new}
    set: {retention_in_days: 90}'
  planned
  runs 0 aback backout --last --apply --yes --allow lossy
  said Stays 'the log group that we created'
}

@test "log_group: an export waits for a group that could not be made" {
  begin '  - match: {kind: cluster, id: orders}
    set: {enabled_cloudwatch_logs_exports: {include: [audit]}}
  - match: {kind: log_group, id: "/aws/rds/cluster/orders/audit"}
    set: {retention_in_days: 90}'
  runs 0 aback plan -o plan.json
  fault '{"service": "logs", "action": "CreateLogGroup", "fault": "error",
    "status": 400, "code": "LimitExceededException", "message": "too many"}'
  runs 1 aback apply plan.json --yes
  said LimitExceededException
  not grep -q '"ModifyDBCluster"' sim.log
  not grep -q '"PutRetentionPolicy"' sim.log
}

@test "log_group: none is made for an export that is blocked" {
  begin '  - match: {kind: cluster}
    set: {enabled_cloudwatch_logs_exports: {include: [postgresql, general]}}
  - match: {kind: log_group, id: "/aws/rds/cluster/*/*"}
    set: {retention_in_days: 90}
  - match: {kind: log_group, id: /aws/rds/cluster/orders/general}
    set: {kms_key_id: "'"$key"'"}'
  runs 0 aback plan -o plan.json
  # the one that a rule names exactly is wanted for itself
  jq -e '[.changes[] | select(.setting == "exists") | .address] ==
    ["log_group/%2Faws%2Frds%2Fcluster%2Forders%2Fgeneral"]' plan.json
  jq -e '[.blocked[] | select(.address | startswith("log_group")) |
    .reason] | length == 6 and all(.[]; test("it would be created for "+
      ".cluster/orders(-2)?:enabled_cloudwatch_logs_exports., which is "+
      "blocked"))' plan.json
  runs 0 aback apply plan.json --yes --allow lossy
  [ "$(mutations | grep -c CreateLogGroup)" -eq 1 ]
}

@test "log_group: a failure is taken back, but for the group" {
  begin '  - match: {kind: cluster, id: orders}
    set: {enabled_cloudwatch_logs_exports: {include: [audit]}}
  - match: {kind: log_group, id: "/aws/rds/cluster/orders/audit"}
    set: {retention_in_days: 90}'
  runs 0 aback plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "fault": "error",
    "status": 400, "code": "InvalidParameterValue", "message": "no"}'
  runs 4 aback apply plan.json --yes --on-failure backout
  said 'stays'
  groups | grep orders/audit | not grep retentionInDays
}

@test "log_group: one that a rule names by its exact name, wherever it is" {
  begin '  - match: {kind: log_group, id: [/aws/lambda/mine, /aws/lambda/new]}
    set: {retention_in_days: 14}'
  groups >before
  planned --allow lossy
  [ "$(groups | grep -c 'lambda/.*"retentionInDays": 14')" -eq 2 ]
  runs 0 aback backout --last --apply --yes --allow lossy
  groups | grep -v lambda/new | diff before -
}

@test "log_group: one that vanished makes the plan stale" {
  begin "$everything"
  runs 0 aback plan -o plan.json
  curl -sSf -X POST --data '{"address":
    "log_group//aws/rds/cluster/orders-2/error", "delete": true}' \
    "$endpoint/_sim/poke" >/dev/null
  fails 3 aback apply plan.json --yes --allow lossy
  has "$output" 'exists, which goes along, is now false'
  [ "$(mutation_count)" -eq 0 ]
}

@test "log_group: somebody else's retention stays" {
  begin "$everything"
  planned --allow lossy
  poke log_group//aws/rds/cluster/orders/error '{"retentionInDays": 365}'
  runs 4 aback backout --last --apply --yes --allow lossy
  said 'somebody else changed it since'
  groups | grep 'orders/error' | grep -q '"retentionInDays": 365'
}

@test "log_group: a reset in the middle is found out" {
  begin "$everything"
  runs 0 aback plan -o plan.json
  fault '{"service": "logs", "action": "PutRetentionPolicy", "nth": 1,
    "fault": "reset_after"}'
  runs 0 aback apply plan.json --yes --allow lossy
  [ "$(mutations | grep -c PutRetentionPolicy)" -eq 2 ]
  runs 0 aback plan --detailed-exitcode
}

@test "log_group: a read that is denied is not nothing there" {
  begin "$everything"
  fault '{"service": "logs", "action": "DescribeLogGroups", "nth": 2,
    "fault": "error", "status": 400, "code": "AccessDeniedException",
    "message": "not yours"}'
  fails 1 aback plan -o plan.json
  has "$output" 'logs:DescribeLogGroups'
  [ ! -e plan.json ]
}

@test "log_group: what rules cannot say" {
  write_desired '  - match: {kind: log_group}
    set: {retention_in_days: 100}
  - match: {kind: log_group}
    set: {retention_in_days: "30"}
  - match: {kind: log_group}
    set: {exists: false}
  - match: {kind: log_group}
    set: {kms_key_id: alias/logs}
  - match: {kind: log_group}
    set: {deletion_protection: "yes"}
  - match: {kind: log_group, engine: aurora-mysql}
    set: {retention_in_days: 30}'
  fails 1 aback validate
  has "$output" 'the nearest are 90 and 120'
  has "$output" 'must be a whole number or never'
  has "$output" "'exists' must be true"
  has "$output" 'must be the ARN of a KMS key'
  has "$output" "'deletion_protection' must be true or false"
  has "$output" "the kind 'log_group' has no engine"
}

@test "log_group: init --from-live writes what is there, and plans nothing" {
  write_fleet
  sed -i 's/\["error"\]/["error", "audit"]/' fleet.json
  start_sim
  runs 0 aback init --from-live
  grep -q 'kind: log_group' aback.yaml
  not grep -q orders/audit aback.yaml
  runs 0 aback plan --detailed-exitcode
}

@test "log_group: one that a backout leaves is not called reversible" {
  begin '  - match: {kind: log_group, id: "/aws/lambda/new"}
    set: {retention_in_days: 14}'
  runs 0 aback plan -o plan.json
  said 'way back       1 left behind by a backout, 1 reversible' \
    'takes effect at once; a backout leaves it behind;'
  for format in markdown html; do
    runs 0 aback show plan.json --format $format
    said '1 left behind by a backout, 1 reversible' 'a backout leaves it behind'
  done
  # what another program reads of it stays what it was
  jq -e '[.changes[].reversibility] == ["reversible", "reversible"]' plan.json
}
