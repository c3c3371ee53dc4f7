#!/usr/bin/env bats
# Roles: everything that stands in one is planned, applied and backed out, so
# that boto3 reads the same before and after.
load helpers

python=/usr/bin/python3

# A role with something of everything.
write_fleet() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "roles": [{"RoleName": "monitoring",
    "Description": " Enhanced  monitoring ",
    "MaxSessionDuration": 7200,
    "PermissionsBoundary": {"PermissionsBoundaryType": "Policy",
      "PermissionsBoundaryArn": "arn:aws:iam::aws:policy/AmazonRDSReadOnlyAccess"},
    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
      {"Sid": "b", "Effect": "Allow", "Principal":
        {"AWS": "arn:aws:iam::$account:root",
         "Service": ["rds.amazonaws.com", "monitoring.rds.amazonaws.com"]},
       "Action": ["sts:TagSession", "sts:AssumeRole"],
       "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]},
    "AttachedPolicies": ["arn:aws:iam::aws:policy/AmazonRDSReadOnlyAccess"],
    "InlinePolicies": {
      "keep+me": {"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": ["logs:b", "logs:a"], "Resource": ["*"]}},
      "old": {"Statement": [{"Effect": "Allow", "Action": "s3:*",
        "Resource": "arn:aws:s3:::50%+1/*"}]}}},
   {"RoleName": "lost", "AssumeRolePolicyDocument": {"Version": "2012-10-17",
     "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
       "Principal": {"AWS": "AROAEXAMPLEDELETED0001"}}}}],
  "regions": [{"region": "$region", "clusters": [], "instances": []}]}]}
END
}

# role NAME: all of the role, as boto3 reads it.
role() {
  AWS_DEFAULT_REGION=$region "$python" - "$endpoint" "$1" <<'END'
import json, sys, boto3
iam = boto3.client("iam", endpoint_url=sys.argv[1])
name = sys.argv[2]
role = iam.get_role(RoleName=name)["Role"]
role["attached"] = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
role["inline"] = {
    policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]}
print(json.dumps(role, sort_keys=True, default=str, indent=1))
END
}

# started SETTINGS: of the role, as YAML indented by six.
started() {
  "$python" -c 'import boto3' 2>/dev/null || skip "no python3-boto3"
  start_sim
  write_desired "  - match: {kind: iam_role, id: ${2:-monitoring}}
    set:
$1"
  aback init >init.out 2>&1
}

# there_and_back CLASS...: with these consents; afterwards all is as it was.
there_and_back() {
  local allow=() class
  for class in "$@"; do allow+=(--allow "$class"); done
  role monitoring >before.json
  runs 0 aback plan -o plan.json
  [ $# -eq 0 ] || fails 3 aback apply plan.json --yes
  runs 0 aback apply plan.json --yes "${allow[@]}"
  role monitoring >after.json
  not cmp -s before.json after.json
  runs 0 aback plan --detailed-exitcode
  runs 0 aback backout --last -o back.json
  runs 0 aback apply back.json --yes --allow exposure
  role monitoring >again.json
  diff -u before.json again.json
}

@test "iam_role: the description alone, with its companion" {
  started '      description: "für Datenbanken"'
  there_and_back
  jq -e '.Description == "für Datenbanken" and .MaxSessionDuration == 7200' \
    after.json
  jq -e '[.steps[] | .call, .companions, .parameters] == ["iam:UpdateRole",
    {"max_session_duration": 7200}, {"RoleName": "monitoring",
     "Description": "für Datenbanken", "MaxSessionDuration": "7200"}]' plan.json
}

@test "iam_role: no description, and the longest session, in one call" {
  started '      description: null
      max_session_duration: 43200'
  there_and_back
  jq -e '(has("Description") | not) and .MaxSessionDuration == 43200' after.json
  jq -e '.steps | length == 1' plan.json
}

@test "iam_role: a colleague's description makes the plan stale" {
  started '      max_session_duration: 43200'
  runs 0 aback plan -o plan.json
  poke iam_role/monitoring '{"Description": "changed meanwhile"}'
  fails 3 aback apply plan.json --yes
  said 'description'
}

@test "iam_role: taking a boundary away opens access" {
  started '      permissions_boundary: null'
  there_and_back exposure
  jq -e 'has("PermissionsBoundary") | not' after.json
  jq -e '[.steps[] | .call, .backout.call] ==
    ["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"]' \
    plan.json
}

@test "iam_role: another boundary, and a first one" {
  started '      permissions_boundary: arn:aws:iam::aws:policy/ReadOnlyAccess'
  there_and_back exposure
  poke iam_role/monitoring '{"PermissionsBoundary": null}'
  aback release iam_role/monitoring:permissions_boundary
  there_and_back
}

trust='      assume_role_policy:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
            Principal: {Service: monitoring.rds.amazonaws.com}'

@test "iam_role: a trust policy, widened and put back to the letter" {
  started "$trust"
  there_and_back exposure
  jq -e '.AssumeRolePolicyDocument.Statement[0].Principal ==
    {"Service": "monitoring.rds.amazonaws.com"}' after.json
}

@test "iam_role: a narrower trust policy needs no consent, its backout does" {
  started '      assume_role_policy:
        Version: 2012-10-17
        Statement:
          Effect: Allow
          Principal: {AWS: "'"$account"'"}
          Action: sts:AssumeRole
          Condition: {Bool: {"aws:SecureTransport": true}}'
  there_and_back
  jq -e '.changes[0] | .consent == [] and .backout_consent == ["exposure"]' \
    plan.json
}

@test "iam_role: the same trust policy in other words is no change" {
  started '      assume_role_policy: |
        {"Statement": {"Effect": "allow", "Sid": "b",
         "Action": ["sts:AssumeRole", "sts:TagSession"],
         "Condition": {"Bool": {"aws:SecureTransport": [true]}},
         "Principal": {"Service": ["monitoring.rds.amazonaws.com",
           "rds.amazonaws.com"], "AWS": ["'"$account"'"]}},
         "Version": "2012-10-17"}'
  runs 0 aback plan --detailed-exitcode
  not grep -q Update sim.log
}

@test "iam_role: a principal that was deleted cannot be put back" {
  started "$trust" lost
  runs 0 aback plan -o plan.json
  jq -e '.steps[0] | .backout == null' plan.json
  jq -r '.steps[0].backout_reason' plan.json | grep AROAEXAMPLEDELETED0001
  jq -e '.changes[0].consent == ["exposure", "one-way"]' plan.json
  runs 0 aback apply plan.json --yes --allow exposure --allow one-way
  fails 3 aback backout --last -o back.json
  said 'nothing can be restored' 'AROAEXAMPLEDELETED0001'
  [ ! -e back.json ]
}

@test "iam_role: inline policies as a whole, put before they are deleted" {
  started '      inline_policies:
        keep+me:
          Version: 2012-10-17
          Statement:
            - {Effect: Allow, Action: ["logs:a", "logs:b"], Resource: "*"}
        new: |
          {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}'
  there_and_back
  jq -e '.inline | keys == ["keep+me", "new"]' after.json
  jq -e '[.steps[] | .call, .parameters.PolicyName, .needs] ==
    ["iam:PutRolePolicy", "new", [], "iam:DeleteRolePolicy", "old", [0]]' \
    plan.json
}

@test "iam_role: no inline policies at all" {
  started '      inline_policies: {}'
  there_and_back
  jq -e '.inline == {}' after.json
}

@test "iam_role: each inline policy is a setting of its own for precedence" {
  started '      inline_policies:
        include:
          mine: {Statement: {Effect: Allow, Action: "a:b", Resource: "*"}}
          theirs: {Statement: {Effect: Allow, Action: "a:b", Resource: "*"}}'
  cat >>aback.yaml <<'END'
  - match: {kind: iam_role, id: monit*}
    set:
      inline_policies:
        include:
          theirs: {Statement: {Effect: Deny, Action: "a:b", Resource: "*"}}
        exclude: [old, unheard-of]
END
  sed -i "s/id: monit.}/id: monitoring}/" aback.yaml
  there_and_back
  jq -e '[.inline[].Statement | arrays // [.] | .[0].Effect] ==
    ["Allow", "Allow", "Deny"]
    and (.inline | keys == ["keep+me", "mine", "theirs"])' after.json
}

@test "iam_role: inline policies that AWS would refuse" {
  local statement='Effect: Allow, Action: "a:b", Resource: "*"'
  local long
  printf -v long '%10300s' ''
  for value in "{'a b': {Statement: {$statement}}}" '{a: {}}' '{a: 7}' '[a]' \
    'null' '"{}"' "{a: {Statement: {$statement, Principal: '*'}}}" \
    "{a: {Statement: {$statement, Sid: '${long// /x}'}}}" \
    '{include: {}}' '{include: {a: {}}}' '{exclude: []}' \
    "{include: {a: {Statement: {$statement}}}, exclude: [a]}"; do
    write_desired "  - match: {kind: iam_role, id: monitoring}
    set:
      inline_policies: $value"
    fails 1 aback validate
    said 'aback.yaml:8:' "'inline_policies'"
  done
}

@test "iam_role: consistency that comes late is waited for" {
  started "$trust"
  fault '{"service": "iam", "action": "UpdateAssumeRolePolicy", "nth": 1,
    "fault": "delay_effect", "ms": 900}'
  runs 0 aback plan -o plan.json
  runs 0 aback apply plan.json --yes --allow exposure
  runs 0 aback plan --detailed-exitcode
  [ "$(grep -c '"action":"UpdateAssumeRolePolicy"' sim.log)" -eq 1 ]
}

@test "iam_role: documents that AWS would refuse are refused at once" {
  local principal='"Principal":{"AWS":"AIDAEXAMPLEDELETED0001"}'
  local head='"Effect":"Allow","Action":"sts:AssumeRole"'
  local long
  printf -v long '%4100s' ''
  for document in '{"Statement":' '[]' '7' '{}' '{"Statement":[]}' \
    '{"Statement":{"Effect":"Maybe","Action":"a:b"}}' \
    '{"Statement":{"Effect":"Allow"}}' \
    "{\"Statement\":{$head,\"Sid\":\"${long// /x}\"}}" \
    "{\"Statement\":{$head},\"Statement\":{$head}}" \
    "{\"Statment\":{$head}}" \
    "{\"Statement\":[{$head,$principal}]}"; do
    write_desired "  - match: {kind: iam_role, id: monitoring}
    set:
      assume_role_policy: '$document'"
    fails 1 aback validate
    said 'aback.yaml:8:27:' "'assume_role_policy'"
  done
  said 'AIDAEXAMPLEDELETED0001'
}

@test "iam_role: other values that AWS would refuse" {
  for value in 'max_session_duration: 3599' 'max_session_duration: 43201' \
    'max_session_duration: null' 'permissions_boundary: ReadOnlyAccess' \
    'description: "naïve — no"' "description: $(printf 'x%.0s' {1..1001})" \
    'assume_role_policy: null' 'assume_role_policy: [a]'; do
    write_desired "  - match: {kind: iam_role, id: monitoring}
    set: {$value}"
    fails 1 aback validate
    said 'aback.yaml:7:' "'${value%%:*}'"
  done
}

# inline NAME ACTION: a colleague puts an inline policy.
inline() {
  AWS_DEFAULT_REGION=$region "$python" - "$endpoint" "$1" "$2" <<'END'
import json, sys, boto3
boto3.client("iam", endpoint_url=sys.argv[1]).put_role_policy(
    RoleName="monitoring", PolicyName=sys.argv[2],
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": sys.argv[3], "Resource": "*"}}))
END
}

mine='      inline_policies:
        include:
          mine: {Statement: {Effect: Allow, Action: "a:b", Resource: "*"}}
        exclude: [old]'

@test "iam_role: one that vanished between plan and apply" {
  started "$mine"
  runs 0 aback plan -o plan.json
  curl -sSf -X POST --data '{"address": "iam_role/monitoring", "delete": true}' \
    "$endpoint/_sim/poke" >/dev/null
  fails 3 aback apply plan.json --yes
  said 'iam_role/monitoring is not there any more'
  [ "$(mutation_count)" -eq 0 ]
}

@test "iam_role: a quota that is full half-way: which policy is said" {
  started '      managed_policy_arns:
        include: [arn:aws:iam::aws:policy/AmazonRDSFullAccess,
                  arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess]'
  role monitoring >before.json
  runs 0 aback plan -o plan.json
  fault '{"service": "iam", "action": "AttachRolePolicy", "nth": 2,
    "fault": "error", "status": 409, "code": "LimitExceeded",
    "message": "Cannot exceed quota for PoliciesPerRole: 10"}'
  runs 4 aback apply plan.json --yes
  said LimitExceeded
  runs 0 aback show "$(change_id)"
  said 'PolicyArn=arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' LimitExceeded
  not has "$output" 'PolicyArn=arn:aws:iam::aws:policy/AmazonRDSFullAccess'
  runs 0 aback backout --last --apply --yes --allow exposure
  role monitoring | diff -u before.json -
}

# applied_mine: it is there and 'old' is gone.
applied_mine() {
  started "$mine"
  runs 0 aback plan -o plan.json
  runs 0 aback apply plan.json --yes
}

@test "iam_role: a backout leaves alone what others added to inline policies" {
  applied_mine
  inline theirs c:d
  inline keep+me e:f
  runs 0 aback backout --last --apply --yes --reason 'not that'
  role monitoring >again.json
  jq -e '.inline | keys == ["keep+me", "old", "theirs"]
    and .["keep+me"].Statement.Action == "e:f"' again.json
  # and it sticks, whatever others do
  runs 0 aback plan --detailed-exitcode
  said 'not that'
  inline more g:h
  runs 0 aback plan --detailed-exitcode
  # until the rule says something else
  sed -i 's/a:b/a:c/' aback.yaml
  runs 2 aback plan --detailed-exitcode
}

@test "iam_role: an inline policy that others changed since is a conflict" {
  applied_mine
  inline mine c:d
  fails 3 aback backout --last -o back.json
  said "somebody else changed 'mine' since"
  [ ! -e back.json ]
  runs 0 aback backout --last --apply --yes \
    --force iam_role/monitoring:inline_policies
  role monitoring | jq -e '.inline | keys == ["keep+me", "old"]'
}

@test "iam_role: of two changes of inline policies one is undone alone" {
  started "$mine"
  applied
  first=$(git -C store.git ls-tree --name-only main:changes)
  sed -i 's/exclude: .old.$/exclude: ["keep+me"]/; s/mine:/second:/' aback.yaml
  applied
  role monitoring | jq -e '.inline | keys == ["mine", "second"]'
  runs 0 aback backout "$first" --apply --yes
  role monitoring | jq -e '.inline | keys == ["old", "second"]'
}

@test "iam_role: everything since a time, with two changes of inline policies" {
  started "$mine"
  role monitoring >before.json
  applied
  sed -i 's/exclude: .old.$/exclude: ["keep+me"]/; s/mine:/second:/' aback.yaml
  applied
  inline theirs c:d
  runs 0 aback backout --to 2020-01-01 --apply --yes
  AWS_DEFAULT_REGION=$region "$python" -c '
import sys, boto3
boto3.client("iam", endpoint_url=sys.argv[1]).delete_role_policy(
    RoleName="monitoring", PolicyName="theirs")' "$endpoint"
  role monitoring >again.json
  diff -u before.json again.json
}
