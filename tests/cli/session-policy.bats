#!/usr/bin/env bats
# A role that a target names is held to what the plan does, by AWS.
load helpers

role=arn:aws:iam::123456789012:role/aback

assume() {
  sed -i "s|region: eu-west-1}|region: eu-west-1, role_arn: \"$role\"}|" \
    aback.yaml
}

# The fleet with a role that its keys may assume; $1: more of its state, $2: a
# jq program for the rest.
given() {
  jq --argjson more "${1:-{\}}" '.accounts[0].roles += [{RoleName: "aback",
    AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{
      Effect: "Allow", Principal: {AWS: "arn:aws:iam::123456789012:root"},
      Action: "sts:AssumeRole"}]}} + $more]' \
    "$root/tests/data/fleets/least-privilege.json" | jq "${2:-.}" >fleet.json
  cp "$root/tests/data/desired/least-privilege.yaml" aback.yaml
  assume
  start_sim
  aback init >/dev/null 2>&1
  aback plan -o plan.json >/dev/null 2>&1
}

allow=(--allow lossy --allow one-way --allow restart --allow exposure
  --allow many --allow no-way-back)

# The lines of the request log of calls that change something.
writes() {
  jq -c 'select(.service != "sts" and (.action |
    test("^(Describe|Get|List|Lookup|Simulate)") | not) and
    .parameters.DryRun == null)' sim.log
}

assumed() { jq -c 'select(.action == "AssumeRole") | .parameters' sim.log; }

sessions() { stored "changes/$(change_id)/change.json" | jq -c .sessions; }

@test "session policy: every kind is applied and backed out within it" {
  given
  : >sim.log
  runs 0 aback apply plan.json --yes "${allow[@]}"
  [ -n "$(writes)" ]
  # each write in a session of this change that may do little else
  writes | jq -se --arg id "$(change_id)" 'all(.session_policy != null and
    (.caller | startswith("arn:aws:sts::123456789012:assumed-role/aback/aback-")
    and endswith($id)))'
  # and all that read, from when the change began, could write nothing
  assumed | jq -se 'map(.Policy | select(. != null)) | length > 1 and
    all(length <= 2048)'
  sessions | jq -e --arg role "$role" 'length == 1 and .[0].role_arn == $role
    and .[0].policy == "resources" and .[0].sessions >= 1'
  : >sim.log
  runs 0 aback backout --last --apply --yes "${allow[@]}"
  writes | jq -se 'length > 0 and all(.session_policy != null)'
  has "$("$ABACK" history)" backout
}

@test "session policy: AWS refuses what the plan does not say" {
  given
  runs 0 aback apply plan.json --yes "${allow[@]}"
  # what a session of each policy may do besides: nothing of another cluster
  assumed | jq -r '.Policy // empty' | jq -se '[.[].Statement[] |
    select(.Action | any(test(":(Describe|Get|List)|:PassRole") | not)) |
    .Resource[] | select(test(":cluster:|:db:|:role/"))] | unique ==
    ["arn:aws:iam::123456789012:role/monitoring",
     "arn:aws:rds:eu-west-1:123456789012:cluster:orders",
     "arn:aws:rds:eu-west-1:123456789012:db:orders-1"]'
  # roles go only to RDS
  assumed | jq -r '.Policy // empty' | jq -se '[.[].Statement[] |
    select(.Action == ["iam:PassRole"]) |
    .Condition.StringEquals["iam:PassedToService"]] | unique ==
    ["monitoring.rds.amazonaws.com", "rds.amazonaws.com"]'
  # who reads may write nothing
  assumed | jq -r '.Policy // empty' | jq -se '[.[].Statement[] |
    select(.Resource == ["*"]) | .Action[] |
    test(":(Describe|Get|List)")] | all'
}

@test "session policy: a fleet is cut into sessions of a few clusters" {
  given '{}' '.accounts[0].regions[0].clusters = [range(120) |
    {DBClusterIdentifier: "orders-\(.)", Engine: "aurora-postgresql",
     EngineVersion: "16.4"}] | .accounts[0].regions[0].instances = []'
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  assume
  aback plan -o plan.json >/dev/null 2>&1
  : >sim.log
  runs 0 aback apply plan.json --yes --allow many
  sessions | jq -e '.[0].policy == "resources" and .[0].sessions > 2 and
    .[0].sessions < 10'
  [ "$(writes | wc -l)" -eq 120 ]
  # as many sessions of ours as it says, and the one that reads
  [ "$(assumed | jq -r '.Policy // empty' | sort -u | wc -l)" -eq \
    "$(sessions | jq '.[0].sessions + 1')" ]
}

@test "session policy: what AWS finds too large is wider, or left out" {
  given '{"PackedPolicyMax": 1600}' '.accounts[0].regions[0].clusters =
    [range(60) | {DBClusterIdentifier: "orders-\(.)",
     Engine: "aurora-postgresql", EngineVersion: "16.4"}] |
    .accounts[0].regions[0].instances = []'
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  assume
  aback plan -o plan.json >/dev/null 2>&1
  runs 0 aback apply plan.json --yes --allow many
  sessions | jq -e '.[0] | .policy == "kinds" and .sessions == 1'
  writes | jq -se '[.[].session_policy[].Statement[].Resource[] |
    select(contains(":cluster:"))] | unique ==
    ["arn:aws:rds:eu-west-1:123456789012:cluster:*"]'
}

@test "session policy: none fits" {
  given '{"PackedPolicyMax": 100}'
  runs 0 aback apply plan.json --yes "${allow[@]}"
  sessions | jq -e '.[0] | .policy == "none" and .sessions == 0'
  writes | jq -se 'all(.session_policy == null)'
}

@test "session policy: it is left out when asked" {
  given
  runs 0 aback apply plan.json --yes "${allow[@]}" --no-session-policy
  sessions | jq -e '.[0] | .policy == "none" and .sessions == 0'
  not grep -q '"Policy"' <(assumed)
  fails 1 aback backout --last --no-session-policy
  said 'belongs to --apply'
}

@test "session policy: nobody who assumes no role has one" {
  cp "$root/tests/data/fleets/least-privilege.json" fleet.json
  cp "$root/tests/data/desired/least-privilege.yaml" aback.yaml
  start_sim
  aback init >/dev/null 2>&1
  aback plan -o plan.json >/dev/null 2>&1
  runs 0 aback apply plan.json --yes "${allow[@]}"
  [ "$(sessions)" = null ]
  [ -z "$(assumed)" ]
}

@test "session policy: a role that may not be assumed any more changes nothing" {
  given
  curl -sSf -X POST --data '[{"service": "sts", "action": "AssumeRole",
    "nth": 2, "fault": "error", "status": 403, "code": "AccessDenied",
    "message": "no"}]' "$endpoint/_sim/faults" >/dev/null
  fails 1 aback apply plan.json --yes "${allow[@]}"
  said AssumeRole AccessDenied
  [ -z "$(writes)" ]
  not grep -q cluster/ <("$ABACK" history 2>/dev/null)
}

@test "session policy: a failed step is taken back within it" {
  given
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}
  - match: {kind: instance}
    set: {publicly_accessible: false}
  - match: {kind: iam_role, id: monitoring}
    set: {max_session_duration: 7200}'
  assume
  aback plan -o plan.json >/dev/null 2>&1
  curl -sSf -X POST --data '[{"service": "rds", "action": "ModifyDBInstance",
    "fault": "error", "status": 400, "code": "InvalidParameterCombination",
    "message": "no"}]' "$endpoint/_sim/faults" >/dev/null
  : >sim.log
  runs 4 aback apply plan.json --yes "${allow[@]}" --on-failure backout
  writes | jq -se 'length > 3 and all(.session_policy != null)'
  not grep -q 'not authorized' sim.log
  [ "$(result_of "$(change_id)" | jq -r .state)" = backed_out ]
}
