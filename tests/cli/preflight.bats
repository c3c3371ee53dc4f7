#!/usr/bin/env bats
# AWS is asked first whether it lets the plan be made, and taken back.
load helpers

user=arn:aws:iam::$account:user/dba
role=arn:aws:iam::$account:role/aback
reads='"rds:Describe*", "rds:List*", "iam:List*", "ec2:Describe*"'
ask='"iam:SimulatePrincipalPolicy", "iam:GetRole"'

# allow ACTIONS: a policy that allows them on everything.
allow() { # and more statements as JSON after a comma
  echo "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\",
    \"Action\": [$1], \"Resource\": \"*\"}${2:+, $2}]}"
}

# hold POLICIES: what the caller may do from now on; hold_role: what the role.
hold() {
  curl -sSf -X POST --data "{\"access_key_id\": \"$AWS_ACCESS_KEY_ID\",
    \"policies\": [$1]}" "$endpoint/_sim/policies" >/dev/null
}
hold_role() {
  curl -sSf -X POST --data "{\"account\": \"$account\", \"role\": \"aback\",
    \"policies\": [$1]}" "$endpoint/_sim/policies" >/dev/null
}

# The fleet with a role that may be assumed; $1: its path.
write_role() {
  write_fleet
  jq --arg path "${1:-/}" '.accounts[0].roles += [{RoleName: "aback",
    Path: $path, AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{
      Effect: "Allow", Principal: {AWS: "arn:aws:iam::123456789012:root"},
      Action: "sts:AssumeRole"}]}}]' fleet.json >with-role.json
  mv with-role.json fleet.json
}

planned() { runs 0 "$ABACK" plan -o plan.json "$@"; }
tagging() {
  start_sim
  write_desired '  - match: {kind: cluster, id: orders}
    set: {tags: {include: {owner: dba}}}'
  "$ABACK" init >init.out 2>&1
  planned
}

asked() { jq -c 'select(.action == "SimulatePrincipalPolicy")' sim.log; }
preflight_of() {
  stored "changes/$(change_id)/change.json" | jq -c .preflight
}
# Nothing was written, nothing recorded, and the lock is gone.
untouched() {
  [ "$(mutation_count)" -eq 0 ]
  [ -z "$(git -C store.git ls-tree main:changes 2>/dev/null)" ]
  [ -z "$(git -C store.git for-each-ref refs/aback/locks)" ]
}
warnings() { grep -c '^warning:' <<<"$output" || true; }

@test "preflight: a call that is not permitted refuses the whole plan" {
  start
  planned
  hold "$(allow "$reads, $ask")"
  fails 3 aback apply plan.json --yes
  said "'$user' may not rds:ModifyDBCluster on \
arn:aws:rds:$region:$account:cluster:orders (prod cluster/orders; not allowed \
by any policy)" cluster:users 'nothing was changed' 'aback policy apply'
  untouched
}

@test "preflight: an explicit denial is named, on the resource that it is of" {
  start
  planned
  hold "$(allow '"*"' '{"Effect": "Deny", "Action": "rds:Modify*",
    "Resource": "arn:aws:rds:*:*:cluster:users"}')"
  fails 3 aback apply plan.json --yes
  said 'cluster/users; denied explicitly'
  [[ $output != *cluster/orders\;* ]]
  untouched
  asked | jq -se 'length == 1 and (.[0].parameters |
    has("ResourceArns.member.2"))'
}

@test "preflight: a result for each resource, page by page" {
  write_fleet
  jq '.accounts[0].simulates_by_resource = true' fleet.json >by.json
  mv by.json fleet.json
  start --page-size 1
  planned
  hold "$(allow '"*"' '{"Effect": "Deny", "Action": "rds:Modify*",
    "Resource": "arn:aws:rds:*:*:cluster:users"}')"
  fails 3 aback apply plan.json --yes
  said 'cluster/users; denied explicitly'
  [[ $output != *cluster/orders\;* ]]
  untouched
  asked | jq -se 'length == 2 and any(.parameters.Marker)'
}

@test "preflight: a way back that is not permitted needs --allow no-way-back" {
  tagging
  hold "$(allow "$reads, $ask, \"rds:AddTagsToResource\"")"
  fails 3 aback apply plan.json --yes
  said 'could not be taken back' "may not rds:RemoveTagsFromResource on \
arn:aws:rds:$region:$account:cluster:orders" '--allow no-way-back'
  untouched
  runs 0 aback apply plan.json --yes --allow no-way-back
  said 'warning: there is no way back for all of it' RemoveTagsFromResource
  [ "$(warnings)" -eq 1 ]
  preflight_of | jq -e --arg user "$user" '.principals == [$user] and
    .asked == 2 and .not_asked == [] and (.denied_back | length) == 1 and
    .denied_back[0].action == "rds:RemoveTagsFromResource" and
    .denied_back[0].address == "cluster/orders"'
}

@test "preflight: who may not ask is told so in a line, and goes on" {
  start
  planned
  hold "$(allow "$reads, \"rds:ModifyDBCluster\"")"
  runs 0 aback apply plan.json --yes
  said 'warning: prod: whether every call is permitted could not be asked' \
    "'$user' is not allowed iam:SimulatePrincipalPolicy" 'aback policy apply'
  [ "$(warnings)" -eq 1 ]
  preflight_of | jq -e '.asked == 0 and (.not_asked | length) == 1 and
    .not_asked[0].target == "prod" and .not_asked[0].count == 2'
  aback backout --last --apply --yes --log-format json >json.out 2>&1
  grep -q '"level":"warning"' json.out
}

@test "preflight: an endpoint without the call, or in trouble, is no hindrance" {
  local broken
  export AWS_MAX_ATTEMPTS=2
  start
  for broken in '"fault": "error", "status": 400, "code": "InvalidAction"' \
    '"fault": "html", "status": 501' '"fault": "throttle"' \
    '"fault": "error", "status": 500, "code": "PolicyEvaluation"' \
    '"fault": "truncate"' '"fault": "malformed"'; do
    planned --only "cluster/$([ -f once ] && echo users || echo orders)"
    fault "{\"service\": \"iam\", \"action\": \"SimulatePrincipalPolicy\",
      \"from\": 1, \"to\": 2, $broken}"
    runs 0 aback apply plan.json --yes
    [ "$(warnings)" -eq 1 ] || { echo "$broken: $output"; return 1; }
    said 'could not be asked beforehand: iam:SimulatePrincipalPolicy'
    runs 0 aback backout --last --apply --yes
    "$ABACK" release --all >/dev/null 2>&1 ||
      runs 0 "$ABACK" release "cluster/$([ -f once ] && echo users ||
        echo orders):deletion_protection"
    if [ -f once ]; then rm once; else touch once; fi
  done
}

@test "preflight: throttled once, it asks again" {
  start
  planned
  fault '{"service": "iam", "action": "SimulatePrincipalPolicy", "from": 1,
    "to": 3, "fault": "throttle"}'
  runs 0 aback apply plan.json --yes
  [ "$(warnings)" -eq 0 ]
  [ "$(asked | wc -l)" -eq 4 ]
}

@test "preflight: a role of a session is asked about by its path" {
  write_role /team/dba/
  start
  planned
  cat >config <<END
[profile team]
role_arn = arn:aws:iam::$account:role/team/dba/aback
source_profile = keys
[profile keys]
aws_access_key_id = $AWS_ACCESS_KEY_ID
aws_secret_access_key = $AWS_SECRET_ACCESS_KEY
END
  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  export AWS_CONFIG_FILE=$PWD/config AWS_PROFILE=team
  hold_role "$(allow "$reads, $ask")"
  fails 3 aback apply plan.json --yes
  said "'arn:aws:iam::$account:role/team/dba/aback' may not rds:ModifyDBCluster"
  untouched
  # without the path nobody knows it
  hold_role "$(allow "$reads, \"iam:Simulate*\", \"rds:ModifyDBCluster\"")"
  runs 0 aback apply plan.json --yes
  said 'warning: ' 'iam:GetRole, which would tell its path'
}

@test "preflight: the role of a target asks about itself" {
  write_role
  start
  sed -i "s|region: $region}|region: $region, role_arn: \"$role\"}|" aback.yaml
  planned
  hold_role "$(allow "$reads, $ask")"
  fails 3 aback apply plan.json --yes
  said "'$role' may not rds:ModifyDBCluster"
  untouched
  asked | jq -se --arg role "$role" 'all(.parameters.PolicySourceArn == $role
    and (.caller | contains(":assumed-role/aback/")))'
  jq -se 'all(.action != "GetRole")' sim.log
  hold_role "$(allow "$reads, $ask, \"rds:ModifyDBCluster\"")"
  runs 0 aback apply plan.json --yes
  [ "$(warnings)" -eq 0 ]
}

@test "preflight: nobody can be asked about root" {
  write_fleet
  jq --arg key "$AWS_ACCESS_KEY_ID" '.accounts[0].access_keys = [{
    access_key_id: $key, secret_access_key: "aback-simulator-secret-key",
    arn: "arn:aws:iam::123456789012:root"}]' fleet.json >root.json
  mv root.json fleet.json
  start
  planned
  runs 0 aback apply plan.json --yes
  said "warning: prod:" "AWS cannot be asked about 'arn:aws:iam::$account:root'"
  [ -z "$(asked)" ]
}

security_group() {
  cp "$root/tests/data/fleets/least-privilege.json" fleet.json
  start_sim
  write_desired '  - match: {kind: security_group}
    set: {public_ingress: false}'
  "$ABACK" init >init.out 2>&1
  planned
}

@test "preflight: of security groups a dry run decides" {
  security_group
  # whoever cannot be asked about is not permitted all the same
  hold "$(allow "$reads, \"ec2:AuthorizeSecurityGroupIngress\"")"
  fails 3 aback apply plan.json --yes --allow exposure
  said 'may not ec2:RevokeSecurityGroupIngress' 'denied to a dry run'
  untouched
  hold "$(allow "$reads, \"ec2:RevokeSecurityGroupIngress\"")"
  fails 3 aback apply plan.json --yes --allow exposure
  said 'could not be taken back' 'may not ec2:AuthorizeSecurityGroupIngress'
  untouched
  hold "$(allow "$reads, \"ec2:*\"")"
  runs 0 aback apply plan.json --yes
  [ "$(warnings)" -eq 0 ]
  preflight_of | jq -e '.asked == 2 and .not_asked == []'
  # what is sent and recorded is the plan's
  mutations | jq -se 'length == 1 and all(.parameters | has("DryRun") | not)'
  not grep -q DryRun <(stored "changes/$(change_id)/journal.jsonl")
}

@test "preflight: a dry run without an answer leaves it to IAM" {
  security_group
  fault '{"service": "ec2", "action": "DryRun", "fault": "error",
    "status": 400, "code": "InvalidGroup.NotFound"}'
  hold "$(allow "$reads, $ask, \"ec2:AuthorizeSecurityGroupIngress\"")"
  fails 3 aback apply plan.json --yes
  said 'may not ec2:RevokeSecurityGroupIngress' 'not allowed by any policy'
  hold "$(allow "$reads, $ask, \"ec2:*\"")"
  runs 0 aback apply plan.json --yes
  [ "$(warnings)" -eq 0 ]
}

@test "preflight: a role may be passed on to one service and not to another" {
  cp "$root/tests/data/fleets/least-privilege.json" fleet.json
  start_sim
  write_desired "  - match: {kind: instance, id: orders-1}
    set: {monitoring_interval: 60, monitoring_role_arn:
      \"arn:aws:iam::$account:role/monitoring\"}"
  "$ABACK" init >init.out 2>&1
  planned
  pass() {
    allow "$reads, $ask, \"iam:Get*\", \"rds:ModifyDBInstance\"" "{\"Effect\":
      \"Allow\", \"Action\": \"iam:PassRole\", \"Resource\": \"*\", \"Condition\":
      {\"StringEquals\": {\"iam:PassedToService\": \"$1\"}}}"
  }
  hold "$(pass rds.amazonaws.com)"
  fails 3 aback apply plan.json --yes
  said "may not iam:PassRole on arn:aws:iam::$account:role/monitoring to \
monitoring.rds.amazonaws.com"
  untouched
  hold "$(pass monitoring.rds.amazonaws.com)"
  runs 0 aback apply plan.json --yes
  [ "$(warnings)" -eq 0 ]
}

@test "preflight: sixty clusters are three questions" {
  touch fleet.json
  rm -f port
  "$ABACK_SIM" --port-file port --clusters 60 --instances 60 --seed 7 \
    --log sim.log --settle-ms 50 --no-throttle >sim.out 2>&1 3>&- &
  export sim_pid=$! # teardown ends it
  wait_for 10 test -s port
  endpoint=http://127.0.0.1:$(cat port)
  export AWS_ENDPOINT_URL=$endpoint
  write_desired '  - match: {kind: cluster}
    set: {tags: {include: {audited: "yes"}}}'
  "$ABACK" init >init.out 2>&1
  planned
  hold "$(allow "$reads, $ask")"
  fails 3 aback apply plan.json --yes --allow many
  said ', and 57 more'
  # as many for the way back
  [ "$(asked | wc -l)" -eq 6 ]
  asked | jq -se 'map(.parameters | keys | map(select(startswith("Resource")))
    | length) == [20, 20, 20, 20, 20, 20]'
}

@test "preflight: a condition on what only the call has is no denial" {
  start
  planned --only cluster/orders
  hold "$(allow "$reads, $ask" '{"Effect": "Allow", "Action":
    "rds:ModifyDBCluster", "Resource": "*", "Condition": {"StringEquals":
      {"aws:SourceVpc": "vpc-1"}}}')"
  runs 1 aback apply plan.json --yes # by the call itself
  said 'warning: prod:' 'policies ask for aws:SourceVpc' AccessDenied
}

@test "preflight: a backout by who may do nothing else" {
  cp "$root/tests/data/fleets/least-privilege.json" fleet.json
  start_sim
  write_desired "  - match: {kind: cluster, id: orders}
    set: {associated_roles: {include: [{role_arn:
      \"arn:aws:iam::$account:role/import\", feature_name: s3Import}]}}"
  "$ABACK" init >init.out 2>&1
  planned
  runs 0 aback apply plan.json --yes
  hold "$("$ABACK" policy backout)"
  not grep -q AddRoleToDBCluster <("$ABACK" policy backout)
  runs 0 aback backout --last --apply --yes
  said 'warning: this backout could not be taken back in turn' \
    rds:AddRoleToDBCluster
  [ "$(warnings)" -eq 1 ]
  # what it sends has to be permitted
  runs 0 aback backout --last -o back.json
  hold "$(allow "$reads, $ask")"
  fails 3 aback apply back.json --yes
  said 'AWS would refuse' rds:AddRoleToDBCluster 'aback policy backout'
}

@test "preflight: what undoes itself was asked about before" {
  start
  planned
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 2,
    "fault": "error", "status": 400, "code": "InvalidParameterValue"}'
  runs 4 aback apply plan.json --yes --on-failure backout
  result_of "$(change_id)" | jq -e '.state == "backed_out"'
  [ "$(asked | wc -l)" -eq 1 ]
  planned # the other one: what was undone is held
  : >sim.log
  runs 4 aback apply plan.json --yes --confirm-within 2s
  [ "$(asked | wc -l)" -eq 1 ]
  local id
  for id in $(git -C store.git ls-tree --name-only main:changes); do
    stored "changes/$id/change.json"
  done | jq -se 'any(.automatic) and
    all((.automatic != null) != has("preflight"))'
}

@test "preflight: resume asks nothing" {
  start
  planned
  fault '{"service": "rds", "action": "ModifyDBCluster", "from": 1, "to": 9,
    "fault": "hang", "ms": 60000}'
  in_background "$ABACK" apply plan.json --yes
  killed_once grep -q '"ModifyDBCluster"' sim.log
  : >sim.log
  run "$ABACK" resume
  [ -s sim.log ] # it did look what became of the step
  [ -z "$(asked)" ]
}
