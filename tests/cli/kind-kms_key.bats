#!/usr/bin/env bats
# KMS keys: their rotation is planned, applied and backed out.
load helpers

python=/usr/bin/python3
own=11111111-2222-3333-4444-555555555555
managed=22222222-2222-3333-4444-555555555555
rsa=33333333-2222-3333-4444-555555555555

arn() { printf 'arn:aws:kms:%s:%s:key/%s' "$region" "$account" "$1"; }

write_fleet() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "regions": [{"region": "$region",
    "clusters": [
      {"DBClusterIdentifier": "orders", "Engine": "aurora-mysql",
       "StorageEncrypted": true, "KmsKeyId": "$(arn $own)"},
      {"DBClusterIdentifier": "users", "Engine": "aurora-mysql",
       "StorageEncrypted": true, "KmsKeyId": "$(arn $managed)"}],
    "instances": [],
    "kms_keys": [{"KeyId": "$own", "Aliases": ["alias/orders"]},
      {"KeyId": "$managed", "KeyManager": "AWS"},
      {"KeyId": "$rsa", "KeySpec": "RSA_2048"},
      {"KeyId": "44444444-2222-3333-4444-555555555555"}]}]}]}
END
}

# rotation ID: as boto3 reads it, and the period, which older ones do not know.
rotation() {
  live | jq -c --arg id "$1" '.accounts[0].regions[0].kms_keys[]
    | select(.KeyId == $id) | {RotationPeriodInDays}'
  AWS_DEFAULT_REGION=$region "$python" - "$endpoint" "$1" <<'END'
import json, sys, boto3
kms = boto3.client("kms", endpoint_url=sys.argv[1])
status = kms.get_key_rotation_status(KeyId=sys.argv[2])
print(json.dumps({"KeyRotationEnabled": status["KeyRotationEnabled"]}))
END
}

begin() { # RULES
  start_sim
  write_desired "$1"
  "$ABACK" init >init.out 2>&1
}

@test "kms_key: plan, apply, empty plan, backout, as before" {
  begin '  - match: {kind: kms_key, id: '$own'}
    set: {rotation_enabled: true, rotation_period_days: 180}'
  rotation $own >before
  runs 0 aback plan -o plan.json
  jq -e '[.steps[] | [.call, .parameters]] == [["kms:EnableKeyRotation",
    {"KeyId": "'$own'", "RotationPeriodInDays": 180}]]' plan.json
  jq -e '[.changes[].reversibility] | unique == ["reversible"]' plan.json
  jq -e '.changes[0].resource_id == "'"$(arn $own)"'"' plan.json
  runs 0 aback apply plan.json --yes
  rotation $own | grep -q '"RotationPeriodInDays":180'
  runs 0 aback plan --detailed-exitcode
  runs 0 aback backout --last --apply --yes
  rotation $own | diff before -
}

@test "kms_key: without a period KMS's own, taken back all the same" {
  begin '  - match: {kind: kms_key, id: '$own'}
    set: {rotation_enabled: true}'
  rotation $own >before
  applied
  rotation $own | grep -q '"RotationPeriodInDays":365'
  runs 0 aback backout --last --apply --yes
  rotation $own | diff before -
}

@test "kms_key: a period of one's own is not lost by turning it off" {
  begin '  - match: {kind: kms_key, id: '$own'}
    set: {rotation_enabled: false}'
  poke kms_key/$own '{"KeyRotationEnabled": true, "RotationPeriodInDays": 200}'
  rotation $own >before
  runs 0 aback plan -o plan.json
  said 'also unsets'
  sed -i 's/enabled: false}/enabled: false, rotation_period_days: null}/' \
    aback.yaml
  applied
  rotation $own | grep -q '"KeyRotationEnabled": false'
  runs 0 aback backout --last --apply --yes
  rotation $own | diff before -
}

@test "kms_key: globs select what clusters use; AWS's own keys are blocked" {
  begin '  - match: {kind: kms_key}
    set: {rotation_enabled: true, rotation_period_days: 180}'
  runs 0 aback plan -o plan.json
  jq -e '[.changes[].address] | unique == ["kms_key/'$own'"]' plan.json
  jq -e '[.blocked[] | [.address, .setting]] ==
    [["kms_key/'$managed'", "rotation_period_days"]]' plan.json
  said 'managed by AWS'
}

@test "kms_key: by alias, by ARN, and both of one key" {
  begin '  - match: {kind: kms_key, id: alias/orders}
    set: {rotation_enabled: true}
  - match: {kind: kms_key, id: "'"$(arn $own)"'"}
    set: {rotation_period_days: 90}'
  runs 0 aback plan -o plan.json
  jq -e '[.changes[] | [.address, .setting, .after]] ==
    [["kms_key/'$own'", "rotation_enabled", true],
     ["kms_key/'$own'", "rotation_period_days", 90]]' plan.json
  runs 0 aback apply plan.json --yes
  runs 0 aback plan --detailed-exitcode
}

@test "kms_key: one that cannot be rotated, is not there or is not ours" {
  begin '  - match: {kind: kms_key, id: ['$rsa', alias/nothing,
      "arn:aws:kms:us-east-1:'"$account"':key/'"$own"'"]}
    set: {rotation_enabled: true}'
  runs 0 aback plan -o plan.json
  said 'only symmetric keys can be rotated' 'there is no such key' \
    'belongs to another account or region'
  jq -e '.changes == []' plan.json
}

@test "kms_key: a key that is going away is told, wanted or not" {
  begin '  - match: {kind: kms_key, id: '$own'}
    set: {rotation_enabled: true}'
  poke kms_key/$own '{"KeyState": "PendingDeletion"}'
  runs 0 aback plan
  said URGENT 'cancel-key-deletion' 'the key is pending deletion'
  poke kms_key/$own '{"KeyState": "Disabled", "KeyRotationEnabled": true}'
  runs 0 aback plan --detailed-exitcode
  said URGENT 'enable-key'
}

@test "kms_key: disabled between plan and apply" {
  begin '  - match: {kind: kms_key, id: '$own'}
    set: {rotation_enabled: true}'
  runs 0 aback plan -o plan.json
  poke kms_key/$own '{"KeyState": "Disabled"}'
  runs 1 aback apply plan.json --yes
  said "is 'Disabled'"
  [ "$(mutation_count)" -eq 0 ]
}

@test "kms_key: what rules cannot say" {
  write_desired '  - match: {kind: kms_key}
    set: {rotation_period_days: 89}
  - match: {kind: kms_key}
    set: {rotation_period_days: never}
  - match: {kind: kms_key}
    set: {rotation_enabled: null}
  - match: {kind: kms_key}
    set: {key_policy: "{}"}'
  fails 1 aback validate
  has "$output" 'from 90 to 2560'
  has "$output" "'rotation_period_days' must be a whole number, not"
  has "$output" "'rotation_enabled'"
  has "$output" "'key_policy' is not supported yet"
}

@test "kms_key: a key that a cluster is to use is one that clusters use" {
  begin '  - match: {kind: cluster, id: orders}
    set: {performance_insights_enabled: true,
      performance_insights_kms_key_id: "'"$(arn 44444444-2222-3333-4444-555555555555)"'"}
  - match: {kind: kms_key, id: "4*"}
    set: {rotation_enabled: true}'
  runs 0 aback plan -o plan.json
  jq -e 'any(.changes[]; .setting == "rotation_enabled")' plan.json
  runs 0 aback apply plan.json --yes
  runs 0 aback plan --detailed-exitcode
}
