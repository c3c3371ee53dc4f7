#!/usr/bin/env bats
# aback verify: proven, not proven, refuted, and the proof that is kept.
load helpers

# What proof.json says of itself.
proof() { jq -r "$1" proof.json; }

# verified EXIT-CODE VERDICT [OPTION...]: the change $id, and its proof.
verified() {
  local want=$1 verdict=$2 rc=0
  shift 2
  "$ABACK" verify "$id" --format json "$@" >proof.json 2>err.txt || rc=$?
  output=$(cat proof.json err.txt)
  if [ "$rc" -ne "$want" ] || [ "$(proof .verdict)" != "$verdict" ]; then
    echo "exit code $rc instead of $want, or not $verdict:"
    jq '.findings' proof.json
    cat err.txt
    return 1
  fi
}

# why ABOUT PART...: a finding of that kind whose text has all parts.
why() {
  local about=$1 text
  shift
  text=$(jq -r --arg about "$about" \
    '.findings[] | select(.about == $about) | .text' proof.json)
  for part in "$@"; do has "$text" "$part" || return 1; done
}

# A change of several kinds, made.
changed() { # [OPTION OF THE SIMULATOR...]
  start_sim "$@"
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true, backup_retention_period: 21}
  - match: {kind: iam_role, id: monitoring}
    set: {managed_policy_arns: ["arn:aws:iam::aws:policy/SecurityAudit"]}'
  "$ABACK" init >init.out 2>&1
  "$ABACK" plan -o plan.json >plan.out 2>&1
  "$ABACK" apply plan.json --yes --allow exposure >apply.out 2>&1
  id=$(change_id)
}

# As a colleague, with a tool that nobody here wrote.
colleague() { # PYTHON, with rds and iam to call
  AWS_DEFAULT_REGION=$region /usr/bin/python3 - "$endpoint" <<END
import sys, boto3
rds = boto3.client("rds", endpoint_url=sys.argv[1])
iam = boto3.client("iam", endpoint_url=sys.argv[1])
$1
END
}

proof_path() {
  git -C store.git ls-tree -r --name-only main "changes/$id" | grep verify- |
    tail -1
}

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
  curl -sSf -X POST --data "{\"account\": \"$account\", \"region\": \
\"$region\", \"address\": \"cluster/orders\", \"delete\": true}" \
    "$endpoint/_sim/poke" >/dev/null
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

@test "verify: without permission for event history nothing is proven" {
  changed
  fault '{"service": "cloudtrail", "action": "LookupEvents", "from": 1,
          "to": 99, "fault": "error", "status": 400,
          "code": "AccessDeniedException", "message": "not authorized"}'
  verified 2 not_proven
  why history 'could not be read whole' 'not authorized'
  why call 'event history does not show it'
  [ "$(proof '[.settings[].verdict] | unique | join(" ")')" = proven ]
  [ "$(proof .claim.statement)" = "nothing is claimed of what others did, \
for event history could not be read whole" ]
  runs 0 "$ABACK" verify --check "$id"
}

@test "verify: a history that breaks off between its pages is not whole" {
  changed --page-size 2
  # the mark, one look at it, then the pages
  fault '{"service": "cloudtrail", "action": "LookupEvents", "from": 7,
          "to": 99, "fault": "error", "status": 400,
          "code": "InvalidNextTokenException", "message": "no such page"}'
  verified 2 not_proven
  why history 'could not be read whole'
}

@test "verify: before event history has caught up, waiting is bounded and said" {
  changed --trail-delay-ms 60000
  verified 2 not_proven --no-wait
  why history 'had not caught up after 0 s'
  why call 'does not show it (yet)'
  verified 2 not_proven --wait 1s
  has "$(cat err.txt)" 'waiting until CloudTrail'
  has "$(cat err.txt)" 'of at most 1 s'
  [ "$(proof '.waited_s >= 1 and .waited_s < 5')" = true ]
}

@test "verify: no more than two look-ups a second of an account and region" {
  changed --trail-delay-ms 1500
  verified 0 proven
  jq -s -e '[.[] | select(.action == "LookupEvents")] |
    (map(select(.status != 200)) | length == 0) and
    (group_by(.region) | all(length > 2 and
      ([.[].time_ms] | . as $t | [range(1; length) | $t[.] - $t[. - 1]] |
        all(. >= 480))))' sim.log
}

@test "verify: interrupted while it waits, it keeps nothing" {
  changed --trail-delay-ms 60000
  "$ABACK" verify "$id" >out.txt 2>err.txt 3>&- &
  run_pid=$!
  wait_for 10 grep -q 'waiting until' err.txt
  kill -INT "$run_pid"
  rc=0
  wait "$run_pid" || rc=$?
  [ "$rc" -eq 130 ]
  [ -z "$(proof_path)" ]
}

@test "verify: a remote that is down keeps the proof here, and sync pushes it" {
  git init -q --bare -b main remote.git
  start_sim
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  sed -i "s#\./store.git}#./store.git, remote: $PWD/remote.git}#" aback.yaml
  "$ABACK" init >init.out 2>&1
  applied
  id=$(change_id)
  mv remote.git gone.git
  verified 0 proven
  has "$(cat err.txt)" 'could not be pushed'
  mv gone.git remote.git
  not git -C remote.git cat-file -e "main:$(proof_path)"
  runs 0 "$ABACK" state sync
  git -C remote.git cat-file -e "main:$(proof_path)"
}

@test "verify: a proof that was edited is found, in a file and in the store" {
  changed
  colleague 'rds.modify_db_cluster(DBClusterIdentifier="orders",
    BackupRetentionPeriod=3, ApplyImmediately=True)'
  verified 2 refuted
  # whoever only turns the verdict
  jq -S '.verdict = "proven" | .findings = []' proof.json >edited.json
  runs 2 "$ABACK" verify --check edited.json
  said 'the proof does not stand' 'the store has no such proof' \
    'it does not follow from record and evidence'
  # whoever hides the event
  jq -S '.evidence.events.events |= map(select(.change))' proof.json >edited.json
  runs 2 "$ABACK" verify --check edited.json
  # whoever changes what should be
  jq -S '(.record.settings[] | select(.setting == "backup_retention_period") |
    .decided.value) = 3' proof.json >edited.json
  runs 2 "$ABACK" verify --check edited.json
  said 'record.settings[' 'the store says otherwise'
  # and in the store
  path=$(proof_path)
  git clone -q store.git work
  jq -S --indent 2 '.verdict = "proven" | .record.files[0].sha256 = "0"' \
    proof.json >"work/$path"
  git -C work commit -qam 'look away'
  git -C work push -q origin HEAD:main
  runs 2 "$ABACK" state fsck --format json
  jq -e --arg path "$path" '[.damage[] | select(.path == $path) | .check] |
    sort == ["edited", "proof"]' <<<"$output"
  runs 2 "$ABACK" verify --check "$id"
}

@test "verify: log groups are read, and silence is not held against a change" {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "regions": [{"region": "$region",
    "log_groups": [{"logGroupName": "/aws/rds/cluster/orders/instance"},
      {"logGroupName": "/aws/rds/cluster/orders/iam-db-auth-error",
       "logStreams": [{"logStreamName": "a", "lastEventTimestamp": 1000},
         {"logStreamName": "b", "lastEventTimestamp": 5000000}]}],
    "clusters": [{"DBClusterIdentifier": "orders",
      "Engine": "aurora-postgresql", "EngineVersion": "16.4",
      "EnabledCloudwatchLogsExports": ["instance", "iam-db-auth-error"]}],
    "instances": [{"DBInstanceIdentifier": "orders-1",
      "DBClusterIdentifier": "orders"}]}]}]}
END
  start_sim
  write_desired '  - match: {kind: cluster}
    set: {enabled_cloudwatch_logs_exports: {include: [postgresql]}}'
  "$ABACK" init >init.out 2>&1
  applied
  id=$(change_id)
  verified 0 proven
  [ "$(proof '.logs[] | "\(.log_group | split("/")[-1]) \(.verdict) \(.stream)"')" \
    = 'iam-db-auth-error not_yet_seen b
instance not_yet_seen null
postgresql seen writer.0' ]
  proof '.evidence.logs.rds_events[0].events[].message' | grep -q Finished
  fault '{"service": "logs", "action": "DescribeLogStreams", "from": 1,
          "to": 9, "fault": "error", "status": 400,
          "code": "AccessDeniedException", "message": "not authorized"}'
  verified 2 not_proven
  why log AccessDeniedException
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
  "$ABACK" apply plan.json --yes >apply.out 2>&1 3>&- &
  run_pid=$!
  wait_for 10 eval '[ "$(grep -c ModifyDBCluster sim.log)" -gt 2 ]'
  kill -KILL "$run_pid"
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
