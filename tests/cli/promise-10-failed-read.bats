#!/usr/bin/env bats
# Promise 10: a failed read is never "nothing there".
load promise

# no_plan FAULT: planning fails with exit code 1 and leaves no file
no_plan() {
  start
  fault "$1"
  runs 1 "$ABACK" plan -o plan.json
  [ ! -e plan.json ]
}

@test "promise 10: a denied listing fails the plan" {
  no_plan '{"service": "rds", "action": "DescribeDBClusters", "from": 1,
    "to": 99, "fault": "error", "status": 403, "code": "AccessDenied",
    "message": "not authorized"}'
  [[ $output == *AccessDenied* ]]
}

@test "promise 10: an answer cut off fails the plan" {
  no_plan '{"service": "rds", "action": "DescribeDBClusters", "from": 1,
    "to": 99, "fault": "truncate"}'
}

@test "promise 10: malformed XML fails the plan" {
  no_plan '{"service": "rds", "action": "DescribeDBClusters", "from": 1,
    "to": 99, "fault": "malformed"}'
}

@test "promise 10: throttled to the end fails the plan" {
  export AWS_MAX_ATTEMPTS=2
  no_plan '{"service": "rds", "action": "DescribeDBClusters", "from": 1,
    "to": 99, "fault": "throttle"}'
}

@test "promise 10: throttled for a while does not" {
  start
  fault '{"service": "rds", "action": "DescribeDBClusters", "nth": 1,
    "fault": "throttle"}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.steps | length == 2' plan.json
}

@test "promise 10: an endpoint that is down fails the plan" {
  start
  kill "$sim_pid"
  wait "$sim_pid" || true
  export AWS_MAX_ATTEMPTS=2
  runs 1 "$ABACK" plan -o plan.json
  [ ! -e plan.json ]
}

@test "promise 10: no file that was there is overwritten by a failed plan" {
  start
  echo precious >plan.json
  fault '{"service": "rds", "action": "DescribeDBClusters", "from": 1,
    "to": 99, "fault": "truncate"}'
  runs 1 "$ABACK" plan -o plan.json
  [ "$(cat plan.json)" = precious ]
}

@test "promise 10: the message gives the targets that work" {
  start
  cat >aback.yaml <<END
version: 1
state: {repository: ./store.git}
targets:
  - {name: bad, account_id: "999999999999", region: $region}
  - {name: prod, account_id: "$account", region: $region}
rules:
  - match: {kind: cluster}
    set: {deletion_protection: true}
END
  runs 1 "$ABACK" plan -o plan.json
  [[ $output == *999999999999* ]]
  runs 0 "$ABACK" plan --target prod -o plan.json
}
