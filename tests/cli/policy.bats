#!/usr/bin/env bats
# The policies that `aback policy` prints.
load helpers

given() {
  cp "$root/tests/data/fleets/least-privilege.json" fleet.json
  cp "$root/tests/data/desired/least-privilege.yaml" aback.yaml
}

actions() { jq -r '.Statement[].Action[]' "$1" | sort -u; }

check() { timeout 120 python3 "$BATS_TEST_DIRNAME/policy_check.py" "$1"; }

@test "policy: reading needs what is printed, and all of it" {
  given
  check read
}

@test "policy: a review may list the secrets of RDS, a run need not" {
  given
  "$ABACK" policy plan >plan.json
  actions plan.json | grep -qx secretsmanager:ListSecrets
  "$ABACK" policy apply >apply.json
  not grep -q ListSecrets apply.json
}

@test "policy: applying and backing out need what is printed, and all of it" {
  given
  check write
}

@test "policy: exact ids of rules narrow what is written" {
  given
  "$ABACK" policy apply >apply.json
  jq -e '.Statement[] | select(.Action == ["iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion"]) | .Resource ==
    ["arn:aws:iam::123456789012:policy/bucket"]' apply.json
  jq -e '[.Statement[] | select(.Action[] == "rds:AddRoleToDBCluster")
    | .Resource] == [["arn:aws:rds:eu-west-1:123456789012:cluster:orders"]]' \
    apply.json
  jq -e '[.Statement[] | select(.Action == ["iam:PassRole"])
    | .Condition.StringEquals["iam:PassedToService"]] | sort ==
    ["monitoring.rds.amazonaws.com", "rds.amazonaws.com"]' apply.json
}

@test "policy: a backout may not do what only goes forward" {
  given
  "$ABACK" policy apply >apply.json
  "$ABACK" policy backout >backout.json
  [ -z "$(comm -13 <(actions apply.json) <(actions backout.json))" ]
  local forward
  for forward in rds:CreateEventSubscription kms:EnableKeyRotation \
    rds:CreateDBClusterParameterGroup rds:AddRoleToDBCluster; do
    actions apply.json | grep -qx $forward
    not grep -q $forward backout.json
  done
  actions backout.json | grep -qx rds:DeleteEventSubscription
}

@test "policy: a role that is assumed and its caller have one each" {
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  sed -i 's|region: eu-west-1}|region: cn-north-1, role_arn: "arn:aws-cn:iam::123456789012:role/aback"}|' aback.yaml
  runs 0 aback policy apply
  "$ABACK" policy apply 2>/dev/null >both.json
  jq -e '[.[].principal] == ["arn:aws-cn:iam::123456789012:role/aback",
    "caller"]' both.json
  jq -e '.[1].policy.Statement == [{"Action": ["sts:AssumeRole"],
    "Effect": "Allow", "Resource": ["arn:aws-cn:iam::123456789012:role/aback"],
    "Sid": "Sts1"}]' both.json
  "$ABACK" policy apply --principal caller | jq -e .Version
  has "$("$ABACK" policy apply --principal \
    arn:aws-cn:iam::123456789012:role/aback)" \
    arn:aws-cn:rds:cn-north-1:123456789012:cluster:
}

@test "policy: what is too large becomes several documents" {
  {
    echo 'version: 1'
    echo 'targets:'
    for i in $(seq 100 199); do
      echo "  - {name: t$i, account_id: \"123456789$i\", region: eu-west-1}"
    done
    echo 'rules: [{match: {kind: cluster}, set: {deletion_protection: true}}]'
  } >aback.yaml
  "$ABACK" policy apply 2>err.txt >many.json
  has "$(cat err.txt)" '--part'
  jq -e 'length > 1 and all(.of == 5 or .of > 1)' many.json
  jq -c '.[].policy' many.json | while read -r one; do
    [ ${#one} -le 6144 ]
  done
  jq -e '[.[].policy.Statement[].Sid] | length == (unique | length)' many.json
  [ "$(jq -r '.[].policy.Statement[] | select(.Action[] ==
    "rds:ModifyDBCluster").Resource[] | select(contains(":cluster:"))' \
    many.json | sort -u | wc -l)" -eq 100 ]
  runs 0 aback policy apply --part 2
  fails 1 aback policy apply --part 99
}

@test "policy: one that is not there is named" {
  given
  fails 1 aback policy aply
  said "did you mean 'aback policy apply'?"
  fails 1 aback policy plan --principal nobody
  said 'there are: caller, part 1'
}

@test "policy: a topic to publish to is allowed to who tells" {
  given
  cat >>aback.yaml <<'END'
notify:
  - sns: {topic_arn: "arn:aws:sns:eu-west-1:123456789012:aurora"}
    on: [review]
END
  "$ABACK" policy plan | jq -e '.Statement[] | select(.Action ==
    ["sns:Publish"]) | .Resource == ["arn:aws:sns:eu-west-1:123456789012:aurora"]'
  not grep -q sns:Publish <("$ABACK" policy apply)
}
