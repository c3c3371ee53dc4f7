#!/usr/bin/env bats
# aback review of a fleet in which each resource has one sin: every sin is
# found, and nothing else. What cannot be read is said, and never passed. One
# simulator serves all tests; a fault plays once.
load helpers
load served

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  python3 "$BATS_TEST_DIRNAME/review_fleet.py" fleet.json expected.txt
  serve_all --fleet fleet.json --settle-ms 0
}

at_sins() {
  at_served
  [ -f aback.yaml ] || write_desired ' []'
}

review() { # OPTION...: of that fleet, into review.json; its exit code
  local rc=0
  at_sins
  "$ABACK" review --no-events --no-record --format json "$@" \
    >review.json 2>err.txt || rc=$?
  return $rc
}

found() { jq -r '.findings[] | "\(.control) \(.address)"' review.json | sort -u; }

# refuse SERVICE ACTION [N]: the next, or the next N, such calls are denied.
refuse() {
  at_sins
  fault "{\"service\": \"$1\", \"action\": \"$2\", \"from\": 1, \"to\": \
${3:-1}, \"fault\": \"error\", \"status\": 403, \"code\": \"AccessDenied\", \"message\": \"no\"}"
}

# blind CALL CONTROL: what that call reads was not seen, and the control says so.
blind() {
  jq -e --arg call "$1" --arg control "$2" '(.complete | not)
    and any(.unread[]; .call == $call and .code == "AccessDenied"
      and .message == "no" and .request_id != null
      and any(.controls[]; . == $control))
    and any(.controls[]; .id == $control and .unread > 0)
    and any(.matrix[]; .results[$control] == "unread"
      or .results[$control] == "failed")' review.json >/dev/null || {
    jq '{complete, unread}' review.json
    return 1
  }
}

@test "sins: each is found, and nothing else" {
  runs 2 review
  found | diff "$BATS_FILE_TMPDIR/expected.txt" -
  jq -e '.complete and .unread == [] and .summary.unread == 0' review.json
}

# What the published rules say of the fleet, read by other eyes.
peer() {
  "$ABACK" review --no-events --no-record --format json >review.json || [ $? -eq 2 ]
  /usr/bin/python3 "$BATS_TEST_DIRNAME/review_peer.py" review.json
}

@test "sins: who judges by the published rules with boto3 finds the same" {
  /usr/bin/python3 -c 'import boto3' 2>/dev/null || skip "no python3-boto3"
  at_sins
  peer
  for fleet in demo sins; do
    cp "$root/tests/data/fleets/$fleet.json" fleet.json
    start_sim --no-throttle
    peer
    kill "$sim_pid"
    wait "$sim_pid" 2>/dev/null || true
    sim_pid=
  done
}

@test "sins: each finding has its evidence, of the call that gave it" {
  runs 2 review
  jq -e 'all(.findings[]; .evidence | length > 0 and all(.[];
    .call != null and .read_at != null and .request_id != null))' review.json
  jq -r '.findings[].evidence[] | "\(.call) \(.request_id)"' review.json |
    sort -u >seen.txt
  jq -r '"\(.service):\(.action) \(.request_id)"' "$BATS_FILE_TMPDIR/sim.log" |
    sed 's/^monitoring:/cloudwatch:/' | sort -u >asked.txt
  [ -z "$(comm -23 seen.txt asked.txt)" ] || { comm -23 seen.txt asked.txt; false; }
}

@test "sins: ids stay the same from review to review, and differ" {
  runs 2 review
  jq -r '.findings[].id' review.json >one.txt
  runs 2 review
  jq -r '.findings[].id' review.json | diff one.txt -
  [ -z "$(sort one.txt | uniq -d)" ]
}

@test "sins: what fixes it is a plan that can be made, a decision or a procedure" {
  runs 2 review
  jq -e 'all(.findings[]; .fix | .text != "" and
    if .class == "plan" then .address != null and .setting != null
    elif .class == "one-way" then .procedure != []
    else .class == "decision" and .address == null end)' review.json
  # each of them as a rule, as the review says it
  jq '{version: 1, targets: [{name: "prod", account_id: "123456789012",
      region: "eu-west-1"}], rules: [.findings[].fix
    | select(.class == "plan") | (.address | split("/")) as [$kind, $id]
    | {match: {kind: $kind, id: ($id | gsub("%2F"; "/"))},
       set: {(.setting): .value}}]}' review.json >fix.json
  at_sins
  runs 0 aback validate -f fix.json
  runs 2 aback plan -f fix.json --detailed-exitcode
}

@test "sins: where there are none, it exits 0" {
  jq '.accounts[0].regions[0] |= (
      (.clusters, .instances) |= map(select(.DBClusterIdentifier
        | startswith("upright")))
      | .db_cluster_snapshots |= map(select(.DBClusterSnapshotIdentifier
        == "upright-before"))
      | .event_subscriptions |= map(select(.Status == "active"))
      | .config_rules = [])' "$BATS_FILE_TMPDIR/fleet.json" >fleet.json
  start_sim
  write_desired ' []'
  runs 0 aback review --no-events --no-record
  said '0 findings' 'checks passed'
}

# What may be refused, and a control that is blind then.
@test "unread: each call that is refused blinds its controls, and no others" {
  while read -r service action call control times; do
    refuse "$service" "$action" "$times"
    runs 2 review
    blind "$call" "$control"
    # what it did not need is judged as ever
    [ "$action" = DescribeDBClusters ] ||
      found | grep -qx 'cluster-copy-tags cluster/cluster-copy-tags'
    # nothing is found that is not there
    [ -z "$(found | comm -23 - "$BATS_FILE_TMPDIR/expected.txt")" ]
  done <<END
rds DescribeDBClusters rds:DescribeDBClusters cluster-deletion-protection
rds DescribeDBInstances rds:DescribeDBInstances instance-not-public
rds DescribeDBClusterParameters rds:DescribeDBClusterParameters cluster-tls-required
rds DescribeDBParameters rds:DescribeDBParameters postgresql-statements 3
rds DescribeDBClusterSnapshots rds:DescribeDBClusterSnapshots snapshot-not-public
rds DescribeDBClusterSnapshotAttributes rds:DescribeDBClusterSnapshotAttributes snapshot-shared
rds DescribeEventSubscriptions rds:DescribeEventSubscriptions events-of-clusters
rds DescribeDBEngineVersions rds:DescribeDBEngineVersions cluster-engine-version
rds DescribeCertificates rds:DescribeCertificates instance-certificate
ec2 DescribeSecurityGroupRules ec2:DescribeSecurityGroupRules security-group-not-public
iam GenerateServiceLastAccessedDetails iam:GenerateServiceLastAccessedDetails role-permissions-used
iam GetServiceLastAccessedDetails iam:GetServiceLastAccessedDetails role-permissions-used
kms DescribeKey kms:DescribeKey key-rotated
kms GetKeyRotationStatus kms:GetKeyRotationStatus key-rotated
kms GetKeyPolicy kms:GetKeyPolicy key-not-public
logs DescribeLogGroups logs:DescribeLogGroups log-group-retention
cloudtrail DescribeTrails cloudtrail:DescribeTrails trail-logs
config DescribeConfigurationRecorders config:DescribeConfigurationRecorders config-records-databases
END
}

@test "unread: a listing of roles that is refused takes requests, and blinds nobody" {
  runs 2 review
  found >whole.txt
  jq '[.findings[].id] | sort' review.json >ids.json
  cp "$BATS_FILE_TMPDIR/fleet.json" .
  start_sim
  curl -sf -o /dev/null -d '{"access_key_id": "AKIAABACKSIMULATOR01", "policies":
    [{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*",
      "Resource": "*"}, {"Effect": "Deny", "Resource": "*",
      "Action": "iam:GetAccountAuthorizationDetails"}]}]}' "$endpoint/_sim/policies"
  aback review --no-events --no-record --format json >review.json || [ $? -eq 2 ]
  found | diff whole.txt -
  jq '[.findings[].id] | sort' review.json | diff ids.json -
  jq -e .complete review.json
  jq -e --slurp '[.[] | select(.action == "GetAccountAuthorizationDetails")]
    | length == 2 and all(.status == 403)' sim.log
  # who may not read roles either has each of them unread
  fault '{"service": "iam", "action": "GetRole", "from": 1, "to": 1000,
    "fault": "error", "status": 403, "code": "AccessDenied", "message": "no"}'
  aback review --no-events --no-record --format json >review.json || [ $? -eq 2 ]
  jq -e '(.complete | not) and any(.unread[]; .call == "iam:GetRole")
    and any(.controls[]; .id == "role-trust" and .passed == 0 and .failed == 0
      and .unread > 0)' review.json
}

@test "unread: a report on what roles used may take a while" {
  jq '.accounts[0].roles |= map(select(.RoleName | test("permissions-used|upright")))
    | .accounts[0].regions[0] |= (.clusters |= map(select(.DBClusterIdentifier
        | test("permissions-used")))
      | .instances |= map(select(.DBClusterIdentifier | test("permissions-used")))
      | .db_cluster_snapshots = [])' "$BATS_FILE_TMPDIR/fleet.json" >fleet.json
  start_sim --settle-ms 700 --page-size 1
  write_desired ' []'
  aback review --no-events --no-record --format json >review.json || [ $? -eq 2 ]
  jq -e '[.findings[] | select(.control == "role-permissions-used")
    | [.address, .value, .message, .evidence[0].call]] == [["iam_role/role-permissions-used",
      ["kms", "s3"], "it did not use in 90 days what it may do with kms, s3",
      "iam:GetServiceLastAccessedDetails"]]' review.json
  jq -e --slurp '[.[] | select(.action == "GetServiceLastAccessedDetails")] | length >= 5' sim.log
  fault '{"service": "iam", "action": "GetServiceLastAccessedDetails", "from": 1,
    "to": 50, "fault": "throttle"}'
  AWS_MAX_ATTEMPTS=2 aback review --no-events --no-record --format json >review.json ||
    [ $? -eq 2 ]
  jq -e '(.complete | not) and any(.unread[]; .call == "iam:GetServiceLastAccessedDetails")
    and all(.controls[]; .id != "role-permissions-used" or .passed == 0)' review.json
}

@test "unread: text says what could not be seen, and why" {
  refuse cloudtrail DescribeTrails
  runs 2 aback review --no-events --no-record
  said 'could not be read, so that nobody knows whether it is as it should be:' \
    'prod trails of prod: cloudtrail:DescribeTrails, AccessDenied: no'
}

@test "unread: one resource that is refused says nothing of the others" {
  refuse kms GetKeyPolicy
  runs 2 review
  jq -e '.unread | length == 1 and (.[0].address | startswith("kms_key/"))' \
    review.json
  jq -e '.controls[] | select(.id == "key-not-public")
    | .unread == 1 and .passed > 0' review.json
  # and so do the clusters that use it, in the matrix alone
  jq -e 'any(.matrix[]; (.address | startswith("cluster/"))
    and .results["key-not-public"] == "unread"
    and .results["cluster-copy-tags"] != "unread")' review.json
  as_its_schema_has_it review.json
}

@test "unread: it counts at its severity" {
  jq '.accounts[0].regions[0] |= (.clusters |= map(select(
      .DBClusterIdentifier == "upright"))
    | .instances |= map(select(.DBClusterIdentifier == "upright"))
    | .db_cluster_snapshots = [] | .config_rules = []
    | .event_subscriptions |= map(select(.Status == "active")))' \
    "$BATS_FILE_TMPDIR/fleet.json" >fleet.json
  start_sim
  write_desired ' []'
  runs 0 aback review --no-events --no-record
  fault '{"service": "logs", "action": "DescribeLogGroups", "nth": 1, "fault":
    "error", "status": 400, "code": "AccessDeniedException"}'
  runs 0 aback review --no-events --no-record --severity critical
  fault '{"service": "logs", "action": "DescribeLogGroups", "nth": 1, "fault":
    "error", "status": 400, "code": "AccessDeniedException"}'
  runs 2 aback review --no-events --no-record
}

@test "unread: a target that cannot be opened is said, and the others are judged" {
  at_sins
  cat >aback.yaml <<END
version: 1
targets:
  - {name: prod, account_id: "$account", region: $region}
  - {name: other, account_id: "999999999999", region: $region}
rules: []
END
  runs 2 review
  found | diff "$BATS_FILE_TMPDIR/expected.txt" -
  jq -e '(.complete | not) and (.targets | map(.name) == ["prod"])
    and (.unread | length == 1) and .unread[0].target == "other"
    and .unread[0].code == "ERR_WRONG_ACCOUNT"
    and (.unread[0].controls | length) == (.controls | length)' review.json
  as_its_schema_has_it review.json
  # where none can be opened there is nothing to review
  runs 1 review --target other
  has "$(cat err.txt)" "the target 'other' is account 999999999999"
}

@test "unread: cut off, it is no review" {
  at_sins
  fault '{"service": "rds", "action": "DescribeDBInstances", "nth": 1,
    "fault": "hang", "ms": 20000}'
  # TERM, for what a script starts beside itself is deaf to INT
  "$ABACK" review --no-events --no-record --format json >out.json 2>err.txt \
    3>&- &
  run_pid=$!
  wait_for 10 grep -q '"fault": *"hang"' "$BATS_FILE_TMPDIR/sim.log"
  kill -TERM $run_pid
  local rc=0
  wait $run_pid || rc=$?
  run_pid=
  [ $rc -eq 130 ]
  [ ! -s out.json ]
}

@test "waivers: hold for the controls that look at the setting, until they expire" {
  at_sins
  cat >aback.yaml <<END
version: 1
targets: [{name: prod, account_id: "$account", region: $region}]
rules:
  - name: every cluster
    match: {kind: cluster}
    set: {deletion_protection: true}
waivers:
  - match: {kind: cluster, id: "cluster-deletion-*"}
    settings: [deletion_protection]
    reason: goes away in January
    expires: 2099-01-31
  - match: {kind: cluster_parameter_group, id: cluster-tls-required}
    settings: [rds.force_ssl]
    reason: old clients
    expires: 2099-01-31
  - match: {kind: cluster, id: cluster-copy-tags}
    settings: [copy_tags_to_snapshot]
    reason: was to be gone
    expires: 2020-01-31
END
  runs 2 review
  jq -e '.summary.waived == 2
    and ([.findings[] | select(.status == "waived") | .control]
      == ["cluster-deletion-protection", "cluster-tls-required"])
    and any(.findings[]; .control == "cluster-deletion-protection"
      and .waiver.reason == "goes away in January"
      and .waiver.expires == "2099-01-31" and .waiver.line == 8
      and .rule == {name: "every cluster", line: 4})
    and any(.findings[]; .control == "cluster-copy-tags" and
      .status == "failed" and .waiver == null
      and .expired_waiver.expires == "2020-01-31")
    and any(.matrix[]; .address == "cluster/cluster-deletion-protection"
      and .results["cluster-deletion-protection"] == "waived")' review.json
  runs 2 aback review --no-events --no-record
  said 'its waiver expired on 2020-01-31: was to be gone' 'waived:' \
    'until 2099-01-31'
}

@test "waivers: of a region, and of what no setting can mend" {
  at_sins
  cat >aback.yaml <<END
version: 1
targets: [{name: prod, account_id: "$account", region: $region}]
rules: []
waivers:
  - match: {target: prod}
    controls: [config-rules-kept, trail-logs]
    reason: the rule is somebody else's
    expires: 2099-01-31
  - match: {kind: cluster, id: "cluster-private-*"}
    controls: [cluster-private-subnets]
    reason: moves next year
    expires: 2099-01-31
  - match: {kind: iam_role, id: role-trust}
    controls: [role-trust]
    reason: was to be gone
    expires: 2020-01-31
END
  runs 2 review
  jq -e '[.findings[] | select(.status == "waived") | [.control, .waiver.line]]
    | sort == [["cluster-private-subnets", 9], ["config-rules-kept", 5]]' review.json
  jq -e '.summary.waived == 2 and any(.findings[]; .control == "role-trust"
    and .status == "failed" and .expired_waiver.expires == "2020-01-31")' review.json
  jq -e 'any(.matrix[]; .address == "region/'"$region"'"
    and .results["config-rules-kept"] == "waived")' review.json
  as_its_schema_has_it review.json
}

@test "review: what it is asked for wrongly" {
  at_sins
  fails 1 aback review --severity worst
  said "'worst'" 'critical'
  fails 1 aback review --format pdf
  fails 1 aback review -o -
  fails 1 aback review -f nowhere.yaml
  fails 1 aback review --no-events --no-record -o /nonexistent/review.json
  said 'there is no directory'
}
