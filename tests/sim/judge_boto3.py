#!/usr/bin/python3
"""Drive aback-sim with boto3, a client that nobody here wrote.

judge_boto3.py PORT CASE runs one case against a simulator that serves
tests/data/fleets/demo.json (or what the case says) and fails loudly.
"""
import datetime
import http.client
import json
import sys
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions

PORT = int(sys.argv[1])
URL = f"http://127.0.0.1:{PORT}"
ACCOUNT = "123456789012"
KEY = ("AKIAABACKSIMULATOR01", "aback-simulator-secret-key")
MONITORING = f"arn:aws:iam::{ACCOUNT}:role/rds-monitoring-role"
MONITORING_POLICY = ("arn:aws:iam::aws:policy/service-role/"
                     "AmazonRDSEnhancedMonitoringRole")
ONCE = botocore.config.Config(retries={"max_attempts": 0}, read_timeout=5)


def client(service, key=KEY, region="eu-west-1", token=None, config=ONCE):
    return boto3.client(service, endpoint_url=URL, region_name=region,
                        aws_access_key_id=key[0], aws_secret_access_key=key[1],
                        aws_session_token=token, config=config)


def equal(got, wanted, what=""):
    assert got == wanted, f"{what} is {got!r}, not {wanted!r}"


def refused(code, status, call, **parameters):
    try:
        call(**parameters)
    except botocore.exceptions.ClientError as error:
        got = (error.response["Error"]["Code"],
               error.response["ResponseMetadata"]["HTTPStatusCode"])
        equal(got, (code, status), f"{parameters}: {error}")
        return error
    raise AssertionError(f"{parameters} was accepted, not {code}")


def control(path, body=None):
    http_client = http.client.HTTPConnection("127.0.0.1", PORT)
    http_client.request("GET" if body is None else "POST", "/_sim/" + path,
                        body if body is None else json.dumps(body))
    answer = http_client.getresponse()
    text = answer.read()
    assert answer.status == 200, text
    return json.loads(text)


def raw(body, service="rds", headers=None, sign=True, method="POST", path="/"):
    """One signed request by hand: status, headers and body."""
    request = botocore.awsrequest.AWSRequest(
        method, URL + path, data=body, headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Host": f"127.0.0.1:{PORT}"})
    if sign:
        botocore.auth.SigV4Auth(botocore.credentials.Credentials(*KEY),
                                service, "eu-west-1").add_auth(request)
    sent = dict(request.headers)
    sent.update(headers or {})
    http_client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    http_client.request(method, path, body, sent)
    answer = http_client.getresponse()
    return answer.status, answer.headers, answer.read()


def code_of(text):
    root = ElementTree.fromstring(text)
    return root.find(".//{*}Code").text


def cluster(rds, name):
    return rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]


def instance(rds, name):
    answer = rds.describe_db_instances(DBInstanceIdentifier=name)
    return answer["DBInstances"][0]


def settled(read, status):
    """The statuses seen until it is available twice in a row."""
    seen, quiet = [], 0
    for _ in range(400):
        now = read()[status]
        if not seen or seen[-1] != now:
            seen.append(now)
        quiet = quiet + 1 if now == "available" and len(seen) > 1 else 0
        if quiet == 2:
            return seen
        time.sleep(0.01)
    raise AssertionError(f"never settled: {seen}")


def change_cluster(rds, name, **parameters):
    rds.modify_db_cluster(DBClusterIdentifier=name, **parameters)
    return settled(lambda: cluster(rds, name), "Status")


def change_instance(rds, name, **parameters):
    rds.modify_db_instance(DBInstanceIdentifier=name, **parameters)
    return settled(lambda: instance(rds, name), "DBInstanceStatus")


# ---- who calls ------------------------------------------------------------

def case_identity():
    answer = client("sts").get_caller_identity()
    equal(answer["Account"], ACCOUNT)
    equal(answer["Arn"], f"arn:aws:iam::{ACCOUNT}:user/dba")


def case_credentials():
    sts = client("sts")
    refused("InvalidClientTokenId", 403,
            client("sts", ("AKIAUNKNOWN", "x")).get_caller_identity)
    refused("SignatureDoesNotMatch", 403,
            client("sts", (KEY[0], "wrong")).get_caller_identity)
    refused("InvalidClientTokenId", 403,
            client("sts", token="none-was-issued").get_caller_identity)
    equal(sts.get_caller_identity()["Account"], ACCOUNT)
    status, _, text = raw("Action=GetCallerIdentity&Version=2011-06-15",
                          "sts", sign=False)
    equal((status, code_of(text)), (403, "MissingAuthenticationToken"))
    for broken in ("Basic eDp5", "AWS4-HMAC-SHA256 Credential=a/b"):
        status, _, text = raw("Action=GetCallerIdentity&Version=2011-06-15",
                              "sts", headers={"Authorization": broken})
        equal((status, code_of(text)), (400, "IncompleteSignature"))
    # a body other than the one that was signed
    status, _, text = raw_tampered()
    equal((status, code_of(text)), (403, "SignatureDoesNotMatch"))


def raw_tampered():
    body = "Action=DescribeDBClusters&Version=2014-10-31"
    request = botocore.awsrequest.AWSRequest(
        "POST", URL + "/", data=body, headers={"Host": f"127.0.0.1:{PORT}"})
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(*KEY), "rds",
                            "eu-west-1").add_auth(request)
    http_client = http.client.HTTPConnection("127.0.0.1", PORT)
    http_client.request("POST", "/", body.replace("Clusters", "Instances"),
                        dict(request.headers))
    answer = http_client.getresponse()
    return answer.status, answer.headers, answer.read()


def case_clock():
    class Late(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return super().utcnow() - datetime.timedelta(minutes=16)

    before = botocore.auth.datetime.datetime
    botocore.auth.datetime.datetime = Late
    try:
        error = refused("SignatureDoesNotMatch", 403,
                        client("sts").get_caller_identity)
    finally:
        botocore.auth.datetime.datetime = before
    assert "Signature expired" in str(error), error


def case_assume_role():
    """With tests/data/fleets/two-accounts.json."""
    sts = client("sts")
    answer = sts.assume_role(RoleArn="arn:aws:iam::210987654321:role/aback",
                             RoleSessionName="night-shift",
                             DurationSeconds=900)
    found = answer["Credentials"]
    left = found["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    assert 800 < left.total_seconds() <= 900, left
    key = (found["AccessKeyId"], found["SecretAccessKey"])
    token = found["SessionToken"]
    equal(client("sts", key, token=token).get_caller_identity()["Arn"],
          "arn:aws:sts::210987654321:assumed-role/aback/night-shift")
    names = [c["DBClusterIdentifier"] for c in client(
        "rds", key, token=token).describe_db_clusters()["DBClusters"]]
    equal(names, ["ledger"])
    refused("InvalidClientTokenId", 403,
            client("sts", key).get_caller_identity)
    for role in ("locked", "missing"):
        refused("AccessDenied", 403, sts.assume_role,
                RoleArn=f"arn:aws:iam::210987654321:role/{role}",
                RoleSessionName="night-shift")
    refused("ValidationError", 400, sts.assume_role, DurationSeconds=36000,
            RoleArn="arn:aws:iam::210987654321:role/aback",
            RoleSessionName="night-shift")
    refused("ExpiredToken", 403, client(
        "sts", ("ASIAABACKSIMULATOR03", "an-expired-secret"),
        token="an-expired-token").get_caller_identity)


def case_regions():
    """With tests/data/fleets/two-accounts.json."""
    engines = [client("rds", region=region).describe_db_clusters()
               ["DBClusters"][0]["Engine"]
               for region in ("eu-west-1", "us-east-1")]
    equal(engines, ["aurora-mysql", "aurora-postgresql"])
    equal(client("rds", region="sa-east-1").describe_db_clusters()
          ["DBClusters"], [])


# ---- reading --------------------------------------------------------------

def case_listing():
    rds = client("rds")
    names = [c["DBClusterIdentifier"]
             for c in rds.describe_db_clusters()["DBClusters"]]
    equal(names, ["billing", "catalog", "graph", "identity", "legacy",
                  "orders", "reporting", "scratch-etl"])
    orders = cluster(rds, "ORDERS")
    equal(cluster(rds, orders["DBClusterArn"]), orders)
    equal([m["DBInstanceIdentifier"] for m in orders["DBClusterMembers"]
           if m["IsClusterWriter"]], ["orders-1"])
    equal(orders["VpcSecurityGroups"], [
        {"VpcSecurityGroupId": "sg-0a1c5e7f90b2d4a61", "Status": "active"}])
    member = instance(rds, "orders-1")
    equal(member["BackupRetentionPeriod"], orders["BackupRetentionPeriod"])
    equal(member["MonitoringRoleArn"], MONITORING)
    equal(member["Endpoint"]["Port"], 3306)
    equal(member["PendingModifiedValues"], {})
    refused("DBClusterNotFoundFault", 404, rds.describe_db_clusters,
            DBClusterIdentifier="nothing")
    refused("DBInstanceNotFound", 404, rds.describe_db_instances,
            DBInstanceIdentifier="nothing")


# Members of AWS's model that are younger than Debian's botocore.
YOUNGER = {"AwsBackupRecoveryPointArn", "CertificateDetails",
           "DatabaseInsightsMode", "DbClusterResourceId", "DedicatedLogVolume",
           "DefaultCertificateForNewLaunches", "EngineLifecycleSupport",
           "StorageEncryptionType", "SupportedCACertificateIdentifiers",
           "SupportsCertificateRotationWithoutRestart"}


def walk(element, shape, path):
    """Every element below is in the model, and has text of its type."""
    names = [child.tag.split("}")[-1] for child in element]
    text = element.text or ""
    if shape.type_name == "structure":
        equal(len(names), len(set(names)), f"{path}: {names}")
        known = {member.serialization.get("name", name): member
                 for name, member in shape.members.items()}
        for name, child in zip(names, element):
            assert name in known or name in YOUNGER, f"{path}/{name}"
            if name in known:
                walk(child, known[name], f"{path}/{name}")
    elif shape.type_name == "list":
        item = shape.member.serialization.get("name", "member")
        for name, child in zip(names, element):
            equal(name, item, path)
            walk(child, shape.member, f"{path}/{name}")
    else:
        equal(names, [], path)
        if shape.type_name == "boolean":
            assert text in ("true", "false"), f"{path}: {text}"
        elif shape.type_name in ("integer", "long"):
            int(text)
        elif shape.type_name == "double":
            float(text)
        elif shape.type_name == "timestamp":
            datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def case_elements():
    role = f"arn:aws:iam::{ACCOUNT}:role/aback&RoleSessionName=night-shift"
    arn = f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:orders"
    for service, version, bodies in (
            ("rds", "2014-10-31", (
                "DescribeDBClusters", "DescribeDBInstances",
                "DescribeDBEngineVersions", "DescribeCertificates",
                "DescribePendingMaintenanceActions",
                "ListTagsForResource&ResourceName=" + arn,
                "DescribeDBClusterParameterGroups", "DescribeDBParameterGroups",
                "DescribeDBClusterParameters&DBClusterParameterGroupName="
                "orders-mysql8",
                "DescribeDBParameters&DBParameterGroupName="
                "orders-mysql8-members",
                "DescribeEngineDefaultClusterParameters&"
                "DBParameterGroupFamily=aurora-postgresql16",
                "DescribeEngineDefaultParameters&"
                "DBParameterGroupFamily=aurora-mysql8.0",
                "CreateDBParameterGroup&DBParameterGroupName=made&Description="
                "d&DBParameterGroupFamily=aurora-mysql8.0",
                "DescribeDBClusterSnapshots", "DescribeEventSubscriptions",
                "DescribeDBClusterSnapshotAttributes&"
                "DBClusterSnapshotIdentifier=catalog-before-sale",
                "ModifyDBCluster&BackupRetentionPeriod=9&CloudwatchLogsExport"
                "Configuration.EnableLogTypes.member.1=audit&"
                "DBClusterIdentifier=orders",
                "ModifyDBInstance&DBInstanceIdentifier=catalog-1&"
                "CACertificateIdentifier=rds-ca-rsa2048-g1")),
            ("iam", "2010-05-08", (
                "GetRole&RoleName=aback", "ListRoles",
                "ListAttachedRolePolicies&RoleName=aback",
                "ListRolePolicies&RoleName=aback",
                f"GetPolicy&PolicyArn=arn:aws:iam::{ACCOUNT}:policy/"
                "orders-import-bucket")),
            ("sts", "2011-06-15", ("GetCallerIdentity",
                                   "AssumeRole&RoleArn=" + role))):
        model = client(service).meta.service_model
        for body in bodies:
            action = body.split("&")[0]
            status, _, text = raw(f"Action={body}&Version={version}", service)
            equal(status, 200, text)
            root = ElementTree.fromstring(text)
            equal([child.tag.split("}")[-1] for child in root],
                  [action + "Result", "ResponseMetadata"], action)
            walk(root[0], model.operation_model(action).output_shape, action)


def case_filters():
    rds = client("rds")

    def members(name, *values):
        return [i["DBInstanceIdentifier"] for i in rds.describe_db_instances(
            Filters=[{"Name": name, "Values": list(values)}])["DBInstances"]]

    equal(members("db-cluster-id", "billing", "legacy"),
          ["billing-1", "billing-2", "legacy-1"])
    equal(members("db-cluster-id", cluster(rds, "legacy")["DBClusterArn"]),
          ["legacy-1"])
    equal(members("db-instance-id", "wiki"), ["wiki"])
    equal(members("engine", "neptune"), ["graph-1"])
    equal([c["DBClusterIdentifier"] for c in rds.describe_db_clusters(
        Filters=[{"Name": "engine", "Values": ["aurora-postgresql"]}])
        ["DBClusters"]], ["billing", "identity", "reporting"])
    refused("InvalidParameterValue", 400, rds.describe_db_instances,
            Filters=[{"Name": "colour", "Values": ["red"]}])


def case_paging():
    """With 45 generated clusters of 1 instance."""
    rds = client("rds")
    pages = list(rds.get_paginator("describe_db_clusters").paginate(
        PaginationConfig={"PageSize": 20}))
    equal([len(p["DBClusters"]) for p in pages], [20, 20, 5])
    names = [c["DBClusterIdentifier"] for p in pages for c in p["DBClusters"]]
    equal(names, sorted(set(names)))
    marker = pages[0]["Marker"]
    assert names[19] not in marker, marker
    for bad in ("nonsense", marker + "00", marker[:-1]):
        refused("InvalidParameterValue", 400, rds.describe_db_clusters,
                Marker=bad)
    refused("InvalidParameterValue", 400, rds.describe_db_instances,
            Marker=marker)
    for size in (19, 101):
        refused("InvalidParameterValue", 400, rds.describe_db_clusters,
                MaxRecords=size)


def case_reorder():
    """With --page-size 2: the second page comes from the other end."""
    rds = client("rds")
    fault(action="DescribeDBClusters", nth=2, fault="reorder")
    names = [c["DBClusterIdentifier"]
             for p in rds.get_paginator("describe_db_clusters").paginate()
             for c in p["DBClusters"]]
    equal(names, ["billing", "catalog", "orders", "legacy", "legacy",
                  "orders", "reporting", "scratch-etl"])


def case_small_pages():
    """With --page-size 2."""
    rds = client("rds")
    pages = list(rds.get_paginator("describe_db_instances").paginate())
    equal([len(p["DBInstances"]) for p in pages], [2] * 7 + [1])
    versions = list(rds.get_paginator("describe_db_engine_versions").paginate(
        Engine="aurora-postgresql"))
    equal([len(p["DBEngineVersions"]) for p in versions], [2, 2, 2])
    roles = list(client("iam").get_paginator("list_roles").paginate())
    equal([len(p["Roles"]) for p in roles], [2, 2])
    iam = client("iam")
    job = iam.generate_service_last_accessed_details(Arn=roles[0]["Roles"][0]["Arn"])["JobId"]
    equal(len(job), 36)
    report = iam.get_service_last_accessed_details(JobId=job)
    assert report["JobStatus"] in ("IN_PROGRESS", "COMPLETED"), report
    equal(report["ServicesLastAccessed"], [])
    refused("NoSuchEntity", 404, iam.get_service_last_accessed_details, JobId=36 * "0")
    refused("NoSuchEntity", 404, iam.generate_service_last_accessed_details,
            Arn=f"arn:aws:iam::{ACCOUNT}:role/nobody")


def case_versions():
    rds = client("rds")
    found = rds.describe_db_engine_versions(
        Engine="aurora-mysql",
        EngineVersion="8.0.mysql_aurora.3.05.2")["DBEngineVersions"]
    equal(len(found), 1)
    equal(found[0]["DBParameterGroupFamily"], "aurora-mysql8.0")
    assert "audit" in found[0]["ExportableLogTypes"], found
    ids = [c["CertificateIdentifier"]
           for c in rds.describe_certificates()["Certificates"]]
    assert "rds-ca-rsa2048-g1" in ids, ids
    refused("CertificateNotFound", 404, rds.describe_certificates,
            CertificateIdentifier="rds-ca-1999")
    tags = rds.list_tags_for_resource(
        ResourceName=cluster(rds, "orders")["DBClusterArn"])["TagList"]
    assert {"Key": "team", "Value": "checkout"} in tags, tags
    refused("DBClusterNotFoundFault", 404, rds.list_tags_for_resource,
            ResourceName=f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:nothing")


def case_tags():
    rds, iam = client("rds"), client("iam")
    arns = (cluster(rds, "orders")["DBClusterArn"],
            instance(rds, "orders-1")["DBInstanceArn"])

    def tags(arn):
        return {tag["Key"]: tag["Value"] for tag in rds.list_tags_for_resource(
            ResourceName=arn)["TagList"]}

    def pairs(**values):
        return [{"Key": key, "Value": value} for key, value in values.items()]

    for arn in arns:
        before = tags(arn)
        rds.add_tags_to_resource(ResourceName=arn,
                                 Tags=pairs(Owner="dba", owner="für 1/2"))
        rds.add_tags_to_resource(ResourceName=arn, Tags=pairs(Owner=""))
        equal(tags(arn), before | {"Owner": "", "owner": "für 1/2"})
        rds.remove_tags_from_resource(ResourceName=arn,
                                      TagKeys=["Owner", "owner", "nothing"])
        equal(tags(arn), before)
        for bad in ({"aws:x": "y"}, {"a": "b;c"}, {"k" * 129: ""},
                    {"k": "v" * 257}, {f"k{i}": "" for i in range(51)}):
            refused("InvalidParameterValue", 400,
                    unchecked("rds").add_tags_to_resource, ResourceName=arn,
                    Tags=pairs(**bad))
        equal(tags(arn), before)
    equal(cluster(rds, "orders")["TagList"],
          rds.list_tags_for_resource(ResourceName=arns[0])["TagList"])
    refused("DBClusterNotFoundFault", 404, rds.add_tags_to_resource,
            ResourceName=arns[0] + "x", Tags=pairs(a="b"))
    refused("InvalidParameterValue", 400, rds.remove_tags_from_resource,
            ResourceName="orders", TagKeys=["a"])
    name = "rds-monitoring-role"
    iam.tag_role(RoleName=name, Tags=pairs(Owner="ops", stage="prod"))
    # IAM tells keys apart without regard to case
    iam.tag_role(RoleName=name, Tags=pairs(OWNER="dba"))
    equal(iam.get_role(RoleName=name)["Role"]["Tags"],
          pairs(OWNER="dba", stage="prod"))
    iam.untag_role(RoleName=name, TagKeys=["owner", "stage"])
    assert "Tags" not in iam.get_role(RoleName=name)["Role"]
    refused("InvalidInput", 400, unchecked("iam").tag_role, RoleName=name,
            Tags=pairs(**{"aws:x": "y"}))
    refused("UnmodifiableEntity", 400, iam.tag_role,
            RoleName="AWSServiceRoleForRDS", Tags=pairs(a="b"))


# ---- changing clusters ----------------------------------------------------

def case_cluster_settings():
    """Every plain setting of a cluster, to and fro."""
    rds = client("rds")
    for parameters, element, values in (
            ("DeletionProtection", "DeletionProtection", (True, False)),
            ("CopyTagsToSnapshot", "CopyTagsToSnapshot", (True, False)),
            ("AutoMinorVersionUpgrade", "AutoMinorVersionUpgrade",
             (False, True)),
            ("PreferredBackupWindow", "PreferredBackupWindow",
             ("06:00-06:45", "02:10-02:40")),
            ("BacktrackWindow", "BacktrackWindow", (3600, 0)),
            ("Port", "Port", (3307, 3306)),
            ("NetworkType", "NetworkType", ("DUAL", "IPV4")),
            ("DBClusterParameterGroupName", "DBClusterParameterGroup",
             ("hardened-mysql8", "orders-mysql8"))):
        for value in values:
            before = cluster(rds, "orders")[element]
            answer = rds.modify_db_cluster(
                DBClusterIdentifier="orders", **{parameters: value})
            equal(answer["DBCluster"][element], before, f"early {element}")
            seen = settled(lambda: cluster(rds, "orders"), "Status")
            assert "modifying" in seen, seen
            equal(cluster(rds, "orders")[element], value, element)
    change_cluster(rds, "orders",
                   PreferredMaintenanceWindow="Fri:10:00-Fri:11:00")
    equal(cluster(rds, "orders")["PreferredMaintenanceWindow"],
          "fri:10:00-fri:11:00")
    change_cluster(rds, "orders", VpcSecurityGroupIds=[
        "sg-0b2d6f8a01c3e5b72", "sg-0de0fa0170000000a"])
    equal([g["VpcSecurityGroupId"]
           for g in cluster(rds, "orders")["VpcSecurityGroups"]],
          ["sg-0b2d6f8a01c3e5b72", "sg-0de0fa0170000000a"])
    equal([g["VpcSecurityGroupId"]
           for g in instance(rds, "orders-2")["VpcSecurityGroups"]],
          ["sg-0b2d6f8a01c3e5b72", "sg-0de0fa0170000000a"])


def case_log_exports():
    rds = client("rds")
    seen = []
    answer = rds.modify_db_cluster(
        DBClusterIdentifier="orders", CloudwatchLogsExportConfiguration={
            "EnableLogTypes": ["audit", "slowquery"],
            "DisableLogTypes": ["error"]})
    equal(answer["DBCluster"]["PendingModifiedValues"], {
        "PendingCloudwatchLogsExports": {
            "LogTypesToEnable": ["audit", "slowquery"],
            "LogTypesToDisable": ["error"]}})
    equal(answer["DBCluster"]["EnabledCloudwatchLogsExports"], ["error"])

    def read():
        seen.append(instance(rds, "orders-1")["DBInstanceStatus"])
        return cluster(rds, "orders")

    settled(read, "Status")
    assert "configuring-log-exports" in seen, seen
    after = cluster(rds, "orders")
    equal(after["EnabledCloudwatchLogsExports"], ["audit", "slowquery"])
    assert "PendingModifiedValues" not in after, after
    refused("InvalidParameterCombination", 400, rds.modify_db_cluster,
            DBClusterIdentifier="orders", CloudwatchLogsExportConfiguration={
                "EnableLogTypes": ["postgresql"]})
    change_cluster(rds, "orders", CloudwatchLogsExportConfiguration={
        "DisableLogTypes": ["audit", "slowquery"]})
    assert "EnabledCloudwatchLogsExports" not in cluster(rds, "orders")


def case_deferred():
    rds = client("rds")
    rds.modify_db_cluster(DBClusterIdentifier="orders",
                          EnableIAMDatabaseAuthentication=True,
                          BackupRetentionPeriod=14)
    now = cluster(rds, "orders")
    equal(now["Status"], "available")
    equal(now["PendingModifiedValues"],
          {"IAMDatabaseAuthenticationEnabled": True,
           "BackupRetentionPeriod": 14})
    equal(now["IAMDatabaseAuthenticationEnabled"], False)
    # the current value takes it back
    rds.modify_db_cluster(DBClusterIdentifier="orders",
                          BackupRetentionPeriod=1)
    equal(cluster(rds, "orders")["PendingModifiedValues"],
          {"IAMDatabaseAuthenticationEnabled": True})
    # a later ApplyImmediately fires what somebody else left pending
    seen = change_cluster(rds, "orders", DeletionProtection=True,
                          ApplyImmediately=True)
    equal(seen, ["available", "modifying", "available"])
    now = cluster(rds, "orders")
    equal((now["IAMDatabaseAuthenticationEnabled"],
           now["DeletionProtection"]), (True, True))
    assert "PendingModifiedValues" not in now, now
    seen = change_cluster(rds, "orders", ApplyImmediately=True,
                          EnableIAMDatabaseAuthentication=False)
    assert "configuring-iam-database-auth" in seen, seen


def case_window():
    rds = client("rds")
    rds.modify_db_cluster(DBClusterIdentifier="billing",
                          BackupRetentionPeriod=21)
    equal(cluster(rds, "billing")["BackupRetentionPeriod"], 14)
    control("window", {"account": ACCOUNT, "region": "eu-west-1"})
    settled(lambda: cluster(rds, "billing"), "Status")
    now = cluster(rds, "billing")
    equal(now["BackupRetentionPeriod"], 21)
    assert "PendingModifiedValues" not in now, now
    # and so does what a colleague had left on other resources
    equal(instance(rds, "reporting-1")["DBInstanceClass"], "db.r6g.4xlarge")
    equal(cluster(rds, "legacy")["EngineVersion"], "8.0.mysql_aurora.3.04.1")


def case_busy():
    rds = client("rds")
    rds.modify_db_cluster(DBClusterIdentifier="orders",
                          DeletionProtection=True)
    refused("InvalidDBClusterStateFault", 400, rds.modify_db_cluster,
            DBClusterIdentifier="orders", CopyTagsToSnapshot=True)
    settled(lambda: cluster(rds, "orders"), "Status")
    change_cluster(rds, "orders", CopyTagsToSnapshot=True)
    rds.modify_db_instance(DBInstanceIdentifier="orders-1", PromotionTier=2)
    refused("InvalidDBInstanceState", 400, rds.modify_db_instance,
            DBInstanceIdentifier="orders-1", PromotionTier=3)


def case_cluster_refusals():
    rds = client("rds")
    for name, code, status, parameters in (
            ("nothing", "DBClusterNotFoundFault", 404, {}),
            ("orders", "InvalidParameterValue", 400,
             {"BackupRetentionPeriod": 0}),
            ("orders", "InvalidParameterValue", 400,
             {"BackupRetentionPeriod": 36}),
            ("identity", "InvalidParameterCombination", 400,
             {"BackupRetentionPeriod": 30}),
            ("identity", "InvalidParameterCombination", 400,
             {"PreferredBackupWindow": "07:00-07:30"}),
            ("orders", "InvalidParameterValue", 400,
             {"PreferredBackupWindow": "7:00-7:30"}),
            ("orders", "InvalidParameterValue", 400,
             {"PreferredBackupWindow": "07:00-07:29"}),
            ("orders", "InvalidParameterValue", 400,
             {"PreferredBackupWindow": "04:10-04:40"}),
            ("orders", "InvalidParameterValue", 400,
             {"PreferredMaintenanceWindow": "sum:02:00-sun:03:00"}),
            ("orders", "InvalidParameterValue", 400, {"Port": 1149}),
            ("orders", "InvalidParameterValue", 400,
             {"VpcSecurityGroupIds": ["sg-0fffffffffffffff0"]}),
            ("orders", "InvalidParameterValue", 400,
             {"DatabaseInsightsMode": "deluxe"}),
            ("orders", "InvalidParameterValue", 400, {"NetworkType": "IPV5"}),
            ("orders", "DBClusterParameterGroupNotFound", 404,
             {"DBClusterParameterGroupName": "no-such-group"}),
            ("orders", "InvalidParameterCombination", 400,
             {"DBClusterParameterGroupName": "billing-pg16"}),
            ("orders", "InvalidParameterCombination", 400,
             {"DatabaseInsightsMode": "advanced"}),
            ("orders", "InvalidParameterCombination", 400,
             {"PerformanceInsightsRetentionPeriod": 31}),
            ("billing", "InvalidParameterValue", 400,
             {"PerformanceInsightsRetentionPeriod": 30}),
            ("billing", "InvalidParameterCombination", 400,
             {"BacktrackWindow": 60}),
            ("catalog", "InvalidParameterCombination", 400,
             {"BacktrackWindow": 60}),
            ("orders", "InvalidParameterCombination", 400,
             {"MonitoringInterval": 60}),
            ("orders", "InvalidParameterCombination", 400,
             {"EnableHttpEndpoint": True}),
            ("orders", "InvalidParameterCombination", 400,
             {"EngineVersion": "9.9"}),
            ("orders", "DomainNotFoundFault", 404,
             {"Domain": "x-1", "DomainIAMRoleName": "aback"}),
            ("graph", "InvalidParameterCombination", 400,
             {"DeletionProtection": True})):
        form = dict(Action="ModifyDBCluster", Version="2014-10-31",
                    DBClusterIdentifier=name)
        for key, value in parameters.items():
            if isinstance(value, list):
                for number, item in enumerate(value, 1):
                    form[f"{key}.VpcSecurityGroupId.{number}"] = item
            else:
                form[key] = str(value).lower() if value is True else value
        got_status, _, text = raw("&".join(f"{k}={v}"
                                           for k, v in form.items()))
        assert got_status != 200, f"{parameters} was accepted"
        equal((got_status, code_of(text)), (status, code),
              f"{name} {parameters}: {text}")
    for body in ("DeletionProtection=yes", "DeletionProtection=",
                 "Unheard=of", "Port=33x", "Port=-1", "ApplyImmediately=1",
                 "VpcSecurityGroupIds.VpcSecurityGroupId.2=sg-1",
                 "VpcSecurityGroupIds.member.1=sg-1",
                 "VpcSecurityGroupIds="):
        status, _, text = raw("Action=ModifyDBCluster&Version=2014-10-31&"
                              "DBClusterIdentifier=orders&" + body)
        equal((status, code_of(text)), (400, "InvalidParameterValue"), body)
    status, _, text = raw("Action=ModifyDBCluster&Version=2014-10-31")
    equal((status, code_of(text)), (400, "MissingParameter"))


def case_insights():
    rds = client("rds")
    # an older botocore does not know them on a cluster
    body = ("Action=ModifyDBCluster&Version=2014-10-31&DBClusterIdentifier="
            "orders&EnablePerformanceInsights=true&DatabaseInsightsMode="
            "advanced&PerformanceInsightsRetentionPeriod=465")
    status, _, text = raw(body)
    equal(status, 200, text)
    settled(lambda: cluster(rds, "orders"), "Status")
    equal(cluster(rds, "orders")["PerformanceInsightsRetentionPeriod"], 465)
    member = instance(rds, "orders-3")
    equal((member["PerformanceInsightsEnabled"],
           member["PerformanceInsightsRetentionPeriod"]), (True, 465))
    refused("InvalidParameterCombination", 400, rds.modify_db_cluster,
            DBClusterIdentifier="orders",
            PerformanceInsightsRetentionPeriod=7)
    refused("InvalidParameterCombination", 400, rds.modify_db_cluster,
            DBClusterIdentifier="orders", EnablePerformanceInsights=False)
    status, _, text = raw(
        "Action=ModifyDBCluster&Version=2014-10-31&DBClusterIdentifier=orders"
        "&EnablePerformanceInsights=false&DatabaseInsightsMode=standard")
    equal(status, 200, text)
    settled(lambda: cluster(rds, "orders"), "Status")
    assert "PerformanceInsightsKMSKeyId" not in cluster(rds, "orders")


def case_backup_owner():
    """AWS Backup owns the retention of identity: the same value is fine."""
    rds = client("rds")
    rds.modify_db_cluster(DBClusterIdentifier="identity",
                          BackupRetentionPeriod=35)
    equal(cluster(rds, "identity")["BackupRetentionPeriod"], 35)


# ---- changing instances ---------------------------------------------------

def case_instance_settings():
    rds = client("rds")
    for name, value in (("PubliclyAccessible", False), ("PromotionTier", 7),
                        ("AutoMinorVersionUpgrade", True),
                        ("PreferredMaintenanceWindow",
                         "tue:10:00-tue:10:30"),
                        ("EnablePerformanceInsights", True)):
        change_instance(rds, "reporting-bi", **{name: value})
        element = name.replace("EnableP", "P").replace(
            "PerformanceInsights", "PerformanceInsightsEnabled")
        equal(instance(rds, "reporting-bi")[element], value, element)
    tiers = {m["DBInstanceIdentifier"]: m["PromotionTier"]
             for m in cluster(rds, "reporting")["DBClusterMembers"]}
    equal(tiers["reporting-bi"], 7)
    seen = change_instance(rds, "reporting-bi", MonitoringInterval=30,
                           MonitoringRoleArn=MONITORING)
    assert "configuring-enhanced-monitoring" in seen, seen
    change_instance(rds, "reporting-bi", MonitoringInterval=0)
    assert "MonitoringRoleArn" not in instance(rds, "reporting-bi")
    # one member false makes the cluster false, all true make it true
    equal(cluster(rds, "reporting")["AutoMinorVersionUpgrade"], False)
    change_instance(rds, "reporting-1", AutoMinorVersionUpgrade=True)
    equal(cluster(rds, "reporting")["AutoMinorVersionUpgrade"], True)


def case_instance_refusals():
    rds = client("rds")
    for name, code, status, parameters in (
            ("nothing", "DBInstanceNotFound", 404, {}),
            ("orders-3", "InvalidParameterCombination", 400,
             {"MonitoringInterval": 60}),
            ("orders-1", "InvalidParameterCombination", 400,
             {"MonitoringInterval": 0, "MonitoringRoleArn": MONITORING}),
            ("orders-1", "InvalidParameterValue", 400,
             {"MonitoringInterval": 20}),
            ("orders-3", "InvalidParameterValue", 400,
             {"MonitoringInterval": 60, "MonitoringRoleArn":
              f"arn:aws:iam::{ACCOUNT}:role/orders-s3-import"}),
            ("orders-1", "InvalidParameterValue", 400,
             {"PromotionTier": 16}),
            ("orders-1", "CertificateNotFound", 404,
             {"CACertificateIdentifier": "rds-ca-1999"}),
            ("orders-1", "InvalidParameterCombination", 400,
             {"CertificateRotationRestart": False}),
            ("orders-1", "DBParameterGroupNotFound", 404,
             {"DBParameterGroupName": "no-such-group"}),
            ("orders-1", "InvalidParameterCombination", 400,
             {"DBParameterGroupName": "default.aurora-postgresql16"}),
            ("orders-1", "InvalidParameterCombination", 400,
             {"BackupRetentionPeriod": 7}),
            ("orders-1", "InvalidParameterCombination", 400,
             {"DeletionProtection": True}),
            ("orders-1", "InvalidParameterCombination", 400,
             {"VpcSecurityGroupIds": ["sg-0a1c5e7f90b2d4a61"]}),
            ("orders-1", "InvalidParameterCombination", 400,
             {"CloudwatchLogsExportConfiguration": {
                 "EnableLogTypes": ["audit"]}})):
        refused(code, status, rds.modify_db_instance,
                DBInstanceIdentifier=name, **parameters)


def case_certificate():
    rds = client("rds")
    new = "rds-ca-rsa2048-g1"
    rds.modify_db_instance(DBInstanceIdentifier="catalog-1",
                           CACertificateIdentifier=new)
    now = instance(rds, "catalog-1")
    equal(now["PendingModifiedValues"], {"CACertificateIdentifier": new})
    equal(now["CACertificateIdentifier"], "rds-ca-2019")
    change_instance(rds, "catalog-1", CACertificateIdentifier=new,
                    ApplyImmediately=True)
    now = instance(rds, "catalog-1")
    equal(now["CACertificateIdentifier"], new)
    # an older botocore does not know them
    equal(now.get("CertificateDetails", {}).get("CAIdentifier", new), new)
    equal(now["PendingModifiedValues"], {})
    # an engine that needs a restart, which is not to happen now
    change = dict(DBInstanceIdentifier="legacy-1", ApplyImmediately=True,
                  CACertificateIdentifier=new,
                  CertificateRotationRestart=False)
    rds.modify_db_instance(**change)
    equal(instance(rds, "legacy-1")["PendingModifiedValues"],
          {"CACertificateIdentifier": new})
    rds.reboot_db_instance(DBInstanceIdentifier="legacy-1")
    seen = settled(lambda: instance(rds, "legacy-1"), "DBInstanceStatus")
    assert "rebooting" in seen, seen
    equal(instance(rds, "legacy-1")["CACertificateIdentifier"], new)


def case_pending_reboot():
    rds = client("rds")

    def statuses():
        return {m["DBInstanceIdentifier"]: m["DBClusterParameterGroupStatus"]
                for m in cluster(rds, "orders")["DBClusterMembers"]}

    change_cluster(rds, "orders",
                   DBClusterParameterGroupName="hardened-mysql8")
    equal(set(statuses().values()), {"pending-reboot"})
    change_instance(rds, "orders-1",
                    DBParameterGroupName="hardened-mysql8-members")
    group = instance(rds, "orders-1")["DBParameterGroups"][0]
    equal(group, {"DBParameterGroupName": "hardened-mysql8-members",
                  "ParameterApplyStatus": "pending-reboot"})
    rds.reboot_db_instance(DBInstanceIdentifier="orders-1")
    settled(lambda: instance(rds, "orders-1"), "DBInstanceStatus")
    equal(statuses(), {"orders-1": "in-sync", "orders-2": "pending-reboot",
                       "orders-3": "pending-reboot"})
    group = instance(rds, "orders-1")["DBParameterGroups"][0]
    equal(group["ParameterApplyStatus"], "in-sync")


def parameters(rds, group, cluster=True, **more):
    """Every parameter of a group by name, over all pages."""
    if cluster:
        pages = rds.get_paginator("describe_db_cluster_parameters").paginate(
            DBClusterParameterGroupName=group, **more)
    else:
        pages = rds.get_paginator("describe_db_parameters").paginate(
            DBParameterGroupName=group, **more)
    return {one["ParameterName"]: one
            for page in pages for one in page["Parameters"]}


def to_set(name, value, method="immediate"):
    return {"ParameterName": name, "ParameterValue": value,
            "ApplyMethod": method}


def case_param_groups():
    rds = client("rds")
    names = [g["DBClusterParameterGroupName"] for page in rds.get_paginator(
        "describe_db_cluster_parameter_groups").paginate()
        for g in page["DBClusterParameterGroups"]]
    equal(names, sorted(names))
    assert "orders-mysql8" in names and "default.aurora-postgresql15" in names
    every = parameters(rds, "orders-mysql8")
    members = parameters(rds, "orders-mysql8-members", cluster=False)
    assert len(every) > 150 and 100 < len(members) < len(every), len(every)
    assert "require_secure_transport" in every
    assert "require_secure_transport" not in members
    tls = every["require_secure_transport"]
    equal((tls["ParameterValue"], tls["Source"], tls["ApplyType"],
           tls["DataType"], tls["IsModifiable"], tls["ApplyMethod"]),
          ("OFF", "system", "dynamic", "boolean", True, "pending-reboot"))
    assert "ParameterValue" not in every["tls_version"], every["tls_version"]
    equal(every["tls_version"]["ApplyType"], "static")
    equal(parameters(rds, "orders-mysql8", Source="user"), {})
    one = {"Name": "parameter-name", "Values": ["tls_version", "nothing"]}
    equal(list(parameters(rds, "orders-mysql8", Filters=[one])),
          ["tls_version"])
    engine = {one["ParameterName"]: one for page in rds.get_paginator(
        "describe_engine_default_cluster_parameters").paginate(
            DBParameterGroupFamily="aurora-mysql8.0")
        for one in page["EngineDefaults"]["Parameters"]}
    equal(engine, every)
    engine = rds.describe_engine_default_parameters(
        DBParameterGroupFamily="aurora-postgresql16",
        Filters=[{"Name": "parameter-name", "Values": ["pgaudit.log"]}])
    equal(len(engine["EngineDefaults"]["Parameters"]), 1)
    newer = parameters(rds, "default.aurora-postgresql17")["rds.force_ssl"]
    equal(newer["ParameterValue"], "1")
    refused("DBParameterGroupNotFound", 404, rds.describe_db_parameters,
            DBParameterGroupName="nothing")


def case_param_writes():
    rds = client("rds")
    group = "orders-mysql8"

    def statuses():
        return {m["DBClusterParameterGroupStatus"]
                for m in cluster(rds, "orders")["DBClusterMembers"]}

    def write(*entries, to=group):
        answer = rds.modify_db_cluster_parameter_group(
            DBClusterParameterGroupName=to, Parameters=list(entries))
        equal(answer["DBClusterParameterGroupName"], to)

    def refusal(code, *entries, to=group):
        refused(code, 400, rds.modify_db_cluster_parameter_group,
                DBClusterParameterGroupName=to, Parameters=list(entries))

    write(to_set("require_secure_transport", "ON"),
          to_set("server_audit_events", "CONNECT,QUERY_DCL"))
    equal(statuses(), {"applying"})
    while statuses() == {"applying"}:
        time.sleep(0.02)
    equal(statuses(), {"in-sync"})
    user = parameters(rds, group, Source="user")
    equal({n: (p["ParameterValue"], p["Source"], p["ApplyMethod"])
           for n, p in user.items()},
          {"require_secure_transport": ("ON", "user", "immediate"),
           "server_audit_events": ("CONNECT,QUERY_DCL", "user",
                                   "immediate")})
    write(to_set("tls_version", "TLSv1.2,TLSv1.3", "pending-reboot"))
    while statuses() == {"applying"}:
        time.sleep(0.02)
    equal(statuses(), {"pending-reboot"})
    rds.reset_db_cluster_parameter_group(
        DBClusterParameterGroupName=group, ResetAllParameters=False,
        Parameters=[{"ParameterName": "require_secure_transport",
                     "ApplyMethod": "immediate"}])
    after = parameters(rds, group)["require_secure_transport"]
    equal((after["ParameterValue"], after["Source"]), ("OFF", "system"))
    equal(statuses(), {"applying"})
    while statuses() == {"applying"}:
        time.sleep(0.02)
    equal(statuses(), {"pending-reboot"}, "what waits goes on waiting")

    bad = "InvalidParameterValue"
    both = "InvalidParameterCombination"
    refusal(bad, to_set("no_such", "1"))
    refusal(bad, to_set("secure_file_priv", "/", "pending-reboot"))
    refusal(bad, to_set("server_audit_logging", "2"))
    refusal(bad, to_set("require_secure_transport", "1"))
    refusal(bad, to_set("server_audit_events", "CONNECT,NOTHING"))
    refusal(bad, to_set("connect_timeout", "1"))
    refusal(bad, to_set("server_audit_logging", "1", "soon"))
    refusal(both, to_set("tls_version", "TLSv1.2"))
    refusal(both, to_set("character_set_server", "latin1"),
            to_set("collation_server", "utf8mb4_bin"))
    refusal(both, to_set("aurora_enhanced_binlog", "1", "pending-reboot"))
    many = [n for n, p in sorted(parameters(rds, group).items())
            if p.get("AllowedValues") == "0,1" and p["IsModifiable"]
            and p["ApplyType"] == "dynamic"]
    refusal(both, *[to_set(n, "1") for n in many[:21]])
    rds.modify_db_parameter_group(
        DBParameterGroupName="orders-mysql8-members",
        Parameters=[to_set(n, "1") for n in many[-20:]
                    if n in parameters(rds, "orders-mysql8-members", False)])
    refusal(bad, to_set("time_zone", "UTC"), to="default.aurora-mysql8.0")
    equal(list(parameters(rds, group, Source="user")),
          ["server_audit_events", "tls_version"])


def case_param_group_life():
    rds = client("rds")
    made = rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="New-One",
        DBParameterGroupFamily="aurora-mysql8.0", Description="ours")
    equal(made["DBClusterParameterGroup"], {
        "DBClusterParameterGroupName": "new-one",
        "DBParameterGroupFamily": "aurora-mysql8.0", "Description": "ours",
        "DBClusterParameterGroupArn":
            f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster-pg:new-one"})
    refused("DBParameterGroupAlreadyExists", 400,
            rds.create_db_cluster_parameter_group,
            DBClusterParameterGroupName="new-one",
            DBParameterGroupFamily="aurora-mysql8.0", Description="ours")
    for name, family in (("a.b", "aurora-mysql8.0"), ("a--b", "mysql8.0"),
                         ("1a", "mysql8.0"), ("ok", "mysql9")):
        refused("InvalidParameterValue", 400, rds.create_db_parameter_group,
                DBParameterGroupName=name, DBParameterGroupFamily=family,
                Description="d")
    rds.modify_db_cluster_parameter_group(
        DBClusterParameterGroupName="new-one",
        Parameters=[to_set("server_audit_logging", "1")])
    rds.copy_db_cluster_parameter_group(
        SourceDBClusterParameterGroupIdentifier="new-one",
        TargetDBClusterParameterGroupIdentifier="copied",
        TargetDBClusterParameterGroupDescription="c")
    equal(list(parameters(rds, "copied", Source="user")),
          ["server_audit_logging"])
    refused("InvalidParameterValue", 400, rds.copy_db_cluster_parameter_group,
            SourceDBClusterParameterGroupIdentifier="default.aurora-mysql8.0",
            TargetDBClusterParameterGroupIdentifier="copied2",
            TargetDBClusterParameterGroupDescription="c")
    refused("InvalidDBParameterGroupState", 400,
            rds.delete_db_cluster_parameter_group,
            DBClusterParameterGroupName="orders-mysql8")
    refused("InvalidDBParameterGroupState", 400, rds.delete_db_parameter_group,
            DBParameterGroupName="orders-mysql8-members")
    for name in ("new-one", "copied"):
        rds.delete_db_cluster_parameter_group(DBClusterParameterGroupName=name)
    refused("DBParameterGroupNotFound", 404,
            rds.delete_db_cluster_parameter_group,
            DBClusterParameterGroupName="new-one")
    rds.create_db_parameter_group(
        DBParameterGroupName="members", DBParameterGroupFamily="mysql8.0",
        Description="d")
    rds.delete_db_parameter_group(DBParameterGroupName="members")


# ---- iam ------------------------------------------------------------------

def attached(iam, role):
    return [p["PolicyArn"] for page in iam.get_paginator(
        "list_attached_role_policies").paginate(RoleName=role)
        for p in page["AttachedPolicies"]]


def case_iam():
    iam = client("iam")
    role = iam.get_role(RoleName="rds-monitoring-role")["Role"]
    equal(role["Arn"], MONITORING)
    equal(role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"],
          {"Service": "monitoring.rds.amazonaws.com"})
    full = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    equal(attached(iam, "rds-monitoring-role"), [full, MONITORING_POLICY])
    iam.detach_role_policy(RoleName="rds-monitoring-role", PolicyArn=full)
    equal(attached(iam, "rds-monitoring-role"), [MONITORING_POLICY])
    refused("NoSuchEntity", 404, iam.detach_role_policy,
            RoleName="rds-monitoring-role", PolicyArn=full)
    iam.attach_role_policy(RoleName="rds-monitoring-role", PolicyArn=full)
    iam.attach_role_policy(RoleName="rds-monitoring-role", PolicyArn=full)
    equal(attached(iam, "rds-monitoring-role"), [full, MONITORING_POLICY])
    refused("NoSuchEntity", 404, iam.get_role, RoleName="nothing")
    refused("NoSuchEntity", 404, iam.attach_role_policy, RoleName="nothing",
            PolicyArn=full)
    refused("NoSuchEntity", 404, iam.attach_role_policy,
            RoleName="rds-monitoring-role",
            PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy")
    refused("InvalidInput", 400, iam.attach_role_policy,
            RoleName="rds-monitoring-role", PolicyArn="not-an-arn-not-an-arn")
    refused("UnmodifiableEntity", 400, iam.attach_role_policy,
            RoleName="AWSServiceRoleForRDS", PolicyArn=full)
    policy = iam.get_policy(PolicyArn=full)["Policy"]
    equal((policy["PolicyName"], policy["AttachmentCount"]),
          ("AmazonS3FullAccess", 1))
    equal(iam.list_role_policies(RoleName="aback")["PolicyNames"], [])


def case_iam_role():
    iam = client("iam")
    name = "rds-monitoring-role"

    def role():
        return iam.get_role(RoleName=name)["Role"]

    iam.update_role(RoleName=name, Description="new", MaxSessionDuration=7200)
    equal((role()["Description"], role()["MaxSessionDuration"]), ("new", 7200))
    iam.update_role(RoleName=name)
    equal(("Description" in role(), role()["MaxSessionDuration"]),
          (False, 3600))
    refused("ValidationError", 400, unchecked("iam").update_role, RoleName=name,
            MaxSessionDuration=43201)
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    refused("NoSuchEntity", 404, iam.delete_role_permissions_boundary,
            RoleName=name)
    iam.put_role_permissions_boundary(RoleName=name,
                                      PermissionsBoundary=boundary)
    equal(role()["PermissionsBoundary"]["PermissionsBoundaryArn"], boundary)
    refused("NoSuchEntity", 404, iam.put_role_permissions_boundary,
            RoleName=name, PermissionsBoundary=boundary + "Not")
    iam.delete_role_permissions_boundary(RoleName=name)
    assert "PermissionsBoundary" not in role()
    for call, more in (
            (iam.update_role, {"Description": "x"}),
            (iam.put_role_permissions_boundary,
             {"PermissionsBoundary": boundary}),
            (iam.delete_role_permissions_boundary, {}),
            (iam.put_role_policy, {"PolicyName": "p", "PolicyDocument": "{}"}),
            (iam.update_assume_role_policy, {"PolicyDocument": "{}"})):
        refused("UnmodifiableEntity", 400, call,
                RoleName="AWSServiceRoleForRDS", **more)
        refused("NoSuchEntity", 404, call, RoleName="nothing", **more)


def unchecked(service):
    """One that leaves it to the service to say what is valid."""
    return client(service, config=ONCE.merge(
        botocore.config.Config(parameter_validation=False)))


def trust(principal, **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [dict(
        Effect="Allow", Principal=principal, Action="sts:AssumeRole", **more)]})


def case_iam_documents():
    iam = client("iam")
    name = "rds-monitoring-role"
    malformed = "MalformedPolicyDocument"

    def update(document):
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=document)
        return iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]

    text = trust({"AWS": [ACCOUNT, MONITORING]},
                 Condition={"StringEquals": {"sts:ExternalId": "a+b %41 \u00e9"}})
    wanted = json.loads(text)
    wanted["Statement"][0]["Principal"]["AWS"][0] = f"arn:aws:iam::{ACCOUNT}:root"
    equal(update(text), wanted)
    for document in (
            "{", "[]", "{}", trust({"AWS": "AROAEXAMPLE0123456789"}),
            trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/nobody"}),
            trust({"Service": "rds.amazonaws.com"}, Resource="*"),
            '{"Statement": {"Effect": "Allow", "Action": "a:b"}}'):
        refused(malformed, 400, iam.update_assume_role_policy, RoleName=name,
                PolicyDocument=document)
    refused("LimitExceeded", 409, iam.update_assume_role_policy, RoleName=name,
            PolicyDocument=trust({"AWS": "*"}, Sid="x" * 2048))

    inline = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": ["s3:*"],
        "Resource": "arn:aws:s3:::a+b %41 *"}}
    for policy in ("b+b", "a"):
        iam.put_role_policy(RoleName=name, PolicyName=policy,
                            PolicyDocument=json.dumps(inline))
    pages = iam.get_paginator("list_role_policies").paginate(
        RoleName=name, PaginationConfig={"PageSize": 1})
    equal([page["PolicyNames"] for page in pages], [["a"], ["b+b"]])
    equal(iam.get_role_policy(RoleName=name, PolicyName="b+b")[
        "PolicyDocument"], inline)
    iam.delete_role_policy(RoleName=name, PolicyName="a")
    refused("NoSuchEntity", 404, iam.delete_role_policy, RoleName=name,
            PolicyName="a")
    refused("NoSuchEntity", 404, iam.get_role_policy, RoleName=name,
            PolicyName="a")
    for document in ("{", trust({"AWS": "*"}),
                     '{"Statement": {"Effect": "Allow", "Action": "a:b"}}'):
        refused(malformed, 400, iam.put_role_policy, RoleName=name,
                PolicyName="a", PolicyDocument=document)
    inline["Statement"]["Sid"] = "x" * 10240
    refused("LimitExceeded", 409, iam.put_role_policy, RoleName=name,
            PolicyName="a", PolicyDocument=json.dumps(inline))
    refused("ValidationError", 400, unchecked("iam").put_role_policy,
            RoleName=name, PolicyName="a b", PolicyDocument="{}")


def case_iam_quota():
    iam = client("iam")
    arns = ["AdministratorAccess", "AmazonRDSDataFullAccess",
            "AmazonRDSReadOnlyAccess", "AmazonS3FullAccess",
            "AmazonS3ReadOnlyAccess", "CloudWatchLogsFullAccess",
            "CloudWatchLogsReadOnlyAccess", "IAMReadOnlyAccess",
            "ReadOnlyAccess", "SecurityAudit"]
    for name in arns[:9]:
        iam.attach_role_policy(RoleName="aback",
                               PolicyArn="arn:aws:iam::aws:policy/" + name)
    equal(len(attached(iam, "aback")), 10)
    refused("LimitExceeded", 409, iam.attach_role_policy, RoleName="aback",
            PolicyArn="arn:aws:iam::aws:policy/" + arns[9])


def case_iam_versions():
    iam = client("iam")
    arn = f"arn:aws:iam::{ACCOUNT}:policy/orders-import-bucket"

    def document(action):
        return {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": action, "Resource": "*"}]}

    def versions():
        found = iam.get_paginator("list_policy_versions").paginate(
            PolicyArn=arn, PaginationConfig={"PageSize": 1})
        return [(v["VersionId"], v["IsDefaultVersion"])
                for page in found for v in page["Versions"]]

    def of(version):
        return iam.get_policy_version(
            PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]

    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    equal((policy["DefaultVersionId"], policy["AttachmentCount"],
           policy["PermissionsBoundaryUsageCount"]), ("v1", 1, 0))
    made = iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=json.dumps(document("s3:a%+")),
        SetAsDefault=True)["PolicyVersion"]
    equal((made["VersionId"], made["IsDefaultVersion"]), ("v2", True))
    equal(of("v2"), document("s3:a%+"))
    iam.create_policy_version(PolicyArn=arn,
                              PolicyDocument=json.dumps(document("s3:b")))
    equal(versions(), [("v3", False), ("v2", True), ("v1", False)])
    refused("DeleteConflict", 409, iam.delete_policy_version, PolicyArn=arn,
            VersionId="v2")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v3")
    equal(versions(), [("v2", False), ("v1", True)])
    # numbers are not given again
    for number in (4, 5, 6):
        equal(iam.create_policy_version(
            PolicyArn=arn, PolicyDocument=json.dumps(document("s3:c")))
            ["PolicyVersion"]["VersionId"], f"v{number}")
    refused("LimitExceeded", 409, iam.create_policy_version, PolicyArn=arn,
            PolicyDocument=json.dumps(document("s3:d")))
    for bad in ("{}", "[", trust("*")):
        refused("MalformedPolicyDocument", 400, iam.create_policy_version,
                PolicyArn=arn, PolicyDocument=bad)
    for call, more in ((iam.get_policy_version, {"VersionId": "v9"}),
                       (iam.set_default_policy_version, {"VersionId": "v9"}),
                       (iam.delete_policy_version, {"VersionId": "v9"})):
        refused("NoSuchEntity", 404, call, PolicyArn=arn, **more)
        refused("NoSuchEntity", 404, call, PolicyArn=arn + "x", **more)
    aws = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert "Statement" in iam.get_policy_version(
        PolicyArn=aws, VersionId="v1")["PolicyVersion"]["Document"]
    refused("AccessDenied", 403, iam.create_policy_version, PolicyArn=aws,
            PolicyDocument=json.dumps(document("s3:d")))


def case_iam_details():
    iam = client("iam")
    name = "rds-monitoring-role"
    control("poke", {"address": f"iam_role/{name}",
                     "set": {"InstanceProfiles": ["a", "b"]}})
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(
        {"Statement": {"Effect": "Allow", "Action": "a:b%", "Resource": "*"}}))
    pages = iam.get_paginator("list_instance_profiles_for_role").paginate(
        RoleName=name, PaginationConfig={"PageSize": 1})
    equal([one["InstanceProfileName"] for page in pages
           for one in page["InstanceProfiles"]], ["a", "b"])
    refused("NoSuchEntity", 404, iam.list_instance_profiles_for_role,
            RoleName="nothing")
    pages = iam.get_paginator("get_account_authorization_details").paginate(
        Filter=["Role"], PaginationConfig={"PageSize": 1})
    details = {one["RoleName"]: one for page in pages
               for one in page["RoleDetailList"]}
    for role in iam.list_roles()["Roles"]:
        detail = details.pop(role["RoleName"])
        whole = iam.get_role(RoleName=role["RoleName"])["Role"]
        for key in ("Path", "RoleId", "Arn", "AssumeRolePolicyDocument",
                    "Tags", "PermissionsBoundary"):
            equal(detail.get(key), whole.get(key), key)
        equal(sorted(one["PolicyArn"]
                     for one in detail["AttachedManagedPolicies"]),
              attached(iam, role["RoleName"]))
        if role["RoleName"] == name:
            equal(detail["RolePolicyList"], [{
                "PolicyName": "p", "PolicyDocument": {"Statement": {
                    "Effect": "Allow", "Action": "a:b%", "Resource": "*"}}}])
            equal([one["InstanceProfileName"]
                   for one in detail["InstanceProfileList"]], ["a", "b"])
    equal(details, {})


def case_iam_delay():
    """With two-accounts.json, whose iam_delay_ms is 200."""
    iam = client("iam")
    iam.attach_role_policy(RoleName="rds-monitoring-role",
                           PolicyArn=MONITORING_POLICY)
    equal(attached(iam, "rds-monitoring-role"), [])
    for _ in range(100):
        if attached(iam, "rds-monitoring-role"):
            return
        time.sleep(0.02)
    raise AssertionError("never became visible")


# ---- faults, limits, switches ---------------------------------------------

DESCRIBE = "Action=DescribeDBClusters&Version=2014-10-31"


def fault(**entry):
    control("faults", [dict(entry)])


def case_faults():
    rds = client("rds")
    fault(service="rds", action="DescribeDBClusters", nth=2, fault="throttle")
    equal(raw(DESCRIBE)[0], 200)
    status, _, text = raw(DESCRIBE)
    equal((status, code_of(text)), (400, "Throttling"))
    equal(raw(DESCRIBE)[0], 200)
    fault(action="DescribeDBClusters", nth=1, fault="error", status=403,
          code="AccessDenied", message="not you")
    error = refused("AccessDenied", 403, rds.describe_db_clusters)
    assert "not you" in str(error), error
    fault(action="DescribeDBClusters", nth=1, fault="error")
    refused("InternalFailure", 500, rds.describe_db_clusters)
    fault(action="DescribeDBClusters", nth=1, fault="html")
    status, headers, text = raw(DESCRIBE)
    equal((status, headers["Content-Type"]), (500, "text/html"))
    assert b"<html>" in text, text
    fault(action="DescribeDBClusters", nth=1, fault="html", status=200)
    equal(raw(DESCRIBE)[0], 200)
    fault(action="DescribeDBClusters", nth=1, fault="malformed")
    status, _, text = raw(DESCRIBE)
    equal(status, 200)
    try:
        ElementTree.fromstring(text)
        raise AssertionError("well-formed")
    except ElementTree.ParseError:
        pass
    fault(action="DescribeDBClusters", nth=1, fault="truncate")
    try:
        raw(DESCRIBE)
        raise AssertionError("not truncated")
    except http.client.IncompleteRead as error:
        assert len(error.partial) > 1000, error


def case_fault_effects():
    rds = client("rds")
    body = ("Action=ModifyDBCluster&Version=2014-10-31&DBClusterIdentifier="
            "orders&DeletionProtection=")
    fault(action="ModifyDBCluster", nth=1, fault="reset_before")
    reset(body + "true")
    time.sleep(0.2)
    equal(cluster(rds, "orders")["DeletionProtection"], False)
    fault(action="ModifyDBCluster", nth=1, fault="reset_after")
    reset(body + "true")
    settled(lambda: cluster(rds, "orders"), "Status")
    equal(cluster(rds, "orders")["DeletionProtection"], True)
    fault(action="ModifyDBCluster", nth=1, fault="ignore")
    equal(raw(body + "false")[0], 200)
    time.sleep(0.2)
    equal(cluster(rds, "orders")["DeletionProtection"], True)
    fault(action="ModifyDBCluster", nth=1, fault="delay_effect", ms=400)
    equal(raw(body + "false")[0], 200)
    time.sleep(0.2)
    equal((cluster(rds, "orders")["DeletionProtection"],
           cluster(rds, "orders")["Status"]), (True, "available"))
    settled(lambda: cluster(rds, "orders"), "Status")
    equal(cluster(rds, "orders")["DeletionProtection"], False)
    fault(action="ModifyDBCluster", nth=1, fault="html", effect=True)
    equal(raw(body + "true")[0], 500)
    settled(lambda: cluster(rds, "orders"), "Status")
    equal(cluster(rds, "orders")["DeletionProtection"], True)


def reset(body):
    try:
        raw(body)
    except (ConnectionResetError, http.client.RemoteDisconnected):
        return
    raise AssertionError("the connection was not reset")


def case_hang():
    fault(action="DescribeDBClusters", nth=1, fault="hang", ms=600,
          effect=True)
    start = time.monotonic()
    equal(raw(DESCRIBE)[0], 200)
    assert time.monotonic() - start >= 0.6
    fault(action="DescribeDBClusters", nth=1, fault="hang", ms=100)
    reset(DESCRIBE)
    fault(action="DescribeDBClusters", nth=1, fault="hang", ms=60000)
    impatient = botocore.config.Config(retries={"max_attempts": 0},
                                       read_timeout=0.3)
    try:
        client("rds", config=impatient).describe_db_clusters()
    except botocore.exceptions.ReadTimeoutError:
        return
    raise AssertionError("it answered")


def case_skew():
    fault(service="rds", fault="skew", ms=3600 * 1000)
    status, headers, text = raw(DESCRIBE)
    equal((status, code_of(text)), (403, "RequestTimeTooSkewed"))
    there = datetime.datetime.strptime(headers["Date"],
                                       "%a, %d %b %Y %H:%M:%S GMT")
    ahead = (there - datetime.datetime.utcnow()).total_seconds()
    assert 3590 < ahead < 3610, ahead
    equal(len(headers.get_all("Date")), 1)

    class Corrected(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return super().utcnow() + datetime.timedelta(hours=1)

    before = botocore.auth.datetime.datetime
    botocore.auth.datetime.datetime = Corrected
    try:
        equal(raw(DESCRIBE)[0], 200)
    finally:
        botocore.auth.datetime.datetime = before


def case_throttling():
    """Without --no-throttle: 300 at once, then 12 a second."""
    codes = [raw("Action=DescribeCertificates&Version=2014-10-31")
             for _ in range(330)]
    good = [status for status, _, _ in codes].count(200)
    bad = [code_of(text) for status, _, text in codes if status != 200]
    assert 300 <= good < 330, good
    equal(set(bad), {"Throttling"})


def case_ec2_throttling():
    """Without --no-throttle: 100 of a read at once, 50 of a write."""
    def many(action, count):
        codes = [raw(f"Action={action}&Version=2016-11-15", "ec2")
                 for _ in range(count)]
        good = [code for code in codes if code[0] != 503]
        equal({code_of(text) for status, _, text in codes if status == 503},
              {"RequestLimitExceeded"})
        return len(good)

    good = many("DescribeSecurityGroups", 140)
    assert 100 <= good < 140, good
    good = many("RevokeSecurityGroupIngress&GroupId=sg-0fffffffffffffff0", 70)
    assert 50 <= good < 70, good
    # each action has a bucket of its own
    client("ec2").describe_network_interfaces()


def case_simulate_throttling():
    """Without --no-throttle: 25 at once."""
    iam, good = client("iam"), 0
    while good < 60:
        try:
            iam.simulate_principal_policy(PolicySourceArn=MONITORING,
                                          ActionNames=["rds:ModifyDBCluster"])
        except botocore.exceptions.ClientError as error:
            equal((error.response["Error"],
                   error.response["ResponseMetadata"]["HTTPStatusCode"]),
                  ({"Type": "Sender", "Code": "Throttling",
                    "Message": "Rate exceeded"}, 400))
            break
        good += 1
    assert 25 <= good < 60, good


def case_poke():
    rds = client("rds")
    control("poke", {"account": ACCOUNT, "region": "eu-west-1",
                     "address": "cluster/orders",
                     "set": {"DeletionProtection": True}})
    equal(cluster(rds, "orders")["DeletionProtection"], True)
    equal(instance(rds, "orders-1")["DeletionProtection"], True)
    control("poke", {"address": "instance/orders-3",
                     "set": {"PubliclyAccessible": True}})
    equal(instance(rds, "orders-3")["PubliclyAccessible"], True)
    # what XML cannot carry, and what it has to escape
    control("poke", {"address": "cluster/orders", "set": {"TagList": [
        {"Key": "a<b&c", "Value": "\x1b[2J\tx\u009by"}]}})
    equal(cluster(rds, "orders")["TagList"],
          [{"Key": "a<b&c", "Value": "\ufffd[2J\tx\u009by"}])
    control("poke", {"address": "iam_role/aback",
                     "set": {"AttachedPolicies": []}})
    equal(attached(client("iam"), "aback"), [])
    control("poke", {"address": "instance/orders-3", "delete": True})
    refused("DBInstanceNotFound", 404, rds.describe_db_instances,
            DBInstanceIdentifier="orders-3")
    equal(len(cluster(rds, "orders")["DBClusterMembers"]), 2)
    control("poke", {"address": "cluster/billing", "delete": True})
    equal([i["DBInstanceIdentifier"] for i in
           rds.describe_db_instances()["DBInstances"]
           if i.get("DBClusterIdentifier") == "billing"], [])
    # what is no state is refused, and leaves the state as it is
    before = control("fleet")
    for bad in ([1], 5, {"Engine": 5}, {"DBClusterMembers": []},
                {"PendingModifiedValues": {"EngineVersion": 1}},
                {"VpcSecurityGroups": [{}]}, {"TagList": ["x"]},
                {"DBClusterIdentifier": "other"}, {"Status": True}):
        http_client = http.client.HTTPConnection("127.0.0.1", PORT)
        http_client.request("POST", "/_sim/poke", json.dumps(
            {"address": "cluster/orders", "set": bad}))
        equal(http_client.getresponse().status, 400, bad)
    equal(control("fleet"), before)
    control("poke", {"address": "cluster/orders", "set": {
        name: None for name in ("Engine", "Status", "TagList",
                                "EnabledCloudwatchLogsExports")}})
    equal(cluster(rds, "orders")["Status"], "available")


ORDERS_GROUP = "sg-0a1c5e7f90b2d4a61"
PUBLIC = {"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306,
          "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "tmp & co"}]}


def ec2_rules(ec2, group=ORDERS_GROUP, egress=False):
    pages = ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [group]}],
        PaginationConfig={"PageSize": 5})
    return [rule for page in pages for rule in page["SecurityGroupRules"]
            if rule["IsEgress"] == egress]


def case_ec2():
    ec2 = client("ec2")
    group, = ec2.describe_security_groups(
        GroupIds=[ORDERS_GROUP])["SecurityGroups"]
    equal(group["OwnerId"], ACCOUNT)
    equal(group["IpPermissionsEgress"][0]["IpRanges"],
          [{"CidrIp": "0.0.0.0/0"}])
    before = len(ec2_rules(ec2))
    tags = [{"ResourceType": "security-group-rule",
             "Tags": [{"Key": "owner", "Value": "dba"}]}]
    made = ec2.authorize_security_group_ingress(
        GroupId=ORDERS_GROUP, IpPermissions=[PUBLIC],
        TagSpecifications=tags)["SecurityGroupRules"][0]
    equal((made["CidrIpv4"], made["Description"], made["Tags"]),
          ("0.0.0.0/0", "tmp & co", tags[0]["Tags"]))
    equal([r for r in ec2_rules(ec2)
           if r["SecurityGroupRuleId"] == made["SecurityGroupRuleId"]], [made])
    refused("InvalidPermission.Duplicate", 400,
            ec2.authorize_security_group_ingress, GroupId=ORDERS_GROUP,
            IpPermissions=[PUBLIC])
    ec2.update_security_group_rule_descriptions_ingress(
        GroupId=ORDERS_GROUP, SecurityGroupRuleDescriptions=[{
            "SecurityGroupRuleId": made["SecurityGroupRuleId"],
            "Description": "other"}])
    equal([r["Description"] for r in ec2_rules(ec2)
           if r.get("CidrIpv4") == "0.0.0.0/0"], ["other"])
    # a description is no part of what is revoked
    answer = ec2.revoke_security_group_ingress(
        GroupId=ORDERS_GROUP, IpPermissions=[PUBLIC])
    equal(answer.get("UnknownIpPermissions", []), [])
    equal(len(ec2_rules(ec2)), before)
    refused("InvalidPermission.NotFound", 400,
            ec2.revoke_security_group_ingress, GroupId=ORDERS_GROUP,
            IpPermissions=[PUBLIC])
    refused("InvalidSecurityGroupRuleId.NotFound", 400,
            ec2.revoke_security_group_ingress, GroupId=ORDERS_GROUP,
            SecurityGroupRuleIds=[made["SecurityGroupRuleId"]])
    refused("InvalidGroup.NotFound", 400, ec2.describe_security_groups,
            GroupIds=["sg-0fffffffffffffff0"])
    refused("InvalidGroup.NotFound", 400, ec2.authorize_security_group_egress,
            GroupId="sg-0fffffffffffffff0", IpPermissions=[PUBLIC])
    refused("InvalidGroupId.Malformed", 400,
            ec2.revoke_security_group_ingress, GroupId="orders",
            IpPermissions=[PUBLIC])
    interfaces = ec2.describe_network_interfaces(Filters=[
        {"Name": "group-id", "Values": [ORDERS_GROUP]}])["NetworkInterfaces"]
    assert interfaces and all(
        i["Description"] == "RDSNetworkInterface" for i in interfaces)


def case_ec2_canonical():
    ec2 = client("ec2")
    equal([r["SecurityGroupRuleId"] for r in ec2_rules(ec2, egress=True)],
          [r["SecurityGroupRuleId"] for r in ec2_rules(ec2, egress=True)])
    made = ec2.authorize_security_group_ingress(
        GroupId=ORDERS_GROUP, IpPermissions=[
            {"IpProtocol": "6", "FromPort": 1, "ToPort": 2,
             "IpRanges": [{"CidrIp": "10.1.2.3/16"}]},
            {"IpProtocol": "50", "Ipv6Ranges": [
                {"CidrIpv6": "2001:0DB8:0::/32"}]},
            {"IpProtocol": "-1", "UserIdGroupPairs": [
                {"GroupId": ORDERS_GROUP}]},
            {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1,
             "PrefixListIds": [{"PrefixListId": "pl-0123"}]},
        ])["SecurityGroupRules"]
    equal([(r["IpProtocol"], r.get("FromPort"), r.get("ToPort"),
            r.get("CidrIpv4"), r.get("CidrIpv6"), r.get("PrefixListId"),
            r.get("ReferencedGroupInfo")) for r in made],
          [("tcp", 1, 2, "10.1.0.0/16", None, None, None),
           ("50", None, None, None, "2001:db8::/32", None, None),
           ("-1", -1, -1, None, None, None,
            {"GroupId": ORDERS_GROUP, "UserId": ACCOUNT}),
           ("icmp", 8, -1, None, None, "pl-0123", None)])
    for permission in (
            {"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
            {"IpProtocol": "tcp", "FromPort": 2, "ToPort": 1,
             "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
            {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/33"}]},
            {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "::/0"}]},
            {"IpProtocol": "-1"},
            {"IpProtocol": "-1", "IpRanges": [
                {"CidrIp": "10.0.0.0/8", "Description": "caf\u00e9"}]},
            {"IpProtocol": "-1", "IpRanges": [
                {"CidrIp": "10.1.0.0/8"}, {"CidrIp": "10.2.0.0/8"}]}):
        refused("InvalidParameterValue", 400,
                ec2.authorize_security_group_ingress, GroupId=ORDERS_GROUP,
                IpPermissions=[permission])
    for number in range(60 - len(ec2_rules(ec2))):
        ec2.authorize_security_group_ingress(
            GroupId=ORDERS_GROUP, IpProtocol="udp", FromPort=number,
            ToPort=number, CidrIp="10.0.0.0/8")
    refused("RulesPerSecurityGroupLimitExceeded", 400,
            ec2.authorize_security_group_ingress, GroupId=ORDERS_GROUP,
            IpProtocol="udp", FromPort=99, ToPort=99, CidrIp="10.0.0.0/8")


def case_ec2_default_vpc():
    """There, what matches nothing is answered as if it had been revoked."""
    ec2 = client("ec2")
    control("poke", {"address": "security_group/" + ORDERS_GROUP,
                     "set": {"isDefaultVpc": True}})
    answer = ec2.revoke_security_group_ingress(
        GroupId=ORDERS_GROUP, IpPermissions=[PUBLIC])
    equal(answer["Return"], True)
    equal(answer["UnknownIpPermissions"][0]["IpRanges"][0]["CidrIp"],
          "0.0.0.0/0")
    equal(answer.get("RevokedSecurityGroupRules", []), [])


GROUP = "/aws/rds/cluster/orders/audit"
KEY_ID = "6d1e4c0a-52b7-4f0e-8f31-9b1f2f7c7e21"
KEY_ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{KEY_ID}"


def log_group(logs, name):
    for page in logs.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=name):
        for group in page["logGroups"]:
            if group["logGroupName"] == name:
                return group
    return None


def case_log_groups():
    logs = client("logs")
    equal(log_group(logs, GROUP), None)
    logs.create_log_group(logGroupName=GROUP)
    refused("ResourceAlreadyExistsException", 400, logs.create_log_group,
            logGroupName=GROUP)
    group = log_group(logs, GROUP)
    equal(group["arn"], f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{GROUP}:*")
    assert "retentionInDays" not in group and "kmsKeyId" not in group, group
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=90)
    logs.associate_kms_key(logGroupName=GROUP, kmsKeyId=KEY_ARN)
    group = log_group(logs, GROUP)
    equal((group["retentionInDays"], group["kmsKeyId"]), (90, KEY_ARN))
    logs.delete_retention_policy(logGroupName=GROUP)
    logs.disassociate_kms_key(logGroupName=GROUP)
    group = log_group(logs, GROUP)
    assert "retentionInDays" not in group and "kmsKeyId" not in group, group
    refused("InvalidParameterException", 400, logs.put_retention_policy,
            logGroupName=GROUP, retentionInDays=2)
    refused("InvalidParameterException", 400, logs.create_log_group,
            logGroupName="with blank")
    refused("InvalidParameterException", 400, logs.associate_kms_key,
            logGroupName=GROUP, kmsKeyId=KEY_ARN[:-1] + "0")
    for call, more in ((logs.put_retention_policy, {"retentionInDays": 7}),
                       (logs.delete_retention_policy, {}),
                       (logs.disassociate_kms_key, {}),
                       (logs.delete_log_group, {})):
        refused("ResourceNotFoundException", 400, call, logGroupName="no", **more)
    # the system's boto3 may not know this call yet
    def protect(name, on):
        status, _, text = raw(json.dumps({"logGroupIdentifier": name,
                                          "deletionProtectionEnabled": on}),
                              "logs", {"X-Amz-Target": "Logs_20140328."
                                       "PutLogGroupDeletionProtection"})
        return status, json.loads(text).get("__type") if text else None

    equal(protect(GROUP, True), (200, None))
    refused("InvalidOperationException", 400, logs.delete_log_group,
            logGroupName=GROUP)
    equal(protect("no", True), (400, "ResourceNotFoundException"))
    equal(protect(GROUP, "true"), (400, "SerializationException"))
    equal(protect(f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{GROUP}", False),
          (200, None))
    logs.delete_log_group(logGroupName=GROUP)
    equal(log_group(logs, GROUP), None)


def case_log_group_pages():
    logs = client("logs")
    names = [f"/aws/rds/cluster/c{n:03}/error" for n in range(120)]
    for name in reversed(names):
        logs.create_log_group(logGroupName=name)
    pages = list(logs.get_paginator("describe_log_groups").paginate(
        logGroupNamePrefix="/aws/rds/cluster/c"))
    equal([len(page["logGroups"]) for page in pages], [50, 50, 20])
    equal([group["logGroupName"] for page in pages
           for group in page["logGroups"]], names)
    refused("InvalidParameterException", 400, logs.describe_log_groups,
            nextToken="invented")


def case_log_group_of_an_export():
    """The service makes a group that nobody made before, without an end."""
    rds, logs = client("rds"), client("logs")
    logs.create_log_group(logGroupName="/aws/rds/cluster/orders/general")
    logs.put_retention_policy(logGroupName="/aws/rds/cluster/orders/general",
                              retentionInDays=30)
    change_cluster(rds, "orders", CloudwatchLogsExportConfiguration={
        "EnableLogTypes": ["audit", "general"]})
    assert "retentionInDays" not in log_group(logs, GROUP)
    equal(log_group(logs, "/aws/rds/cluster/orders/general")
          ["retentionInDays"], 30)


def raw_kms(action, **parameters):
    """Older boto3s do not know the period of a rotation."""
    status, _, text = raw(json.dumps({"KeyId": KEY_ID, **parameters}), "kms",
                          {"X-Amz-Target": "TrentService." + action})
    return status, json.loads(text or "{}")


def case_keys():
    kms = client("kms")
    key = kms.describe_key(KeyId=KEY_ID)["KeyMetadata"]
    equal((key["Arn"], key["KeyState"], key["KeyManager"]),
          (KEY_ARN, "Enabled", "CUSTOMER"))
    equal(kms.describe_key(KeyId=KEY_ARN)["KeyMetadata"]["KeyId"], KEY_ID)
    equal(kms.get_key_rotation_status(KeyId=KEY_ID)["KeyRotationEnabled"], False)
    equal(raw_kms("EnableKeyRotation", RotationPeriodInDays=180)[0], 200)
    equal(kms.get_key_rotation_status(KeyId=KEY_ARN)["KeyRotationEnabled"], True)
    equal(raw_kms("GetKeyRotationStatus")[1]["RotationPeriodInDays"], 180)
    kms.enable_key_rotation(KeyId=KEY_ID)
    equal(raw_kms("GetKeyRotationStatus")[1]["RotationPeriodInDays"], 365)
    kms.disable_key_rotation(KeyId=KEY_ID)
    assert "RotationPeriodInDays" not in raw_kms("GetKeyRotationStatus")[1]
    status, answer = raw_kms("EnableKeyRotation", RotationPeriodInDays=89)
    equal((status, answer["__type"]), (400, "ValidationException"))
    refused("NotFoundException", 400, kms.describe_key, KeyId="alias/nothing")
    control("poke", {"address": "kms_key/" + KEY_ID,
                     "set": {"Aliases": ["alias/orders"]}})
    equal(kms.describe_key(KeyId="alias/orders")["KeyMetadata"]["KeyId"], KEY_ID)
    refused("NotFoundException", 400, kms.get_key_rotation_status,
            KeyId="alias/orders")
    for change, code in (({"KeyState": "PendingDeletion"},
                          "KMSInvalidStateException"),
                         ({"KeyState": "Disabled"}, "DisabledException"),
                         ({"KeyState": "Enabled", "KeySpec": "RSA_2048"},
                          "UnsupportedOperationException"),
                         ({"KeyManager": "AWS"}, "AccessDeniedException")):
        control("poke", {"address": "kms_key/" + KEY_ID, "set": change})
        refused(code, 400, kms.enable_key_rotation, KeyId=KEY_ID)


# ---- calls of their own ---------------------------------------------------

CLUSTER_ARN = f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:"
IMPORT = f"arn:aws:iam::{ACCOUNT}:role/orders-s3-import"


def until(read, wanted):
    """All that was seen until it is that."""
    seen = []
    for _ in range(400):
        now = read()
        if not seen or seen[-1] != now:
            seen.append(now)
        if now == wanted:
            return seen
        time.sleep(0.01)
    raise AssertionError(f"never {wanted}: {seen}")


def case_roles():
    rds = client("rds")

    def status(name="billing"):
        return [(role.get("FeatureName"), role["Status"])
                for role in cluster(rds, name)["AssociatedRoles"]]

    def add(feature="s3Import", role=IMPORT):
        rds.add_role_to_db_cluster(DBClusterIdentifier="billing", RoleArn=role,
                                   FeatureName=feature)

    add()
    equal(until(status, [("s3Import", "ACTIVE")]),
          [[("s3Import", "PENDING")], [("s3Import", "ACTIVE")]])
    refused("DBClusterRoleAlreadyExists", 400, rds.add_role_to_db_cluster,
            DBClusterIdentifier="billing", RoleArn=IMPORT,
            FeatureName="s3Import")
    refused("InvalidParameterValue", 400, rds.add_role_to_db_cluster,
            DBClusterIdentifier="billing", RoleArn=IMPORT)
    refused("InvalidParameterValue", 400, rds.add_role_to_db_cluster,
            DBClusterIdentifier="billing", RoleArn=IMPORT,
            FeatureName="s3import")
    refused("InvalidParameterValue", 400, rds.add_role_to_db_cluster,
            DBClusterIdentifier="billing", RoleArn=IMPORT + "-not",
            FeatureName="s3Export")
    refused("DBClusterRoleNotFound", 404, rds.remove_role_from_db_cluster,
            DBClusterIdentifier="billing", RoleArn=IMPORT,
            FeatureName="s3Export")
    refused("DBClusterNotFoundFault", 404, rds.remove_role_from_db_cluster,
            DBClusterIdentifier="nobody", RoleArn=IMPORT)
    # one whose trust policy does not name RDS cannot be assumed
    add("s3Export", f"arn:aws:iam::{ACCOUNT}:role/rds-monitoring-role")
    until(status, [("s3Import", "ACTIVE"), ("s3Export", "INVALID")])
    rds.remove_role_from_db_cluster(
        DBClusterIdentifier="billing", RoleArn=IMPORT, FeatureName="s3Import")
    equal(status()[0], ("s3Import", "PENDING"))
    until(status, [("s3Export", "INVALID")])
    # Aurora MySQL takes a feature that it does not have, for good
    equal(status("orders"), [(None, "ACTIVE")])
    rds.add_role_to_db_cluster(DBClusterIdentifier="catalog", RoleArn=IMPORT,
                               FeatureName="made-up")
    until(lambda: status("catalog"), [("made-up", "ACTIVE")])
    rds.remove_role_from_db_cluster(DBClusterIdentifier="catalog",
                                    RoleArn=IMPORT, FeatureName="made-up")
    equal(status("catalog"), [("made-up", "ACTIVE")])
    names = rds.describe_db_engine_versions(
        Engine="aurora-postgresql")["DBEngineVersions"][0]
    assert "s3Import" in names["SupportedFeatureNames"], names


def newer(action, **parameters):
    """Older boto3s do not know these calls and parameters."""
    status, _, text = raw(urllib.parse.urlencode({
        "Action": action, "Version": "2014-10-31", **parameters}))
    return status, code_of(text) if status != 200 else text.decode()


def case_http_endpoint():
    rds = client("rds")
    arn = CLUSTER_ARN + "billing"

    def enabled():
        return cluster(rds, "billing")["HttpEndpointEnabled"]

    status, text = newer("EnableHttpEndpoint", ResourceArn=arn)
    equal(status, 200)
    assert f"<ResourceArn>{arn}</ResourceArn>" in text, text
    assert "<HttpEndpointEnabled>true</HttpEndpointEnabled>" in text, text
    until(enabled, True)
    equal(newer("DisableHttpEndpoint", ResourceArn=arn)[0], 200)
    until(enabled, False)
    equal(newer("EnableHttpEndpoint", ResourceArn=CLUSTER_ARN + "nobody"),
          (404, "ResourceNotFoundFault"))
    refused("InvalidParameterCombination", 400, rds.modify_db_cluster,
            DBClusterIdentifier="billing", EnableHttpEndpoint=True)
    control("poke", {"address": "cluster/billing",
                     "set": {"EngineMode": "serverless"}})
    equal(newer("EnableHttpEndpoint", ResourceArn=arn),
          (400, "InvalidResourceStateFault"))
    change_cluster(rds, "billing", EnableHttpEndpoint=True)
    equal(enabled(), True)


def case_activity_stream():
    rds = client("rds")
    arn = CLUSTER_ARN + "billing"

    def status():
        return cluster(rds, "billing")["ActivityStreamStatus"]

    equal(status(), "stopped")
    refused("InvalidDBClusterStateFault", 400, rds.stop_activity_stream,
            ResourceArn=arn)
    refused("KMSKeyNotAccessibleFault", 400, rds.start_activity_stream,
            ResourceArn=arn, Mode="sync", KmsKeyId="alias/aws/rds")
    refused("InvalidParameterCombination", 400, rds.start_activity_stream,
            ResourceArn=CLUSTER_ARN + "orders", Mode="sync", KmsKeyId=KEY_ARN)
    answer = rds.start_activity_stream(
        ResourceArn=arn, Mode="sync", KmsKeyId=KEY_ARN, ApplyImmediately=True)
    equal((answer["Status"], answer["Mode"], answer["ApplyImmediately"]),
          ("starting", "sync", True))
    refused("InvalidDBClusterStateFault", 400, rds.modify_db_cluster,
            DBClusterIdentifier="billing", DeletionProtection=True)
    equal(until(status, "started"), ["starting", "started"])
    stream = cluster(rds, "billing")
    equal((stream["ActivityStreamMode"], stream["ActivityStreamKmsKeyId"]),
          ("sync", KEY_ID))
    equal(stream["ActivityStreamKinesisStreamName"],
          answer["KinesisStreamName"])
    rds.stop_activity_stream(ResourceArn=arn)
    equal(status(), "stopping")
    time.sleep(0.5)  # nothing happens before the window
    equal(status(), "stopping")
    control("window", {})
    until(status, "stopped")
    assert "ActivityStreamMode" not in cluster(rds, "billing")
    again = rds.start_activity_stream(
        ResourceArn=arn, Mode="async", KmsKeyId=KEY_ID, ApplyImmediately=True)
    assert again["KinesisStreamName"] != answer["KinesisStreamName"], again


def case_master_secret():
    rds, secrets = client("rds"), client("secretsmanager")

    def modify(**parameters):
        return newer("ModifyDBCluster", DBClusterIdentifier="billing",
                     **parameters)

    def secret():
        _, text = newer("DescribeDBClusters", DBClusterIdentifier="billing")
        found = ElementTree.fromstring(text).find(".//{*}MasterUserSecret")
        return {member.tag.split("}")[1]: member.text
                for member in found if member.text} if found is not None else {}

    equal(secret(), {})
    for parameters in ({"MasterUserSecretKmsKeyId": KEY_ARN},
                       {"ManageMasterUserPassword": "false"}):
        equal(modify(**parameters), (400, "InvalidParameterCombination"))
    equal(modify(ManageMasterUserPassword="true",
                 MasterUserSecretKmsKeyId=KEY_ARN)[0], 200)
    equal(secret()["SecretStatus"], "creating")
    seen = settled(lambda: cluster(rds, "billing"), "Status")
    assert "resetting-master-credentials" in seen, seen
    equal((secret()["SecretStatus"], secret()["KmsKeyId"]),
          ("active", KEY_ARN))
    arn = secret()["SecretArn"]
    described = secrets.describe_secret(SecretId=arn)
    equal((described["OwningService"], described["ARN"]), ("rds", arn))
    equal(modify(ManageMasterUserPassword="false"),
          (400, "InvalidParameterCombination"))
    equal(modify(ManageMasterUserPassword="false",
                 MasterUserPassword="not-a-secret-1")[0], 200)
    settled(lambda: cluster(rds, "billing"), "Status")
    equal(secret(), {})
    refused("ResourceNotFoundException", 400, secrets.describe_secret,
            SecretId=arn)


# ---- what happened --------------------------------------------------------

def case_snapshots():
    rds = client("rds")
    name, daily = "catalog-before-sale", "rds:orders-2026-11-20"

    def restore(name=name):
        answer = rds.describe_db_cluster_snapshot_attributes(
            DBClusterSnapshotIdentifier=name)
        attributes = answer["DBClusterSnapshotAttributesResult"][
            "DBClusterSnapshotAttributes"]
        equal([a["AttributeName"] for a in attributes], ["restore"])
        return attributes[0]["AttributeValues"]

    def modify(**values):
        rds.modify_db_cluster_snapshot_attribute(
            DBClusterSnapshotIdentifier=name, AttributeName="restore", **values)
        return restore()

    def listed(**parameters):
        pages = rds.get_paginator("describe_db_cluster_snapshots")
        return [snapshot["DBClusterSnapshotIdentifier"]
                for page in pages.paginate(**parameters)
                for snapshot in page["DBClusterSnapshots"]]

    equal(listed(SnapshotType="manual"),
          [name, "identity-archive", "webshop-last"])
    equal(listed(SnapshotType="automated"), [daily])
    equal(listed(SnapshotType="public"), [name])
    equal(listed(), [name, "identity-archive", daily, "webshop-last"])
    equal(listed(DBClusterIdentifier="orders"), [daily])
    equal(listed(Filters=[{"Name": "db-cluster-snapshot-id",
                           "Values": [name, "none"]}]), [name])
    snapshot = rds.describe_db_cluster_snapshots(
        DBClusterSnapshotIdentifier=name.upper())["DBClusterSnapshots"][0]
    equal((snapshot["Engine"], snapshot["SnapshotType"],
           snapshot["DBClusterSnapshotArn"]),
          ("aurora-mysql", "manual",
           f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster-snapshot:{name}"))
    equal(restore(), ["all"])
    equal(modify(ValuesToRemove=["all"], ValuesToAdd=["111111111111"]),
          ["111111111111"])
    equal(modify(ValuesToAdd=["111111111111", "222222222222"]),
          ["111111111111", "222222222222"])
    equal(modify(ValuesToRemove=["111111111111", "333333333333"]),
          ["222222222222"])
    modify_it = rds.modify_db_cluster_snapshot_attribute
    refused("SharedSnapshotQuotaExceeded", 400, modify_it,
            DBClusterSnapshotIdentifier=name, AttributeName="restore",
            ValuesToAdd=[f"{i:012}" for i in range(20)])
    for values in ({"ValuesToAdd": ["12"]}, {"ValuesToRemove": ["nobody"]}):
        refused("InvalidParameterValue", 400, modify_it,
                DBClusterSnapshotIdentifier=name, AttributeName="restore",
                **values)
    refused("InvalidParameterValue", 400, modify_it,
            DBClusterSnapshotIdentifier="identity-archive",
            AttributeName="restore", ValuesToAdd=["all"])
    refused("InvalidParameterValue", 400, modify_it,
            DBClusterSnapshotIdentifier=name, AttributeName="other",
            ValuesToAdd=["all"])
    refused("InvalidDBClusterSnapshotStateFault", 400, modify_it,
            DBClusterSnapshotIdentifier=daily,
            AttributeName="restore", ValuesToAdd=["111111111111"])
    for call in (rds.describe_db_cluster_snapshots,
                 rds.describe_db_cluster_snapshot_attributes):
        refused("DBClusterSnapshotNotFoundFault", 404, call,
                DBClusterSnapshotIdentifier="none")
    refused("InvalidParameterCombination", 400,
            rds.describe_db_cluster_snapshots, DBClusterIdentifier="orders",
            DBClusterSnapshotIdentifier=name)


def case_subscriptions():
    rds = client("rds")
    topic = f"arn:aws:sns:eu-west-1:{ACCOUNT}:dba"
    name = "our-events"

    def read(name=name):
        return rds.describe_event_subscriptions(
            SubscriptionName=name)["EventSubscriptionsList"][0]

    def active(name=name):
        seen = []
        for _ in range(400):
            seen.append(read(name)["Status"])
            if seen[-1] == "active":
                return seen
            time.sleep(0.01)
        raise AssertionError(f"never active: {seen[-1]}")

    pages = rds.get_paginator("describe_event_subscriptions").paginate()
    equal([s["CustSubscriptionId"] for page in pages
           for s in page["EventSubscriptionsList"]],
          ["orders-critical", "other-teams"])
    critical = read("orders-critical")
    equal((critical["SourceType"], critical["SourceIdsList"],
           critical["EventCategoriesList"], critical["Enabled"]),
          ("db-cluster", ["orders"], ["failover"], True))
    made = rds.create_event_subscription(
        SubscriptionName=name, SnsTopicArn=topic)["EventSubscription"]
    equal((made["Status"], made["Enabled"], made["EventCategoriesList"],
           made["SourceIdsList"], made.get("SourceType"),
           made["EventSubscriptionArn"]),
          ("creating", True, [], [], None,
           f"arn:aws:rds:eu-west-1:{ACCOUNT}:es:{name}"))
    refused("InvalidEventSubscriptionState", 400,
            rds.modify_event_subscription, SubscriptionName=name, Enabled=False)
    active()
    refused("SubscriptionAlreadyExist", 400, rds.create_event_subscription,
            SubscriptionName=name, SnsTopicArn=topic)
    rds.modify_event_subscription(
        SubscriptionName=name, SourceType="db-cluster", Enabled=False,
        EventCategories=["failure", "maintenance"])
    assert "modifying" in active()
    rds.add_source_identifier_to_subscription(
        SubscriptionName=name, SourceIdentifier="orders")
    active()
    equal((read()["SourceIdsList"], read()["EventCategoriesList"],
           read()["Enabled"]), (["orders"], ["failure", "maintenance"], False))
    # an empty list is sent, and means all of them
    rds.modify_event_subscription(SubscriptionName=name, EventCategories=[])
    active()
    equal(read()["EventCategoriesList"], [])
    rds.remove_source_identifier_from_subscription(
        SubscriptionName=name, SourceIdentifier="orders")
    active()
    equal(read()["SourceIdsList"], [])
    for code, status, call, parameters in (
            ("SourceNotFound", 404, rds.add_source_identifier_to_subscription,
             {"SourceIdentifier": "none"}),
            ("SourceNotFound", 404,
             rds.remove_source_identifier_from_subscription,
             {"SourceIdentifier": "orders"}),
            ("SNSInvalidTopic", 400, rds.modify_event_subscription,
             {"SnsTopicArn": "dba"}),
            ("SNSTopicArnNotFound", 404, rds.modify_event_subscription,
             {"SnsTopicArn": topic + "-none"}),
            ("SubscriptionCategoryNotFound", 404,
             rds.modify_event_subscription, {"EventCategories": ["luck"]}),
            ("InvalidParameterValue", 400, rds.modify_event_subscription,
             {"SourceType": "db-dream"})):
        refused(code, status, call, SubscriptionName=name, **parameters)
    refused("InvalidParameterCombination", 400, rds.create_event_subscription,
            SubscriptionName="x", SnsTopicArn=topic, SourceIds=["orders"])
    rds.delete_event_subscription(SubscriptionName=name)
    for call in (rds.describe_event_subscriptions,
                 rds.delete_event_subscription):
        refused("SubscriptionNotFound", 404, call, SubscriptionName=name)


def case_rds_events():
    rds = client("rds")

    def events(**parameters):
        return rds.describe_events(**parameters)["Events"]

    equal(events(), [])
    before = datetime.datetime.now(datetime.timezone.utc)
    change_cluster(rds, "orders", DeletionProtection=True)
    rds.reboot_db_instance(DBInstanceIdentifier="orders-2")
    settled(lambda: instance(rds, "orders-2"), "DBInstanceStatus")
    modified, restarted = events()
    equal((restarted["SourceType"], restarted["SourceIdentifier"],
           restarted["Message"], restarted["EventCategories"]),
          ("db-instance", "orders-2", "DB instance restarted",
           ["availability"]))
    equal(restarted["SourceArn"], instance(rds, "orders-2")["DBInstanceArn"])
    equal((modified["SourceType"], modified["SourceIdentifier"],
           modified["Message"], modified["EventCategories"]),
          ("db-cluster", "orders",
           "Finished applying modification to DeletionProtection",
           ["configuration change"]))
    assert before <= modified["Date"] <= restarted["Date"], (modified, restarted)
    for parameters, wanted in (
            (dict(SourceType="db-instance"), [restarted]),
            (dict(SourceType="db-instance", SourceIdentifier="ORDERS-2"),
             [restarted]),
            (dict(SourceType="db-instance", SourceIdentifier="orders-1"), []),
            (dict(EventCategories=["configuration change", "failover"]),
             [modified]),
            (dict(StartTime=before), [modified, restarted]),
            (dict(StartTime=restarted["Date"]), [restarted]),
            (dict(EndTime=before), []),
            (dict(StartTime=before, Duration=1), [modified, restarted]),
            (dict(Duration=60), [modified, restarted])):
        equal(events(**parameters), wanted, parameters)
    for parameters, code in (
            (dict(SourceIdentifier="orders"), "InvalidParameterCombination"),
            (dict(SourceType="db-shoe"), "InvalidParameterValue"),
            (dict(Duration=0), "InvalidParameterValue"),
            (dict(Duration=20161), "InvalidParameterValue"),
            (dict(MaxRecords=19), "InvalidParameterValue"),
            (dict(Marker="invented"), "InvalidParameterValue"),
            (dict(StartTime=restarted["Date"], EndTime=before),
             "InvalidParameterCombination")):
        refused(code, 400, rds.describe_events, **parameters)


def seen(trail, **parameters):
    """What CloudTrail shows, each event with its record opened."""
    events = [event for page in
              trail.get_paginator("lookup_events").paginate(**parameters)
              for event in page["Events"]]
    for event in events:
        record = json.loads(event["CloudTrailEvent"])
        equal((record["eventID"], record["eventName"], record["eventSource"],
               record["readOnly"]),
              (event["EventId"], event["EventName"], event["EventSource"],
               event["ReadOnly"] == "true"))
        event["record"] = record
    return events


def by(key, value):
    return {"LookupAttributes": [{"AttributeKey": key,
                                  "AttributeValue": value}]}


def resources(event):
    return [(r["ResourceType"], r["ResourceName"]) for r in event["Resources"]]


def case_trail():
    rds, trail = client("rds"), client("cloudtrail")
    answer = rds.modify_db_cluster(
        DBClusterIdentifier="orders", DeletionProtection=True,
        BackupRetentionPeriod=9, ApplyImmediately=True,
        VpcSecurityGroupIds=["sg-0a1c5e7f90b2d4a61"],
        CloudwatchLogsExportConfiguration={"EnableLogTypes": ["audit"]})
    event, = seen(trail, **by("EventName", "ModifyDBCluster"))
    equal((event["ReadOnly"], event["Username"], event["AccessKeyId"],
           resources(event)),
          ("false", "dba", KEY[0], [("AWS::RDS::DBCluster", "orders")]))
    assert abs(event["EventTime"].timestamp() - time.time()) < 30
    record = event["record"]
    equal(record["requestID"], answer["ResponseMetadata"]["RequestId"])
    assert record["eventID"] != record["requestID"]
    equal(record["requestParameters"], {
        "dBClusterIdentifier": "orders", "deletionProtection": True,
        "backupRetentionPeriod": 9, "applyImmediately": True,
        "vpcSecurityGroupIds": ["sg-0a1c5e7f90b2d4a61"],
        "cloudwatchLogsExportConfiguration": {"enableLogTypes": ["audit"]}})
    elements = record["responseElements"]
    equal((elements["dBClusterIdentifier"],
           elements["iAMDatabaseAuthenticationEnabled"],
           elements["vpcSecurityGroups"][0]["status"],
           [m["dBInstanceIdentifier"] for m in elements["dBClusterMembers"]]),
          ("orders", answer["DBCluster"]["IAMDatabaseAuthenticationEnabled"],
           "active", [m["DBInstanceIdentifier"]
                      for m in answer["DBCluster"]["DBClusterMembers"]]))
    identity = dict(record["userIdentity"])
    assert identity.pop("principalId").startswith("AIDA"), identity
    equal(identity, {"type": "IAMUser", "accountId": ACCOUNT,
                     "arn": f"arn:aws:iam::{ACCOUNT}:user/dba",
                     "accessKeyId": KEY[0], "userName": "dba"})
    assert record["userAgent"].startswith("Boto3/"), record["userAgent"]
    equal({key: record[key] for key in ("awsRegion", "eventType",
                                        "recipientAccountId",
                                        "sourceIPAddress")},
          {"awsRegion": "eu-west-1", "eventType": "AwsApiCall",
           "recipientAccountId": ACCOUNT, "sourceIPAddress": "127.0.0.1"})
    equal(record["eventTime"],
          event["EventTime"].astimezone(datetime.timezone.utc)
          .strftime("%Y-%m-%dT%H:%M:%SZ"))
    for key in ("errorCode", "errorMessage"):
        assert key not in record, record


def case_trail_refusals():
    """Calls that failed are seen too, and those that nobody signed are not."""
    rds, trail = client("rds"), client("cloudtrail")
    error = refused("DBClusterNotFoundFault", 404, rds.modify_db_cluster,
                    DBClusterIdentifier="nobody")
    control("faults", [{"action": "ModifyDBCluster", "nth": 1,
                        "fault": "throttle"},
                       {"action": "ModifyDBCluster", "nth": 2,
                        "fault": "reset_before"},
                       {"action": "ModifyDBCluster", "nth": 3,
                        "fault": "reset_after"}])
    throttled = refused("Throttling", 400, rds.modify_db_cluster,
                        DBClusterIdentifier="orders")
    for retention in (8, 9):
        try:
            rds.modify_db_cluster(DBClusterIdentifier="orders",
                                  BackupRetentionPeriod=retention)
            raise AssertionError("there was an answer")
        except botocore.exceptions.ConnectionClosedError:
            pass
    ec2 = client("ec2")
    everyone = [dict(IpProtocol="tcp", FromPort=3306, ToPort=3306,
                     IpRanges=[{"CidrIp": "192.0.2.0/24",
                                "Description": "true"}])]
    ec2.authorize_security_group_ingress(GroupId=ORDERS_GROUP,
                                         IpPermissions=everyone)
    refused("InvalidPermission.Duplicate", 400,
            ec2.authorize_security_group_ingress, GroupId=ORDERS_GROUP,
            IpPermissions=everyone)
    refused("SignatureDoesNotMatch", 403,
            client("rds", (KEY[0], "wrong")).modify_db_cluster,
            DBClusterIdentifier="orders")
    third, second, first = seen(trail, **by("EventName", "ModifyDBCluster"))
    for event, sdk in ((first, error), (second, throttled)):
        equal((event["record"]["errorCode"], event["record"]["errorMessage"],
               event["record"]["requestID"],
               event["record"]["responseElements"]),
              (sdk.response["Error"]["Code"], sdk.response["Error"]["Message"],
               sdk.response["ResponseMetadata"]["RequestId"], None))
    equal(third["record"]["requestParameters"]["backupRetentionPeriod"], 9)
    assert "errorCode" not in third["record"], third
    twice, once = seen(trail, **by("ResourceName", ORDERS_GROUP))
    equal(twice["record"]["errorCode"], "Client.InvalidPermission.Duplicate")
    equal(once["record"]["requestParameters"],
          {"groupId": ORDERS_GROUP, "ipPermissions": {"items": [
              {"ipProtocol": "tcp", "fromPort": 3306, "toPort": 3306,
               "ipRanges": {"items": [{"cidrIp": "192.0.2.0/24",
                                       "description": "true"}]}}]}})
    answered = once["record"]["responseElements"]
    equal((answered["_return"],
           answered["securityGroupRuleSet"]["items"][0]["fromPort"]),
          (True, 3306))


def case_trail_regions():
    """IAM and STS are seen in us-east-1, everything else where it was."""
    here, there = client("cloudtrail"), client("cloudtrail",
                                               region="us-east-1")
    iam, logs = client("iam"), client("logs")
    answer = iam.update_role(RoleName="rds-monitoring-role",
                             MaxSessionDuration=7200)
    logs.create_log_group(logGroupName="/aws/rds/cluster/orders/audit")
    client("kms").describe_key(KeyId=KEY_ID)
    client("sts").get_caller_identity()
    equal(sorted(e["EventSource"] for e in seen(here)),
          ["kms.amazonaws.com", "logs.amazonaws.com"])
    update, = seen(there, **by("EventSource", "iam.amazonaws.com"))
    equal((update["EventName"], update["record"]["requestID"],
           update["record"]["awsRegion"], resources(update),
           update["record"]["requestParameters"],
           update["record"]["responseElements"]),
          ("UpdateRole", answer["ResponseMetadata"]["RequestId"], "us-east-1",
           [("AWS::IAM::Role", "rds-monitoring-role")],
           {"roleName": "rds-monitoring-role", "maxSessionDuration": 7200},
           None))
    create, = seen(here, **by("ResourceType", "AWS::Logs::LogGroup"))
    equal((create["EventName"], resources(create)),
          ("CreateLogGroup", [("AWS::Logs::LogGroup",
                               "/aws/rds/cluster/orders/audit")]))
    describe, = seen(here, **by("EventName", "DescribeKey"))
    equal((describe["ReadOnly"], resources(describe),
           describe["record"]["responseElements"]),
          ("true", [("AWS::KMS::Key", KEY_ID)], None))


def case_trail_session():
    answer = client("sts").assume_role(
        RoleArn="arn:aws:iam::210987654321:role/aback",
        RoleSessionName="aback-1")
    keys = answer["Credentials"]
    key = (keys["AccessKeyId"], keys["SecretAccessKey"])
    rds = client("rds", key, token=keys["SessionToken"])
    name = rds.describe_db_clusters()["DBClusters"][0]["DBClusterIdentifier"]
    rds.modify_db_cluster(DBClusterIdentifier=name, DeletionProtection=True)
    trail = client("cloudtrail", key, token=keys["SessionToken"])
    event, = seen(trail, **by("EventName", "ModifyDBCluster"))
    identity = event["record"]["userIdentity"]
    issuer = identity["sessionContext"]["sessionIssuer"]
    equal((event["Username"], event["AccessKeyId"], identity["type"],
           identity["arn"], identity["accountId"]),
          ("aback-1", key[0], "AssumedRole",
           "arn:aws:sts::210987654321:assumed-role/aback/aback-1",
           "210987654321"))
    equal((issuer["type"], issuer["userName"], issuer["arn"]),
          ("Role", "aback", "arn:aws:iam::210987654321:role/aback"))
    assert issuer["principalId"].startswith("AROA"), issuer
    equal(len(seen(trail, **by("AccessKeyId", key[0]))) >= 2, True)
    equal(seen(client("cloudtrail"), **by("EventName", "ModifyDBCluster")), [])
    assumed, = seen(client("cloudtrail", region="us-east-1"),
                    **by("EventName", "AssumeRole"))
    assert keys["SecretAccessKey"] not in assumed["CloudTrailEvent"]


def case_trail_poke():
    """What colleagues do has their name."""
    trail, there = client("cloudtrail"), client("cloudtrail",
                                                region="us-east-1")
    control("poke", {"address": "cluster/orders", "by": "mallory",
                     "set": {"DeletionProtection": True,
                             "TagList": [{"Key": "a", "Value": "b"}]}})
    control("poke", {"address": "iam_role/rds-monitoring-role",
                     "set": {"AttachedPolicies": []}})
    control("poke", {"address": "instance/orders-2", "delete": True})
    control("poke", {"address": f"security_group/{ORDERS_GROUP}",
                     "set": {"rules": []}})
    modify, = seen(trail, **by("EventName", "ModifyDBCluster"))
    equal((modify["Username"], resources(modify),
           modify["record"]["userIdentity"]["arn"],
           modify["record"]["requestParameters"]),
          ("mallory", [("AWS::RDS::DBCluster", "orders")],
           f"arn:aws:iam::{ACCOUNT}:user/mallory",
           {"dBClusterIdentifier": "orders", "deletionProtection": True}))
    tags, = seen(trail, **by("ResourceName",
                             f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:orders"))
    equal((tags["EventName"], resources(tags)[0][0]),
          ("AddTagsToResource", "AWS::RDS::DBCluster"))
    attach, = seen(there)
    equal((attach["EventName"], attach["Username"]),
          ("AttachRolePolicy", "colleague"))
    equal([e["EventName"] for e in seen(trail, **by("Username", "colleague"))],
          ["AuthorizeSecurityGroupIngress", "DeleteDBInstance"])


def case_trail_pages():
    """With pages of two: the newest first, each once, tokens tied to it all."""
    logs, trail = client("logs"), client("cloudtrail")
    names = [f"group-{n}" for n in range(5)]
    before = datetime.datetime.now(datetime.timezone.utc)
    for name in names:
        logs.create_log_group(logGroupName=name)
    created = by("EventName", "CreateLogGroup")
    first = trail.lookup_events(**created)
    logs.create_log_group(logGroupName="meanwhile")
    equal(len(first["Events"]), 2)
    equal(trail.lookup_events(NextToken=first["NextToken"],
                              **created)["Events"][0]["Resources"],
          [{"ResourceType": "AWS::Logs::LogGroup", "ResourceName": "group-2"}])
    equal([resources(e)[0][1] for e in seen(trail, **created)],
          ["meanwhile"] + names[::-1])
    for parameters in (dict(), by("EventName", "DeleteLogGroup"),
                       dict(created, MaxResults=1)):
        refused("InvalidNextTokenException", 400, trail.lookup_events,
                NextToken=first["NextToken"], **parameters)
    refused("InvalidNextTokenException", 400, trail.lookup_events,
            NextToken="invented", **created)
    hour = datetime.timedelta(hours=1)
    equal(seen(trail, EndTime=before - hour, **created), [])
    equal(seen(trail, StartTime=before + hour, EndTime=before + 2 * hour,
               **created), [])
    equal(len(seen(trail, StartTime=before - hour, EndTime=before + hour,
                   **created)), 6)
    refused("InvalidTimeRangeException", 400, trail.lookup_events,
            StartTime=before, EndTime=before - hour)
    for code, parameters in (
            ("InvalidMaxResultsException", dict(MaxResults=51)),
            ("InvalidLookupAttributesException", {"LookupAttributes": [
                created["LookupAttributes"][0]] * 2}),
            ("InvalidLookupAttributesException", by("requestID", "x"))):
        refused(code, 400, unchecked("cloudtrail").lookup_events, **parameters)


def case_trail_delay():
    logs, trail = client("logs"), client("cloudtrail")
    logs.create_log_group(logGroupName="late")
    equal(seen(trail), [])
    for _ in range(400):
        if seen(trail, **by("ResourceName", "late")):
            return
        time.sleep(0.01)
    raise AssertionError("never seen")


def case_trail_throttling():
    trail = client("cloudtrail")
    trail.lookup_events()
    trail.lookup_events()
    refused("ThrottlingException", 400, trail.lookup_events)
    client("cloudtrail", region="eu-central-1").lookup_events()


def case_trails():
    trail = client("cloudtrail")
    described, = trail.describe_trails()["trailList"]
    equal((described["Name"], described["HomeRegion"],
           described["IsMultiRegionTrail"],
           described["LogFileValidationEnabled"]),
          ("management", "us-east-1", True, True))
    equal(trail.describe_trails(includeShadowTrails=False)["trailList"], [])
    equal(trail.get_trail_status(Name=described["TrailARN"])["IsLogging"], True)
    refused("TrailNotFoundException", 400, trail.get_trail_status,
            Name="management")
    home = client("cloudtrail", region="us-east-1")
    equal(home.get_trail_status(Name="management")["IsLogging"], True)
    equal(home.describe_trails(trailNameList=["management"])["trailList"],
          [described])


def case_rds_event_pages():
    """With a page of one: every event once, the oldest first."""
    rds = client("rds")
    for name in ("orders-1", "orders-2", "orders-1"):
        rds.reboot_db_instance(DBInstanceIdentifier=name)
        settled(lambda: instance(rds, name), "DBInstanceStatus")
    pages = list(rds.get_paginator("describe_events").paginate())
    equal([[e["SourceIdentifier"] for e in page["Events"]] for page in pages],
          [["orders-1"], ["orders-2"], ["orders-1"]])


def case_other_readers():
    """What Terraform reads besides: tags of everything, policies of keys."""
    rds, logs, kms = client("rds"), client("logs"), client("kms")
    policy = json.loads(kms.get_key_policy(KeyId=KEY_ID,
                                           PolicyName="default")["Policy"])
    equal(policy["Statement"][0]["Principal"],
          {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    equal(kms.list_resource_tags(KeyId=KEY_ID)["Tags"], [])
    refused("NotFoundException", 400, kms.get_key_policy, KeyId="alias/none",
            PolicyName="default")
    logs.create_log_group(logGroupName="mine")
    arn = log_group(logs, "mine")["arn"][:-2]  # without its ":*"
    equal(logs.list_tags_for_resource(resourceArn=arn)["tags"], {})
    refused("ResourceNotFoundException", 400, logs.list_tags_for_resource,
            resourceArn=arn + "-2")
    equal(rds.describe_global_clusters()["GlobalClusters"], [])
    refused("GlobalClusterNotFoundFault", 404, rds.describe_global_clusters,
            GlobalClusterIdentifier="world")
    rds.create_event_subscription(
        SubscriptionName="all", Enabled=True,
        SnsTopicArn=f"arn:aws:sns:eu-west-1:{ACCOUNT}:dba")
    prefix = f"arn:aws:rds:eu-west-1:{ACCOUNT}:"
    for name in ("es:all", "cluster-pg:hardened-mysql8",
                 "cluster-pg:default.aurora-mysql8.0",
                 "pg:default.aurora-mysql8.0"):
        equal(rds.list_tags_for_resource(ResourceName=prefix + name)["TagList"],
              [])
    for name, code in (("es:none", "SubscriptionNotFound"),
                       ("cluster-snapshot:none",
                        "DBClusterSnapshotNotFoundFault"),
                       ("cluster-pg:none", "DBParameterGroupNotFound")):
        refused(code, 404, rds.list_tags_for_resource,
                ResourceName=prefix + name)


def case_json():
    """JSON 1.1: its own words for what goes wrong before any service."""
    refused("UnrecognizedClientException", 400,
            client("logs", ("AKIAUNKNOWN", "x")).describe_log_groups)
    refused("InvalidSignatureException", 400,
            client("kms", (KEY[0], "wrong")).describe_key, KeyId=KEY_ID)
    target = {"X-Amz-Target": "Logs_20140328.DescribeLogGroups"}
    for body, code in (("{}", None), ("[]", "SerializationException"),
                       ("{", "SerializationException"),
                       ('{"limit": "7"}', "SerializationException"),
                       ('{"colour": 1}', "InvalidParameterException"),
                       ('{"limit": 51}', "InvalidParameterException")):
        status, headers, text = raw(body, "logs", target)
        equal((status, json.loads(text).get("__type")),
              (400 if code else 200, code), body)
        equal(headers["Content-Type"], "application/x-amz-json-1.1")
        assert headers["x-amzn-RequestId"], headers
    status, _, text = raw("{}", "kms", target)
    equal(json.loads(text)["__type"], "UnknownOperationException")


def case_hostile():
    for body, status in (("%", 400), ("Action=%zz", 400), ("a", 400),
                         ("=b", 400), ("Action=x&Action=y", 400),
                         (b"Action=\xff\xfe", 400), (b"Action=%00", 400),
                         ("Action=Nothing&Version=2014-10-31", 400),
                         ("Action=DescribeDBClusters&Version=1999-01-01", 400),
                         ("", 400), ("&&&", 400),
                         ("Action=" + "x" * 100000, 400),
                         ("x" * (2 * 1024 * 1024), 413)):
        equal(raw(body)[0], status, repr(body[:40]))
    equal(raw("Action=GetCallerIdentity&Version=2011-06-15", "s3")[0], 400)
    equal(raw(None, method="GET", path="/?Action=DescribeDBClusters")[0], 405)
    equal(raw(DESCRIBE, path="/elsewhere")[0], 404)
    equal(raw(DESCRIBE + "&Filters.Filter.1.Values.Value.1=x")[0], 400)
    equal(raw(DESCRIBE + "&Filters.Filter.1.Name=engine")[0], 400)
    equal(raw(DESCRIBE + "&Colour=red")[0], 400)
    status, headers, text = raw(DESCRIBE)
    equal(status, 200)
    equal(ElementTree.fromstring(text).find(".//{*}RequestId").text,
          headers["x-amzn-RequestId"])


if __name__ == "__main__":
    globals()["case_" + sys.argv[2]]()
