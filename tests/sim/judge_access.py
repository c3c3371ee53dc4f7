#!/usr/bin/python3
"""Who may do what, as boto3 sees it: tests/data/fleets/access.json.

judge_access.py PORT CASE..., like judge_boto3.py, which this builds on.
"""
import json
import sys

import botocore.config

import judge_boto3 as judge
from judge_boto3 import ACCOUNT, client, cluster, equal, refused

HELD = ("AKIAABACKSIMULATOR02", judge.KEY[1])
ORDERS = f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:orders"
BILLING = f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:billing"


def role(name):
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(actions, resources="*", **more):
    return dict(Effect="Allow", Action=actions, Resource=resources, **more)


def log():
    with open("log.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def unchecked(service):
    """A client that sends what its model does not allow."""
    return client(service, config=botocore.config.Config(
        retries={"max_attempts": 0}, parameter_validation=False))


def assume(name, session="aback-20260101-1", key=judge.KEY, **parameters):
    return client("sts", key).assume_role(
        RoleArn=role(name), RoleSessionName=session, **parameters)


def session_client(service, answer):
    found = answer["Credentials"]
    return client(service, (found["AccessKeyId"], found["SecretAccessKey"]),
                  token=found["SessionToken"])


# ---- session policies ------------------------------------------------------

def case_session_policy():
    """What is allowed is what both sides allow."""
    narrow = document(allow(["rds:ModifyDBCluster", "rds:DescribeDBClusters"],
                            [ORDERS]))
    answer = assume("free", Policy=narrow)
    assert 0 < answer["PackedPolicySize"] < 50, answer["PackedPolicySize"]
    rds = session_client("rds", answer)
    equal(cluster(rds, "orders")["DBClusterIdentifier"], "orders")
    error = refused("AccessDenied", 403, rds.describe_db_clusters,
                    DBClusterIdentifier="billing")
    assert "no session policy allows" in str(error), error
    refused("AccessDenied", 403, rds.describe_db_clusters)
    refused("AccessDenied", 403, rds.modify_db_cluster,
            DBClusterIdentifier="billing", DeletionProtection=True)
    # who he is, he may always ask
    equal(session_client("sts", answer).get_caller_identity()["Arn"],
          f"arn:aws:sts::{ACCOUNT}:assumed-role/free/aback-20260101-1")

    # the session does not widen what its role may
    wide = assume("aback/apply", Policy=document(allow("*")))
    error = refused("AccessDenied", 403, session_client(
        "rds", wide).modify_db_instance, DBInstanceIdentifier="orders-1")
    assert "no identity-based policy allows" in str(error), error
    error = refused("AccessDenied", 403, session_client(
        "rds", wide).modify_db_cluster, DBClusterIdentifier="billing")
    assert "explicit deny in an identity-based policy" in str(error), error
    equal(cluster(session_client("rds", wide), "orders")["Engine"],
          "aurora-mysql")
    denying = assume("free", Policy=document(
        allow("*"), {"Effect": "Deny", "Action": "rds:*", "Resource": "*"}))
    error = refused("AccessDenied", 403, session_client(
        "rds", denying).describe_db_clusters)
    assert "explicit deny in a session policy" in str(error), error

    plain = assume("free")
    assert "PackedPolicySize" not in plain
    equal(len(session_client("rds", plain).describe_db_clusters()
              ["DBClusters"]), 2)


def case_session_log():
    """Each call says in which session it was made, and what narrowed that."""
    narrow = {"Version": "2012-10-17", "Statement": [allow("rds:Describe*")]}
    first = assume("free", "aback-first", Policy=json.dumps(narrow))
    second = assume("free", "aback-second")
    for answer in (first, second):
        session_client("rds", answer).describe_db_clusters()
    refused("InvalidClientTokenId", 403, client(
        "rds", ("AKIAUNKNOWN", "x")).describe_db_clusters)
    lines = log()[-5:]
    equal([line["action"] for line in lines],
          ["AssumeRole"] * 2 + ["DescribeDBClusters"] * 3)
    equal([json.loads(line["parameters"].get("Policy", "null"))
           for line in lines[:2]], [narrow, None])
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/free/"
    equal([line["caller"] for line in lines],
          [f"arn:aws:iam::{ACCOUNT}:user/dba"] * 2 +
          [session + "aback-first", session + "aback-second", None])
    equal([line["session_policy"] for line in lines],
          [None, None, [narrow], None, None])
    equal(lines[2]["access_key"], first["Credentials"]["AccessKeyId"])


def case_session_refusals():
    good = document(allow("rds:*"))
    for bad in (
            "{", "[]", "{}", "null", '{"Statement": []}',
            '{"Version": "2026-01-01", "Statement": [' +
            json.dumps(allow("rds:*")) + "]}",
            '{"Satement": {}, "Statement": ' + json.dumps(allow("*")) + "}",
            document({"Effect": "Permit", "Action": "*", "Resource": "*"}),
            document({"Effect": "Allow", "Action": "*"}),
            document({"Effect": "Allow", "Resource": "*"}),
            document(allow([])), document(allow("rds")), document(allow(":x")),
            document(allow("rds:*", [])), document(allow("rds:*", "orders")),
            document(allow("rds:*", "arn:aws:rds")), document(allow(["*", 1])),
            document(allow("rds:*", NotAction="rds:Delete*")),
            document(allow("rds:*", Action2="x")),
            document(allow("rds:*", Principal="*"))):
        refused("MalformedPolicyDocument", 400, assume, name="free",
                Policy=bad)
    # at most so many characters, blanks and all
    length = len(good)
    assume("free", Policy=good + " " * (2048 - length))
    refused("ValidationError", 400, unchecked("sts").assume_role,
            RoleArn=role("free"), RoleSessionName="aback",
            Policy=good + " " * (2049 - length))
    refused("ValidationError", 400, unchecked("sts").assume_role,
            RoleArn=role("free"), RoleSessionName="aback", Policy="")
    refused("ValidationError", 400, assume, name="free", PolicyArns=[
        {"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}])
    # nothing was issued for what was refused, and trust comes first
    refused("AccessDenied", 403, assume, name="nobody", Policy="{")


def case_packed():
    """PackedPolicyMax: what is short enough can be too large packed."""
    small = document(allow("rds:*", ORDERS))
    large = document(allow("rds:*", [ORDERS, BILLING]))
    assert len(large) < 2048
    size = assume("tight", Policy=small)["PackedPolicySize"]
    assert 50 < size <= 100, size
    error = refused("PackedPolicyTooLarge", 400, assume, name="tight",
                    Policy=large)
    assert "consumes 1" in str(error) and "% of allotted space" in str(error)
    # blanks are not packed
    equal(assume("tight", Policy=small + " " * 1000)["PackedPolicySize"], size)
    assume("free", Policy=large)


# ---- what a principal may --------------------------------------------------

APPLY = f"arn:aws:iam::{ACCOUNT}:role/aback/apply"
MONITORING = role("monitoring")


def simulate(*actions, source=APPLY, key=judge.KEY, **parameters):
    pages = client("iam", key).get_paginator(
        "simulate_principal_policy").paginate(
            PolicySourceArn=source, ActionNames=list(actions), **parameters)
    return [result for page in pages for result in page["EvaluationResults"]]


def decisions(results):
    return [(r["EvalActionName"], r["EvalDecision"]) for r in results]


def by_resource(result):
    return {one["EvalResourceName"]: one["EvalResourceDecision"]
            for one in result["ResourceSpecificResults"]}


def case_simulate():
    result, = simulate("rds:ModifyDBCluster", ResourceArns=[ORDERS])
    equal((result["EvalActionName"], result["EvalResourceName"],
           result["EvalDecision"], result["MissingContextValues"]),
          ("rds:ModifyDBCluster", ORDERS, "allowed", []))
    equal(by_resource(result), {ORDERS: "allowed"})
    matched, = result["MatchedStatements"]
    equal((matched["SourcePolicyId"], matched["StartPosition"]["Line"]),
          ("policies.1", 1))
    assert 1 < matched["StartPosition"]["Column"] < \
        matched["EndPosition"]["Column"], matched

    # several resources: one result, as strict as the strictest
    other = f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:other"
    result, = simulate("rds:ModifyDBCluster",
                       ResourceArns=[ORDERS, BILLING, other])
    equal(result["EvalDecision"], "explicitDeny")
    equal(by_resource(result), {ORDERS: "allowed", BILLING: "explicitDeny",
                                other: "implicitDeny"})
    assert "${" in result["EvalResourceName"], result
    equal([[m["SourcePolicyId"] for m in one["MatchedStatements"]]
           for one in result["ResourceSpecificResults"]],
          [["policies.1"], ["policies.2"], []])
    result, = simulate("rds:ModifyDBCluster", ResourceArns=[ORDERS, other])
    equal(result["EvalDecision"], "implicitDeny")

    # several actions: one result each, in their order, in any letter case
    results = simulate("rds:modifydbcluster", "rds:DescribeDBClusters",
                       "rds:ModifyDBInstance", ResourceArns=[ORDERS])
    equal(decisions(results), [("rds:modifydbcluster", "allowed"),
                               ("rds:DescribeDBClusters", "allowed"),
                               ("rds:ModifyDBInstance", "implicitDeny")])
    # without resources "*" is asked for, which a statement on ARNs is not
    result, = simulate("rds:ModifyDBCluster")
    equal((result["EvalResourceName"], result["EvalDecision"]),
          ("*", "implicitDeny"))
    assert not result.get("ResourceSpecificResults"), result
    equal(decisions(simulate("rds:ModifyDBCluster", ResourceArns=["*"])),
          [("rds:ModifyDBCluster", "implicitDeny")])
    # a resource that is of another type is not allowed to anybody
    equal([r["EvalDecision"] for action in
           ("rds:ModifyDBCluster", "rds:ModifyDBInstance")
           for r in simulate(action, source=role("free"),
                             ResourceArns=[ORDERS])],
          ["allowed", "implicitDeny"])
    # who has no policies in the fleet may everything
    equal(decisions(simulate("sns:Publish", source=role("free"))),
          [("sns:Publish", "allowed")])


def case_simulate_context():
    asked = dict(ResourceArns=[MONITORING])
    result, = simulate("iam:PassRole", **asked)
    equal((result["EvalDecision"], result["MissingContextValues"]),
          ("implicitDeny", []))
    equal(result["ResourceSpecificResults"][0]["MissingContextValues"],
          ["iam:PassedToService"])
    for service, wanted in (("monitoring.rds.amazonaws.com", "allowed"),
                            ("rds.amazonaws.com", "implicitDeny")):
        result, = simulate("iam:PassRole", ContextEntries=[
            {"ContextKeyName": "aws:RequestedRegion",
             "ContextKeyValues": ["eu-west-1"], "ContextKeyType": "string"},
            {"ContextKeyName": "iam:PassedToService",
             "ContextKeyValues": [service], "ContextKeyType": "string"}],
            **asked)
        equal((result["EvalDecision"], result["ResourceSpecificResults"][0]
               ["MissingContextValues"]), (wanted, []), service)
    for code, entry in (
            ("InvalidInput", {"ContextKeyName": "Region",
                              "ContextKeyValues": ["x"],
                              "ContextKeyType": "string"}),
            ("ValidationError", {"ContextKeyName": "aws:RequestedRegion",
                                 "ContextKeyValues": ["x"],
                                 "ContextKeyType": "text"})):
        refused(code, 400, unchecked("iam").simulate_principal_policy,
                PolicySourceArn=APPLY, ActionNames=["iam:PassRole"],
                ContextEntries=[entry])


def case_simulate_pages():
    iam = client("iam")
    actions = [f"rds:Action{n:03}" for n in range(205)]
    asked = dict(PolicySourceArn=role("free"), ActionNames=actions)
    page = iam.simulate_principal_policy(**asked)
    equal((len(page["EvaluationResults"]), page["IsTruncated"]), (100, True))
    equal([name for name, _ in decisions(simulate(*actions,
                                                  source=role("free")))],
          actions)
    pages = list(iam.get_paginator("simulate_principal_policy").paginate(
        PaginationConfig={"PageSize": 150}, **asked))
    equal([len(page["EvaluationResults"]) for page in pages], [150, 55])
    refused("ValidationError", 400, unchecked("iam").simulate_principal_policy,
            MaxItems=1001, **asked)
    refused("ValidationError", 400, iam.simulate_principal_policy,
            Marker="nothing", **asked)


def case_simulate_by_resource():
    """As it was: a result for each resource, which all say the same."""
    account = "210987654321"
    there = f"arn:aws:rds:eu-west-1:{account}:cluster:"
    arns = [there + "orders", there + "billing"]
    key = ("AKIAABACKSIMULATOR04", "another-simulator-secret")
    asked = dict(source=f"arn:aws:iam::{account}:role/apply", key=key,
                 ResourceArns=arns, PaginationConfig={"PageSize": 3})
    results = simulate("rds:ModifyDBCluster", "rds:DescribeDBClusters",
                       **asked)
    equal([(r["EvalActionName"], r["EvalResourceName"], r["EvalDecision"])
           for r in results],
          [(f"rds:{action}", arn, "implicitDeny") for action in
           ("ModifyDBCluster", "DescribeDBClusters") for arn in arns])
    for result in results:
        equal(by_resource(result),
              {arns[0]: "allowed", arns[1]: "implicitDeny"})
    equal(decisions(simulate("rds:ModifyDBCluster",
                             **dict(asked, ResourceArns=arns[:1]))),
          [("rds:ModifyDBCluster", "allowed")])


def case_simulate_refusals():
    iam = client("iam")

    def ask(code, status=400, source=APPLY, actions=("rds:ModifyDBCluster",),
            api=iam, **parameters):
        return refused(code, status, api.simulate_principal_policy,
                       PolicySourceArn=source, ActionNames=list(actions),
                       **parameters)

    # who is asked about
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/apply/aback-1"
    error = ask("InvalidInput", source=session)
    assert "does not clearly define entity type and name" in str(error)
    ask("InvalidInput", source=f"arn:aws:iam::{ACCOUNT}:root")
    ask("NoSuchEntity", 404, source=role("apply"))  # its path is missing
    ask("NoSuchEntity", 404, source=role("aback/free"))
    ask("NoSuchEntity", 404, source=f"arn:aws:iam::{ACCOUNT}:user/held")
    ask("NoSuchEntity", 404, source=f"arn:aws:iam::{ACCOUNT}:group/dba")
    ask("NoSuchEntity", 404, source="arn:aws:iam::210987654321:role/free")
    ask("ValidationError", api=unchecked("iam"), source="role/apply")
    # what is asked
    ask("InvalidInput", actions=["ModifyDBCluster"])
    ask("ValidationError", actions=[], api=unchecked("iam"))
    for arns in ([ORDERS, "*"], ["orders"], ["arn:aws:rds:orders"]):
        ask("InvalidInput", ResourceArns=arns)
    error = ask("InvalidInput", actions=["iam:PassRole", "sts:AssumeRole"],
                ResourceArns=[MONITORING])
    assert "[iam:PassRole] and [sts:AssumeRole] require different " \
        "authorization information" in str(error), error
    equal(decisions(simulate("iam:PassRole", "sts:AssumeRole")),
          [("iam:PassRole", "implicitDeny"), ("sts:AssumeRole", "implicitDeny")])
    ask("ValidationError", PolicyInputList=[document(allow("*"))])
    # who asks
    held = f"arn:aws:iam::{ACCOUNT}:user/ops/held"
    error = ask("AccessDenied", 403, api=client("iam", HELD))
    assert f"iam:SimulatePrincipalPolicy on resource: {APPLY}" in str(error)
    equal(decisions(simulate("ec2:DescribeSubnets", source=held, key=HELD)),
          [("ec2:DescribeSubnets", "allowed")])
    narrow = assume("free", Policy=document(allow("rds:*")))
    ask("AccessDenied", 403, api=session_client("iam", narrow))
    # a session is not asked about: what narrows it does not count
    narrow = assume("free", Policy=document(allow("iam:Simulate*")))
    result = session_client("iam", narrow).simulate_principal_policy(
        PolicySourceArn=role("free"), ActionNames=["rds:ModifyDBCluster"])
    equal(decisions(result["EvaluationResults"]),
          [("rds:ModifyDBCluster", "allowed")])


def case_simulate_trail():
    simulate("rds:ModifyDBCluster", ResourceArns=[ORDERS])
    event = client("cloudtrail", region="us-east-1").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName",
                           "AttributeValue": "SimulatePrincipalPolicy"}]
    )["Events"][0]
    equal(event["ReadOnly"], "true")


# ---- dry runs --------------------------------------------------------------

GROUP = "sg-0a1c5e7f90b2d4a61"
RULE = "sgr-0aaaaaaaaaaaaaaa1"
INSIDE = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432,
          "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
OTHER = dict(INSIDE, IpRanges=[{"CidrIp": "192.0.2.0/24"}])


def rules():
    """As a colleague without dry runs sees them."""
    return client("ec2").describe_security_group_rules(Filters=[
        {"Name": "group-id", "Values": [GROUP]}])["SecurityGroupRules"]


def writes(ec2):
    """Each write that a caller could make, and that would succeed."""
    about = [{"SecurityGroupRuleId": RULE, "Description": "inside"}]
    outside, = [rule["SecurityGroupRuleId"] for rule in rules()
                if rule["IsEgress"]]
    return (
        (ec2.authorize_security_group_ingress, {"IpPermissions": [OTHER]}),
        (ec2.authorize_security_group_egress, {"IpPermissions": [OTHER]}),
        (ec2.revoke_security_group_ingress, {"IpPermissions": [INSIDE]}),
        (ec2.revoke_security_group_ingress, {"SecurityGroupRuleIds": [RULE]}),
        (ec2.revoke_security_group_egress,
         {"SecurityGroupRuleIds": [outside]}),
        (ec2.update_security_group_rule_descriptions_ingress,
         {"SecurityGroupRuleDescriptions": about}),
        (ec2.update_security_group_rule_descriptions_egress,
         {"SecurityGroupRuleDescriptions": [
             dict(about[0], SecurityGroupRuleId=outside)]}))


def case_dry_run():
    """It says that the caller may, and nothing happens."""
    before = rules()
    for call, parameters in writes(client("ec2")):
        error = refused("DryRunOperation", 412, call, GroupId=GROUP,
                        DryRun=True, **parameters)
        assert str(error).endswith("Request would have succeeded, but DryRun "
                                   "flag is set."), error
        equal((log()[-1]["code"], log()[-1]["effective"]),
              ("DryRunOperation", False))
    equal(rules(), before)
    # reads have it too
    refused("DryRunOperation", 412, client("ec2").describe_security_groups,
            DryRun=True)
    groups = client("ec2").describe_security_groups(
        GroupIds=[GROUP], DryRun=False)["SecurityGroups"]
    equal([group["GroupId"] for group in groups], [GROUP])


def case_dry_run_not_allowed():
    held = client("ec2", HELD)
    for call, parameters in writes(held):
        wanted = ("UnauthorizedOperation", 403)
        if call.__name__ == "authorize_security_group_ingress":
            wanted = ("DryRunOperation", 412)
        refused(*wanted, call, GroupId=GROUP, DryRun=True, **parameters)
    # what is not permitted is not looked at
    refused("UnauthorizedOperation", 403, held.revoke_security_group_ingress,
            GroupId="sg-0ffffffffffffffff", DryRun=True,
            IpPermissions=[INSIDE])
    narrow = session_client("ec2", assume("free", Policy=document(
        allow("ec2:Revoke*"))))
    refused("UnauthorizedOperation", 403,
            narrow.authorize_security_group_ingress, GroupId=GROUP,
            DryRun=True, IpPermissions=[OTHER])
    refused("DryRunOperation", 412, narrow.revoke_security_group_ingress,
            GroupId=GROUP, DryRun=True, IpPermissions=[INSIDE])


def case_dry_run_checks():
    """What it looks at besides, and what not."""
    ec2 = client("ec2")

    def dry(code, call, status=400, **parameters):
        refused(code, status, call, DryRun=True, **parameters)

    authorize = ec2.authorize_security_group_ingress
    revoke = ec2.revoke_security_group_ingress
    missing = "sg-0ffffffffffffffff"
    dry("InvalidGroup.NotFound", authorize, GroupId=missing,
        IpPermissions=[OTHER])
    dry("InvalidGroupId.Malformed", revoke, GroupId="orders",
        IpPermissions=[INSIDE])
    dry("InvalidParameterValue", authorize, GroupId=GROUP, IpPermissions=[
        dict(OTHER, IpRanges=[{"CidrIp": "192.0.2.0/33"}])])
    dry("InvalidGroup.NotFound", authorize, GroupId=GROUP, IpPermissions=[
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": missing}]}])
    dry("InvalidSecurityGroupRuleId.NotFound", revoke, GroupId=GROUP,
        SecurityGroupRuleIds=["sgr-0fffffffffffffff1"])
    dry("MissingParameter", authorize, GroupId=GROUP)
    # whether it is there already, or not
    dry("DryRunOperation", authorize, 412, GroupId=GROUP,
        IpPermissions=[INSIDE])
    dry("DryRunOperation", revoke, 412, GroupId=GROUP, IpPermissions=[OTHER])
    # without a group: one is content, the other is not
    free = unchecked("ec2")
    dry("DryRunOperation", free.authorize_security_group_ingress, 412,
        IpPermissions=[OTHER])
    dry("MissingParameter", free.authorize_security_group_egress,
        IpPermissions=[OTHER])
    status, _, text = judge.raw(
        "Action=DescribeSubnets&Version=2016-11-15&DryRun=maybe", "ec2")
    equal((status, judge.code_of(text)), (400, "InvalidParameterValue"))


def case_dry_run_trail():
    """CloudTrail has it as an error, and nothing that came of it."""
    call, parameters = writes(client("ec2"))[0]
    error = refused("DryRunOperation", 412, call, GroupId=GROUP, DryRun=True,
                    **parameters)
    events = client("cloudtrail").lookup_events(LookupAttributes=[
        {"AttributeKey": "EventName",
         "AttributeValue": "AuthorizeSecurityGroupIngress"}])["Events"]
    event = json.loads(events[0]["CloudTrailEvent"])
    equal((event["errorCode"], event["errorMessage"],
           event["responseElements"], event["requestID"]),
          ("Client.DryRunOperation",
           "Request would have succeeded, but DryRun flag is set.", None,
           error.response["ResponseMetadata"]["RequestId"]))
    equal(event["requestParameters"]["groupId"], GROUP)


if __name__ == "__main__":
    for case in sys.argv[2:]:
        globals()["case_" + case]()
