#!/usr/bin/env bats
# aback resume: after an apply that was cut off.
load helpers

@test "resume: nothing to do" {
  start
  runs 0 aback resume
  said 'nothing to resume'
  applied
  runs 0 aback resume
  runs 0 aback resume "$(change_id)"
  said 'is finished'
}

@test "resume: after kill -9 in the middle of a call" {
  start
  aback plan -o plan.json >/dev/null 2>&1
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "delay_effect", "ms": 100}'
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 2,
          "fault": "hang", "ms": 60000}'
  in_background "$ABACK" apply plan.json --yes
  wait_for 20 test "$(mutation_count)" -ge 0
  killed_once grep -q '"ModifyDBCluster"' sim.log
  runs 0 aback history
  said 'unfinished'
  runs 0 aback show "$(change_id)"
  said 'aback resume'
  run aback resume
  [ "$status" -eq 0 ] || [ "$status" -eq 4 ]
  runs 0 aback resume
  said 'nothing to resume'
  runs 0 aback history
  [[ $output != *unfinished* ]]
}

@test "resume: without the journal, a set that was changed in two steps" {
  start_sim
  write_desired '  - match: {kind: iam_role, id: monitoring}
    set: {managed_policy_arns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}'
  aback init >/dev/null 2>&1
  live >before.json
  aback plan -o plan.json >/dev/null 2>&1
  # attached and detached, and then the machine is lost with its journal
  fault '{"service": "iam", "action": "DetachRolePolicy", "nth": 1,
    "fault": "hang", "ms": 60000, "effect": true}'
  in_background "$ABACK" apply plan.json --yes
  killed_once grep -q '"DetachRolePolicy"' sim.log
  rm store.git/aback/journal/*
  runs 0 aback resume
  result_of "$(change_id)" | jq -e '[.steps[].state] == ["done", "done"]'
  runs 0 aback backout --last --apply --yes --allow exposure
  live | diff before.json -
}
