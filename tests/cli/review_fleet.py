#!/usr/bin/env python3
"""A fleet with known sins: review_fleet.py FLEET EXPECTED [CLUSTERS]

Writes a fleet for the simulator and, a line each, the findings that a review
of it has. Everything in it is as it should be, but for one thing in each
resource that is named after its sin. CLUSTERS: so many more are as they should
be.
"""
import copy
import datetime
import json
import sys

ACCOUNT, REGION, OTHER = "123456789012", "eu-west-1", "210987654321"
MYSQL, POSTGRESQL = "aurora-mysql", "aurora-postgresql"
NOW = datetime.datetime.now(datetime.timezone.utc)
RDS = f"arn:aws:rds:{REGION}:{ACCOUNT}"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:dba"
KEY_ID = "6d1e4c0a-52b7-4f0e-8f31-9b1f2f7c7e21"

expected = []


def key_arn(key):
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"


def role_arn(name):
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def days_ago(days):
    return NOW - datetime.timedelta(days=days)


def millis(when):
    return int(when.timestamp() * 1000)


def rfc3339(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def statement(**more):
    return {"Effect": "Allow", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::imports/*", **more}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trusted(principal, **more):
    return document({"Effect": "Allow", "Principal": principal,
                     "Action": "sts:AssumeRole", **more})


GOOD_MYSQL = {"require_secure_transport": "ON", "tls_version": "TLSv1.2,TLSv1.3",
              "server_audit_logging": "1", "server_audit_events": "CONNECT,QUERY_DDL",
              "local_infile": "0"}
GOOD_POSTGRESQL = {"rds.force_ssl": "1", "password_encryption": "scram-sha-256",
                   "rds.accepted_password_auth_method": "scram",
                   "rds.restrict_password_commands": "1",
                   "rds.allowed_extensions": "pgaudit", "pgaudit.log": "ddl,role",
                   "shared_preload_libraries": "pg_stat_statements,pgaudit",
                   "log_connections": "1", "log_disconnections": "1",
                   "log_statement": "ddl"}
FAMILY = {MYSQL: "aurora-mysql8.0", POSTGRESQL: "aurora-postgresql15"}
TAGS = [{"Key": "owner", "Value": "dba"}]

account = {"account_id": ACCOUNT, "roles": [], "policies": [], "regions": [],
           "trails": [{"Name": "management", "HomeRegion": REGION,
                       "IsMultiRegionTrail": True, "isLogging": True,
                       "LogFileValidationEnabled": True,
                       "KmsKeyId": key_arn(KEY_ID),
                       "CloudWatchLogsLogGroupArn":
                       f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail:*",
                       "status": {"LatestDeliveryTime": int(NOW.timestamp())}}]}
region = {
    "region": REGION, "clusters": [], "instances": [], "log_groups": [],
    "kms_keys": [], "vpc_security_groups": [], "db_cluster_snapshots": [],
    "db_cluster_parameter_groups": [], "db_parameter_groups": [],
    "event_subscriptions": [], "secrets": [], "sns_topics": [TOPIC],
    "db_subnet_groups": [
        {"DBSubnetGroupName": "private", "VpcId": "vpc-0a1",
         "Subnets": [{"SubnetIdentifier": "subnet-0a1"}, {"SubnetIdentifier": "subnet-0a2"}]},
        {"DBSubnetGroupName": "public", "VpcId": "vpc-0a1",
         "Subnets": [{"SubnetIdentifier": "subnet-0a1"}, {"SubnetIdentifier": "subnet-0b1"}]}],
    "route_tables": [
        {"RouteTableId": "rtb-main", "VpcId": "vpc-0a1", "Associations": [{"Main": True}],
         "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}]},
        {"RouteTableId": "rtb-public", "VpcId": "vpc-0a1",
         "Associations": [{"SubnetId": "subnet-0b1"}],
         "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-0123"}]}],
    "config_recorders": [{"name": "default", "recording": True,
                          "recordingGroup": {"allSupported": True}, "lastStatus": "SUCCESS"}],
    "config_rules": [{"ConfigRuleName": "rds-storage-encrypted", "Source":
                      {"Owner": "AWS", "SourceIdentifier": "RDS_STORAGE_ENCRYPTED"},
                      "compliance": "NON_COMPLIANT"}],
    "event_rules": [
        {"Name": "rds-changes", "State": "ENABLED", "targets": [{"Id": "1", "Arn": TOPIC}],
         "EventPattern": json.dumps({"source": ["aws.rds"],
                                     "detail-type": ["AWS API Call via CloudTrail"]})},
        {"Name": "group-changes", "State": "ENABLED", "targets": [{"Id": "1", "Arn": TOPIC}],
         "EventPattern": json.dumps({"source": ["aws.ec2"],
                                     "detail-type": ["AWS API Call via CloudTrail"]})},
        {"Name": "trail-changes", "State": "ENABLED", "targets": [{"Id": "1", "Arn": TOPIC}],
         "EventPattern": json.dumps({"source": ["aws.cloudtrail"],
                                     "detail": {"eventName": ["StopLogging"]}})}],
}
# where the events of IAM are, and nothing else is
iam_region = {"region": "us-east-1", "event_rules": [
    {"Name": "iam-changes", "State": "ENABLED", "targets": [{"Id": "1", "Arn": TOPIC}],
     "EventPattern": json.dumps({"source": ["aws.iam"]})}]}
account["regions"] += [region, iam_region]


def finds(control, address):
    expected.append(f"{control} {address}")


def key(key_id, **more):
    region["kms_keys"].append({"KeyId": key_id, "KeyRotationEnabled": True, **more})


def group(group_id, name, *rules):
    region["vpc_security_groups"].append(
        {"GroupId": group_id, "GroupName": name, "VpcId": "vpc-0a1", "rules": list(rules)})


def ingress(cidr, port=5440):
    return {"IsEgress": False, "IpProtocol": "tcp", "FromPort": port, "ToPort": port,
            "CidrIpv4": cidr}


def parameters(name, engine, changes=None, members=False):
    good = GOOD_MYSQL if engine == MYSQL else GOOD_POSTGRESQL
    values = {} if members else dict(good)
    for parameter, value in (changes or {}).items():
        values.pop(parameter, None)
        if value is not None:
            values[parameter] = value
    kind = "db_parameter_groups" if members else "db_cluster_parameter_groups"
    names = "DBParameterGroupName" if members else "DBClusterParameterGroupName"
    region[kind].append({names: name, "DBParameterGroupFamily": FAMILY[engine],
                         "Parameters": values})


def log_group(name, last=0, **more):
    region["log_groups"].append({
        "logGroupName": name, "retentionInDays": 365, "kmsKeyId": key_arn(KEY_ID),
        "deletionProtectionEnabled": True,
        "logStreams": [{"logStreamName": "one", "lastEventTimestamp": millis(days_ago(last))}],
        **more})


def cluster(name, engine=MYSQL, logs=True, members=None, member=None, zones=2, secret=None,
            **changes):
    """A cluster that is as it should be, but for these changes."""
    log = "audit" if engine == MYSQL else "postgresql"
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}"
    made = {
        "DBClusterIdentifier": name, "Engine": engine, "DeletionProtection": True,
        "BackupRetentionPeriod": 14, "CopyTagsToSnapshot": True, "Port": 5440,
        "IAMDatabaseAuthenticationEnabled": True, "StorageEncrypted": True,
        "KmsKeyId": key_arn(KEY_ID), "MasterUsername": "owner_of_it", "TagList": TAGS,
        "MasterUserSecret": {"SecretArn": arn, "SecretStatus": "active",
                             "KmsKeyId": key_arn(KEY_ID)},
        "ActivityStreamStatus": "started", "ActivityStreamMode": "async",
        "ActivityStreamKmsKeyId": key_arn(KEY_ID),
        "ActivityStreamKinesisStreamName": f"aws-rds-das-{name}",
        "EnabledCloudwatchLogsExports": [log], "DBSubnetGroup": "private", "MultiAZ": zones > 1,
        "DBClusterParameterGroup": "good-" + engine,
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-0aaa", "Status": "active"}],
    }
    if engine == MYSQL:
        made["BacktrackWindow"] = 3600
    made.update(changes)
    for gone in [key for key, value in made.items() if value is None]:
        del made[gone]
    region["clusters"].append(made)
    if "MasterUserSecret" in made:
        region["secrets"].append({
            "ARN": arn, "OwningService": "rds", "RotationEnabled": True,
            "LastRotatedDate": int(days_ago(3).timestamp()), **(secret or {})})
    for number in range(2):
        region["instances"].append({
            "DBInstanceIdentifier": f"{name}-{number + 1}", "DBClusterIdentifier": name,
            "AvailabilityZone": REGION + "ab"[number % zones], "MonitoringInterval": 60,
            "MonitoringRoleArn": role_arn("monitoring"), "TagList": TAGS,
            "CACertificateIdentifier": "rds-ca-rsa2048-g1",
            "DBParameterGroups": [{"DBParameterGroupName": members or "members-" + engine,
                                   "ParameterApplyStatus": "in-sync"}],
            **(member if member and number == 0 else {})})
    if logs:
        for exported in made.get("EnabledCloudwatchLogsExports", []):
            log_group(f"/aws/rds/cluster/{name}/{exported}")


def sinful(control, engine=MYSQL, address=None, **changes):
    """The same with one sin, after which it is named."""
    name = changes.pop("name", control)
    cluster(name, engine, **changes)
    finds(control, address or f"cluster/{name}")


def sinful_parameter(control, engine, **changes):
    parameters(control, engine, {k.replace("__", "."): v for k, v in changes.items()})
    sinful(control, engine, DBClusterParameterGroup=control)


def role(name, trust=None, used=1, **more):
    account["roles"].append({
        "RoleName": name, "CreateDate": rfc3339(days_ago(400)),
        "AssumeRolePolicyDocument": trust or trusted({"Service": "rds.amazonaws.com"}),
        "RoleLastUsed": {"LastUsedDate": rfc3339(days_ago(used)), "Region": REGION},
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn":
                                f"arn:aws:iam::{ACCOUNT}:policy/boundary"},
        **more})


def policy(name, *statements):
    account["policies"].append({
        "PolicyName": name, "Versions": [{"VersionId": "v1", "Document":
                                          document(*(statements or [statement()]))}]})


def snapshot(name, **more):
    region["db_cluster_snapshots"].append({
        "DBClusterSnapshotIdentifier": name, "DBClusterIdentifier": "upright",
        "SnapshotType": "manual", "StorageEncrypted": True, "KmsKeyId": key_arn(KEY_ID), **more})


def with_role(control, name, **more):
    """A role that a good cluster uses, with a sin of its own."""
    role(name, **more)
    user = "uses-" + name
    cluster(user, AssociatedRoles=[{"RoleArn": role_arn(name), "Status": "ACTIVE"}])
    if control:
        finds(control, f"iam_role/{name}")


# ---- what is as it should be ------------------------------------------------
key(KEY_ID)
group("sg-0aaa", "databases", ingress("10.0.0.0/8"))
for kind in (MYSQL, POSTGRESQL):
    parameters("good-" + kind, kind)
    parameters("members-" + kind, kind, members=True)
policy("boundary")
role("monitoring", trusted({"Service": "monitoring.rds.amazonaws.com"}),
     AttachedPolicies=["arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"])
for source, categories in (("db-cluster", ["failure", "maintenance"]),
                           ("db-instance", ["configuration change", "failure", "maintenance"]),
                           ("db-parameter-group", ["configuration change"]),
                           ("db-security-group", ["configuration change", "failure"])):
    region["event_subscriptions"].append({
        "CustSubscriptionId": "of-" + source, "SnsTopicArn": TOPIC, "Enabled": True,
        "SourceType": source, "EventCategoriesList": categories, "Status": "active"})
cluster("upright")
cluster("upright-too", POSTGRESQL)
snapshot("upright-before")
for more in range(int(sys.argv[3]) if len(sys.argv) > 3 else 0):
    cluster(f"upright-{more:05}", (MYSQL, POSTGRESQL)[more % 2])

# ---- sins of clusters -------------------------------------------------------
sinful("cluster-activity-stream", ActivityStreamStatus="stopped", ActivityStreamMode=None,
       ActivityStreamKmsKeyId=None, ActivityStreamKinesisStreamName=None)
sinful("cluster-admin-name", MasterUsername="admin")
sinful("cluster-backtrack", BacktrackWindow=None)
sinful("cluster-backup-retention", BackupRetentionPeriod=6)
sinful("cluster-copy-tags", CopyTagsToSnapshot=False)
group("sg-0ccc", "usual-port", ingress("10.0.0.0/8", 3306))
sinful("cluster-default-port", Port=3306,
       VpcSecurityGroups=[{"VpcSecurityGroupId": "sg-0ccc", "Status": "active"}])
sinful("cluster-deletion-protection", DeletionProtection=False)
key("0e2d7c56-0000-4000-8000-000000000001", KeyManager="AWS")
sinful("cluster-encryption-key", KmsKeyId=key_arn("0e2d7c56-0000-4000-8000-000000000001"))
sinful("cluster-iam-authentication", IAMDatabaseAuthenticationEnabled=False)
sinful("cluster-multi-az", zones=1)
sinful("cluster-no-internet-gateway", POSTGRESQL, InternetAccessGatewayEnabled=True)
sinful("cluster-password-managed", MasterUserSecret=None)
sinful("cluster-password-rotated", secret={"RotationEnabled": False})
sinful("cluster-private-subnets", DBSubnetGroup="public")
sinful("cluster-roles-work",
       AssociatedRoles=[{"RoleArn": role_arn("nowhere"), "Status": "ACTIVE"}])
group("sg-0ddd", "default", {**ingress("0.0.0.0/0"), "IsEgress": True})
sinful("cluster-security-groups",
       VpcSecurityGroups=[{"VpcSecurityGroupId": "sg-0ddd", "Status": "active"}])
finds("security-group-default-closed", "security_group/sg-0ddd")
sinful("cluster-storage-encrypted", StorageEncrypted=False, KmsKeyId=None)
sinful("cluster-tagged", TagList=[])
sinful("mysql-audit-exported", EnabledCloudwatchLogsExports=["error"])
sinful("postgresql-log-exported", POSTGRESQL, EnabledCloudwatchLogsExports=[])
sinful("log-group-receives", logs=False)
log_group("/aws/rds/cluster/log-group-receives/audit", last=30)

# ---- of parameters ----------------------------------------------------------
sinful_parameter("cluster-extensions-limited", POSTGRESQL, rds__allowed_extensions="*")
sinful_parameter("cluster-local-infile-off", MYSQL, local_infile="1")
sinful_parameter("cluster-password-commands", POSTGRESQL, rds__restrict_password_commands="0")
sinful_parameter("cluster-password-hashing", POSTGRESQL, password_encryption="md5")
sinful_parameter("cluster-tls-required", POSTGRESQL, rds__force_ssl="0")
sinful_parameter("cluster-tls-version", MYSQL, tls_version=None)
sinful_parameter("mysql-audit-events", MYSQL, server_audit_events=None)
sinful_parameter("mysql-audit-users", MYSQL, server_audit_excl_users="root")
sinful_parameter("postgresql-audit", POSTGRESQL, shared_preload_libraries="pg_stat_statements")
sinful_parameter("postgresql-connections", POSTGRESQL, log_disconnections="0")
sinful_parameter("postgresql-log-kept", POSTGRESQL, rds__log_retention_period="1440")
sinful("mysql-logs-written", EnabledCloudwatchLogsExports=["audit", "general"])
# what a member sets wins over what its cluster sets
parameters("overriding", POSTGRESQL, {"log_statement": "none"}, members=True)
sinful("postgresql-statements", POSTGRESQL, members="overriding")
# what was set and waits for a reboot is not in effect
sinful("cluster-tls-required", POSTGRESQL, name="waits-for-a-reboot",
       DBClusterMembers=[
           {"DBInstanceIdentifier": "waits-for-a-reboot-1", "IsClusterWriter": True,
            "DBClusterParameterGroupStatus": "pending-reboot", "PromotionTier": 1},
           {"DBInstanceIdentifier": "waits-for-a-reboot-2", "IsClusterWriter": False,
            "DBClusterParameterGroupStatus": "in-sync", "PromotionTier": 1}])
for control in ("cluster-password-commands", "postgresql-audit"):
    finds(control, "cluster/waits-for-a-reboot")

# ---- of instances -----------------------------------------------------------
for sin, change in (("instance-auto-minor-upgrade", {"AutoMinorVersionUpgrade": False}),
                    ("instance-certificate", {"CACertificateIdentifier": "rds-ca-2019"}),
                    ("instance-enhanced-monitoring", {"MonitoringInterval": 0,
                                                      "MonitoringRoleArn": None}),
                    ("instance-not-public", {"PubliclyAccessible": True}),
                    ("instance-tagged", {"TagList": []})):
    sinful(sin, address=f"instance/{sin}-1", member=change)

# ---- of keys, groups, log groups, snapshots ---------------------------------
for number, (sin, change) in enumerate((("key-rotated", {"KeyRotationEnabled": False}),
                                        ("key-usable", {"KeyState": "Disabled"}),
                                        ("key-not-public", {"policy": document(
                                            {"Effect": "Allow", "Principal": "*",
                                             "Action": "kms:*", "Resource": "*"})}))):
    key_id = f"0e2d7c56-0000-4000-8000-00000000001{number}"
    key(key_id, **change)
    sinful(sin, address=f"kms_key/{key_id}", KmsKeyId=key_arn(key_id))
group("sg-0bbb", "open", ingress("0.0.0.0/0"), ingress("10.0.0.0/8"))
sinful("security-group-not-public", address="security_group/sg-0bbb",
       VpcSecurityGroups=[{"VpcSecurityGroupId": "sg-0bbb", "Status": "active"}])
for sin, change in (("log-group-deletion-protection", {"deletionProtectionEnabled": False}),
                    ("log-group-encrypted", {"kmsKeyId": None}),
                    ("log-group-retention", {"retentionInDays": 90})):
    log_name = f"/aws/rds/cluster/{sin}/audit"
    sinful(sin, address="log_group/" + log_name.replace("/", "%2F"), logs=False)
    log_group(log_name, **change)
    made_group = region["log_groups"][-1]
    for member in [m for m, v in made_group.items() if v is None]:
        del made_group[member]
for sin, change in (("snapshot-encrypted", {"StorageEncrypted": False, "KmsKeyId": None}),
                    ("snapshot-encryption-key",
                     {"KmsKeyId": key_arn("0e2d7c56-0000-4000-8000-000000000001")}),
                    ("snapshot-not-public", {"restore": ["all"], "StorageEncrypted": False,
                                             "KmsKeyId": None}),
                    ("snapshot-shared", {"restore": [OTHER]})):
    snapshot(sin, **change)
    finds(sin, f"cluster_snapshot/{sin}")
finds("snapshot-encrypted", "cluster_snapshot/snapshot-not-public")

# ---- of roles and policies --------------------------------------------------
with_role("role-boundary", "role-boundary", PermissionsBoundary=None)
with_role("role-trust", "role-trust", trust=trusted({"AWS": f"arn:aws:iam::{OTHER}:root",
                                               "Service": "rds.amazonaws.com"}))
with_role("role-used", "role-used", used=200)
with_role("role-permissions-used", "role-permissions-used", ServicesLastAccessed=[
    {"ServiceNamespace": "kms", "LastAuthenticated": rfc3339(days_ago(200))},
    {"ServiceNamespace": "rds", "LastAuthenticated": rfc3339(days_ago(2))},
    {"ServiceNamespace": "s3"}])
SINS = {"no-admin": statement(Action="*", Resource="*"),
        "no-decrypt-all": statement(Action="kms:Decrypt", Resource="arn:aws:kms:*:*:key/*"),
        "no-login-all": statement(Action="rds-db:connect", Resource=
                                  f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:*/*"),
        "no-wildcard-actions": statement(Action="s3:*"),
        "no-wildcard-resources": statement(Resource="*")}
for sin, what in SINS.items():
    policy(sin, what)
    with_role(None, "has-" + sin,
              AttachedPolicies=[f"arn:aws:iam::{ACCOUNT}:policy/{sin}"])
    finds("policy-" + sin, f"iam_policy/{sin}")
    with_role("role-inline-" + sin, "inline-" + sin,
              InlinePolicies={"own": document(what)})

# ---- of what surrounds them -------------------------------------------------
region["event_subscriptions"].append({
    "CustSubscriptionId": "event-subscription-delivers", "SnsTopicArn": TOPIC, "Enabled": True,
    "SourceType": "db-cluster", "EventCategoriesList": ["backup"], "Status": "no-permission"})
finds("event-subscription-delivers", "event_subscription/event-subscription-delivers")
finds("config-rules-kept", f"region/{REGION}")

for made_role in account["roles"]:
    for member in [m for m, v in made_role.items() if v is None]:
        del made_role[member]
for made_instance in region["instances"]:
    for member in [m for m, v in made_instance.items() if v is None]:
        del made_instance[member]
for made_snapshot in region["db_cluster_snapshots"]:
    for member in [m for m, v in made_snapshot.items() if v is None]:
        del made_snapshot[member]

with open(sys.argv[1], "w", encoding="utf8") as out:
    json.dump({"format": "aback-fleet/1", "accounts": [account]}, out, indent=1)
with open(sys.argv[2], "w", encoding="utf8") as out:
    out.writelines(line + "\n" for line in sorted(expected))
