#!/usr/bin/env bats
# Managed policies: a new version becomes the default, and a backout makes the
# one before the default again, so that boto3 reads the same document as before.
load helpers

python=/usr/bin/python3
arn=arn:aws:iam::$account:policy/databases/orders
allow='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}]}'
deny='{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}'

# A role that a cluster uses has two policies, and there is one more.
write_fleet() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "roles": [{"RoleName": "import", "AttachedPolicies": ["$arn",
    "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]}],
  "policies": [
    {"PolicyName": "orders", "Path": "/databases/", "DefaultVersionId": "v2",
     "Versions": [{"VersionId": "v2", "Document": $allow},
       {"VersionId": "v1", "Document": {"Statement": {"Effect": "Allow",
         "Action": "s3:*", "Resource": "*"}}}]},
    {"PolicyName": "other"}],
  "regions": [{"region": "$region", "clusters": [
    {"DBClusterIdentifier": "orders", "Engine": "aurora-postgresql",
     "AssociatedRoles": [{"RoleArn": "arn:aws:iam::$account:role/import",
       "FeatureName": "s3Import", "Status": "ACTIVE"}]}], "instances": []}]}]}
END
}

# The policy and its versions, as boto3 reads them.
policy() {
  AWS_DEFAULT_REGION=$region "$python" - "$endpoint" "$arn" <<'END'
import json, sys, boto3
iam = boto3.client("iam", endpoint_url=sys.argv[1])
arn = sys.argv[2]
policy = iam.get_policy(PolicyArn=arn)["Policy"]
policy["versions"] = {
    version["VersionId"]: iam.get_policy_version(
        PolicyArn=arn, VersionId=version["VersionId"])["PolicyVersion"]["Document"]
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]}
policy["document"] = policy["versions"][policy["DefaultVersionId"]]
print(json.dumps(policy, sort_keys=True, default=str, indent=1))
END
}

# started SELECTOR [DOCUMENT]
started() {
  "$python" -c 'import boto3' 2>/dev/null || skip "no python3-boto3"
  start_sim
  write_desired "  - match: {kind: iam_policy$1}
    set:
      document: '${2:-$deny}'"
  aback init >init.out 2>&1
}

@test "iam_policy: a new default version, and back to the one before" {
  started ', id: databases/orders'
  policy >before.json
  runs 0 aback plan -o plan.json
  jq -e --arg arn "$arn" --argjson deny "$deny" '[.steps[]
    | .parameters.PolicyDocument |= fromjson | [.address, .target, .resource_id, .call, .parameters, .backout]] == [[
    "iam_policy/databases%2Forders", "123456789012/global", $arn,
    "iam:CreatePolicyVersion", {"PolicyArn": $arn, "PolicyDocument": $deny,
      "SetAsDefault": "true"},
    {"call": "iam:SetDefaultPolicyVersion", "parameters":
      {"PolicyArn": $arn, "VersionId": "v2"}}]]
    and .changes[0].reversibility == "reversible"' plan.json
  runs 0 aback show plan.json
  said 'attached to 1 user' 'has 2 of the 5 versions' 'leaves a new one'
  runs 0 aback apply plan.json --yes
  policy >after.json
  jq -e --argjson deny "$deny" '.DefaultVersionId == "v3"
    and .document == $deny' after.json
  runs 0 aback plan --detailed-exitcode
  runs 0 aback backout --last -o back.json
  jq -e '[.steps[] | .call, .parameters.VersionId] ==
    ["iam:SetDefaultPolicyVersion", "v2"]' back.json
  runs 0 aback apply back.json --yes
  policy >again.json
  # but for the version that we made, which stays
  diff -u before.json <(jq --indent 1 -S 'del(.versions.v3)' again.json)
  # the way forward again makes no further version
  runs 0 aback backout --last --apply --yes
  policy | jq -e '.DefaultVersionId == "v3" and (.versions | length == 3)'
}

@test "iam_policy: by its ARN, and a version that has the document already" {
  started ", id: \"$arn\"" '{"Statement": [{"Effect": "Allow",
        "Action": ["s3:*"], "Resource": ["*"]}]}'
  policy >before.json
  runs 0 aback plan -o plan.json
  jq -e '[.steps[] | .call, .parameters.VersionId, .backout.parameters.VersionId]
    == ["iam:SetDefaultPolicyVersion", "v1", "v2"]' plan.json
  runs 0 aback apply plan.json --yes
  policy | jq -e '.DefaultVersionId == "v1"'
  runs 0 aback plan --detailed-exitcode
  runs 0 aback backout --last --apply --yes
  policy >again.json
  diff -u before.json again.json
}

@test "iam_policy: the same document in other words is no change" {
  started ', id: databases/orders' '{"Statement": {"Resource": ["*"],
        "Action": ["s3:List*", "s3:Get*"], "Effect": "Allow"},
        "Version": "2012-10-17"}'
  runs 0 aback plan --detailed-exitcode
}

@test "iam_policy: a glob selects what roles of clusters have attached" {
  started ''
  runs 0 aback plan -o plan.json
  jq -e '[.changes[].address] == ["iam_policy/databases%2Forders"]
    and ([.blocked[] | .address, .reason]
      == ["iam_policy/arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAmazonS3ReadOnlyAccess",
          "it is AWS'"'"'s own policy, which nobody else can change; make a policy of your own and attach that"])' plan.json
  # those of AWS have only their default version read
  [ "$(grep -c '"action":"ListPolicyVersions"' sim.log)" -eq 1 ]
  sed -i 's/kind: iam_policy/kind: iam_policy, id: "*users*"/' aback.yaml
  runs 0 aback plan
  said 'matches nothing'
}

@test "iam_policy: reading for one kind does not read the other" {
  started ''
  write_desired '  - match: {kind: iam_role}
    set: {max_session_duration: 7200}
  - match: {kind: kms_key}
    set: {rotation_enabled: true}'
  : >sim.log
  runs 0 aback plan
  not grep -q 'Policy' sim.log
}

@test "iam_policy: five versions are as many as there can be" {
  local more
  more=$(jq -nc --argjson allow "$allow" '[range(12; 7; -1)
    | {VersionId: "v\(.)", Document: ($allow | .Version = "\(input_line_number)\(.)"),
       CreateDate: "2024-01-01T00:00:00Z"}] | .[2].Document = $allow')
  started ', id: databases/orders'
  poke iam_policy/orders "{\"Versions\": $more, \"DefaultVersionId\": \"v10\"}"
  runs 0 aback plan -o plan.json
  jq -e '.steps == [] and (.blocked[0].reason | test("keeps 5 versions"))
    and (.blocked[0].remedy | test("is v8: aws iam delete-policy-version .* --version-id v8"))' plan.json
  not grep -q '"DeletePolicyVersion"' sim.log
}

@test "iam_policy: a colleague's version makes the plan stale" {
  started ', id: databases/orders'
  runs 0 aback plan -o plan.json
  poke iam_policy/orders '{"DefaultVersionId": "v1"}'
  fails 3 aback apply plan.json --yes
  said 'iam_policy/databases%2Forders:document is now'
  poke iam_policy/orders '{"DefaultVersionId": "v2", "PolicyId": "ANPAANOTHER"}'
  fails 3 aback apply plan.json --yes
  said "its 'policy_id' was another"
}

@test "iam_policy: a version that others made the default since is a conflict" {
  started ', id: databases/orders'
  applied
  poke iam_policy/orders '{"DefaultVersionId": "v1"}'
  fails 3 aback backout --last -o back.json
  said 'somebody else changed it since'
  runs 0 aback backout --last --apply --yes \
    --force iam_policy/databases%2Forders:document
  policy | jq -e '.DefaultVersionId == "v2"'
}

@test "iam_policy: a version that the backout needs and is gone is made anew" {
  started ', id: databases/orders'
  policy >before.json
  applied
  AWS_DEFAULT_REGION=$region "$python" -c '
import sys, boto3
boto3.client("iam", endpoint_url=sys.argv[1]).delete_policy_version(
    PolicyArn=sys.argv[2], VersionId="v2")' "$endpoint" "$arn"
  runs 0 aback backout --last --apply --yes
  policy | jq -e --argjson allow "$allow" '.DefaultVersionId == "v4"
    and .document == $allow'
}

@test "iam_policy: an answer that is lost after the effect" {
  started ', id: databases/orders'
  fault '{"action": "CreatePolicyVersion", "nth": 1, "fault": "reset_after"}'
  applied
  policy | jq -e '.DefaultVersionId == "v3" and (.versions | length == 3)'
  [ "$(grep -c '"action":"CreatePolicyVersion"' sim.log)" -eq 1 ]
}

@test "iam_policy: an effect that comes late, and no answer: never sent twice" {
  started ', id: databases/orders'
  fault '{"action": "CreatePolicyVersion", "nth": 1, "fault": "reset_before"}'
  runs 0 aback plan -o plan.json
  runs 4 aback apply plan.json --yes
  said 'IAM shows no version with the document so far' 'plan anew'
  [ "$(grep -c '"action":"CreatePolicyVersion"' sim.log)" -le 1 ]
  policy | jq -e '.DefaultVersionId == "v2" and (.versions | length == 2)'
  # found out, the next plan does it
  aback plan -o plan.json
  runs 0 aback apply plan.json --yes
  policy | jq -e '.DefaultVersionId == "v3"'
}

@test "iam_policy: consistency that comes late is waited for" {
  started ', id: databases/orders'
  fault '{"action": "CreatePolicyVersion", "nth": 1, "fault": "delay_effect", "ms": 2500}'
  applied
  runs 0 aback plan --detailed-exitcode
  fault '{"action": "SetDefaultPolicyVersion", "nth": 1, "fault": "delay_effect", "ms": 2500}'
  runs 0 aback backout --last --apply --yes
  policy | jq -e '.DefaultVersionId == "v2"'
}

@test "iam_policy: a quota that nobody could know gives an exact account" {
  started ', id: databases/orders'
  fault '{"action": "CreatePolicyVersion", "nth": 1, "fault": "error",
    "status": 409, "code": "LimitExceeded", "message": "up to 5 versions"}'
  runs 0 aback plan -o plan.json
  runs 1 aback apply plan.json --yes
  said 'nothing was changed' 'LimitExceeded: up to 5 versions'
  policy | jq -e '.DefaultVersionId == "v2"'
}

@test "iam_policy: one that vanished between plan and apply" {
  started ', id: databases/orders'
  runs 0 aback plan -o plan.json
  curl -sSf -X POST --data '{"address": "iam_policy/orders", "delete": true}' \
    "$endpoint/_sim/poke" >/dev/null
  fails 3 aback apply plan.json --yes
  said 'iam_policy/databases%2Forders'
  runs 0 aback plan
  said 'matches nothing'
}

@test "iam_policy: another account's policy is passed over" {
  started ', id: "arn:aws:iam::210987654321:policy/theirs"'
  runs 0 aback plan -o plan.json
  jq -e '[.skipped[].reason] | any(test("belongs to another account"))' plan.json
}

@test "iam_policy: documents that AWS would refuse" {
  local head='"Effect":"Allow","Action":"a:b","Resource":"*"'
  local long
  printf -v long '%6200s' ''
  for document in '{"Statement":' '[]' '7' '{}' '{"Statement":[]}' \
    "{\"Statement\":{$head,\"Principal\":\"*\"}}" \
    "{\"Statement\":{$head,\"Sid\":\"${long// /x}\"}}"; do
    write_desired "  - match: {kind: iam_policy, id: orders}
    set:
      document: '$document'"
    fails 1 aback validate
    said 'aback.yaml:8:17:' "'document'"
  done
  # blanks between the tokens do not count
  write_desired "  - match: {kind: iam_policy, id: orders}
    set:
      document: '{\"Statement\":$long{$head}}'"
  runs 0 aback validate
}

@test "iam_policy: init writes down the documents of our own policies" {
  "$python" -c 'import boto3' 2>/dev/null || skip "no python3-boto3"
  start_sim
  AWS_REGION=$region runs 0 aback init --from-live
  # what lets everything be reached is not blessed, but told
  grep -q '^  # iam_policy databases/orders: document is' aback.yaml
  not grep -q 'id: "databases/orders"' aback.yaml
  not grep -q AmazonS3ReadOnlyAccess-document aback.yaml
  not grep -q 'iam_policy arn' aback.yaml
  runs 0 aback plan --detailed-exitcode
}
