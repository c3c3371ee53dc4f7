#!/usr/bin/python3
"""What surrounds clusters, as boto3 sees it: tests/data/fleets/sins.json.

judge_surroundings.py PORT CASE, like judge_boto3.py, which this builds on.
"""
import sys
import time

import judge_boto3 as judge
from judge_boto3 import ACCOUNT, client, control, equal, raw, refused

TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:dba"


def names(items, key):
    return [item[key] for item in items]


def case_recorders():
    config = client("config")
    recorder, = config.describe_configuration_recorders()[
        "ConfigurationRecorders"]
    equal((recorder["name"], recorder["recordingGroup"]["allSupported"]),
          ("default", False))
    assert "AWS::RDS::DBInstance" in recorder["recordingGroup"]["resourceTypes"]
    status, = config.describe_configuration_recorder_status()[
        "ConfigurationRecordersStatus"]
    equal((status["name"], status["recording"], status["lastStatus"],
           status["lastErrorCode"]),
          ("default", True, "FAILURE", "AccessDenied"))
    refused("NoSuchConfigurationRecorderException", 400,
            config.describe_configuration_recorders,
            ConfigurationRecorderNames=["other"])
    # one region has none, one is not in the file, one says nothing of it
    for region, count in (("us-east-1", 0), ("eu-north-1", 0),
                          ("eu-central-1", 1)):
        there = client("config", region=region)
        equal(len(there.describe_configuration_recorders()
                  ["ConfigurationRecorders"]), count, region)
        equal(len(there.describe_configuration_recorder_status()
                  ["ConfigurationRecordersStatus"]), count, region)


def case_rules():
    config = client("config")
    pages = list(config.get_paginator("describe_config_rules").paginate())
    rules = [rule for page in pages for rule in page["ConfigRules"]]
    equal(names(rules, "ConfigRuleName"),
          ["aurora-audit", "buckets-private", "rds-storage-encrypted"])
    equal(rules[2]["Scope"]["ComplianceResourceTypes"],
          ["AWS::RDS::DBInstance"])
    equal(rules[0]["Source"]["SourceIdentifier"],
          "AURORA_MYSQL_CLUSTER_AUDIT_LOGGING")
    results = [result for page in config.get_paginator(
        "describe_compliance_by_config_rule").paginate()
        for result in page["ComplianceByConfigRules"]]
    equal([(r["ConfigRuleName"], r["Compliance"]["ComplianceType"])
           for r in results],
          [("aurora-audit", "INSUFFICIENT_DATA"),
           ("buckets-private", "COMPLIANT"),
           ("rds-storage-encrypted", "NON_COMPLIANT")])
    equal(results[2]["Compliance"]["ComplianceContributorCount"],
          {"CappedCount": 1, "CapExceeded": False})
    equal(names(config.describe_compliance_by_config_rule(
        ConfigRuleNames=["aurora-audit"])["ComplianceByConfigRules"],
        "ConfigRuleName"), ["aurora-audit"])
    equal(names(config.describe_compliance_by_config_rule(
        ComplianceTypes=["NON_COMPLIANT"])["ComplianceByConfigRules"],
        "ConfigRuleName"), ["rds-storage-encrypted"])
    refused("NoSuchConfigRuleException", 400, config.describe_config_rules,
            ConfigRuleNames=["nothing"])
    refused("InvalidNextTokenException", 400, config.describe_config_rules,
            NextToken="00")


def case_alarms():
    """In the query protocol, which an older boto3 speaks."""
    alarms = client("cloudwatch")
    pages = list(alarms.get_paginator("describe_alarms").paginate())
    found = [alarm for page in pages for alarm in page["MetricAlarms"]]
    equal(names(found, "AlarmName"), ["cpu of orders", "rds-changes"])
    equal((found[0]["ActionsEnabled"], found[0]["AlarmActions"],
           found[0]["Namespace"]), (False, [TOPIC], "AWS/RDS"))
    equal((found[1]["Threshold"], found[1]["MetricName"],
           found[1]["StateUpdatedTimestamp"].year), (1.5, "RdsChanges", 2026))

    def named(**parameters):
        return names(alarms.describe_alarms(**parameters)["MetricAlarms"],
                     "AlarmName")
    equal(named(AlarmNames=["rds-changes", "none"]), ["rds-changes"])
    equal(named(AlarmNamePrefix="cpu"), ["cpu of orders"])
    equal(named(ActionPrefix="arn:aws:sns"), ["cpu of orders"])
    equal(named(StateValue="ALARM"), [])
    equal(named(AlarmTypes=["CompositeAlarm"]), [])
    refused("InvalidNextToken", 400, alarms.describe_alarms, NextToken="00")
    refused("ValidationError", 400, alarms.describe_alarms, MaxRecords=100,
            AlarmNamePrefix="a", AlarmNames=["b"])


def case_logs():
    logs = client("logs")
    bi = "/aws/rds/cluster/bi/postgresql"
    newest, = logs.describe_log_streams(
        logGroupName=bi, orderBy="LastEventTime", descending=True,
        limit=1)["logStreams"]
    equal(newest["logStreamName"], "bi-1.0")
    age = time.time() * 1000 - newest["lastEventTimestamp"]
    assert 8630000e3 < age < 8650000e3, age
    equal(names([s for page in logs.get_paginator("describe_log_streams")
                 .paginate(logGroupName=bi, orderBy="LastEventTime")
                 for s in page["logStreams"]], "logStreamName"),
          ["bi-1.1", "bi-1.0"])
    equal(names(logs.describe_log_streams(
        logGroupName=bi, logStreamNamePrefix="bi-1.1")["logStreams"],
        "logStreamName"), ["bi-1.1"])
    equal(logs.describe_log_streams(
        logGroupName="/aws/rds/cluster/orders/audit")["logStreams"], [])
    fresh, = logs.describe_log_streams(logGroupName="cloudtrail")["logStreams"]
    assert abs(time.time() * 1000 - fresh["lastEventTimestamp"]) < 60e3, fresh
    refused("ResourceNotFoundException", 400, logs.describe_log_streams,
            logGroupName="none")
    refused("InvalidParameterException", 400, logs.describe_log_streams,
            logGroupName=bi, orderBy="LastEventTime", logStreamNamePrefix="b")
    made, = logs.describe_metric_filters()["metricFilters"]
    equal((made["filterName"], made["logGroupName"]),
          ("rds-changes", "cloudtrail"))
    equal(made["metricTransformations"],
          [{"metricName": "RdsChanges", "metricNamespace": "CloudTrailMetrics",
            "metricValue": "1"}])
    equal(logs.describe_metric_filters(logGroupName=bi)["metricFilters"], [])
    equal(len(logs.describe_metric_filters(
        metricName="RdsChanges", metricNamespace="CloudTrailMetrics")
        ["metricFilters"]), 1)
    groups = {g["logGroupName"]: g
              for page in logs.get_paginator("describe_log_groups").paginate()
              for g in page["logGroups"]}
    equal((groups["cloudtrail"]["metricFilterCount"],
           groups[bi]["metricFilterCount"]), (1, 0))
    assert "logStreams" not in groups[bi], groups[bi]


def case_topics():
    sns = client("sns")
    equal(sns.list_topics()["Topics"], [{"TopicArn": TOPIC}])
    sent = sns.publish(TopicArn=TOPIC, Message="ein Fund: é", Subject="review",
                       MessageAttributes={"severity": {
                           "DataType": "String", "StringValue": "high"}})
    kept, = control("sns")
    kept.pop("at")
    equal(kept, {
        "topic": TOPIC, "message": "ein Fund: é", "subject": "review",
        "message_id": sent["MessageId"], "attributes": {"severity": "high"},
        "by": f"arn:aws:iam::{ACCOUNT}:user/dba"})
    refused("NotFound", 404, sns.publish, TopicArn=TOPIC + "-none",
            Message="x")
    elsewhere = TOPIC.replace("eu-west-1", "us-east-1")
    refused("InvalidParameter", 400, sns.publish, TopicArn=elsewhere,
            Message="x")
    refused("InvalidParameter", 400, sns.publish, TopicArn=TOPIC, Message="")
    refused("InvalidParameter", 400, sns.publish, TopicArn=TOPIC, Message="x",
            Subject="two\nlines")
    refused("InvalidParameter", 400, sns.publish, TopicArn=TOPIC, Message="x",
            Subject="x" * 101)
    refused("InvalidParameter", 400, sns.publish, TopicArn=TOPIC,
            Message="{}", MessageStructure="json")
    sns.publish(TargetArn=TOPIC, Message='{"default": "x"}',
                MessageStructure="json")
    equal(len(control("sns")), 2)
    # data events are in no event history
    equal([e for e in client("cloudtrail").lookup_events()["Events"]
           if e["EventName"] == "Publish"], [])


def case_event_rules():
    events = client("events")
    rules = [rule for page in events.get_paginator("list_rules").paginate()
             for rule in page["Rules"]]
    equal([(r["Name"], r["State"], r.get("ScheduleExpression"))
           for r in rules],
          [("nightly", "ENABLED", "rate(1 day)"),
           ("rds-off", "DISABLED", None), ("rds-to-nobody", "ENABLED", None)])
    equal(names(events.list_rules(NamePrefix="rds-o")["Rules"], "Name"),
          ["rds-off"])
    equal(events.list_rules(EventBusName="other")["Rules"], [])
    equal(events.list_targets_by_rule(Rule="rds-off")["Targets"],
          [{"Id": "1", "Arn": TOPIC}])
    equal(events.list_targets_by_rule(Rule="nightly")["Targets"], [])
    refused("ResourceNotFoundException", 400, events.list_targets_by_rule,
            Rule="none")
    refused("ValidationException", 400, events.list_rules, NextToken="00")


def case_network():
    ec2 = client("ec2")
    subnets = {s["SubnetId"]: s for s in ec2.describe_subnets()["Subnets"]}
    equal(sorted(subnets), ["subnet-0a1", "subnet-0a2", "subnet-0b1",
                            "subnet-0b2"])
    equal(subnets["subnet-0b1"]["VpcId"], "vpc-0aaa")
    equal(names(ec2.describe_subnets(SubnetIds=["subnet-0a1"])["Subnets"],
                "SubnetId"), ["subnet-0a1"])
    refused("InvalidSubnetID.NotFound", 400, ec2.describe_subnets,
            SubnetIds=["subnet-0"])
    tables = {t["RouteTableId"]: t for page in ec2.get_paginator(
        "describe_route_tables").paginate(PaginationConfig={"PageSize": 5})
        for t in page["RouteTables"]}
    equal(sorted(tables), ["rtb-0main", "rtb-0public"])
    main, public = tables["rtb-0main"], tables["rtb-0public"]
    equal([(a["Main"], a.get("SubnetId"), a["AssociationState"]["State"])
           for t in (main, public) for a in t["Associations"]],
          [(True, None, "associated"), (False, "subnet-0b1", "associated")])
    equal([(r.get("GatewayId"), r.get("NatGatewayId"), r["State"])
           for r in main["Routes"]],
          [("local", None, "active"), (None, "nat-0123", "active")])

    def filtered(**filters):
        return names(ec2.describe_route_tables(Filters=[
            {"Name": name.replace("_", "-").replace("--", "."),
             "Values": [value]} for name, value in filters.items()])
            ["RouteTables"], "RouteTableId")
    equal(filtered(association__subnet_id="subnet-0b1"), ["rtb-0public"])
    equal(filtered(association__main="true"), ["rtb-0main"])
    equal(filtered(route__gateway_id="igw-0123"), ["rtb-0public"])
    equal(filtered(vpc_id="vpc-0aaa"), ["rtb-0main", "rtb-0public"])


def case_subnet_groups():
    rds = client("rds")
    groups = [g for page in rds.get_paginator(
        "describe_db_subnet_groups").paginate() for g in page["DBSubnetGroups"]]
    equal(names(groups, "DBSubnetGroupName"), ["private", "public-bi"])
    equal((groups[1]["VpcId"], names(groups[1]["Subnets"],
                                     "SubnetIdentifier")),
          ("vpc-0aaa", ["subnet-0b1", "subnet-0b2"]))
    refused("DBSubnetGroupNotFoundFault", 404, rds.describe_db_subnet_groups,
            DBSubnetGroupName="none")
    of_member = rds.describe_db_instances(DBInstanceIdentifier="bi-1")[
        "DBInstances"][0]["DBSubnetGroup"]
    equal(of_member["Subnets"], groups[1]["Subnets"])
    # what the answers have is in the models
    for service, version, action in (
            ("rds", "2014-10-31", "DescribeDBSubnetGroups"),
            ("cloudwatch", "2010-08-01", "DescribeAlarms"),
            ("sns", "2010-03-31", "ListTopics")):
        scope = {"cloudwatch": "monitoring"}.get(service, service)
        status, _, text = raw(f"Action={action}&Version={version}", scope)
        equal(status, 200, text)
        shape = client(service).meta.service_model.operation_model(
            action).output_shape
        judge.walk(judge.ElementTree.fromstring(text)[0], shape, action)


def case_trails():
    trail = client("cloudtrail")
    equal(names(trail.describe_trails()["trailList"], "Name"),
          ["idle", "failing"])
    idle = trail.get_trail_status(Name="idle")
    equal((idle["IsLogging"], idle.get("LatestDeliveryTime"),
           idle["StopLoggingTime"].year), (False, None, 2026))
    failing = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/failing"
    equal(trail.get_trail_status(Name=failing)["LatestDeliveryError"],
          "AccessDenied")
    selector, = trail.get_event_selectors(TrailName=failing)["EventSelectors"]
    equal((selector["ReadWriteType"], selector["IncludeManagementEvents"]),
          ("All", True))
    refused("TrailNotFoundException", 400, trail.get_event_selectors,
            TrailName="failing")


def case_last_used():
    iam = client("iam")
    used = iam.get_role(RoleName="rds-monitoring-role")["Role"]["RoleLastUsed"]
    equal((used["Region"], used["LastUsedDate"].isoformat()),
          ("eu-west-1", "2026-06-01T00:00:00+00:00"))
    equal(iam.get_role(RoleName="idle")["Role"]["RoleLastUsed"], {})
    details = iam.get_account_authorization_details(Filter=["Role"])
    equal([(r["RoleName"], r["RoleLastUsed"].get("Region"))
           for r in details["RoleDetailList"]], [("idle", None)])
    assert "RoleLastUsed" not in iam.list_roles()["Roles"][0]


def case_dump():
    """What is dumped is a fleet that says the same."""
    region, *_ = control("fleet")["accounts"][0]["regions"]
    equal(names(region["alarms"], "AlarmName"), ["rds-changes",
                                                 "cpu of orders"])
    equal(len(region["route_tables"]), 2)
    equal(names(region["db_subnet_groups"], "DBSubnetGroupName"),
          ["private", "public-bi"])
    equal(names(region["subnets"], "SubnetId"),
          ["subnet-0a1", "subnet-0a2", "subnet-0b1", "subnet-0b2"])


if __name__ == "__main__":
    for name in sys.argv[2:]:
        globals()["case_" + name]()
