#!/usr/bin/env bats
# Roles that others have something of: said in the plan, read in few requests,
# and what AWS refuses, or takes back, accounted for.
load helpers

policy=arn:aws:iam::aws:policy
trust='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
  "Action": "sts:AssumeRole", "Principal": {"Service": ["rds.amazonaws.com",
  "ec2.amazonaws.com"], "AWS": "arn:aws:iam::210987654321:root"}}]}'

# Two clusters and an instance use a role; as many more as asked for.
write_fleet() {
  local more
  more=$(jq -nc '[range('"${more_roles:-0}"') | {RoleName: "r\(. + 100)",
    AttachedPolicies: ["'"$policy"'/ReadOnlyAccess"], InlinePolicies: {p:
      {Statement: {Effect: "Allow", Action: "a:b", Resource: "*"}}}}]')
  jq -n --argjson trust "$trust" --argjson more "$more" --arg p "$policy" '
    def cluster($id): {DBClusterIdentifier: $id, Engine: "aurora-postgresql",
      AssociatedRoles: ([{RoleArn: "arn:aws:iam::'"$account"':role/shared",
        FeatureName: "s3Import", Status: "ACTIVE"}] + ($more | map({RoleArn:
        "arn:aws:iam::'"$account"':role/\(.RoleName)", FeatureName: .RoleName,
        Status: "ACTIVE"})))};
    {format: "aback-fleet/1", accounts: [{account_id: "'"$account"'",
      roles: ([{RoleName: "shared", AssumeRolePolicyDocument: $trust,
        InstanceProfiles: ["bastion"], AttachedPolicies: ["\($p)/ReadOnlyAccess"]},
        {RoleName: "alone"}, {RoleName: "AWSServiceRoleForRDS",
         Path: "/aws-service-role/rds.amazonaws.com/"}] + $more),
      regions: [{region: "'"$region"'",
        clusters: [cluster("orders"), cluster("users")],
        instances: [{DBInstanceIdentifier: "orders-1",
          DBClusterIdentifier: "orders", MonitoringInterval: 60,
          MonitoringRoleArn: "arn:aws:iam::'"$account"':role/shared"}]}]}]}' >fleet.json
}

# started RULE
started() {
  start_sim
  write_desired "$1"
  aback init >init.out 2>&1
}

# asked ACTION: how often
asked() { grep -c "\"action\":\"$1\"" sim.log; }

@test "iam_role: whoever shares a role stands in the plan" {
  started '  - match: {kind: iam_role, id: [shared, alone]}
    set: {max_session_duration: 7200}'
  runs 0 aback plan -o plan.json
  [ "$(jq -r '.notes[] | select(.address == "iam_role/shared") | "\(.address): \(.reason)"' plan.json)" = \
"iam_role/shared: EC2 instances have it by the instance profile bastion
iam_role/shared: besides RDS it may be assumed by arn:aws:iam::210987654321:root, ec2.amazonaws.com
iam_role/shared: it is used by cluster/orders (prod), cluster/users (prod), instance/orders-1 (prod), which all share it" ]
  runs 0 aback show plan.json
  said 'which all share it'
  runs 0 aback apply plan.json --yes
  runs 0 aback plan --detailed-exitcode
  jq -e '.notes == null' <(aback plan --format json)
}

@test "iam_role: who may not read instance profiles goes without" {
  started '  - match: {kind: iam_role, id: shared}
    set: {max_session_duration: 7200}'
  fault '{"action": "ListInstanceProfilesForRole", "from": 1, "fault": "error",
    "status": 403, "code": "AccessDenied", "message": "no"}'
  runs 0 aback plan
  said 'which all share it' '7200'
  fault '{"action": "GetRole", "from": 1, "fault": "error",
    "status": 403, "code": "AccessDenied", "message": "no"}'
  fails 1 aback plan
}

@test "iam_role: many roles are read in one listing, and it says the same" {
  more_roles=12
  started "  - match: {kind: iam_role}
    set:
      managed_policy_arns: {include: [\"$policy/SecurityAudit\"]}
      inline_policies: {exclude: [p]}
      tags: {include: {owner: dba}}"
  poke iam_role/r103 '{"Tags": [{"Key": "owner", "Value": "dba"}],
    "PermissionsBoundary": {"PermissionsBoundaryType": "Policy",
      "PermissionsBoundaryArn": "'"$policy"'/ReadOnlyAccess"}}'
  runs 0 aback plan -o plan.json
  [ "$(asked GetAccountAuthorizationDetails)" -eq 1 ]
  [ "$(asked GetRole)" -eq 0 ]
  # the same rules for one role more exactly are asked one by one
  sed -i 's/kind: iam_role}/kind: iam_role, id: [r100, r103]}/' aback.yaml
  runs 0 aback plan -o few.json
  [ "$(asked GetRole)" -eq 2 ]
  diff <(jq -S '[.changes[] | select(.address | test("r10[03]$"))
      | del(.rule, .steps)]' plan.json) <(jq -S '[.changes[] | del(.rule, .steps)]' few.json)
  # a page that is not the last is not all of them
  sed -i 's/, id: .r100, r103.//' aback.yaml
  runs 0 aback plan -o plan.json
  jq -e '[.changes[].address] | unique | length == 13' plan.json
  runs 0 aback apply plan.json --yes
  runs 0 aback plan --detailed-exitcode
}

@test "iam_role: the listing in pages" {
  more_roles=12
  write_fleet
  start_sim --page-size 5
  write_desired '  - match: {kind: iam_role}
    set: {tags: {include: {owner: dba}}}'
  aback init >init.out 2>&1
  runs 0 aback plan -o plan.json
  [ "$(asked GetAccountAuthorizationDetails)" -eq 3 ]
  jq -e '.changes | length == 13' plan.json
}

# hold_to STATEMENT: the caller may do everything but that.
hold_to() {
  curl -sf -o /dev/null -d '{"access_key_id": "AKIAABACKSIMULATOR01",
    "policies": [{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
      "Action": "*", "Resource": "*"}, '"$1"']}]}' "$endpoint/_sim/policies"
}

@test "iam_role: who may not read the listing reads one by one, and the same" {
  more_roles=12
  started '  - match: {kind: iam_role}
    set: {tags: {include: {owner: dba}}, inline_policies: {exclude: [p]}}'
  runs 0 aback plan -o plan.json
  [ "$(asked GetRole)" -eq 0 ]
  hold_to '{"Effect": "Deny", "Action": "iam:GetAccountAuthorizationDetails",
    "Resource": "*"}'
  runs 0 aback plan -o few.json
  [ "$(asked GetRole)" -eq 13 ]
  [ "$(asked GetRolePolicy)" -eq 12 ]
  diff <(jq -S '[.changes, .steps]' plan.json) <(jq -S '[.changes, .steps]' few.json)
  # who may read neither gets no plan
  hold_to '{"Effect": "Deny", "Resource": "*", "Action":
    ["iam:GetAccountAuthorizationDetails", "iam:GetRole"]}'
  fails 1 aback plan
  said 'GetRole'
}

@test "iam_role: a listing that is refused half-way is not read twice" {
  more_roles=12
  write_fleet
  start_sim --page-size 5
  write_desired '  - match: {kind: iam_role}
    set: {tags: {include: {owner: dba}}}'
  aback init >init.out 2>&1
  fault '{"action": "GetAccountAuthorizationDetails", "nth": 2,
    "fault": "error", "status": 403, "code": "AccessDenied", "message": "no"}'
  runs 0 aback plan -o plan.json
  jq -e '[.changes[].address] | unique | length == 13' plan.json
  # the first page had those of five, some of which nobody asked for
  local asked
  asked=$(asked GetRole)
  [ "$asked" -ge 8 ] && [ "$asked" -lt 13 ]
}

@test "iam_role: what the listing lacks is asked for one by one" {
  more_roles=12
  started '  - match: {kind: iam_role}
    set: {max_session_duration: 7200}'
  runs 0 aback plan -o plan.json
  [ "$(asked GetRole)" -eq 13 ]
  jq -e '.changes | length == 13' plan.json
}

@test "iam_role: service-linked roles are blocked" {
  started '  - match: {kind: iam_role, id: AWSServiceRoleForRDS}
    set: {max_session_duration: 7200}'
  runs 0 aback plan -o plan.json
  jq -e '.steps == [] and (.blocked[0].reason | test("belongs to an AWS service"))' plan.json
}

@test "iam_role: more policies than a role can have, known before" {
  local many
  many=$(seq -f "\"$policy/p%g\"" -s, 1 20)
  started "  - match: {kind: iam_role, id: shared}
    set: {managed_policy_arns: {include: [$many]}}"
  runs 0 aback plan -o plan.json
  jq -e '.steps == [] and (.blocked[0].reason | test("at most 20 members, not 21"))' plan.json
  sed -i "s|include: .|&\"$policy/p0\", |; s|{include: \(.*\)}}|\1}|" aback.yaml
  fails 1 aback validate
  said "'managed_policy_arns' must have at most 20 members, not 21"
}

@test "iam_role: a quota half-way gives an exact account" {
  local many
  many=$(for name in AdministratorAccess AmazonRDSDataFullAccess \
    AmazonRDSFullAccess AmazonRDSReadOnlyAccess AmazonS3FullAccess \
    AmazonS3ReadOnlyAccess CloudWatchLogsFullAccess \
    CloudWatchLogsReadOnlyAccess IAMReadOnlyAccess SecurityAudit; do
    printf '"%s/%s",' "$policy" "$name"; done)
  started "  - match: {kind: iam_role, id: shared}
    set: {managed_policy_arns: {include: [${many%,}]}}"
  runs 0 aback plan -o plan.json
  runs 4 aback apply plan.json --yes
  said 'LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10'
  result_of "$(change_id)" | jq -e '[.steps[].state]
    | .[0:9] == [range(9) | "done"] and .[9] == "failed"'
  # and what was done goes back
  runs 0 aback backout --last --apply --yes
  live | jq -e '.accounts[0].roles[] | select(.RoleName == "shared")
    | .AttachedPolicies == ["'"$policy"'/ReadOnlyAccess"]'
}

@test "iam_role: a policy that does not exist" {
  started "  - match: {kind: iam_role, id: shared}
    set: {managed_policy_arns: {include: [\"$policy/NoSuchThing\"]}}"
  runs 0 aback plan -o plan.json
  runs 1 aback apply plan.json --yes
  said 'NoSuchEntity' 'nothing was changed'
}

@test "iam_role: one that vanished between plan and apply" {
  started '  - match: {kind: iam_role, id: alone}
    set: {max_session_duration: 7200}'
  runs 0 aback plan -o plan.json
  curl -sSf -X POST --data '{"address": "iam_role/alone", "delete": true}' \
    "$endpoint/_sim/poke" >/dev/null
  fails 3 aback apply plan.json --yes
  said 'iam_role/alone'
  runs 0 aback plan
  said 'matches nothing'
}

@test "iam_role: every write is waited out, however late it is seen" {
  started "  - match: {kind: iam_role, id: shared}
    set:
      description: late
      managed_policy_arns: [\"$policy/SecurityAudit\"]
      inline_policies: {include: {p: {Statement: {Effect: Allow, Action: 'a:b', Resource: '*'}}}}
      permissions_boundary: $policy/ReadOnlyAccess
      tags: {include: {owner: dba}}"
  for action in UpdateRole AttachRolePolicy DetachRolePolicy PutRolePolicy \
    PutRolePermissionsBoundary TagRole; do
    fault "{\"service\": \"iam\", \"action\": \"$action\", \"nth\": 1,
      \"fault\": \"delay_effect\", \"ms\": 700}"
  done
  runs 0 aback plan -o plan.json
  runs 0 aback apply plan.json --yes
  runs 0 aback plan --detailed-exitcode
  # none was sent twice
  [ "$(mutations | jq -r .action | sort | uniq -d)" = '' ]
  [ "$(asked AttachRolePolicy)" -eq 1 ]
}
