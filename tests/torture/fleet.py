"""What is tortured: a small fleet with one of every kind, and what is wanted."""
import json

ACCOUNT, REGION = "123456789012", "eu-west-1"
KEY = "6d1e4c0a-0000-4000-8000-000000000001"
GROUP = "sg-0a1c5e7f90b2d4a61"
POLICIES = ["arn:aws:iam::aws:policy/AmazonRDSReadOnlyAccess",
            "arn:aws:iam::aws:policy/ReadOnlyAccess"]

FLEET = {"format": "aback-fleet/1", "accounts": [{
    "account_id": ACCOUNT,
    "roles": [
        {"RoleName": "monitoring", "AttachedPolicies": POLICIES[:1]},
        {"RoleName": "import", "AssumeRolePolicyDocument": {
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"Service": "rds.amazonaws.com"}}]}}],
    "policies": [{"PolicyName": "orders", "DefaultVersionId": "v1",
                  "Versions": [{"VersionId": "v1", "Document": {
                      "Version": "2012-10-17", "Statement": [{
                          "Effect": "Allow", "Action": "s3:*",
                          "Resource": "*"}]}}]}],
    "regions": [{
        "region": REGION,
        "clusters": [{
            "DBClusterIdentifier": "orders", "Engine": "aurora-mysql",
            "DeletionProtection": False, "BackupRetentionPeriod": 14,
            "DBClusterParameterGroup": "orders-mysql8",
            "TagList": [{"Key": "team", "Value": "checkout"}],
            "KmsKeyId": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY}",
            "VpcSecurityGroups": [{"VpcSecurityGroupId": GROUP,
                                   "Status": "active"}]}],
        "instances": [{
            "DBInstanceIdentifier": "orders-1",
            "DBParameterGroups": [{"DBParameterGroupName": "orders-in",
                                   "ParameterApplyStatus": "in-sync"}],
            "DBClusterIdentifier": "orders", "PubliclyAccessible": True}],
        "vpc_security_groups": [{
            "GroupId": GROUP, "GroupName": "orders", "Description": "orders",
            "rules": [
                {"IsEgress": False, "IpProtocol": "tcp", "FromPort": 3306,
                 "ToPort": 3306, "CidrIpv4": "0.0.0.0/0",
                 "Description": "everybody"},
                {"IsEgress": False, "IpProtocol": "tcp", "FromPort": 3306,
                 "ToPort": 3306, "CidrIpv4": "10.0.0.0/8"}]}],
        "log_groups": [{"logGroupName": "/aws/rds/cluster/orders/audit",
                        "retentionInDays": 30,
                        "creationTime": 1700000000000}],
        "db_cluster_parameter_groups": [{
            "DBClusterParameterGroupName": "orders-mysql8",
            "DBParameterGroupFamily": "aurora-mysql8.0"}],
        "db_parameter_groups": [{
            "DBParameterGroupName": "orders-in",
            "DBParameterGroupFamily": "aurora-mysql8.0"}],
        "db_cluster_snapshots": [{
            "DBClusterSnapshotIdentifier": "orders-before-sale",
            "DBClusterIdentifier": "orders", "StorageEncrypted": False,
            "SnapshotCreateTime": "2026-01-01T00:00:00Z",
            "restore": ["all"]}],
        "kms_keys": [{"KeyId": KEY, "KeyManager": "CUSTOMER",
                      "KeyRotationEnabled": False}]}]}]}

# a few steps, for what is broken at every single point
FEW = [
    {"match": {"kind": "cluster", "id": "orders"},
     "set": {"deletion_protection": True}},
    {"match": {"kind": "iam_role", "id": "monitoring"},
     "set": {"managed_policy_arns": POLICIES[1:]}},
]
# every kind
MANY = FEW + [
    {"match": {"kind": "cluster", "id": "orders"},
     "set": {"backup_retention_period": 21}},
    {"match": {"kind": "instance", "id": "orders-1"},
     "set": {"publicly_accessible": False}},
    {"match": {"kind": "security_group", "id": GROUP},
     "set": {"public_ingress": False}},
    {"match": {"kind": "log_group", "id": "/aws/rds/cluster/orders/audit"},
     "set": {"retention_in_days": 90}},
    {"match": {"kind": "kms_key", "id": KEY},
     "set": {"rotation_enabled": True}},
    {"match": {"kind": "cluster", "id": "orders"},
     "set": {"tags": {"include": {"team": "payments"}},
             "http_endpoint_enabled": True,
             "associated_roles": {"include": [
                 {"role_arn": f"arn:aws:iam::{ACCOUNT}:role/import"}]}}},
    # a static one and a dynamic one: two calls, and a reboot
    {"match": {"kind": "cluster_parameter_group", "id": "orders-mysql8"},
     "set": {"tls_version": "TLSv1.2", "server_audit_logging": "1"}},
    {"match": {"kind": "instance_parameter_group", "id": "orders-in"},
     "set": {"general_log": "1", "slow_query_log": "1"}},
    {"match": {"kind": "iam_policy", "id": "orders"},
     "set": {"document": json.dumps({
         "Version": "2012-10-17", "Statement": [{
             "Effect": "Deny", "Action": "s3:*", "Resource": "*"}]})}},
    {"match": {"kind": "cluster_snapshot", "id": "orders-before-sale"},
     "set": {"public": False}},
    {"match": {"kind": "event_subscription", "id": "aurora-critical"},
     "set": {"sns_topic_arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:dba",
             "source_type": "db-cluster"}},
]
