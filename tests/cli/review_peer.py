#!/usr/bin/env python3
"""A second pair of eyes: review_peer.py REVIEW

Reads the fleet behind AWS_ENDPOINT_URL with boto3 and judges it by what the
published rules say, written down here once more and from their descriptions
alone. Each check is named by a reference of the review's controls; what it
finds has to be what the review found under that reference, or, where the
review is stricter on purpose, a part of it.
"""
import collections
import datetime
import json
import os
import sys

import boto3

REGION = "eu-west-1"
NOW = datetime.datetime.now(datetime.timezone.utc)
AURORA = ("aurora-mysql", "aurora-postgresql")

clients = {}


def client(service):
    if service not in clients:
        clients[service] = boto3.client(
            service, region_name=REGION, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    return clients[service]


def pages(service, call, key, **more):
    return [item for page in client(service).get_paginator(call).paginate(**more)
            for item in page[key]]


clusters = [c for c in pages("rds", "describe_db_clusters", "DBClusters")
            if c["Engine"] in AURORA]
instances = [i for i in pages("rds", "describe_db_instances", "DBInstances")
             if i["Engine"] in AURORA]
names = {c["DBClusterIdentifier"] for c in clusters}
snapshots = [s for s in pages("rds", "describe_db_cluster_snapshots", "DBClusterSnapshots",
                              SnapshotType="manual") if s["DBClusterIdentifier"] in names]


def of_clusters(holds):
    return {"cluster/" + c["DBClusterIdentifier"] for c in clusters if not holds(c)}


def of_instances(holds):
    return {"instance/" + i["DBInstanceIdentifier"] for i in instances if not holds(i)}


def of_snapshots(holds):
    return {"cluster_snapshot/" + s["DBClusterSnapshotIdentifier"]
            for s in snapshots if not holds(s)}


def is_public(snapshot):
    answer = client("rds").describe_db_cluster_snapshot_attributes(
        DBClusterSnapshotIdentifier=snapshot["DBClusterSnapshotIdentifier"])
    attributes = answer["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"]
    return any("all" in attribute["AttributeValues"] for attribute in attributes)


def parameter(group, name):
    for found in pages("rds", "describe_db_cluster_parameters", "Parameters",
                       DBClusterParameterGroupName=group):
        if found["ParameterName"] == name:
            return found.get("ParameterValue")
    return None


def is_in_transit(cluster):
    group = cluster["DBClusterParameterGroup"]
    if cluster["Engine"] == "aurora-mysql":
        return parameter(group, "require_secure_transport") in ("ON", "1")
    return parameter(group, "rds.force_ssl") == "1"


def expired(instance, certificates={}):
    if not certificates:
        certificates.update((c["CertificateIdentifier"], c["ValidTill"]) for c in
                            pages("rds", "describe_certificates", "Certificates"))
    return certificates[instance["CACertificateIdentifier"]] < NOW


def version_is_offered(cluster, known={}):
    version = cluster["Engine"], cluster["EngineVersion"]
    if version not in known:
        found = client("rds").describe_db_engine_versions(
            Engine=version[0], EngineVersion=version[1], IncludeAll=True)["DBEngineVersions"]
        known[version] = bool(found) and found[0]["Status"] == "available"
    return known[version]


def open_groups():
    ports = collections.defaultdict(set)
    for cluster in clusters:
        for group in cluster["VpcSecurityGroups"]:
            ports[group["VpcSecurityGroupId"]].add(cluster["Port"])
    found = set()
    for group in pages("ec2", "describe_security_groups", "SecurityGroups",
                       GroupIds=sorted(ports)):
        for rule in group["IpPermissions"]:
            everybody = ({"0.0.0.0/0"} & {r["CidrIp"] for r in rule.get("IpRanges", [])} or
                         {"::/0"} & {r["CidrIpv6"] for r in rule.get("Ipv6Ranges", [])})
            reached = rule["IpProtocol"] == "-1" or rule["IpProtocol"] == "tcp" and any(
                rule["FromPort"] <= port <= rule["ToPort"] for port in ports[group["GroupId"]])
            if everybody and reached:
                found.add("security_group/" + group["GroupId"])
    return found


def public_subnets():
    routes = {}
    for table in pages("ec2", "describe_route_tables", "RouteTables"):
        gateway = any(route.get("GatewayId", "").startswith("igw-") for route in table["Routes"])
        for association in table["Associations"]:
            routes[association.get("SubnetId", table["VpcId"])] = gateway
    groups = {group["DBSubnetGroupName"]: group for group in
              pages("rds", "describe_db_subnet_groups", "DBSubnetGroups")}

    def holds(cluster):
        group = groups[cluster["DBSubnetGroup"]]
        return not any(routes.get(subnet["SubnetIdentifier"], routes.get(group["VpcId"]))
                       for subnet in group["Subnets"])
    return of_clusters(holds)


def used_keys():
    return {thing["KmsKeyId"] for thing in clusters + snapshots if thing.get("KmsKeyId")}


def of_keys(holds):
    found = set()
    for arn in used_keys():
        key = client("kms").describe_key(KeyId=arn)["KeyMetadata"]
        if key["KeyManager"] == "CUSTOMER" and not holds(key):
            found.add("kms_key/" + key["KeyId"])
    return found


def is_rotated(key):
    return client("kms").get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]


def log_groups(holds):
    wanted = {f"/aws/rds/cluster/{c['DBClusterIdentifier']}/{log}" for c in clusters
              for log in c.get("EnabledCloudwatchLogsExports", [])}
    return {"log_group/" + g["logGroupName"].replace("/", "%2F")
            for g in pages("logs", "describe_log_groups", "logGroups",
                           logGroupNamePrefix="/aws/rds/cluster/")
            if g["logGroupName"] in wanted and not holds(g)}


def as_list(value):
    return value if isinstance(value, list) else [value]


def is_admin(document):
    return any(statement["Effect"] == "Allow" and "*" in as_list(statement.get("Action", [])) and
               "*" in as_list(statement.get("Resource", []))
               for statement in as_list(document["Statement"]))


def roles():
    used = {role["RoleArn"].split("/")[-1] for c in clusters for role in c["AssociatedRoles"]}
    used |= {i["MonitoringRoleArn"].split("/")[-1] for i in instances if "MonitoringRoleArn" in i}
    for name in sorted(used):
        try:
            client("iam").get_role(RoleName=name)
        except client("iam").exceptions.NoSuchEntityException:
            continue
        yield name


def inline_admins():
    return {f"iam_role/{role}" for role in roles()
            for name in client("iam").list_role_policies(RoleName=role)["PolicyNames"]
            if is_admin(client("iam").get_role_policy(
                RoleName=role, PolicyName=name)["PolicyDocument"])}


def attached_admins():
    found = set()
    for role in roles():
        for policy in client("iam").list_attached_role_policies(
                RoleName=role)["AttachedPolicies"]:
            arn = policy["PolicyArn"]
            version = client("iam").get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            if is_admin(client("iam").get_policy_version(
                    PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]):
                found.add("iam_policy/" + arn.split(":policy/")[1])
    return found


def untold(source, categories):
    for found in pages("rds", "describe_event_subscriptions", "EventSubscriptionsList"):
        if (found.get("SourceType") == source and found["Enabled"] and
                (not found.get("EventCategoriesList") or
                 categories <= set(found["EventCategoriesList"]))):
            return set()
    return {f"region/{REGION}"}


def trails(holds):
    every = client("cloudtrail").describe_trails()["trailList"]
    return {f"region/{REGION}"} if any(not holds(trail) for trail in every) else set()


def no_trail_of_all():
    return {f"region/{REGION}"} if not any(
        trail["IsMultiRegionTrail"] and
        client("cloudtrail").get_trail_status(Name=trail["TrailARN"])["IsLogging"]
        for trail in client("cloudtrail").describe_trails()["trailList"]) else set()


EQUAL, PART = "equal", "part"
CHECKS = {
    "Config rds-cluster-deletion-protection-enabled":
        (EQUAL, lambda: of_clusters(lambda c: c["DeletionProtection"])),
    "Config db-instance-backup-enabled":
        (EQUAL, lambda: of_clusters(lambda c: c["BackupRetentionPeriod"] >= 7)),
    "Config rds-cluster-copy-tags-to-snapshots-enabled":
        (EQUAL, lambda: of_clusters(lambda c: c["CopyTagsToSnapshot"])),
    "Config rds-cluster-iam-authentication-enabled":
        (EQUAL, lambda: of_clusters(lambda c: c["IAMDatabaseAuthenticationEnabled"])),
    "Config rds-cluster-encrypted-at-rest":
        (EQUAL, lambda: of_clusters(lambda c: c["StorageEncrypted"])),
    "Config rds-cluster-multi-az-enabled":
        (EQUAL, lambda: of_clusters(lambda c: c["MultiAZ"])),
    "Config rds-cluster-default-admin-check":
        (EQUAL, lambda: of_clusters(lambda c: c["MasterUsername"] not in ("admin", "postgres"))),
    "Config rds-no-default-ports":
        (EQUAL, lambda: of_clusters(lambda c: c["Port"] != (
            3306 if c["Engine"] == "aurora-mysql" else 5432))),
    "Config aurora-mysql-backtracking-enabled":
        (EQUAL, lambda: of_clusters(lambda c: c["Engine"] != "aurora-mysql" or
                                    c.get("BacktrackWindow", 0) > 0)),
    "SecurityHub RDS.28": (EQUAL, lambda: of_clusters(lambda c: c["TagList"])),
    "SecurityHub RDS.30": (EQUAL, lambda: of_instances(lambda i: i["TagList"])),
    "Config rds-aurora-mysql-audit-logging-enabled":
        (EQUAL, lambda: of_clusters(lambda c: c["Engine"] != "aurora-mysql" or
                                    "audit" in c.get("EnabledCloudwatchLogsExports", []))),
    "Config rds-aurora-postgresql-logs-to-cloudwatch":
        (EQUAL, lambda: of_clusters(lambda c: c["Engine"] != "aurora-postgresql" or
                                    "postgresql" in c.get("EnabledCloudwatchLogsExports", []))),
    # any log will do there; here it is the one that tells who did what
    "Prowler rds_cluster_integration_cloudwatch_logs":
        (PART, lambda: of_clusters(lambda c: c.get("EnabledCloudwatchLogsExports"))),
    "Prowler rds_instance_deprecated_engine_version":
        (EQUAL, lambda: of_clusters(version_is_offered)),
    # what waits for a reboot is set, and not in effect
    "Prowler rds_instance_transport_encrypted": (PART, lambda: of_clusters(is_in_transit)),
    "Config rds-instance-public-access-check":
        (EQUAL, lambda: of_instances(lambda i: not i["PubliclyAccessible"])),
    "Config rds-automatic-minor-version-upgrade-enabled":
        (EQUAL, lambda: of_instances(lambda i: i["AutoMinorVersionUpgrade"])),
    "Config rds-enhanced-monitoring-enabled":
        (EQUAL, lambda: of_instances(lambda i: i.get("MonitoringInterval", 0) > 0)),
    # here 90 days ahead, and of the instance's own certificate too
    "Prowler rds_instance_certificate_expiration":
        (PART, lambda: of_instances(lambda i: not expired(i))),
    "Config rds-instance-subnet-igw-check": (EQUAL, public_subnets),
    "Config rds-snapshots-public-prohibited":
        (EQUAL, lambda: of_snapshots(lambda s: not is_public(s))),
    "Config rds-snapshot-encrypted":
        (EQUAL, lambda: of_snapshots(lambda s: s["StorageEncrypted"])),
    "Config cmk-backing-key-rotation-enabled": (EQUAL, lambda: of_keys(is_rotated)),
    "Config kms-cmk-not-scheduled-for-deletion":
        (PART, lambda: of_keys(lambda key: key["KeyState"] != "PendingDeletion")),
    "Config cloudwatch-log-group-encrypted":
        (EQUAL, lambda: log_groups(lambda g: g.get("kmsKeyId"))),
    "Config cw-loggroup-retention-period-check":
        (EQUAL, lambda: log_groups(lambda g: g.get("retentionInDays", 365) >= 365)),
    "FSBP EC2.19": (EQUAL, open_groups),
    "Prowler iam_inline_policy_no_administrative_privileges": (EQUAL, inline_admins),
    "FSBP IAM.1": (EQUAL, attached_admins),
    "FSBP RDS.21": (EQUAL, lambda: untold("db-parameter-group", {"configuration change"})),
    "FSBP RDS.22": (EQUAL, lambda: untold("db-security-group",
                                          {"configuration change", "failure"})),
    # here every cluster and every instance has to be among the sources
    "Prowler rds_cluster_critical_event_subscription":
        (PART, lambda: untold("db-cluster", {"failure", "maintenance"})),
    "Prowler rds_instance_critical_event_subscription":
        (PART, lambda: untold("db-instance",
                               {"configuration change", "failure", "maintenance"})),
    # here it also has to deliver what it logs
    "Config multi-region-cloudtrail-enabled": (PART, no_trail_of_all),
    "Config cloud-trail-encryption-enabled": (EQUAL, lambda: trails(lambda t: t.get("KmsKeyId"))),
    "Config cloud-trail-log-file-validation-enabled":
        (EQUAL, lambda: trails(lambda t: t["LogFileValidationEnabled"])),
    "Config cloud-trail-cloud-watch-logs-enabled":
        (EQUAL, lambda: trails(lambda t: t.get("CloudWatchLogsLogGroupArn"))),
}


def main():
    review = json.load(open(sys.argv[1], encoding="utf8"))
    controls = collections.defaultdict(set)
    for control in review["controls"]:
        for reference in control["references"]:
            controls[f"{reference['benchmark']} {reference['number']}"].add(control["id"])
    failed = False
    for reference, (how, check) in CHECKS.items():
        here = {f["address"] for f in review["findings"] if f["control"] in controls[reference]}
        there = check()
        good = reference in controls and (there == here if how == EQUAL else there <= here)
        failed |= not good
        if not good:
            print(f"{reference}: missing {sorted(there - here)}, too many {sorted(here - there)}")
    print(f"{len(CHECKS)} checks")
    sys.exit(failed)


main()
