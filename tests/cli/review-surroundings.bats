#!/usr/bin/env bats
# aback review: trails, recorders, alarms and subnets, what is wrong with them,
# and what a review says where it may not look. One simulator serves all tests:
# what it has is not changed, and a fault plays once.
load helpers
load served

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  serve_all --settle-ms 0 \
    --fleet "$BATS_TEST_DIRNAME/../data/fleets/sins.json"
}

# review: of the simulator's eu-west-1, into review.json.
review() {
  at_sins
  [ -f aback.yaml ] || write_desired ' []'
  "$ABACK" review --no-events --no-record --format json \
    >review.json 2>err.txt || [ $? -eq 2 ] || { cat err.txt; return 1; }
}

at_sins() {
  at_served
}

# messages CONTROL: of its findings, a line each.
messages() {
  jq -r --arg control "$1" '.findings[] | select(.control == $control) |
    "\(.address) \(.message)"' review.json
}

@test "surroundings: every sin is found" {
  review
  [ "$(messages trail-logs)" = "region/eu-west-1 no trail records what is \
changed in eu-west-1: 'idle' is stopped, 'failing' cannot deliver \
(AccessDenied)" ]
  [ "$(messages trail-all-regions)" = "region/eu-west-1 no trail records what \
is changed in all regions: 'failing' cannot deliver (AccessDenied)" ]
  [ "$(messages config-records-databases)" = "region/eu-west-1 the recorder \
'default' does not record AWS::RDS::DBCluster, and cannot deliver \
(AccessDenied)" ]
  [ "$(messages config-rules-kept)" = "region/eu-west-1 AWS Config's rule \
'rds-storage-encrypted' is not kept" ]
  [ "$(messages changes-of-databases-told)" = "region/eu-west-1 nobody is told \
when the settings of a cluster are changed in eu-west-1" ]
  [ "$(messages changes-of-policies-told)" = "region/eu-west-1 nobody is told \
when the policies of roles are changed in 123456789012" ]
  [ "$(messages changes-of-trails-told)" = "region/eu-west-1 nobody is told \
when a trail is stopped or changed in 123456789012" ]
  [ "$(messages cluster-private-subnets)" = "cluster/bi its subnet \
'subnet-0b1' has a route to the internet gateway 'igw-0123'" ]
  messages log-group-receives | grep -x "cluster/orders nothing ever came to \
'/aws/rds/cluster/orders/audit'"
  messages log-group-receives | grep -E "^cluster/bi the newest event of \
'/aws/rds/cluster/bi/postgresql' is of 20"
  jq -e '.complete and .unread == [] and .summary.unread == 0' review.json
}

@test "surroundings: a finding has the answer that it was seen in" {
  review
  jq -e '.findings[] | select(.control == "trail-logs") | .evidence[0] |
    .call == "cloudtrail:DescribeTrails" and
    (.request_id | length) == 36 and (.read_at | endswith("Z")) and
    ([.value[].status.IsLogging] == [false, true])' review.json
  # of a listing that is asked group by group, the group's own
  jq -r '.findings[] | select(.control == "log-group-receives" and
    .address == "cluster/orders") | .evidence[-1].request_id' review.json >id
  grep -F "$(cat id)" "$BATS_FILE_TMPDIR/sim.log" |
    jq -e '.action == "DescribeLogStreams" and
      .parameters.logGroupName == "/aws/rds/cluster/orders/audit"'
}

# shellcheck disable=SC2154 # $root is of the helpers
@test "surroundings: what may not be read is said, and nothing else is lost" {
  local action control service what
  at_sins
  review
  jq '[.findings[] | [.id, .control]]' review.json >all.json
  while read -r service action what control times; do
    fault '{"service": "'"$service"'", "action": "'"$action"'", "from": 1,
      "to": '"${times:-1}"', "fault": "error", "status": 403, "code": "AccessDenied",
      "message": "you may not"}'
    review
    jq -e --arg what "$what of prod" --arg control "$control" \
      --arg action ":$action" '(.complete | not) and
      ([.unread[] | select((.what | gsub(" "; "_")) ==
          ($what | gsub(" "; "_")))] | length == 1 and
        (.[0] | (.call | endswith($action)) and .code == "AccessDenied" and
          .message == "you may not" and (.controls | index($control)))) and
      ([.controls[] | select(.id == $control)][0] |
        .unread > 0 and .passed == 0)' review.json || {
      echo "$action"
      jq -c .unread review.json
      return 1
    }
    # what is missing are findings of these controls, and nothing is new
    jq -e --slurpfile all all.json '[.unread[].controls[]] as $blind |
      [.findings[] | [.id, .control]] as $now |
      ($now - $all[0] == []) and
      all($all[0] - $now | .[][1]; IN($blind[]))' review.json
  done <<'END'
cloudtrail DescribeTrails trails trail-logs
config DescribeConfigurationRecorders config_recorders config-records-databases
config DescribeConfigurationRecorderStatus config_recorders config-records-databases
config DescribeConfigRules config_rules config-rules-kept
config DescribeComplianceByConfigRule config_rules config-rules-kept
events ListRules event_rules changes-of-databases-told 2
rds DescribeDBSubnetGroups subnet_groups cluster-private-subnets
ec2 DescribeRouteTables route_tables cluster-private-subnets
END
}

@test "surroundings: a status that may not be read is neither good nor bad" {
  review
  messages trail-logs | grep -q "'idle' is stopped"
  fault '{"service": "cloudtrail", "action": "GetTrailStatus", "from": 1,
    "to": 2, "fault": "error", "status": 403, "code": "AccessDenied"}'
  review
  [ -z "$(messages trail-logs)" ]
  jq -e '.controls[] | select(.id == "trail-logs") | .unread == 1' review.json
  # two trails that are refused for the same reason are one line
  jq -e '[.unread[] | [.what, .call, (.controls | index("trail-logs")) != null]]
    == [["some trails of prod", "cloudtrail:GetTrailStatus", true]] and
    (.complete | not)' review.json
}

@test "surroundings: of a log group that is refused nothing is said" {
  at_sins
  fault '{"service": "logs", "action": "DescribeLogStreams", "from": 1,
    "to": 2, "fault": "error", "status": 400,
    "code": "AccessDeniedException"}'
  review
  [ -z "$(messages log-group-receives)" ]
  jq -e '.controls[] | select(.id == "log-group-receives") | .unread == 2 and
    .passed == 0' review.json
  jq -e '[.unread[].what] == ["some log groups of prod"]' review.json
}

# Both the region's own and the one that the trail delivers to.
@test "surroundings: alarms that may not be read are not alarms that tell" {
  at_sins
  fault '{"service": "monitoring", "action": "DescribeAlarms", "from": 1,
    "to": 2, "fault": "error", "status": 403, "code": "AccessDenied"}'
  review
  [ -z "$(messages changes-of-databases-told)" ]
  jq -e '[.unread[] | [.what, .call]] ==
    [["alarms of prod", "cloudwatch:DescribeAlarms"]]' review.json
  fault '{"service": "logs", "action": "DescribeMetricFilters", "nth": 2,
    "fault": "error", "status": 400, "code": "AccessDeniedException"}'
  review
  jq -e '[.unread[].what] | . == ["some metric filters of prod"] or
    . == ["metric filters of prod"]' review.json
}

# The events of IAM are in us-east-1, those of the cluster here.
@test "surroundings: rules that may not be read blind those who need them" {
  at_sins
  fault '{"service": "events", "action": "ListRules", "region": "us-east-1",
    "nth": 1, "fault": "error", "status": 400, "code": "AccessDeniedException"}'
  review
  jq -e '[.unread[].what] == ["some event rules of prod"]' review.json
  [ -z "$(messages changes-of-policies-told)" ]
  [ -n "$(messages changes-of-databases-told)" ]
}

# What the alarms' region says is not this one's: the trail delivers elsewhere.
@test "surroundings: alarms are looked for where the trail delivers" {
  : >"$BATS_FILE_TMPDIR/sim.log"
  review
  [ "$(jq -r 'select(.action == "DescribeMetricFilters" or
    .action == "DescribeAlarms") | "\(.action) \(.region)"' \
    "$BATS_FILE_TMPDIR/sim.log" | sort | tr '\n' ' ')" = "DescribeAlarms \
eu-west-1 DescribeAlarms us-east-1 DescribeMetricFilters eu-west-1 \
DescribeMetricFilters us-east-1 " ]
}

@test "surroundings: one request for each listing, however many clusters" {
  local count
  : >"$BATS_FILE_TMPDIR/sim.log"
  review
  # one a region, one a trail, one a rule that matches, one a log group
  count=$(jq -r 'select(.service | IN("cloudtrail", "config", "monitoring",
      "events")) // select(.action | IN("DescribeLogStreams",
      "DescribeMetricFilters", "DescribeDBSubnetGroups",
      "DescribeRouteTables")) | .action' "$BATS_FILE_TMPDIR/sim.log" |
    sort | uniq -c | awk '{ print $2 "=" $1 }' | tr '\n' ' ')
  [ "$count" = "DescribeAlarms=2 DescribeComplianceByConfigRule=1 \
DescribeConfigRules=1 DescribeConfigurationRecorderStatus=1 \
DescribeConfigurationRecorders=1 DescribeDBSubnetGroups=1 \
DescribeLogStreams=2 DescribeMetricFilters=2 DescribeRouteTables=1 \
DescribeTrails=1 GetTrailStatus=2 ListRules=2 ListTargetsByRule=2 " ] || {
    echo "$count"
    return 1
  }
}

@test "surroundings: where all is as it should be nothing is found" {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "trails": [{"Name": "t", "HomeRegion": "us-east-1", "KmsKeyId": "arn:k",
    "CloudWatchLogsLogGroupArn":
      "arn:aws:logs:us-east-1:$account:log-group:trail:*"}],
  "regions": [{"region": "us-east-1",
    "metric_filters": [{"filterName": "f", "logGroupName": "trail",
      "filterPattern": "{ \$.eventName = ModifyDBCluster }"},
      {"filterName": "g", "logGroupName": "trail",
       "filterPattern": "{ \$.eventName = AuthorizeSecurityGroupIngress }"},
      {"filterName": "p", "logGroupName": "trail",
       "filterPattern": "{ \$.eventSource = iam.amazonaws.com }"}],
    "event_rules": [{"Name": "trails", "EventPattern":
      "{\"source\": [\"aws.cloudtrail\"]}"}],
    "alarms": [{"AlarmName": "a", "Namespace": "CloudTrailMetrics",
      "MetricName": "f", "AlarmActions": ["arn:aws:sns:us-east-1:1:t"]},
      {"AlarmName": "p", "Namespace": "CloudTrailMetrics",
       "MetricName": "p", "AlarmActions": ["arn:aws:sns:us-east-1:1:t"]},
      {"AlarmName": "r", "Namespace": "AWS/Events", "MetricName":
       "TriggeredRules", "Dimensions": [{"Name": "RuleName", "Value":
       "trails"}], "AlarmActions": ["arn:aws:sns:us-east-1:1:t"]},
      {"AlarmName": "b", "AlarmActions": ["arn:aws:sns:us-east-1:1:t"],
       "Metrics": [{"Id": "m", "MetricStat": {"Metric": {
         "Namespace": "CloudTrailMetrics", "MetricName": "g"},
         "Period": 60, "Stat": "Sum"}}]}]},
   {"region": "$region",
    "clusters": [{"DBClusterIdentifier": "c", "Engine": "aurora-mysql",
      "EnabledCloudwatchLogsExports": ["audit"]}],
    "instances": [{"DBInstanceIdentifier": "c-1", "DBClusterIdentifier": "c"}],
    "log_groups": [{"logGroupName": "/aws/rds/cluster/c/audit",
      "logStreams": [{"logStreamName": "c-1"}]}],
    "config_rules": [{"ConfigRuleName": "rds"}]}]}]}
END
  start_sim --page-size 1
  write_desired ' []'
  "$ABACK" review --no-events --no-record --format json >review.json ||
    [ $? -eq 2 ]
  jq -e '[.controls[] | select(.id | IN("trail-logs", "trail-all-regions",
      "trail-validated", "trail-encrypted", "trail-to-log-group",
      "config-records-databases", "config-rules-kept",
      "changes-of-databases-told", "changes-of-security-groups-told",
      "changes-of-policies-told", "changes-of-trails-told",
      "cluster-private-subnets", "log-group-receives"))] | length == 13 and
    all(.[]; .passed == 1 and .failed == 0 and .unread == 0)' review.json ||
    { jq -c '.findings[] | [.control, .message]' review.json; return 1; }
}
