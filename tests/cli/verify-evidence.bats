#!/usr/bin/env bats
# aback verify: event history that lags or cannot be read, logs, and the proof
# that is kept.
load verify

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
    set: {enabled_cloudwatch_logs_exports: {include: [postgresql]}}
  - match: {kind: log_group, id: /aws/rds/cluster/orders/instance}
    set: {deletion_protection: true}'
  "$ABACK" init >init.out 2>&1
  applied
  id=$(change_id)
  verified 0 proven
  [ "$(proof '.logs[] | "\(.log_group | split("/")[-1]) \(.verdict) \(.stream)"')" \
    = 'iam-db-auth-error not_yet_seen b
instance not_yet_seen null
postgresql seen writer.0' ]
  # each once, though the cluster and a change of its own name one of them
  [ "$(grep -c '"DescribeLogStreams"' sim.log)" -eq 3 ]
  proof '.evidence.logs.rds_events[0].events[].message' | grep -q Finished
  fault '{"service": "logs", "action": "DescribeLogStreams", "from": 1,
          "to": 9, "fault": "error", "status": 400,
          "code": "AccessDeniedException", "message": "not authorized"}'
  verified 2 not_proven
  why log AccessDeniedException
}
