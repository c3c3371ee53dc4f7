#!/usr/bin/env bats
# Manual snapshots of clusters: who may copy and restore them is planned,
# applied and backed out; what somebody copied meanwhile is not, and said so.
load kind
# shellcheck disable=SC2034 # kind.bash uses it
page_size=1

python=/usr/bin/python3
key=arn:aws:kms:$region:$account:key/11111111-2222-3333-4444-555555555555
one=111111111111
two=222222222222

write_fleet() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "regions": [{"region": "$region",
    "clusters": [
      {"DBClusterIdentifier": "orders", "Engine": "aurora-mysql"},
      {"DBClusterIdentifier": "people", "Engine": "aurora-postgresql",
       "StorageEncrypted": true, "KmsKeyId": "$key"},
      {"DBClusterIdentifier": "graph", "Engine": "neptune"}],
    "instances": [],
    "db_cluster_snapshots": [
      {"DBClusterSnapshotIdentifier": "orders-open",
       "DBClusterIdentifier": "orders", "restore": ["all", "$one"]},
      {"DBClusterSnapshotIdentifier": "orders-shared",
       "DBClusterIdentifier": "orders", "restore": ["$one", "$two"]},
      {"DBClusterSnapshotIdentifier": "people-safe",
       "DBClusterIdentifier": "people"},
      {"DBClusterSnapshotIdentifier": "rds:orders-daily",
       "DBClusterIdentifier": "orders", "SnapshotType": "automated"},
      {"DBClusterSnapshotIdentifier": "gone-last",
       "DBClusterIdentifier": "gone", "restore": ["all"]},
      {"DBClusterSnapshotIdentifier": "graph-1",
       "DBClusterIdentifier": "graph", "restore": ["all"]}
    ]}]}]}
END
}

# Who may restore each manual snapshot, as boto3 reads it.
shares() {
  AWS_DEFAULT_REGION=$region "$python" - "$endpoint" <<'END'
import json, sys, boto3
rds = boto3.client("rds", endpoint_url=sys.argv[1])
pages = rds.get_paginator("describe_db_cluster_snapshots")
for page in pages.paginate(SnapshotType="manual"):
    for snapshot in page["DBClusterSnapshots"]:
        name = snapshot["DBClusterSnapshotIdentifier"]
        who = rds.describe_db_cluster_snapshot_attributes(
            DBClusterSnapshotIdentifier=name)
        who = who["DBClusterSnapshotAttributesResult"]
        for attribute in who["DBClusterSnapshotAttributes"]:
            attribute["AttributeValues"].sort()
        snapshot["SnapshotCreateTime"] = str(snapshot["SnapshotCreateTime"])
        print(json.dumps([snapshot, who], sort_keys=True))
END
}

everything='  - match: {kind: cluster_snapshot}
    set: {public: false, shared_with: ["'"$two"'", "333333333333"]}'

@test "cluster_snapshot: plan, apply, empty plan, backout, as before" {
  begin "$everything"
  shares >before
  planned --allow exposure
  shares >during
  [ "$(grep -c '"AttributeValues": \["222222222222", "333333333333"\]' \
    during)" -eq 3 ]
  # of a cluster that is gone, and of another engine: not even looked at
  [ "$(grep -E 'gone-last|graph-1' before)" = \
    "$(grep -E 'gone-last|graph-1' during)" ]
  runs 0 aback backout --last --apply --yes --allow exposure
  shares | diff before -
}

@test "cluster_snapshot: each change is one call, that says what is removed" {
  begin "$everything"
  runs 0 aback plan -o plan.json
  jq -e '[.steps[] | select(.address == "cluster_snapshot/orders-open") |
    [.call, .parameters, .backout.parameters]] == [
    ["rds:ModifyDBClusterSnapshotAttribute",
     {"AttributeName": "restore",
      "DBClusterSnapshotIdentifier": "orders-open",
      "ValuesToRemove.AttributeValue.1": "all"},
     {"AttributeName": "restore",
      "DBClusterSnapshotIdentifier": "orders-open",
      "ValuesToAdd.AttributeValue.1": "all"}],
    ["rds:ModifyDBClusterSnapshotAttribute",
     {"AttributeName": "restore",
      "DBClusterSnapshotIdentifier": "orders-open",
      "ValuesToAdd.AttributeValue.1": "222222222222",
      "ValuesToAdd.AttributeValue.2": "333333333333",
      "ValuesToRemove.AttributeValue.1": "111111111111"},
     {"AttributeName": "restore",
      "DBClusterSnapshotIdentifier": "orders-open",
      "ValuesToAdd.AttributeValue.1": "111111111111",
      "ValuesToRemove.AttributeValue.1": "222222222222",
      "ValuesToRemove.AttributeValue.2": "333333333333"}]]' plan.json
  runs 0 aback apply plan.json --yes --allow exposure
  [ "$(mutation_count)" -eq "$(jq '.steps | length' plan.json)" ]
}

@test "cluster_snapshot: closing is free, and a backout of it is exposure" {
  begin '  - match: {kind: cluster_snapshot, cluster: orders}
    set: {public: false}'
  runs 0 aback plan -o plan.json
  jq -e '.changes == [.changes[0]] and (.changes[0] |
    .address == "cluster_snapshot/orders-open" and .before and
    .after == false and .consent == [] and .backout_consent == ["exposure"]
    and .reversibility == "reversible")' plan.json
  # what was copied is not taken back
  jq -e '.notes == [{"target": "prod", "setting": "public",
    "address": "cluster_snapshot/orders-open",
    "reason": .notes[0].reason}] and
    (.notes[0].reason | test("may have copied it"))' plan.json
  runs 0 aback apply plan.json --yes
  runs 0 aback plan --detailed-exitcode
  fails 3 aback backout --last --apply --yes
  has "$output" '--allow exposure'
  runs 0 aback backout --last --apply --yes --allow exposure
  shares | grep -c '"AttributeValues": \["111111111111", "all"\]' | grep -qx 1
}

@test "cluster_snapshot: sharing is exposure, and its backout says what stays" {
  begin '  - match: {kind: cluster_snapshot, id: people-safe}
    set: {shared_with: {include: ["'"$one"'"]}}'
  shares >before
  runs 0 aback plan -o plan.json
  jq -e '.changes[0] | .consent == ["exposure"] and
    .backout_consent == []' plan.json
  jq -e '.notes[0].reason | test("a backout closes it again, but")' plan.json
  fails 3 aback apply plan.json --yes
  has "$output" '--allow exposure'
  runs 0 aback apply plan.json --yes --allow exposure
  runs 0 aback backout --last -o back.json
  runs 0 aback show back.json
  said 'copied it by then'
  runs 0 aback apply back.json --yes
  said 'To know' 'copied it by then'
  shares | diff before -
}

@test "cluster_snapshot: include and exclude leave the others" {
  begin '  - match: {kind: cluster_snapshot, id: "orders-*"}
    set: {shared_with: {exclude: ["'"$one"'"]}}'
  planned
  [ "$(live | jq -c '[.accounts[0].regions[0].db_cluster_snapshots[] |
    select(.DBClusterSnapshotIdentifier | startswith("orders-")) |
    .restore]')" = '[["all"],["222222222222"]]' ]
}

@test "cluster_snapshot: an encrypted one cannot be public, nor be decrypted" {
  begin '  - match: {kind: cluster_snapshot, id: people-safe}
    set: {public: true, storage_encrypted: false}
  - match: {kind: cluster_snapshot, id: orders-shared}
    set: {storage_encrypted: true, kms_key_id: "'"$key"'"}'
  runs 0 aback plan -o plan.json
  jq -e '[.steps, .changes] == [[], []] and
    [.blocked[] | [.address, .setting]] == [
      ["cluster_snapshot/orders-shared", "kms_key_id"],
      ["cluster_snapshot/orders-shared", "storage_encrypted"],
      ["cluster_snapshot/people-safe", "public"],
      ["cluster_snapshot/people-safe", "storage_encrypted"]] and
    (.blocked[2].reason | test("encrypted")) and
    all(.blocked[]; .remedy | length > 0)' plan.json
}

@test "cluster_snapshot: one listing for all, and attributes where they matter" {
  start_sim
  write_desired '  - match: {kind: cluster_snapshot, cluster: orders}
    set: {public: false}
  - match: {kind: cluster_snapshot, cluster: people}
    set: {storage_encrypted: true}'
  "$ABACK" init >init.out 2>&1
  runs 0 aback plan -o plan.json
  [ "$(grep -c DescribeDBClusterSnapshots sim.log)" -eq 1 ]
  [ "$(jq -r 'select(.action == "DescribeDBClusterSnapshotAttributes") |
    .parameters.DBClusterSnapshotIdentifier' sim.log | sort | paste -sd' ')" = \
    'orders-open orders-shared' ]
}

@test "cluster_snapshot: what a glob does not select, a name does" {
  begin '  - match: {kind: cluster_snapshot, id: [gone-last, Graph-1, none]}
    set: {public: false}'
  shares >before
  runs 0 aback plan -o plan.json
  jq -e '[.changes[].address] == ["cluster_snapshot/gone-last"]' plan.json
  jq -e '[.skipped[] | .address + ": " + .reason] == [
    "cluster_snapshot/graph-1: engine '"'neptune'"' is not Aurora",
    "cluster_snapshot/none: there is no such manual snapshot of a cluster"]' \
    plan.json
  # the clusters are of no interest then
  not grep -q DescribeDBClusters sim.log
  runs 0 aback apply plan.json --yes
  runs 0 aback backout --last --apply --yes --allow exposure
  shares | diff before -
}

@test "cluster_snapshot: a name of one alone asks for that one alone" {
  begin '  - match: {kind: cluster_snapshot, id: "rds:orders-daily"}
    set: {public: false}'
  runs 0 aback plan -o plan.json
  jq -e '.changes == [] and (.skipped | length) == 2' plan.json
  jq -e -s '[.[] | select(.action == "DescribeDBClusterSnapshots") |
    .parameters] == [{"SnapshotType": "manual",
      "DBClusterSnapshotIdentifier": "rds:orders-daily"}]' sim.log
}

@test "cluster_snapshot: one that vanished makes the plan stale" {
  begin "$everything"
  runs 0 aback plan -o plan.json
  curl -sSf -X POST --data '{"address": "cluster_snapshot/orders-open",
    "delete": true}' "$endpoint/_sim/poke" >/dev/null
  fails 3 aback apply plan.json --yes --allow exposure
  has "$output" 'cluster_snapshot/orders-open'
  [ "$(mutation_count)" -eq 0 ]
}

@test "cluster_snapshot: accounts that somebody else added stay" {
  begin "$everything"
  planned --allow exposure
  poke cluster_snapshot/orders-shared \
    '{"restore": ["'"$two"'", "333333333333", "444444444444"]}'
  runs 0 aback backout --last --apply --yes --allow exposure
  live | jq -e '.accounts[0].regions[0].db_cluster_snapshots[] |
    select(.DBClusterSnapshotIdentifier == "orders-shared") |
    .restore | sort == ["111111111111", "222222222222", "444444444444"]'
}

@test "cluster_snapshot: an answer lost after and before the effect is settled" {
  begin "$everything"
  shares >before
  runs 0 aback plan -o plan.json
  fault '{"action": "ModifyDBClusterSnapshotAttribute", "nth": 1,
      "fault": "reset_after"},
    {"action": "ModifyDBClusterSnapshotAttribute", "nth": 2,
      "fault": "reset_before"}'
  runs 0 aback apply plan.json --yes --allow exposure
  runs 0 aback plan --detailed-exitcode
  # the first was not sent again; the second was, once it was seen not to be
  [ "$(mutation_count)" -eq $(($(jq '.steps | length' plan.json) + 1)) ]
  runs 0 aback backout --last --apply --yes --allow exposure
  shares | diff before -
}

@test "cluster_snapshot: a read that is denied is not nothing there" {
  local action
  begin "$everything"
  for action in DescribeDBClusterSnapshots \
    DescribeDBClusterSnapshotAttributes; do
    fault '{"action": "'"$action"'", "nth": 2, "fault": "error", "status": 403,
      "code": "AccessDenied", "message": "not yours"}'
    fails 1 aback plan -o plan.json
    has "$output" "rds:$action"
    [ ! -e plan.json ]
  done
}

@test "cluster_snapshot: what rules cannot say" {
  write_desired '  - match: {kind: cluster_snapshot}
    set: {shared_with: [all]}
  - match: {kind: cluster_snapshot}
    set: {shared_with: ["12345"]}
  - match: {kind: cluster_snapshot}
    set: {public: "no"}
  - match: {kind: cluster_snapshot, engine: aurora-mysql}
    set: {public: false}
  - match: {kind: cluster_snapshot}
    set: {publc: false}'
  fails 1 aback validate
  has "$output" "must be account ids of 12 digits, not 'all'"
  has "$output" "everybody is 'public: true'"
  has "$output" "not '12345'"
  has "$output" "'public' must be true or false"
  has "$output" "the kind 'cluster_snapshot' has no engine"
  has "$output" "did you mean 'public'?"
}

@test "cluster_snapshot: init --from-live writes what is there, and plans nothing" {
  start_sim
  runs 0 aback init --from-live
  grep -q 'kind: cluster_snapshot' aback.yaml
  not grep -q 'public: true' aback.yaml
  grep -q '^  # cluster_snapshot .*: public is true; wanted is false' aback.yaml
  not grep -q gone-last aback.yaml
  runs 0 aback plan --detailed-exitcode
}
