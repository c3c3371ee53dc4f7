#!/usr/bin/env bats
# Promise 6: a backout never overwrites somebody else's change.
load promise

applied() { # RULES: planned and applied
  start
  write_desired "$1"
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes
}

@test "promise 6: what somebody else set since is a conflict, and stays" {
  applied '  - match: {kind: cluster}
    set: {backup_retention_period: 21}'
  poke cluster/orders '{"BackupRetentionPeriod": 30}'
  runs 4 "$ABACK" backout --last --apply --yes --allow lossy
  [[ $output == *"cluster/orders"* ]]
  [ "$(live_value clusters orders BackupRetentionPeriod)" = 30 ]
  [ "$(live_value clusters users BackupRetentionPeriod)" = 7 ]
}

@test "promise 6: where all is in conflict, the three values are shown too" {
  start
  write_desired '  - match: {kind: cluster}
    set: {backup_retention_period: 21}'
  "$ABACK" plan -o plan.json >/dev/null 2>&1
  "$ABACK" apply plan.json --yes >/dev/null 2>&1
  poke cluster/orders '{"BackupRetentionPeriod": 30}'
  poke cluster/users '{"BackupRetentionPeriod": 31}'
  for format in text markdown json html; do
    code=0
    "$ABACK" backout --last --format $format >page.$format 2>err.txt || code=$?
    [ $code -eq 3 ]
    grep -q '2 settings are in conflict' err.txt
  done
  tr -s ' \n' ' ' <page.text >flat
  grep -qF 'we set: 21 days live is: 30 days before us: 14 days' flat
  grep -qF 'we set: 21 days live is: 31 days before us: 7 days' flat
  grep -q '<code>21 days</code> | <code>31 days</code> | <code>7 days</code>' page.markdown
  jq -e '[.conflicts[] | [.set, .live, .prior]] == [[21, 30, 14], [21, 31, 7]]' \
    page.json
  grep -qE '21.*31.*7' page.html
  # and no file
  run "$ABACK" backout --last -o back.json
  [ "$status" -eq 3 ]
  [ ! -e back.json ]
}

@test "promise 6: only the setting named with --force is overwritten" {
  applied '  - match: {kind: cluster}
    set: {backup_retention_period: 21}'
  poke cluster/orders '{"BackupRetentionPeriod": 30}'
  poke cluster/users '{"BackupRetentionPeriod": 31}'
  runs 4 "$ABACK" backout --last --apply --yes --allow lossy \
    --force cluster/orders:backup_retention_period
  [ "$(live_value clusters orders BackupRetentionPeriod)" = 14 ]
  [ "$(live_value clusters users BackupRetentionPeriod)" = 31 ]
}

@test "promise 6: another cluster under the old name is never touched" {
  applied '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  poke cluster/orders '{"DbClusterResourceId": "cluster-SOMETHINGELSE"}'
  sent=$(mutation_count)
  runs 3 "$ABACK" backout --last -o back.json \
    --force cluster/orders:deletion_protection
  [ ! -e back.json ]
  [ "$(mutation_count)" -eq "$sent" ]
}

@test "promise 6: a value that moves after the backout was planned is kept" {
  applied '  - match: {kind: cluster, id: orders}
    set: {backup_retention_period: 21}'
  runs 0 "$ABACK" backout --last -o back.json
  poke cluster/orders '{"BackupRetentionPeriod": 30}'
  runs 3 "$ABACK" apply back.json --yes --allow lossy
  [ "$(live_value clusters orders BackupRetentionPeriod)" = 30 ]
}

@test "promise 6: of a set, what others added stays and what we removed returns" {
  start
  write_desired '  - match: {kind: iam_role, id: monitoring}
    set:
      managed_policy_arns: ["arn:aws:iam::aws:policy/SecurityAudit"]'
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes --allow exposure
  # a colleague attaches one of theirs
  poke iam_role/monitoring '{"AttachedPolicies": [
    "arn:aws:iam::aws:policy/SecurityAudit",
    "arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess"]}'
  runs 0 "$ABACK" backout --last --apply --yes --allow exposure
  live | jq -e '.accounts[0].roles[0].AttachedPolicies |
    map(if type == "object" then .PolicyArn else . end) | sort ==
    ["arn:aws:iam::aws:policy/AmazonRDSReadOnlyAccess",
     "arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess"]'
}

@test "promise 6: live after the backout equals live before the apply" {
  start
  live >before
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true, backup_retention_period: 21,
      iam_database_authentication_enabled: true}
  - match: {kind: instance}
    set: {publicly_accessible: false}'
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes
  not diff before <(live)
  runs 0 "$ABACK" backout --last --apply --yes --allow lossy --allow exposure
  diff before <(live)
}
