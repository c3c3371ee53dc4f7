#!/usr/bin/env bats
# aback drift: live against last recorded, who made the difference, and the
# plan that restores what is recorded.
load helpers
load colleague

write_fleet() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "access_keys": $(account_keys),
  "roles": [{"RoleName": "monitoring", "AttachedPolicies": [
    "arn:aws:iam::aws:policy/AmazonRDSReadOnlyAccess"]}],
  "regions": [{"region": "$region",
    "clusters": [
      {"DBClusterIdentifier": "orders", "Engine": "aurora-postgresql",
       "DeletionProtection": false, "BackupRetentionPeriod": 14},
      {"DBClusterIdentifier": "users", "Engine": "aurora-mysql",
       "DeletionProtection": false, "BackupRetentionPeriod": 7}],
    "instances": [
      {"DBInstanceIdentifier": "orders-1", "DBClusterIdentifier": "orders",
       "PubliclyAccessible": true},
      {"DBInstanceIdentifier": "users-1", "DBClusterIdentifier": "users",
       "PubliclyAccessible": true}]}]}]}
END
}

rules='  - match: {kind: cluster}
    set: {deletion_protection: true, backup_retention_period: 21,
      enabled_cloudwatch_logs_exports: {include: [instance]}}
  - match: {kind: instance}
    set: {publicly_accessible: false}'

# A fleet that aback has changed: what it is to be is recorded. Made once, and
# each test has a copy.
setup_file() {
  export BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR/made
  mkdir "$BATS_TEST_TMPDIR"
  setup
  make_recorded --settle-ms 0
  live >after.json
  mv after.json fleet.json
  teardown
}

make_recorded() {
  start_sim --no-throttle --trail-delay-ms 0 "$@"
  write_desired "$rules"
  "$ABACK" init >init.out 2>&1
  applied
}

recorded() {
  cp -r "$BATS_FILE_TMPDIR"/made/{fleet.json,aback.yaml,store.git} .
  start_sim --no-throttle --trail-delay-ms 0 --settle-ms 0 "$@"
}

drift() { # OPTION...: the document, into drift.json
  local rc=0
  aback drift --format json "$@" >drift.json 2>err.txt || rc=$?
  return $rc
}

unprotect() { colleague rds modify_db_cluster '{"DBClusterIdentifier":
  "orders", "DeletionProtection": false, "ApplyImmediately": true}'; }
unprotected() { [ "$(live_value clusters orders DeletionProtection)" = false ]; }

@test "drift: nothing differs from what was recorded" {
  recorded
  runs 0 aback drift
  said 'no drift in 8 recorded settings of 4 resources'
  # CloudTrail is asked only where there is something to ask
  not grep -q '"action":"LookupEvents"' sim.log
  runs 0 drift
  jq -e '.format == "aback-drift/1" and .differences == []
    and .summary.settings == 8' drift.json
}

@test "drift: a change behind aback's back, with the caller who made it" {
  recorded
  unprotect >request
  wait_for 5 unprotected
  runs 2 aback drift
  said '1 difference in 8 recorded settings of 4 resources' \
    'prod cluster/orders:deletion_protection  true → false' \
    "by arn:aws:iam::$account:user/colleague from 127.0.0.1" \
    "$(cat request)"
  runs 2 drift
  jq -e --arg request "$(cat request)" --arg change "$(change_id)" '
    .differences | length == 1 and (.[0] | .class == "changed"
      and .recorded == true and .live == false and .recorded_by == $change
      and .resource_id != null and .reason == null
      and (.event | .name == "ModifyDBCluster" and .request_id == $request
        and .source == "rds.amazonaws.com" and .caller_type == "IAMUser"
        and (.user_agent | test("Boto3"))))' drift.json
  runs 2 aback drift --format markdown
  said '| <code>prod cluster/orders:deletion_protection</code> |'
  runs 2 aback drift --format html
  said '<!DOCTYPE html>' "arn:aws:iam::$account:user/colleague"
}

@test "drift: sets, and members of clusters, each with its own call" {
  recorded
  colleague rds modify_db_cluster '{"DBClusterIdentifier": "users",
    "CloudwatchLogsExportConfiguration": {"DisableLogTypes": ["instance"]}}' >a
  colleague rds modify_db_instance '{"DBInstanceIdentifier": "orders-1",
    "PubliclyAccessible": true, "ApplyImmediately": true}' >b
  wait_for 5 drifted_both
  jq -e --arg a "$(cat a)" --arg b "$(cat b)" '[.differences[]
      | [.address, .setting, .event.request_id]] ==
    [["cluster/users", "enabled_cloudwatch_logs_exports", $a],
     ["instance/orders-1", "publicly_accessible", $b]]' drift.json
}
drifted_both() {
  drift --target prod
  [ "$(jq '[.differences[] | select(.class == "changed")] | length' \
    drift.json)" -eq 2 ]
}

@test "drift: -o restores what is recorded, and is itself backed out" {
  recorded
  live >before
  poke cluster/orders '{"DeletionProtection": false}'
  runs 2 aback drift -o restore.json
  said 'plan written to restore.json: 1 change to 1 resource'
  jq -e '.kind == "restore" and .desired == null and .reverses == null
    and (.changes[0] | .before == false and .after == true
      and .undoes.prior == true and .rule_name == null)' restore.json
  runs 0 aback show restore.json
  said 'aback restore plan' 'restores what was left by change'
  runs 0 aback apply restore.json --yes
  live | diff before -
  runs 0 aback drift
  runs 0 aback plan --detailed-exitcode
  # what our change did before can still be backed out: the restoring did not
  # come in between
  first=$(git -C store.git ls-tree --name-only main:changes | head -1)
  runs 0 aback backout "$first" --only cluster/orders:deletion_protection
  said 'deletion_protection  true → false'
  runs 0 aback backout --last --apply --yes
  unprotected
  runs 0 aback drift
  runs 0 aback state fsck
}

@test "drift: what is gone or another one under the same name" {
  recorded
  delete cluster/users
  runs 2 drift
  jq -e '[.differences[] | [.class, .address, .setting, .event.name]] ==
    [["gone", "cluster/users", null, "DeleteDBCluster"],
     ["gone", "instance/users-1", null, null]]' drift.json
  runs 3 aback drift -o restore.json
  said 'cluster/users  is not there any more' 'nothing of it can be restored'
  [ ! -e restore.json ]
}

@test "drift: what waits for the window, ours and somebody else's" {
  start_sim --no-throttle --trail-delay-ms 0 --settle-ms 0
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true, backup_retention_period: 21}
    when: window
  - match: {kind: cluster, id: users}
    set: {backup_retention_period: 21}'
  "$ABACK" init >init.out 2>&1
  "$ABACK" plan -o plan.json >/dev/null
  runs 4 aback apply plan.json --yes
  # still awaited: no drift
  runs 0 aback drift
  colleague rds modify_db_cluster '{"DBClusterIdentifier": "users",
    "BackupRetentionPeriod": 3}' >request
  wait_for 5 settled users
  runs 2 drift
  jq -e --arg request "$(cat request)" '.differences | length == 1 and (.[0]
    | .class == "pending" and .live == 21 and .pending == 3
      and .event.request_id == $request)' drift.json
  window
  wait_for 5 settled orders
  wait_for 5 settled users
  runs 2 drift
  jq -e '[.differences[] | [.class, .live]] == [["changed", 3]]
    and ([.ours[] | [.address, .value]] == [["cluster/orders", 21]])' drift.json
}
settled() { [ "$(live_value clusters "$1" Status)" = '"available"' ] &&
  [ "$(live | jq '.accounts[0].regions[0].in_flight | length')" -eq 0 ]; }

@test "drift: a setting that is held says so, and stays held" {
  recorded
  runs 0 aback backout --last --only cluster/orders:deletion_protection \
    --apply --yes
  poke cluster/orders '{"DeletionProtection": true}'
  runs 2 aback drift -o restore.json
  said 'deletion_protection  false → true' 'held since change'
  runs 0 aback apply restore.json --yes
  unprotected
  runs 0 aback plan --detailed-exitcode
  said 'held'
}

@test "drift: without the permission for CloudTrail it says so" {
  recorded
  poke cluster/orders '{"DeletionProtection": false}'
  fault '{"service": "cloudtrail", "action": "LookupEvents", "fault": "error",
    "status": 400, "code": "AccessDeniedException",
    "message": "not authorized to perform cloudtrail:LookupEvents"}'
  runs 2 aback drift
  said 'by unknown: CloudTrail refused cloudtrail:LookupEvents' \
    'the event history is incomplete'
  runs 2 drift -o restore.json
  jq -e '.places[0] | .complete == false and .code == "AccessDeniedException"
    and .request_id != null and .requests == 1' drift.json
  # it can be restored all the same
  runs 0 aback apply restore.json --yes
}

@test "drift: a throttled CloudTrail is no empty one" {
  recorded
  poke cluster/orders '{"DeletionProtection": false}'
  fault '{"service": "cloudtrail", "fault": "throttle"}'
  AWS_MAX_ATTEMPTS=1 runs 2 drift
  jq -e '(.places[0] | .complete == false
      and (.reason | test("was cut off")))
    and (.differences[0] | .event == null and (.reason | test("cut off")))' \
    drift.json
}

@test "drift: what CloudTrail does not show yet is not known" {
  recorded --trail-delay-ms 60000
  poke cluster/orders '{"DeletionProtection": false}'
  runs 2 aback drift
  said 'by unknown: ' 'shows no call that made it' 'some may still be missing'
}

@test "drift: a read that fails is no drift" {
  recorded
  fault '{"service": "rds", "action": "DescribeDBClusters", "fault": "error",
    "status": 400, "code": "AccessDenied", "message": "no"}'
  fails 1 aback drift
}

@test "drift: the store is not written" {
  recorded
  poke cluster/orders '{"DeletionProtection": false}'
  find store.git -type f | sort | xargs sha256sum >before
  runs 2 aback drift -o restore.json
  find store.git -type f | sort | xargs sha256sum | diff before -
}

@test "drift: a restore plan that was edited, or is stale, is refused" {
  recorded
  poke cluster/orders '{"DeletionProtection": false}'
  runs 2 aback drift -o restore.json
  sed 's/"prior": true/"prior": false/' restore.json >edited.json
  fails 3 aback apply edited.json --yes
  # another value is recorded by now
  write_desired '  - match: {kind: cluster, id: users}
    set: {backup_retention_period: 30}'
  applied
  poke cluster/orders '{"DeletionProtection": true}'
  fails 3 aback apply restore.json --yes
  said 'cluster/orders'
}

@test "drift: only a part of it, and what is no part" {
  recorded
  poke cluster/orders '{"DeletionProtection": false}'
  poke instance/orders-1 '{"PubliclyAccessible": true}'
  runs 2 aback drift --only instance/orders-1
  said '1 difference in 1 recorded setting of 1 resource'
  runs 2 aback drift --target prod
  said '2 differences'
  fails 1 aback drift --target other
  fails 1 aback drift --only cluster/nobody
  fails 1 aback drift --only nonsense
  fails 1 aback drift one-word
}

@test "drift: without aback.yaml, from a clone of the store" {
  recorded
  poke cluster/orders '{"DeletionProtection": false}'
  git clone -q --bare store.git clone.git
  mkdir elsewhere
  cd elsewhere || return 1
  runs 2 aback drift --state ../clone.git
  said 'prod cluster/orders:deletion_protection  true → false'
}

@test "drift: a store in which nothing is recorded" {
  start
  fails 1 aback drift
  said 'nothing is recorded' 'aback plan'
}

@test "drift: rules, parameters and roles, each with who changed it" {
  region=us-east-1
  export AWS_REGION=$region
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "access_keys": $(account_keys),
  "trails": [], "roles": [{"RoleName": "monitoring"}],
  "regions": [{"region": "$region",
    "clusters": [{"DBClusterIdentifier": "orders", "Engine": "aurora-mysql",
      "Port": 3306, "DBClusterParameterGroup": "hardened",
      "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-0a1c5e7f90b2d4a61",
        "Status": "active"}]}],
    "db_cluster_parameter_groups": [{"DBClusterParameterGroupName": "hardened",
      "DBParameterGroupFamily": "aurora-mysql8.0", "Description": "ours"}],
    "vpc_security_groups": [{"GroupId": "sg-0a1c5e7f90b2d4a61",
      "rules": [{"IsEgress": false, "IpProtocol": "tcp", "FromPort": 3306,
        "ToPort": 3306, "CidrIpv4": "0.0.0.0/0"}]}]}]}]}
END
  rules='  - match: {kind: security_group}
    set: {public_ingress: false}
  - match: {kind: cluster_parameter_group, id: hardened}
    set: {require_secure_transport: "ON"}
  - match: {kind: iam_role, id: monitoring}
    set: {managed_policy_arns: ["arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"]}'
  make_recorded
  colleague ec2 authorize_security_group_ingress '{"GroupId":
    "sg-0a1c5e7f90b2d4a61", "IpPermissions": [{"IpProtocol": "6", "FromPort":
    3306, "ToPort": 3306, "IpRanges": [{"CidrIp": "0.0.0.0/0"},
    {"CidrIp": "10.1.2.3/8"}]}]}' >rules
  colleague rds modify_db_cluster_parameter_group '{
    "DBClusterParameterGroupName": "hardened", "Parameters": [
      {"ParameterName": "require_secure_transport", "ParameterValue": "OFF",
       "ApplyMethod": "immediate"}]}' >parameter
  colleague iam attach_role_policy '{"RoleName": "monitoring",
    "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}' >role
  wait_for 5 settled orders
  runs 2 drift -o restore.json
  jq -e --arg rules "$(cat rules)" --arg parameter "$(cat parameter)" \
    --arg role "$(cat role)" '[.differences[]
      | [.target, .setting, .event.request_id]] ==
    [["123456789012/global", "managed_policy_arns", $role],
     ["prod", "require_secure_transport", $parameter],
     ["prod", "ingress", $rules]]' drift.json
  # no trail is needed; and the region is IAM's own: one account and region, one request
  [ "$(jq -s 'map(select(.action == "LookupEvents")) | length' sim.log)" -eq 1 ]
  runs 0 aback apply restore.json --yes
  runs 0 aback drift
  runs 0 aback plan --detailed-exitcode
}

@test "drift: two who changed one set" {
  recorded
  colleague rds modify_db_cluster '{"DBClusterIdentifier": "users",
    "CloudwatchLogsExportConfiguration": {"EnableLogTypes": ["audit"]}}' >a
  wait_for 5 settled users
  colleague rds modify_db_cluster '{"DBClusterIdentifier": "users",
    "CloudwatchLogsExportConfiguration": {"EnableLogTypes": ["error"]}}' >b
  wait_for 5 settled users
  runs 2 drift
  jq -e --arg a "$(cat a)" --arg b "$(cat b)" '.differences | length == 1
    and (.[0] | [.event.request_id, .others[].request_id] | sort) ==
      ([$a, $b] | sort)' drift.json
  runs 2 aback drift
  said "also set by arn:aws:iam::$account:user/colleague"
}

@test "drift: another resource under the same name" {
  recorded
  kill "$sim_pid"
  wait "$sim_pid" || true
  jq '(.accounts[0].regions[0].clusters[]
    | select(.DBClusterIdentifier == "users") | .DbClusterResourceId) =
      "cluster-ANOTHER"' fleet.json >another.json
  mv another.json fleet.json
  start_sim
  runs 2 drift --only cluster/users
  jq -e '.differences == [.differences[0]] and (.differences[0]
    | .class == "replaced" and .live_resource_id == "cluster-ANOTHER"
      and .setting == null)' drift.json
  runs 3 aback drift --only cluster/users -o restore.json
  said 'is another one under the same name: cluster-ANOTHER'
}

@test "drift: what we created, and what we deleted again" {
  start_sim --no-throttle --trail-delay-ms 0 --settle-ms 0
  write_desired "  - match: {kind: event_subscription, id: alerts}
    set: {sns_topic_arn: 'arn:aws:sns:$region:$account:dba',
      source_type: db-cluster}"
  "$ABACK" init >init.out 2>&1
  applied
  runs 0 aback drift
  delete event_subscription/alerts
  runs 2 drift
  jq -e '[.differences[] | [.class, .event.name]] ==
    [["gone", "DeleteEventSubscription"]]' drift.json
}
