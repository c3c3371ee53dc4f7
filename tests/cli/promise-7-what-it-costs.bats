#!/usr/bin/env bats
# Promise 7: a plan says what it costs to do and to undo.
load promise

@test "promise 7: lowering a retention is lossy and needs that consent" {
  start
  write_desired '  - match: {kind: cluster, id: orders}
    set: {backup_retention_period: 2}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes[0] | .reversibility == "lossy" and .consent == ["lossy"]' \
    plan.json
  runs 3 "$ABACK" apply plan.json --yes
  [[ $output == *"--allow lossy"* ]]
  [[ $output == *"cluster/orders:backup_retention_period"* ]]
  runs 3 "$ABACK" apply plan.json --yes --allow exposure
  [ "$(mutation_count)" -eq 0 ]
  runs 0 "$ABACK" apply plan.json --yes --allow lossy
  [ "$(live_value clusters orders BackupRetentionPeriod)" = 2 ]
}

@test "promise 7: raising it is reversible, and says what undoing needs" {
  start
  write_desired '  - match: {kind: cluster, id: orders}
    set: {backup_retention_period: 21}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes[0] | .reversibility == "reversible" and .consent == []
    and .backout_consent == ["lossy"]' plan.json
  runs 0 "$ABACK" apply plan.json --yes
  runs 3 "$ABACK" backout --last --apply --yes
  [[ $output == *"--allow lossy"* ]]
  runs 0 "$ABACK" backout --last --apply --yes --allow lossy
  [ "$(live_value clusters orders BackupRetentionPeriod)" = 14 ]
}

@test "promise 7: opening access is exposure, whichever way it is planned" {
  start
  write_desired '  - match: {kind: instance, id: users-1}
    set: {publicly_accessible: true}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes[0].consent | index("exposure")' plan.json
  runs 3 "$ABACK" apply plan.json --yes
  [ "$(mutation_count)" -eq 0 ]
}

@test "promise 7: a plan over the limit needs consent for many" {
  start
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}
limits: {max_clusters: 1}'
  runs 0 "$ABACK" plan -o plan.json
  runs 3 "$ABACK" apply plan.json --yes
  [[ $output == *"--allow many"* ]]
  [ "$(mutation_count)" -eq 0 ]
  runs 0 "$ABACK" apply plan.json --yes --allow many
}

# Three clusters: two that use a parameter group and a role, and one that does
# not. A policy is attached to the role.
write_shared() {
  cat >fleet.json <<JSON
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "roles": [{"RoleName": "monitoring", "AttachedPolicies": [
      "arn:aws:iam::$account:policy/own"], "AssumeRolePolicyDocument":
      {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "monitoring.rds.amazonaws.com"},
        "Action": "sts:AssumeRole"}]}}],
  "policies": [{"PolicyName": "own"}],
  "regions": [{"region": "$region",
    "db_cluster_parameter_groups": [
      {"DBClusterParameterGroupName": "shared",
       "DBParameterGroupFamily": "aurora-mysql8.0"}],
    "clusters": [
      {"DBClusterIdentifier": "a", "DBClusterParameterGroup": "shared"},
      {"DBClusterIdentifier": "b", "DBClusterParameterGroup": "shared"},
      {"DBClusterIdentifier": "c"}],
    "instances": [
      {"DBInstanceIdentifier": "a-1", "DBClusterIdentifier": "a",
       "MonitoringInterval": 60, "MonitoringRoleArn":
       "arn:aws:iam::$account:role/monitoring"},
      {"DBInstanceIdentifier": "b-1", "DBClusterIdentifier": "b",
       "MonitoringInterval": 60, "MonitoringRoleArn":
       "arn:aws:iam::$account:role/monitoring"},
      {"DBInstanceIdentifier": "c-1", "DBClusterIdentifier": "c"}]}]}]}
JSON
}

# needs_many LIMIT RULE: does the plan of the rules need consent for many?
needs_many() {
  write_desired "$2
limits: {max_clusters: $1}"
  "$ABACK" plan -o plan.json >plan.out 2>&1 || { cat plan.out; return 2; }
  jq -e '(.changes | length) > 0 and
    all(.changes[]; .consent | index("many") != null)' plan.json
}

@test "promise 7: what clusters use counts as all of them in the limit" {
  write_shared
  start_sim
  local group='  - match: {kind: cluster_parameter_group, id: shared}
    set: {require_secure_transport: "ON"}'
  local role='  - match: {kind: iam_role, id: monitoring}
    set: {max_session_duration: 7200}'
  local policy='  - match: {kind: iam_policy, id: own}
    set: {document: {Version: 2012-10-17, Statement: [{Effect: Deny,
      Action: "*", Resource: "*"}]}}'
  write_desired "$group"
  "$ABACK" init >init.out 2>&1
  local rule
  for rule in "$group" "$role" "$policy"; do
    needs_many 1 "$rule"
    not needs_many 2 "$rule"
    # all of those that the rules match, which are these two
    needs_many 99% "$rule"
    not needs_many 100% "$rule"
  done
  # of three that are matched, two
  needs_many 60% "$group
  - match: {kind: cluster, id: c}
    set: {deletion_protection: false}"
  not needs_many 67% "$group
  - match: {kind: cluster, id: c}
    set: {deletion_protection: false}"
  # and one that is counted already is not counted twice
  not needs_many 2 "$group
  - match: {kind: cluster, id: a}
    set: {deletion_protection: true}"
}
