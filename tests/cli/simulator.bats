# The simulator, judged by clients that nobody here wrote.
root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
fleets=$root/tests/data/fleets
python=/usr/bin/python3

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  sim=${ABACK_SIM:-$root/build/release/aback-sim}
  export AWS_ACCESS_KEY_ID=AKIAABACKSIMULATOR01
  export AWS_SECRET_ACCESS_KEY=aback-simulator-secret-key
  export AWS_DEFAULT_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true
  export HOME=$BATS_TEST_TMPDIR
}

teardown() {
  [ -z "${sim_pid:-}" ] || kill "$sim_pid" 2>/dev/null || true
}

# start_sim OPTION...: until it listens; its address is in $url.
start_sim() {
  local tries=500
  rm -f port
  "$sim" --port-file port --log log.jsonl "$@" >sim.out 2>&1 3>&- &
  sim_pid=$!
  until [ -e port ]; do
    tries=$((tries - 1))
    if [ $tries -eq 0 ] || ! kill -0 "$sim_pid" 2>/dev/null; then
      cat sim.out
      return 1
    fi
    sleep 0.02
  done
  port=$(cat port)
  url=http://127.0.0.1:$port
}

# stop_sim: it must leave by itself, with exit code 0.
stop_sim() {
  local rc=0
  kill -TERM "$sim_pid"
  wait "$sim_pid" || rc=$?
  [ $rc -eq 0 ] || { cat sim.out; echo "exit code $rc"; return 1; }
  sim_pid=
}

# judged CASE OPTION...: boto3 has nothing to say against it.
judged() {
  local case=$1
  shift
  "$python" -c 'import boto3' 2>/dev/null || skip "no python3-boto3"
  start_sim --settle-ms 300 "$@"
  "$python" "$root/tests/sim/judge_boto3.py" "$port" "$case"
  stop_sim
}

demo() { judged "$1" --fleet "$fleets/demo.json" --no-throttle; }
# trail CASE OPTION...: where CloudTrail does not wait.
trail() {
  local case=$1
  shift
  judged "$case" --fleet "$fleets/demo.json" --no-throttle \
    --trail-delay-ms 0 "$@"
}
two() { judged "$1" --fleet "$fleets/two-accounts.json" --no-throttle; }

# aws_cli ARGUMENT...: the AWS CLI against the simulator.
aws_cli() {
  aws --endpoint-url "$url" --output json "$@"
}

needs_cli() {
  aws --version >/dev/null 2>&1 || skip "no AWS CLI"
}

@test "boto3: who am I" { demo identity; }
@test "boto3: wrong keys, signatures and tokens are refused" {
  demo credentials
}
@test "boto3: a clock that is too far off is refused" { demo clock; }
@test "boto3: roles are assumed, in another account too" { two assume_role; }
@test "boto3: each region has its own resources" { two regions; }
@test "boto3: clusters and instances read as the model says" { demo listing; }
@test "boto3: every element of an answer is one of AWS's model" {
  demo elements
}
@test "boto3: security groups and their rules" { demo ec2; }
@test "boto3: rules read back in canonical form" { demo ec2_canonical; }
@test "boto3: a default VPC hides that nothing was revoked" {
  demo ec2_default_vpc
}
@test "boto3: log groups, their retention and keys" { demo log_groups; }
@test "boto3: pages of log groups" { demo log_group_pages; }
@test "boto3: an export makes the log group that is missing" {
  demo log_group_of_an_export
}
@test "boto3: EC2 limits each of its actions" {
  judged ec2_throttling --fleet "$fleets/demo.json"
}
@test "boto3: IAM limits what it simulates" {
  judged simulate_throttling --fleet "$fleets/demo.json"
}
@test "boto3: snapshots and who may restore them" { demo snapshots; }
@test "boto3: event subscriptions" { demo subscriptions; }
@test "boto3: keys and their rotation" { demo keys; }
@test "boto3: what Terraform reads besides" { demo other_readers; }
@test "boto3: roles of clusters, by feature" { demo roles; }
@test "boto3: the Data API" { demo http_endpoint; }
@test "boto3: activity streams, now and in the window" {
  demo activity_stream
}
@test "boto3: who keeps the master password" {
  demo master_secret
  [ "$(grep -c 'not-a-secret-1' log.jsonl)" -eq 0 ]
}
@test "boto3: JSON 1.1 says no in its own words" { demo json; }
@test "boto3: filters" { demo filters; }
@test "boto3: pages and markers" {
  judged paging --clusters 45 --instances 1 --no-throttle
}
@test "boto3: --page-size makes pages small" {
  judged small_pages --fleet "$fleets/demo.json" --no-throttle --page-size 2
}
@test "boto3: a listing that is reordered between pages" {
  judged reorder --fleet "$fleets/demo.json" --no-throttle --page-size 2
}
@test "boto3: engine versions, certificates, tags" { demo versions; }
@test "boto3: tags of clusters, instances and roles" { demo tags; }
@test "boto3: cluster settings change after a while" { demo cluster_settings; }
@test "boto3: log exports are deltas" { demo log_exports; }
@test "boto3: what is deferred is pending, ApplyImmediately fires all of it" {
  demo deferred
}
@test "boto3: the maintenance window applies what is pending" { demo window; }
@test "boto3: what is being modified refuses another modification" {
  demo busy
}
@test "boto3: impossible cluster settings are refused" {
  demo cluster_refusals
}
@test "boto3: Performance and Database Insights depend on each other" {
  demo insights
}
@test "boto3: AWS Backup owns a retention" { demo backup_owner; }
@test "boto3: instance settings change after a while" {
  demo instance_settings
}
@test "boto3: impossible instance settings are refused" {
  demo instance_refusals
}
@test "boto3: a certificate waits for ApplyImmediately or a reboot" {
  demo certificate
}
@test "boto3: parameter groups wait for a reboot" { demo pending_reboot; }
@test "boto3: parameter groups and their parameters" { demo param_groups; }
@test "boto3: writing and resetting parameters" { demo param_writes; }
@test "boto3: making, copying and deleting parameter groups" { demo param_group_life; }
@test "boto3: policies of roles" { demo iam; }
@test "boto3: what stands in a role" { demo iam_role; }
@test "boto3: versions of managed policies" { demo iam_versions; }
@test "boto3: who has a role, and all roles at once" { demo iam_details; }
@test "boto3: policy documents of roles" { demo iam_documents; }
@test "boto3: ten policies a role" { demo iam_quota; }
@test "boto3: IAM is eventually consistent" { two iam_delay; }
@test "boto3: faults spoil answers" { demo faults; }
@test "boto3: faults before, after and without the effect" {
  demo fault_effects
}
@test "boto3: answers hang" { demo hang; }
@test "boto3: a skewed server wants a corrected clock" { demo skew; }
@test "boto3: 300 requests at once, then 12 a second" {
  judged throttling --fleet "$fleets/demo.json"
}
@test "boto3: rds events of modifications and reboots" { demo rds_events; }
@test "boto3: pages of rds events" {
  judged rds_event_pages --fleet "$fleets/demo.json" --no-throttle --page-size 1
}
@test "boto3: CloudTrail has each call with its request id" { trail trail; }
@test "boto3: CloudTrail has what failed" { trail trail_refusals; }
@test "boto3: CloudTrail has IAM in us-east-1" { trail trail_regions; }
@test "boto3: CloudTrail says whose session it was" {
  judged trail_session --fleet "$fleets/two-accounts.json" --no-throttle \
    --trail-delay-ms 0
}
@test "boto3: CloudTrail names the colleague" { trail trail_poke; }
@test "boto3: pages of CloudTrail's events" {
  trail trail_pages --page-size 2
}
@test "boto3: CloudTrail shows events after a while" {
  judged trail_delay --fleet "$fleets/demo.json" --no-throttle \
    --trail-delay-ms 500
}
@test "boto3: two look-ups a second" {
  judged trail_throttling --fleet "$fleets/demo.json"
}
@test "boto3: trails and their status" { trail trails; }
@test "boto3: a colleague changes things behind our back" { demo poke; }
@test "boto3: hostile requests are refused" { demo hostile; }

@test "AWS CLI: reads, changes and reads back" {
  needs_cli
  start_sim --fleet "$fleets/demo.json" --settle-ms 0 --no-throttle
  [ "$(aws_cli sts get-caller-identity | jq -r .Account)" = 123456789012 ]
  [ "$(aws_cli rds describe-db-clusters |
    jq -r '[.DBClusters[].DBClusterIdentifier] | join(" ")')" = \
    "billing catalog graph identity legacy orders reporting scratch-etl" ]
  aws_cli rds modify-db-cluster --db-cluster-identifier orders \
    --deletion-protection --enable-performance-insights \
    --database-insights-mode advanced \
    --performance-insights-retention-period 465 >/dev/null
  aws_cli rds describe-db-clusters --db-cluster-identifier orders >after.json
  jq -e '.DBClusters[0] | .DeletionProtection and
    .DatabaseInsightsMode == "advanced" and
    .PerformanceInsightsRetentionPeriod == 465' after.json
  aws_cli rds modify-db-instance --db-instance-identifier orders-1 \
    --ca-certificate-identifier rds-ca-rsa4096-g1 --apply-immediately \
    >/dev/null
  aws_cli rds describe-db-instances --db-instance-identifier orders-1 |
    jq -e '.DBInstances[0].CertificateDetails.CAIdentifier ==
      "rds-ca-rsa4096-g1"'
  aws_cli iam list-attached-role-policies --role-name rds-monitoring-role |
    jq -e '.AttachedPolicies | length == 2'
}

@test "the AWS CLI looks up who did what, and what RDS says of it" {
  start_sim --fleet "$fleets/demo.json" --settle-ms 0 --trail-delay-ms 0 \
    --no-throttle
  aws_cli rds reboot-db-instance --db-instance-identifier orders-2 >/dev/null
  aws_cli cloudtrail lookup-events --lookup-attributes \
    AttributeKey=EventName,AttributeValue=RebootDBInstance >events
  jq -r '.Events[] | .CloudTrailEvent | fromjson | .requestID' events >seen
  jq -r 'select(.action == "RebootDBInstance") | .request_id' log.jsonl >sent
  cmp sent seen
  [ "$(wc -l <sent)" -eq 1 ]
  aws_cli rds describe-events --source-type db-instance \
    --source-identifier orders-2 |
    jq -e '[.Events[].Message] == ["DB instance restarted"]'
  aws_cli cloudtrail describe-trails |
    jq -e '.trailList | length == 1 and .[0].IsMultiRegionTrail'
}

@test "a fleet that was dumped is the same fleet when it is loaded" {
  local fleet
  for fleet in "$fleets"/*.json; do
    start_sim --fleet "$fleet" --settle-ms 0
    curl -sf "$url/_sim/fleet" >first.json
    stop_sim
    start_sim --fleet first.json --settle-ms 0
    curl -sf "$url/_sim/fleet" >second.json
    stop_sim
    cmp first.json second.json
  done
}

@test "the same seed gives the same fleet, another one another" {
  local seed
  for seed in 7 7 8; do
    start_sim --clusters 20 --instances 2 --seed $seed
    curl -sf "$url/_sim/fleet" | sha256sum >>sums
    stop_sim
  done
  [ "$(sed -n 1p sums)" = "$(sed -n 2p sums)" ]
  [ "$(sed -n 2p sums)" != "$(sed -n 3p sums)" ]
}

@test "the log has a line for each request, before its answer" {
  start_sim --fleet "$fleets/demo.json"
  curl -s "$url/" -d 'Action=DescribeDBClusters&Version=2014-10-31' >/dev/null
  [ "$(wc -l <log.jsonl)" -eq 1 ]
  jq -e '.action == "DescribeDBClusters" and .status == 403 and
    .code == "MissingAuthenticationToken" and .fault == null and
    (.request_id | length == 36) and (.time_ms > 0)' log.jsonl
}

@test "broken fleets, faults and options are refused with a reason" {
  local text
  for text in '' '[]' '{}' '{"format": "aback-fleet/2", "accounts": []}' \
    '{"format": "aback-fleet/1"}' \
    '{"format": "aback-fleet/1", "accounts": [{"account_id": "1"}]}' \
    '{"format": "aback-fleet/1", "accounts": [{"account_id":
      "123456789012", "regions": [{"region": "eu-west-1", "clusters":
      [{"DBClusterIdentifier": "A b"}]}]}]}' \
    '{"format": "aback-fleet/1", "accounts": [{"account_id":
      "123456789012", "regions": [{"region": "eu-west-1", "clusters":
      [{"DBClusterIdentifier": "a", "Engine": 1}]}]}]}' \
    '{"format": "aback-fleet/1", "accounts": [{"account_id":
      "123456789012", "regions": [{"region": "eu-west-1", "instances":
      [{"DBInstanceIdentifier": "a", "DBClusterIdentifier": "b"}]}]}]}'; do
    printf '%s' "$text" >bad.json
    run timeout 5 "$sim" --fleet bad.json
    [ "$status" -eq 1 ]
    [[ $output == *'aback-sim: error: '* ]]
  done
  for text in '{}' '[{"fault": "flood"}]' '[{"nth": 1}]' \
    '[{"fault": "error", "nth": "1"}]' '[{"fault": "error", "when": 1}]'; do
    printf '%s' "$text" >bad.json
    run timeout 5 "$sim" --faults bad.json
    [ "$status" -eq 1 ]
    [[ $output == *'aback-sim: error: '* ]]
  done
  for text in --port=65536 --clusters=many --nonsense here; do
    run timeout 5 "$sim" "$text"
    [ "$status" -eq 1 ]
  done
}

@test "it listens on 127.0.0.1 only" {
  start_sim --clusters 1
  run bash -c "ss -ltn 2>/dev/null || netstat -ltn"
  [ "$status" -eq 0 ] || skip "neither ss nor netstat"
  [[ $output == *"127.0.0.1:$port"* ]]
  [[ $output != *"0.0.0.0:$port"* ]]
}
