#!/usr/bin/python3
"""schedule_check.py DIRECTORY: are the definitions what AWS takes?

Each file of docs/schedule is checked against the operation that takes it, as
botocore has it; the state machine and the patterns by what AWS documents of
them. Prints what is wrong, or "ok".
"""
import fnmatch
import json
import os
import sys

import botocore.session
from botocore.validate import ParamValidator

# file, service, operation, what else the call is given
INPUTS = [
    ("eventbridge/schedule-review.json", "scheduler", "CreateSchedule", {}),
    ("eventbridge/schedule-due.json", "scheduler", "CreateSchedule", {}),
    ("eventbridge/schedule-drift.json", "scheduler", "CreateSchedule", {}),
    ("eventbridge/targets.json", "events", "PutTargets", {}),
    ("cloudwatch/alarm-unexpected-change.json", "cloudwatch",
     "PutMetricAlarm", {}),
    ("cloudwatch/alarm-failed.json", "cloudwatch", "PutMetricAlarm", {}),
    ("cloudwatch/metric-filter.json", "logs", "PutMetricFilter", {}),
]
PATTERN_MOST = 2048
FILTER_MOST = 1024
problems = []


def complain(text):
    problems.append(text)


def read(directory, name):
    with open(os.path.join(directory, name), encoding="utf-8") as file:
        return json.load(file)


def shape_of(service, operation):
    loader = botocore.session.get_session()
    model = loader.get_service_model(service)
    return model.operation_model(operation).input_shape


def check_inputs(directory):
    for name, service, operation, more in INPUTS:
        value = read(directory, name) | more
        report = ParamValidator().validate(value, shape_of(service, operation))
        if report.has_errors():
            complain(f"{name}: {report.generate_report()}")
    listed = {name for name, *_ in INPUTS}
    for folder in ("eventbridge", "cloudwatch"):
        for name in os.listdir(os.path.join(directory, folder)):
            path = f"{folder}/{name}"
            if path not in listed and name != "patterns.json":
                complain(f"{path}: nothing here checks it")
    text = read(directory, "cloudwatch/metric-filter.json")["filterPattern"]
    if len(text) > FILTER_MOST:
        complain("the filter pattern is too long")


def check_inner(directory):
    """JSON inside of JSON: what the function is given."""
    for name in ("schedule-due", "schedule-drift", "targets"):
        value = read(directory, f"eventbridge/{name}.json")
        for target in value.get("Targets", [value.get("Target")]):
            if json.loads(target["Input"]).get("aback") not in ("due", "drift"):
                complain(f"{name}: the function does not know its input")


def next_of(state):
    yield from [state[k] for k in ("Next", "Default") if k in state]
    for part in ("Choices", "Catch"):
        for item in state.get(part, []):
            yield item["Next"]


def check_machine(directory):
    machine = read(directory, "stepfunctions/review.asl.json")
    states, seen, todo = machine["States"], set(), [machine["StartAt"]]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if name not in states:
            complain(f"no state {name}")
            continue
        state = states[name]
        ends = state["Type"] in ("Succeed", "Fail") or state.get("End")
        if not ends and not list(next_of(state)):
            complain(f"{name} leads nowhere")
        todo.extend(next_of(state))
    for name in set(states) - seen:
        complain(f"{name} is never reached")


def one_matches(rule, value, is_there):
    if not isinstance(rule, dict):
        return is_there and rule == value
    if "exists" in rule:
        return rule["exists"] == is_there
    prefix = rule["anything-but"]["prefix"]
    return is_there and not value.startswith(prefix)


def matches(pattern, event):
    for key, rules in pattern.items():
        if isinstance(rules, dict):
            if not matches(rules, event.get(key, {})):
                return False
        elif not any(one_matches(rule, event.get(key), key in event)
                     for rule in rules):
            return False
    return True


def event(**detail):
    usual = {"eventSource": "rds.amazonaws.com", "eventName": "ModifyDBCluster",
             "userAgent": "aws-cli/2.15.0"}
    return {"detail-type": "AWS API Call via CloudTrail",
            "detail": usual | detail}


def check_patterns(directory):
    patterns = read(directory, "eventbridge/patterns.json")
    for name, pattern in patterns.items():
        if len(json.dumps(pattern, separators=(",", ":"))) > PATTERN_MOST:
            complain(f"the pattern {name} is too long")
    rds = patterns["rds"]
    if not matches(rds, event()):
        complain("a change by somebody else does not match")
    for detail in ({"userAgent": "aback/0.1.0 change/20261124T021530Z-a1b2c3"},
                   {"eventName": "DescribeDBClusters"},
                   {"errorCode": "AccessDenied"},
                   {"eventSource": "iam.amazonaws.com"}):
        if matches(rds, event(**detail)):
            complain(f"what is no change by others matches: {detail}")
    iam = event(eventSource="iam.amazonaws.com", eventName="PutRolePolicy")
    if [name for name, p in patterns.items() if matches(p, iam)] != ["iam"]:
        complain("IAM is not in a pattern of its own")
    if not any(fnmatch.fnmatch(name, "RevokeSecurityGroup*") for name in
               patterns["surroundings"]["detail"]["eventName"]):
        complain("security groups are missing")


def main():
    directory = sys.argv[1]
    check_inputs(directory)
    check_inner(directory)
    check_machine(directory)
    check_patterns(directory)
    print("\n".join(problems) or "ok")
    sys.exit(bool(problems))


main()
