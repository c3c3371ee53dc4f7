# The simulator's trails, recorders, alarms, topics and subnets, judged by
# clients that nobody here wrote. One simulator serves all tests; none of them
# changes what another one reads.
# shellcheck disable=SC2034 # judged.bash uses them
fleet=sins.json options=(--page-size 1) judge=judge_surroundings.py
load judged

@test "boto3: what Config records, and what its rules say" {
  judged recorders rules
}
@test "boto3: alarms, metric filters and the newest events of log groups" {
  judged alarms logs
}
@test "boto3: a message to a topic is kept" { judged topics; }
@test "boto3: rules of EventBridge and whom they tell" { judged event_rules; }
@test "boto3: subnets, route tables and subnet groups" {
  judged network subnet_groups
}
@test "boto3: when a role was used last" { judged last_used; }
@test "boto3: trails that do not log, or do not deliver" { judged trails; }
@test "what is dumped is a fleet that says the same" { judged dump; }

@test "the AWS CLI reads alarms, whichever protocol it speaks" {
  needs_cli
  aws_cli cloudwatch describe-alarms >alarms
  jq -e '[.MetricAlarms[] | [.AlarmName, .ActionsEnabled, .Threshold]] ==
    [["cpu of orders", false, 1.0], ["rds-changes", true, 1.5]]' alarms
  # as it was written on the wire, or made readable
  jq -e '.MetricAlarms[1].StateUpdatedTimestamp | tostring |
    test("^(1767225600|2026-01-01T)")' alarms
  run aws_cli cloudwatch describe-alarms --cli-input-json \
    '{"NextToken": "00"}' --no-paginate
  [ "$status" -ne 0 ]
  [[ $output == *"(InvalidNextToken)"* ]]
}

@test "the AWS CLI reads the other services" {
  needs_cli
  [ "$(aws_cli configservice describe-config-rules |
    jq '.ConfigRules | length')" -eq 3 ]
  aws_cli configservice describe-configuration-recorder-status |
    jq -e '.ConfigurationRecordersStatus[0].lastStatus == "FAILURE"'
  aws_cli logs describe-metric-filters |
    jq -e '.metricFilters[0].filterName == "rds-changes"'
  aws_cli logs describe-log-streams --log-group-name cloudtrail |
    jq -e '.logStreams[0].lastEventTimestamp > 1790000000000'
  aws_cli ec2 describe-route-tables |
    jq -e '[.RouteTables[].Associations[].Main] == [true, false]'
  aws_cli ec2 describe-subnets | jq -e '.Subnets | length == 4'
  aws_cli rds describe-db-subnet-groups |
    jq -e '[.DBSubnetGroups[].Subnets[].SubnetIdentifier] == [
      "subnet-0a1", "subnet-0a2", "subnet-0b1", "subnet-0b2"]'
  aws_cli cloudtrail get-event-selectors --trail-name idle |
    jq -e '.EventSelectors[0].IncludeManagementEvents'
  aws_cli events list-rules | jq -e '.Rules | length == 3'
  aws_cli events list-targets-by-rule --rule rds-off |
    jq -e '.Targets[0].Id == "1"'
  aws_cli sns publish --message hello \
    --topic-arn arn:aws:sns:eu-west-1:123456789012:dba | jq -e .MessageId
  curl -s "$url/_sim/sns" | jq -e '.[-1].message == "hello"'
}

@test "every sort of request is in the log, by its service's name" {
  needs_cli
  for service in config monitoring sns ec2 logs rds cloudtrail events; do
    grep -q "\"service\":\"$service\"" log.jsonl || { echo $service; return 1; }
  done
}
