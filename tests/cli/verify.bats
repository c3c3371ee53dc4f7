#!/usr/bin/env bats
# aback verify: proven, not proven, refuted, and why.
load verify

@test "verify: proven after an apply, with what an auditor asks for" {
  changed
  verified 0 proven
  # the kept proof is the one that was shown
  stored "$(proof_path)" | diff - proof.json
  has "$(cat err.txt)" "kept in the state repository: $(proof_path)"
  # each call is there with the journal's request id
  stored "changes/$id/journal.jsonl" | cut -d' ' -f3- |
    jq -r 'select(.event == "outcome") | .request_id' | sort >journal.ids
  proof '.calls[] | select(.verdict == "seen") | .event.request_id' | sort |
    diff journal.ids -
  [ "$(proof '.calls[] | .event.found_by' | sort -u)" = 'request id' ]
  # the record by its digests, and the commits that wrote it
  proof '.record.files[] | "\(.sha256) \(.path) \(.commit)"' |
    while read -r sum path commit; do
      [ "$(git -C store.git show "$commit:$path" | sha256sum)" = "$sum  -" ]
    done
  [ "$(proof '.record.files | length')" -eq 5 ]
  [ "$(proof .record.plan_id)" = "$(stored "changes/$id/plan.json" |
    jq -r .id)" ]
  # the negative claim: between when, where, of which resources
  proof '.claim' | jq -e '.proven and .foreign == [] and
    (.statement | test("^between .* and .* event history shows no other " +
      "management write on these 3 resources$")) and
    ([.places[] | "\(.target) \(.region) \(.complete) \(.caught_up) \(.filter)"]
      == ["123456789012/global us-east-1 true seen every write",
          "prod eu-west-1 true seen every write"]) and
    .from < .to'
  # and it can be checked without AWS
  AWS_ENDPOINT_URL=http://127.0.0.1:1 runs 0 "$ABACK" verify --check "$id"
  said 'the proof stands: proven'
  runs 0 "$ABACK" verify --check proof.json --format json
  jq -e '.holds and .problems == []' <<<"$output"
  runs 0 "$ABACK" state fsck
}

@test "verify: show and history tell of the last verification" {
  changed
  runs 0 "$ABACK" show "$id"
  not said verified
  verified 0 proven
  colleague 'rds.modify_db_cluster(DBClusterIdentifier="orders",
    PreferredMaintenanceWindow="sun:05:00-sun:06:00")'
  verified 2 refuted
  runs 0 "$ABACK" show "$id"
  said "verified $(proof .verified_at): refuted"
  runs 0 "$ABACK" show "$id" --format json
  [ "$(jq -r .verified.verdict <<<"$output")" = refuted ]
  runs 0 "$ABACK" history
  said "verified $(proof .verified_at): refuted"
  runs 0 "$ABACK" history --format json
  [ "$(jq -r '.[0].verified.verdict' <<<"$output")" = refuted ]
}

@test "verify: proven after a backout, and what was backed out is told" {
  changed
  first=$id
  runs 0 "$ABACK" backout --last --apply --yes --allow lossy --allow exposure
  id=$(change_id)
  verified 0 proven
  [ "$(proof '.record.kind, .record.reverses')" = "backout
$first" ]
  # the first change is judged by what the later one of ours set again
  id=$first
  verified 0 proven
  [ "$(proof '[.settings[].decided.change] | unique | join(" ")')" = \
    "$(change_id)" ]
  [ "$(proof '.claim.other_changes | join(" ")')" = "$(change_id)" ]
  runs 0 "$ABACK" verify "$first" --format markdown
  said "as change $(change_id) set it later"
}

@test "verify: refuted by a colleague who set one of its settings" {
  changed
  colleague 'rds.modify_db_cluster(DBClusterIdentifier="orders",
    BackupRetentionPeriod=3, ApplyImmediately=True)'
  wait_for 5 eval '[ "$(live_value clusters orders BackupRetentionPeriod)" = 3 ]'
  verified 2 refuted
  why setting 'it is 3 days, and should be 21 days'
  why event 'somebody else wrote to cluster/orders: ModifyDBCluster' \
    "arn:aws:iam::$account:user/dba"
  [ "$(proof '.claim.proven')" = false ]
  # the others hold
  [ "$(proof '[.settings[].verdict] | group_by(.) | map(length) | join(" ")')" \
    = '4 1' ]
}

@test "verify: refuted by a write that left the settings as they were" {
  changed
  colleague 'iam.tag_role(RoleName="monitoring",
    Tags=[{"Key": "a", "Value": "b"}])'
  verified 2 refuted
  why event 'iam_role/monitoring: TagRole'
  [ "$(proof '[.settings[].verdict] | unique | join(" ")')" = proven ]
}

@test "verify: what others wrote before the change, read, or were refused is nothing" {
  start_sim
  poke cluster/orders '{"PreferredMaintenanceWindow": "sun:05:00-sun:06:00"}'
  # event history counts in seconds
  sleep 1
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  "$ABACK" init >init.out 2>&1
  applied
  id=$(change_id)
  colleague 'rds.describe_db_clusters()
try: rds.modify_db_cluster(DBClusterIdentifier="orders", Port=80)
except rds.exceptions.ClientError: pass
rds.modify_db_cluster(DBClusterIdentifier="users", BackupRetentionPeriod=9)'
  verified 0 proven
  [ "$(proof '.claim.resources | length')" -eq 1 ]
}

@test "verify: another cluster under the old name, and one that is gone" {
  changed
  poke cluster/orders '{"DbClusterResourceId": "cluster-SOMETHINGELSE"}'
  verified 2 refuted
  why setting 'it is another resource under the old name'
  delete cluster/orders
  verified 2 refuted
  why setting 'the resource is not there any more'
}

@test "verify: what waits for the window is pending, and proven once it came" {
  start_sim
  write_desired '  - match: {kind: instance, id: orders-1}
    when: window
    set: {ca_certificate_identifier: rds-ca-ecc384-g1}'
  "$ABACK" init >init.out 2>&1
  "$ABACK" plan -o plan.json >plan.out 2>&1
  runs 4 "$ABACK" apply plan.json --yes --allow restart
  id=$(change_id)
  verified 2 not_proven
  why setting 'it is pending and not in effect yet: rds-ca-ecc384-g1'
  window
  wait_for 5 eval 'live_value instances orders-1 CACertificateIdentifier |
    grep -q ecc384'
  verified 0 proven
}

@test "verify: a call that nobody answered is found by the change's id" {
  start_sim
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "reset_after"}'
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  "$ABACK" init >init.out 2>&1
  applied
  id=$(change_id)
  verified 0 proven
  [ "$(proof '.calls[] | "\(.outcome) \(.verdict) \(.event.found_by)"')" = \
    'unknown seen change id' ]
}

@test "verify: a change that failed, or has not ended, is not proven" {
  start_sim
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  "$ABACK" init >init.out 2>&1
  "$ABACK" plan -o plan.json >plan.out 2>&1
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "error", "status": 403, "code": "AccessDenied",
          "message": "no"}'
  runs 4 "$ABACK" apply plan.json --yes
  id=$(change_id)
  verified 2 not_proven
  why setting 'the change failed at it: AccessDenied'
  # nothing is verified of what still runs
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "hang", "ms": 20000}'
  "$ABACK" plan -o plan.json >plan.out 2>&1
  in_background "$ABACK" apply plan.json --yes
  killed_once eval '[ "$(grep -c \"ModifyDBCluster\" sim.log)" -gt 2 ]'
  id=$(change_id)
  fails 3 "$ABACK" verify "$id"
  said 'has not ended' "aback resume $id"
}

@test "verify: text, Markdown and HTML say the same" {
  changed
  colleague 'rds.modify_db_cluster(DBClusterIdentifier="orders",
    BackupRetentionPeriod=3, ApplyImmediately=True)'
  wait_for 5 eval '[ "$(live_value clusters orders BackupRetentionPeriod)" = 3 ]'
  for format in text markdown html; do
    runs 2 "$ABACK" verify "$id" --format "$format" -q
    said refuted "$id" '21 days' 'between 20' AttachRolePolicy \
      'write of others' 'us-east-1, every write' 'files of the record'
  done
}

@test "verify: live state that cannot be read" {
  changed
  fault '{"service": "rds", "action": "DescribeDBClusters", "from": 1,
          "to": 9, "fault": "error", "status": 403, "code": "AccessDenied",
          "message": "not authorized"}'
  verified 2 not_proven
  why setting 'live state could not be read' AccessDenied
  [ "$(proof '.claim.proven, .evidence.live.resources')" = 'true
[]' ]
}

@test "verify: targets that the change did not touch are not asked" {
  start_sim
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  sed -i "s/^rules:/  - {name: far, account_id: '$account', \
region: eu-central-1}\n&/" aback.yaml
  "$ABACK" init >init.out 2>&1
  applied
  id=$(change_id)
  seen=$(wc -l <sim.log)
  verified 0 proven
  tail -n +$((seen + 1)) sim.log | jq -r .region | sort -u >regions
  [ "$(cat regions)" = eu-west-1 ]
  [ "$(proof '[.record.targets[].name] | join(" ")')" = prod ]
}

@test "verify: the store alone is enough, as a bare clone of it" {
  changed
  mkdir elsewhere
  git clone -q --bare store.git elsewhere/clone.git
  cd elsewhere
  runs 0 "$ABACK" verify "$id" --state clone.git
  said proven
  runs 0 "$ABACK" verify --check "${id:0:15}" --state clone.git
}

@test "verify: what is no change, and options that exclude each other" {
  start
  fails 1 "$ABACK" verify 20200101T000000Z-000000
  fails 1 "$ABACK" verify --check 20200101T000000Z-000000
  fails 1 "$ABACK" verify
  fails 1 "$ABACK" verify 2020 --wait 5m --no-wait
  applied
  fails 1 "$ABACK" verify --check "$(change_id)"
  said 'was never verified' "aback verify $(change_id)"
  echo '{"format": "aback-proof/9"}' >bad.json
  fails 1 "$ABACK" verify --check bad.json
  said 'is no proof'
}
