#!/usr/bin/env bats
# Promise 11: a backout sticks.
load promise

backed_out() {
  start
  write_desired '  - match: {kind: cluster, id: orders}
    set: {backup_retention_period: 21}'
  runs 0 "$ABACK" plan -o plan.json
  cp plan.json old.json
  runs 0 "$ABACK" apply plan.json --yes
  applied=$(change_id)
  runs 0 "$ABACK" backout "$applied" --apply --yes --allow lossy \
    --reason 'the backups did not fit'
  back=$(change_id)
}

# plan_has EXPRESSION
plan_has() {
  runs 0 "$ABACK" plan -o now.json
  jq -e "$1" now.json
}

@test "promise 11: the setting is held, shown, and not proposed" {
  backed_out
  plan_has '.changes == [] and .held[0].setting == "backup_retention_period"
    and .held[0].change == "'"$back"'"'
  runs 0 "$ABACK" show now.json
  [[ $output == *"the backups did not fit"* ]]
}

@test "promise 11: an older plan that would set it is refused" {
  start
  write_desired '  - match: {kind: cluster, id: orders}
    set: {backup_retention_period: 21, deletion_protection: true}'
  # two plans of the same: one is applied and backed out, the other is older
  runs 0 "$ABACK" plan -o older.json --only cluster/orders:backup_retention_period
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes
  runs 0 "$ABACK" backout --last --apply --yes --allow lossy --allow exposure
  sent=$(mutation_count)
  runs 3 "$ABACK" apply older.json --yes
  [[ $output == *held* ]]
  [[ $output == *"aback release cluster/orders:backup_retention_period"* ]]
  [ "$(mutation_count)" -eq "$sent" ]
}

@test "promise 11: a rule with another value is no longer held" {
  backed_out
  write_desired '  - match: {kind: cluster, id: orders}
    set: {backup_retention_period: 16}'
  plan_has '.held == [] and .changes[0].after == 16'
  runs 0 "$ABACK" apply now.json --yes
  [ "$(live_value clusters orders BackupRetentionPeriod)" = 16 ]
}

@test "promise 11: a released setting is proposed again" {
  backed_out
  runs 0 "$ABACK" release cluster/orders:backup_retention_period
  plan_has '.held == [] and .changes[0].after == 21'
}

@test "promise 11: two changes of one setting, both backed out, stay so" {
  start
  rule() { sed -i "s/set: .*/set: {backup_retention_period: $1}/" aback.yaml; }
  for days in 20 25; do
    rule $days
    "$ABACK" plan -o plan.json >/dev/null 2>&1
    runs 0 "$ABACK" apply plan.json --yes
  done
  newer=$(change_id)
  older=$(git -C store.git ls-tree --name-only main:changes | head -1)
  runs 0 "$ABACK" backout "$newer" --apply --yes --allow lossy
  runs 0 "$ABACK" backout "$older" --apply --yes --allow lossy
  # the rule asks for what the newer one had set
  "$ABACK" plan --format json 2>/dev/null >after.json
  jq -e '.changes == [] and (.held | length) == 2' after.json
  # let go, all of it is proposed again
  runs 0 "$ABACK" release cluster/orders
  "$ABACK" plan --format json 2>/dev/null >after.json
  jq -e '[.changes[] | .address, .after] == ["cluster/orders", 25]' after.json
  runs 0 "$ABACK" state fsck
}

@test "promise 11: backing out the backout redoes it and removes the hold" {
  backed_out
  runs 0 "$ABACK" backout "$back" --apply --yes
  [ "$(live_value clusters orders BackupRetentionPeriod)" = 21 ]
  plan_has '.held == [] and .changes == []'
  [ -z "$(git -C store.git ls-tree -r --name-only main holds)" ]
  # and backing that out holds again
  runs 0 "$ABACK" backout --last --apply --yes --allow lossy
  plan_has '.changes == [] and (.held | length) == 1'
}
