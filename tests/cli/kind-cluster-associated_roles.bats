#!/usr/bin/env bats
# The roles that a cluster may use, each for a feature: one call a member.
load cluster_own

imports='{"RoleArn": "'"$role"'/import", "FeatureName": "s3Import",
  "Status": "ACTIVE"}'
theirs='{"RoleArn": "'"$role"'/theirs", "FeatureName": "Lambda",
  "Status": "ACTIVE"}'

rule() { # VALUE
  echo "  - match: {kind: cluster, id: orders}
    set: {associated_roles: $1}"
}
member() { # ROLE [FEATURE]
  echo "{role_arn: \"$role/$1\"${2:+, feature_name: $2}}"
}
roles_of() {
  of_orders AssociatedRoles | jq -r '.[]? | [(.RoleArn | split("/")[1]),
    .FeatureName, .Status] | join(" ")' | sort
}

@test "associated_roles: plan, apply, empty plan, backout, as before" {
  write_fleet '"AssociatedRoles": ['"$theirs, $imports"'],'
  begin "$(rule "[$(member import s3Import), $(member export s3Export)]")"
  clusters >before
  runs 0 aback plan -o plan.json
  jq -e '.changes[0] | .consent == [] and .before ==
    ["'"$role"'/import s3Import", "'"$role"'/theirs Lambda"] and .after ==
    ["'"$role"'/export s3Export", "'"$role"'/import s3Import"]' plan.json
  [ "$(calls plan.json)" = 'AddRoleToDBCluster RemoveRoleFromDBCluster' ]
  jq -e '.steps[1].needs == [0] and .steps[0].parameters ==
    {"DBClusterIdentifier": "orders", "FeatureName": "s3Export",
     "RoleArn": "'"$role"'/export"} and .steps[0].backout ==
    {"call": "rds:RemoveRoleFromDBCluster",
     "parameters": .steps[0].parameters}' plan.json
  planned
  [ "$(roles_of)" = 'export s3Export ACTIVE
import s3Import ACTIVE' ]
  runs 0 aback backout --last --apply --yes
  diff <(jq -S '.AssociatedRoles |= sort_by(.RoleArn)' before) \
    <(clusters | jq -S '.AssociatedRoles |= sort_by(.RoleArn)')
}

@test "associated_roles: include leaves foreign roles alone, exclude takes one" {
  write_fleet '"AssociatedRoles": ['"$theirs, $imports"'],'
  begin "$(rule "{include: [$(member export s3Export)],
      exclude: [$(member import s3Import)]}")"
  planned
  [ "$(roles_of)" = 'export s3Export ACTIVE
theirs Lambda ACTIVE' ]
  # a colleague adds another one meanwhile: it stays
  poke cluster/orders '{"AssociatedRoles": ['"$theirs"', {"RoleArn":
    "'"$role"'/export", "FeatureName": "s3Export", "Status": "ACTIVE"},
    {"RoleArn": "'"$role"'/import-2", "FeatureName": "SageMaker",
     "Status": "ACTIVE"}]}'
  runs 0 aback backout --last --apply --yes
  [ "$(roles_of)" = 'import s3Import ACTIVE
import-2 SageMaker ACTIVE
theirs Lambda ACTIVE' ]
}

@test "associated_roles: for the same feature, the old role goes first" {
  write_fleet '"AssociatedRoles": ['"$imports"'],'
  begin "$(rule "[$(member import-2 s3Import)]")"
  clusters >before
  runs 0 aback plan -o plan.json
  [ "$(calls plan.json)" = 'RemoveRoleFromDBCluster AddRoleToDBCluster' ]
  jq -e '.steps[1].needs == [0]' plan.json
  planned
  runs 0 aback backout --last --apply --yes
  clusters | diff before -
}

@test "associated_roles: Aurora MySQL takes them without a feature" {
  begin "  - match: {kind: cluster, id: users}
    set: {associated_roles: {include: [\"$role/import\", $(member export)]}}"
  clusters >before
  runs 0 aback plan -o plan.json
  jq -e 'all(.steps[]; .parameters | has("FeatureName") | not)' plan.json
  planned
  runs 0 aback backout --last --apply --yes
  clusters | sed 's/"AssociatedRoles": \[\], //' >after
  sed 's/"AssociatedRoles": \[\], //' before | diff - after
}

@test "associated_roles: what the engine does not have is blocked" {
  begin "$(rule "{include: [$(member import s3import)]}")
  - match: {kind: cluster, id: users}
    set: {associated_roles: {include: [$(member import s3Import)]}}"
  runs 0 aback plan -o plan.json
  jq -e '.changes == [] and (.blocked[0].reason |
    test("has no feature .s3import., only Comprehend, Lambda")) and
    (.blocked[1].reason | test("aurora-mysql takes roles without"))' plan.json
  write_desired "$(rule "{include: [$(member import)]}")"
  runs 0 aback plan -o plan.json
  jq -e '.blocked[0].remedy | test("feature_name")' plan.json
  [ "$(mutation_count)" -eq 0 ]
}

@test "associated_roles: bad members are mistakes with their place" {
  write_desired "$(rule '[{role_arn: "arn:aws:iam::1:user/x"}]')"
  fails 1 aback validate
  said 'aback.yaml:7:' 'must be the ARN of a role'
  write_desired "$(rule '{include: [{feature_name: s3Import}]}')"
  fails 1 aback validate
  said "must have a 'role_arn'"
  write_desired "$(rule "[{role_arn: \"$role/x\", feature: s3Import}]")"
  fails 1 aback validate
  said "has no 'feature'"
  write_desired "$(rule "[\"$role/x s3Import Lambda\"]")"
  fails 1 aback validate
  said 'must be {role_arn: …, feature_name: …}'
  write_desired "$(rule 7)"
  fails 1 aback validate
  said 'a list of maps'
}

@test "associated_roles: one that AWS cannot assume is a failure, and said" {
  begin "$(rule "{include: [$(member stranger s3Import)]}")"
  clusters >before
  runs 0 aback plan -o plan.json
  runs 4 aback apply plan.json --yes
  said INVALID 'trust policy'
  [ "$(roles_of)" = 'stranger s3Import INVALID' ]
  runs 0 aback plan --detailed-exitcode
  said INVALID
  runs 0 aback backout --last --apply --yes
  [ "$(roles_of)" = '' ]
}

@test "associated_roles: IAM is waited for where the role is new" {
  begin "$(rule "{include: [$(member import s3Import)]}")"
  fault '{"service": "rds", "action": "AddRoleToDBCluster", "from": 1, "to": 2,
    "fault": "error", "status": 400, "code": "InvalidParameterValue",
    "message": "IAM role ARN value is invalid or does not include the required permissions for: s3Import"}'
  planned
  [ "$(sent)" = 'AddRoleToDBCluster AddRoleToDBCluster AddRoleToDBCluster' ]
}

@test "associated_roles: a quota half-way leaves an exact account" {
  begin "$(rule "{include: [$(member import s3Import), $(member export Lambda)]}")"
  fault '{"service": "rds", "action": "AddRoleToDBCluster", "nth": 2,
    "fault": "error", "status": 400, "code": "DBClusterRoleQuotaExceeded",
    "message": "too many"}'
  runs 0 aback plan -o plan.json
  runs 4 aback apply plan.json --yes
  said DBClusterRoleQuotaExceeded
  result_of "$(change_id)" | jq -e '[.steps[].state] | sort ==
    ["done", "failed"]'
}

@test "associated_roles: AWS says that it took the role away, and did not" {
  write_fleet '' '"AssociatedRoles": [{"RoleArn": "'"$role"'/import",
    "FeatureName": "made-up", "Status": "ACTIVE"}],'
  begin '  - match: {kind: cluster, id: users}
    set: {associated_roles: []}'
  runs 0 aback plan -o plan.json
  jq -e '.steps[0].parameters.FeatureName == "made-up"' plan.json
  jq -e '.steps[0].backout == null' plan.json
  runs 4 aback apply plan.json --yes --deadline 5s --allow one-way
  said 'accepted the call but the value did not change'
}

@test "associated_roles: an answer lost is settled by what is live" {
  begin "$(rule "{include: [$(member import s3Import)]}")"
  runs 0 aback plan -o plan.json
  fault '{"service": "rds", "action": "AddRoleToDBCluster",
    "fault": "reset_after"}'
  runs 0 aback apply plan.json --yes
  [ "$(sent)" = AddRoleToDBCluster ]
  fault '{"service": "rds", "action": "RemoveRoleFromDBCluster",
    "nth": 1, "fault": "reset_before"}'
  runs 0 aback backout --last --apply --yes
  [ "$(roles_of)" = '' ]
}

@test "associated_roles: globs find the roles that it has and those it will have" {
  write_fleet '"AssociatedRoles": ['"$theirs"'],'
  begin "$(rule "{include: [$(member import s3Import)]}")
  - match: {kind: iam_role, id: \"*\"}
    set: {max_session_duration: 7200}"
  runs 0 aback plan -o plan.json
  jq -e '[.changes[].address] == ["iam_role/import", "iam_role/theirs",
    "cluster/orders"]' plan.json
}

