#!/usr/bin/env python3
"""How many requests a review may need: review_requests.py FLEET LOG PAGE

Counts the requests in the simulator's log against what docs/review.md says:
pages of PAGE, and one for each thing of which AWS has no listing. Prints what
differs, and fails where something does.
"""
import collections
import json
import sys

fleet = json.load(open(sys.argv[1], encoding="utf8"))["accounts"][0]
region = fleet["regions"][0]
log = [json.loads(line) for line in open(sys.argv[2], encoding="utf8")]
page = int(sys.argv[3])

asked = collections.Counter(f"{entry['service']} {entry['action']}" for entry in log)


def pages(things):
    return max(1, -(-len(things) // page))


def used(members, key):
    return {thing[key] for thing in region[members] if key in thing}


own_groups = {group for instance in region["instances"]
              for group in [instance["DBParameterGroups"][0]["DBParameterGroupName"]]}
keys = {cluster["KmsKeyId"] for cluster in region["clusters"] if "KmsKeyId" in cluster}
keys |= {snapshot["KmsKeyId"] for snapshot in region["db_cluster_snapshots"]
         if "KmsKeyId" in snapshot}
of_aws = {key["KeyId"] for key in region["kms_keys"] if key.get("KeyManager") == "AWS"}
customer = [key for key in keys if key.split("/")[1] not in of_aws]
exported = [(cluster["DBClusterIdentifier"], exported_log) for cluster in region["clusters"]
            for exported_log in cluster.get("EnabledCloudwatchLogsExports", [])]
groups = {group["VpcSecurityGroupId"] for cluster in region["clusters"]
          for group in cluster["VpcSecurityGroups"]}
rules = [rule for group in region["vpc_security_groups"] if group["GroupId"] in groups
         for rule in group["rules"]]
attached = {arn for role in fleet["roles"] for arn in role.get("AttachedPolicies", [])}
bounds = {role["PermissionsBoundary"]["PermissionsBoundaryArn"] for role in fleet["roles"]
          if "PermissionsBoundary" in role}
policies = attached | bounds

wanted = {
    "sts GetCallerIdentity": 1,
    "rds DescribeDBClusters": pages(region["clusters"]),
    "rds DescribeDBInstances": pages(region["instances"]),
    "rds DescribeDBClusterSnapshots": pages(region["db_cluster_snapshots"]),
    "rds DescribeEventSubscriptions": 1,
    "rds DescribeDBClusterParameters": len(used("clusters", "DBClusterParameterGroup")),
    "rds DescribeDBParameters": len(own_groups),
    "rds DescribeDBEngineVersions": len(used("clusters", "Engine")),
    "rds DescribeDBClusterSnapshotAttributes": len(region["db_cluster_snapshots"]),
    "rds DescribeDBSubnetGroups": 1,
    "ec2 DescribeSecurityGroups": pages(groups),
    "ec2 DescribeSecurityGroupRules": pages(rules),
    "ec2 DescribeRouteTables": 1,
    "kms DescribeKey": len(keys),
    "kms GetKeyRotationStatus": len(customer),
    "kms GetKeyPolicy": len(customer),
    "iam GenerateServiceLastAccessedDetails": len(fleet["roles"]),
    "iam GetServiceLastAccessedDetails": len(fleet["roles"]),
    "secretsmanager ListSecrets": pages(region["secrets"]),
    "logs DescribeLogGroups": pages(region["log_groups"]),
    "logs DescribeLogStreams": len(exported),
    "logs DescribeMetricFilters": 1,
    # also in the region that has the events of IAM
    "monitoring DescribeAlarms": 2,
    "cloudtrail DescribeTrails": 1,
    "cloudtrail GetTrailStatus": len(fleet["trails"]),
    "config DescribeConfigurationRecorders": 1,
    "config DescribeConfigurationRecorderStatus": 1,
    "config DescribeConfigRules": 1,
    "config DescribeComplianceByConfigRule": 1,
    "events ListRules": 2,
    "events ListTargetsByRule": sum(len(of["event_rules"]) for of in fleet["regions"]),
}
# the simulator has a default group for every family besides, and pages of its
# own for certificates
at_most = {
    "rds DescribeDBClusterParameterGroups": pages(region["db_cluster_parameter_groups"]) + 3,
    "rds DescribeDBParameterGroups": pages(region["db_parameter_groups"]) + 3,
    "rds DescribeCertificates": 1,
    # of roles, and of policies
    "iam GetAccountAuthorizationDetails": pages(fleet["roles"]) + pages(policies),
}

wrong = [f"{call}: {asked[call]} instead of {count}" for call, count in wanted.items()
         if asked[call] != count]
wrong += [f"{call}: {asked[call]}, more than {count}" for call, count in at_most.items()
          if asked[call] > count or not asked[call]]
wrong += [f"{call}: {count}, and nobody knows why" for call, count in asked.items()
          if call not in wanted and call not in at_most]
print("\n".join(wrong) or f"{sum(asked.values())} requests")
sys.exit(bool(wrong))
