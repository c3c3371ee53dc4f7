#!/usr/bin/env bats
# Promise 3: the way back exists before the way forward is taken.
load promise
# shellcheck disable=SC2034 # run_pid is for teardown

@test "promise 3: prior state is committed when the first call is on its way" {
  start
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "hang", "ms": 60000}'
  "$ABACK" apply plan.json --yes >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"ModifyDBCluster"' sim.log
  id=$(change_id)
  stored "changes/$id/prior.json" | jq -e '.values | length == 2 and
    all(.[]; .setting == "deletion_protection" and .value == false)'
  stored "changes/$id/plan.json" | cmp - plan.json
  not stored "changes/$id/result.json"
}

@test "promise 3: nothing is sent when the store cannot be written" {
  [ "$(id -u)" -ne 0 ] || skip "root writes everywhere"
  start
  runs 0 "$ABACK" plan -o plan.json
  chmod -R a-w store.git
  run "$ABACK" apply plan.json --yes
  chmod -R u+w store.git
  [ "$status" -ne 0 ]
  [ "$(mutation_count)" -eq 0 ]
}

@test "promise 3: nothing is sent when the remote cannot be reached" {
  start_sim
  git init -q --bare remote.git
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  sed -i "s#store.git}#store.git, remote: $PWD/remote.git}#" aback.yaml
  runs 0 "$ABACK" init
  runs 0 "$ABACK" plan -o plan.json
  mv remote.git gone.git
  run "$ABACK" apply plan.json --yes
  [ "$status" -eq 3 ] || [ "$status" -eq 1 ]
  [ "$(mutation_count)" -eq 0 ]
  mv gone.git remote.git
  runs 0 "$ABACK" apply plan.json --yes
  [ "$(git -C remote.git rev-parse main)" = "$(git -C store.git rev-parse main)" ]
}

@test "promise 3: git reads the record well" {
  start
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes
  id=$(change_id)
  runs 0 git -C store.git fsck --strict
  runs 0 git -C store.git log -p main
  [[ $output == *"Aback-Change: $id"* ]]
  [[ $output == *"Aback-Plan: sha256:"* ]]
  stored "$account/$region/cluster/orders.json" |
    jq -e '.values.deletion_protection == true'
}
