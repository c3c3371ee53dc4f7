#!/usr/bin/env bats
# Promise 12: nothing that we did not create is replaced or deleted.
load promise

@test "promise 12: a cluster that cannot be changed in place is blocked" {
  start
  write_desired '  - match: {kind: cluster}
    set: {storage_encrypted: true}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.steps == [] and (.blocked | length) == 2 and
    all(.blocked[]; .setting == "storage_encrypted" and
      (.remedy | length) > 0)' plan.json
  [ "$(mutation_count)" -eq 0 ]
}

@test "promise 12: of a set, only the members that the plan names are removed" {
  write_fleet
  jq '.accounts[0].roles[0].AttachedPolicies += [
    "arn:aws:iam::aws:policy/SecurityAudit",
    "arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess"]' \
    fleet.json >more.json
  mv more.json fleet.json
  start
  write_desired '  - match: {kind: iam_role, id: monitoring}
    set:
      managed_policy_arns:
        exclude: ["arn:aws:iam::aws:policy/SecurityAudit"]'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.steps[] | [.call, .parameters.PolicyArn]] ==
    [["iam:DetachRolePolicy", "arn:aws:iam::aws:policy/SecurityAudit"]]' \
    plan.json
  runs 0 "$ABACK" apply plan.json --yes
  mutations | jq -s -e 'map(.action) == ["DetachRolePolicy"]'
  # the set is recorded whole
  stored "changes/$(change_id)/prior.json" | jq -e '.values[0].value | length == 3'
}

@test "promise 12: attached before detached, one call a member" {
  start
  write_desired '  - match: {kind: iam_role, id: monitoring}
    set:
      managed_policy_arns:
        - arn:aws:iam::aws:policy/SecurityAudit
        - arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess'
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes --allow exposure
  mutations | jq -s -e 'map(.action) == ["AttachRolePolicy",
    "AttachRolePolicy", "DetachRolePolicy"]'
  runs 0 "$ABACK" backout --last --apply --yes --allow exposure
  live | jq -e '.accounts[0].roles[0].AttachedPolicies |
    map(if type == "object" then .PolicyArn else . end) ==
    ["arn:aws:iam::aws:policy/AmazonRDSReadOnlyAccess"]'
}

@test "promise 12: no row and no kind has an action that deletes or creates" {
  # parameter groups are created and deleted, databases never
  for word in 'DeleteDBCluster([^A-Za-z]|$)' DeleteDBInstance \
    'CreateDBCluster([^A-Za-z]|$)' CreateDBInstance RestoreDBCluster \
    'DeleteRole([^A-Za-z]|$)' \
    DeleteLogGroup ScheduleKeyDeletion; do
    # trail_table.c has what others may have done
    not grep -rnE "[\":]$word" "$root"/core "$root"/state "$root"/cmd \
      "$root"/plans --include='*.c' --exclude=trail_table.c
  done
}
