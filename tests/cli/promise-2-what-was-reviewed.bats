#!/usr/bin/env bats
# Promise 2: what was reviewed is what runs.
load promise

# refused COMMAND...: exit code 3, nothing sent, no change begun
refused() {
  local before
  before=$(mutation_count)
  runs 3 "$@"
  [ "$(mutation_count)" -eq "$before" ]
}

@test "promise 2: a plan edited by hand is refused" {
  start
  runs 0 "$ABACK" plan -o plan.json
  sed 's/"orders"/"users"/' plan.json >edited.json
  refused "$ABACK" apply edited.json --yes
  [[ $output == *edited* ]]
}

@test "promise 2: a changed desired file is refused" {
  start
  runs 0 "$ABACK" plan -o plan.json
  echo '# a comment' >>aback.yaml
  refused "$ABACK" apply plan.json --yes
  [[ $output == *"aback.yaml"* ]]
}

@test "promise 2: a value that moved since the plan is refused and named" {
  start
  runs 0 "$ABACK" plan -o plan.json
  poke cluster/users '{"DeletionProtection": true}'
  refused "$ABACK" apply plan.json --yes
  [[ $output == *"cluster/users:deletion_protection"* ]]
  [[ $output != *"cluster/orders:deletion_protection"* ]]
  not git -C store.git rev-parse -q --verify main:changes
}

@test "promise 2: another cluster under the old name is refused" {
  start
  runs 0 "$ABACK" plan -o plan.json
  poke cluster/users '{"DbClusterResourceId": "cluster-SOMETHINGELSE"}'
  refused "$ABACK" apply plan.json --yes
  [[ $output == *"another resource under the old name"* ]]
}

@test "promise 2: a plan of another account or region is refused" {
  start
  runs 0 "$ABACK" plan -o plan.json
  sed -i "s/region: $region/region: eu-central-1/" aback.yaml
  refused "$ABACK" apply plan.json --yes
}

# sealed FILTER FILE: the plan file, edited, with a digest that fits
sealed() {
  local id
  id=$(jq -S "$1 | .id = \"\"" "$2" | tee sealed.json | sha256sum)
  jq -S --arg id "sha256:${id%% *}" '.id = $id' sealed.json
}

@test "promise 2: a backout that no record gives is refused" {
  start
  runs 0 "$ABACK" plan -o plan.json
  cp plan.json first.json
  runs 0 "$ABACK" apply plan.json --yes
  id=$(change_id)
  runs 0 "$ABACK" backout "$id" -o back.json
  sealed . back.json >same.json
  diff back.json same.json
  # of a change that never was
  sealed '.reverses = "20200101T000000Z-abcdef" |
    .changes[].undoes.change = "20200101T000000Z-abcdef"' back.json >edited.json
  refused "$ABACK" apply edited.json --yes
  [[ $output == *"has no record of"* ]]
  # of another store
  mv store.git away.git
  "$ABACK" init >/dev/null 2>&1
  refused "$ABACK" apply back.json --yes
  rm -rf store.git
  mv away.git store.git
  # what was never changed, dressed up as a backout
  poke cluster/orders '{"DeletionProtection": false}'
  sealed ".kind = \"backout\" | .desired = null | .reverses = \"$id\" |
    .changes[] |= (.rule = null | .undoes =
      {change: \"$id\", set: false, prior: true, redo: false})" \
    first.json >edited.json
  refused "$ABACK" apply edited.json --yes
  [[ $output == *"goes back to another value"* ]]
  poke cluster/orders '{"DeletionProtection": true}'
  runs 0 "$ABACK" apply back.json --yes
}

@test "promise 2: a plan runs once" {
  start
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes
  refused "$ABACK" apply plan.json --yes
  [[ $output == *"$(change_id)"* ]]
}

@test "promise 2: somebody else's pending change is not set off" {
  start
  write_desired '  - match: {kind: cluster, id: orders}
    set: {backup_retention_period: 21}'
  runs 0 "$ABACK" plan -o plan.json
  poke cluster/orders \
    '{"PendingModifiedValues": {"EngineVersion": "17.1"}}'
  refused "$ABACK" apply plan.json --yes
  [[ $output == *EngineVersion* ]]
}

@test "promise 2: a value that moves in mid-apply stops its own step" {
  start --settle-ms 1500
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true, iam_database_authentication_enabled: true}
  - match: {kind: instance, id: orders-1}
    set: {publicly_accessible: false}'
  runs 0 "$ABACK" plan -o plan.json
  "$ABACK" apply plan.json --yes >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"ModifyDBCluster"' sim.log
  poke instance/orders-1 '{"PubliclyAccessible": false}'
  code=0
  wait "$run_pid" || code=$?
  run_pid=
  cat out
  [ "$code" -eq 4 ]
  grep -q 'changed by somebody since the plan' out
  not grep -q '"ModifyDBInstance"' sim.log
}
