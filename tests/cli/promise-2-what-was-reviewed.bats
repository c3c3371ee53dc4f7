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
  wait_for 20 grep -q ModifyDBCluster sim.log
  poke instance/orders-1 '{"PubliclyAccessible": false}'
  code=0
  wait "$run_pid" || code=$?
  run_pid=
  cat out
  [ "$code" -eq 4 ]
  grep -q 'changed by somebody since the plan' out
  not grep -q ModifyDBInstance sim.log
}
