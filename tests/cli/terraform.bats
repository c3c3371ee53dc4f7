#!/usr/bin/env bats
# What aback set, as Terraform reads it: a configuration that says the same has
# nothing to change in it. Terraform's AWS provider comes from a mirror in
# TERRAFORM_MIRROR; without either there is nothing to ask.
load helpers

mirror=${TERRAFORM_MIRROR:-/opt/tf-plugins}
key=11111111-2222-3333-4444-555555555555
key_arn=arn:aws:kms:$region:$account:key/$key
group=sg-0a1c5e7f90b2d4a61
monitoring=arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole
topic=arn:aws:sns:$region:$account:dba
trust='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
  "Principal": {"Service": "monitoring.rds.amazonaws.com"},
  "Action": "sts:AssumeRole"}]}'
debug='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
  "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"}]}'

write_fleet() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "roles": [{"RoleName": "monitoring", "AttachedPolicies": ["$monitoring"],
    "AssumeRolePolicyDocument": ${trust/monitoring.rds/ec2},
    "InlinePolicies": {"debug": ${debug/PutObject/DeleteObject}}}],
  "regions": [{"region": "$region",
    "clusters": [
      {"DBClusterIdentifier": "orders", "Engine": "aurora-mysql",
       "EngineVersion": "8.0.mysql_aurora.3.08.0", "StorageEncrypted": true,
       "KmsKeyId": "$key_arn", "DBClusterParameterGroup": "strict",
       "VpcSecurityGroups": [
         {"VpcSecurityGroupId": "$group", "Status": "active"}]}],
    "instances": [
      {"DBInstanceIdentifier": "orders-1", "DBClusterIdentifier": "orders",
       "PubliclyAccessible": true, "DBInstanceClass": "db.r6g.large"}],
    "db_cluster_parameter_groups": [
      {"DBClusterParameterGroupName": "strict",
       "DBParameterGroupFamily": "aurora-mysql8.0"}],
    "db_cluster_snapshots": [
      {"DBClusterSnapshotIdentifier": "first",
       "DBClusterIdentifier": "orders", "restore": ["111111111111"]}],
    "event_subscriptions": [
      {"CustSubscriptionId": "clusters", "SnsTopicArn": "$topic",
       "SourceType": "db-cluster", "EventCategoriesList": ["failover"]}],
    "kms_keys": [{"KeyId": "$key"}],
    "log_groups": [{"logGroupName": "/aws/rds/cluster/orders/audit"}],
    "vpc_security_groups": [{"GroupId": "$group", "GroupName": "orders",
      "Description": "clients of orders", "rules": [
        {"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306,
         "CidrIpv4": "0.0.0.0/0"}]}]}]}]}
END
}

wanted="
  - match: {kind: cluster}
    set:
      deletion_protection: true
      backup_retention_period: 21
      copy_tags_to_snapshot: true
      iam_database_authentication_enabled: true
      preferred_backup_window: 02:00-03:00
      preferred_maintenance_window: sun:04:00-sun:05:00
      enabled_cloudwatch_logs_exports: [audit, error]
      tags: {include: {owner: dba}}
  - match: {kind: instance}
    set:
      publicly_accessible: false
      auto_minor_version_upgrade: true
      promotion_tier: 3
      monitoring_interval: 30
      monitoring_role_arn: arn:aws:iam::$account:role/monitoring
      ca_certificate_identifier: rds-ca-rsa4096-g1
  - match: {kind: cluster_parameter_group, id: strict}
    set: {require_secure_transport: 'ON', server_audit_logging: '1'}
  - match: {kind: iam_role, id: monitoring}
    set:
      description: Enhanced Monitoring
      max_session_duration: 7200
      assume_role_policy: $trust
      managed_policy_arns: ['$monitoring',
        'arn:aws:iam::aws:policy/AmazonRDSReadOnlyAccess']
      inline_policies: {debug: $debug}
      permissions_boundary: arn:aws:iam::aws:policy/ReadOnlyAccess
  - match: {kind: security_group, id: $group}
    set:
      ingress:
        - {ip_protocol: tcp, from_port: 3306, to_port: 3306,
           cidr_ipv4: 10.0.0.0/8, description: app servers}
      egress: []
  - match: {kind: log_group, id: /aws/rds/cluster/orders/audit}
    set: {retention_in_days: 400, kms_key_id: '$key_arn'}
  - match: {kind: kms_key, id: $key}
    set: {rotation_enabled: true, rotation_period_days: 180}
  - match: {kind: cluster_snapshot, id: first}
    set: {shared_with: ['222222222222']}
  - match: {kind: event_subscription, id: clusters}
    set: {event_categories: [failure, maintenance], enabled: false}"

resource() { # TYPE ID
  printf 'import {\n  to = %s.this\n  id = "%s"\n}\n' "$1" "$2"
  printf 'resource "%s" "this" {\n' "$1"
  cat
  echo '}'
}

# The same as `wanted`, and what Terraform cannot do without.
write_configuration() {
  cat <<END
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                  = "$region"
  skip_metadata_api_check = true
}
END
  resource aws_rds_cluster orders <<END
  cluster_identifier                  = "orders"
  engine                              = "aurora-mysql"
  deletion_protection                 = true
  backup_retention_period             = 21
  copy_tags_to_snapshot               = true
  iam_database_authentication_enabled = true
  preferred_backup_window             = "02:00-03:00"
  preferred_maintenance_window        = "sun:04:00-sun:05:00"
  enabled_cloudwatch_logs_exports     = ["audit", "error"]
  db_cluster_parameter_group_name     = "strict"
  vpc_security_group_ids              = ["$group"]
  tags                                = { owner = "dba" }
END
  resource aws_rds_cluster_instance orders-1 <<END
  identifier                 = "orders-1"
  cluster_identifier         = "orders"
  engine                     = "aurora-mysql"
  instance_class             = "db.r6g.large"
  publicly_accessible        = false
  auto_minor_version_upgrade = true
  promotion_tier             = 3
  monitoring_interval        = 30
  monitoring_role_arn        = "arn:aws:iam::$account:role/monitoring"
  ca_cert_identifier         = "rds-ca-rsa4096-g1"
END
  resource aws_rds_cluster_parameter_group strict <<END
  name   = "strict"
  family = "aurora-mysql8.0"
  parameter {
    name  = "require_secure_transport"
    value = "ON"
  }
  parameter {
    name  = "server_audit_logging"
    value = "1"
  }
END
  resource aws_iam_role monitoring <<END
  name                 = "monitoring"
  description          = "Enhanced Monitoring"
  max_session_duration = 7200
  permissions_boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
  assume_role_policy   = jsonencode($trust)
END
  resource aws_iam_role_policy monitoring:debug <<END
  name   = "debug"
  role   = "monitoring"
  policy = jsonencode($debug)
END
  resource aws_iam_role_policy_attachments_exclusive monitoring <<END
  role_name   = "monitoring"
  policy_arns = ["$monitoring",
    "arn:aws:iam::aws:policy/AmazonRDSReadOnlyAccess"]
END
  resource aws_security_group $group <<END
  name        = "orders"
  description = "clients of orders"
  ingress {
    protocol    = "tcp"
    from_port   = 3306
    to_port     = 3306
    cidr_blocks = ["10.0.0.0/8"]
    description = "app servers"
  }
  egress = []
END
  resource aws_cloudwatch_log_group /aws/rds/cluster/orders/audit <<END
  name              = "/aws/rds/cluster/orders/audit"
  retention_in_days = 400
  kms_key_id        = "$key_arn"
END
  resource aws_kms_key $key <<END
  enable_key_rotation     = true
  rotation_period_in_days = 180
END
  resource aws_db_cluster_snapshot first <<END
  db_cluster_identifier          = "orders"
  db_cluster_snapshot_identifier = "first"
  shared_accounts                = ["222222222222"]
END
  resource aws_db_event_subscription clusters <<END
  name             = "clusters"
  sns_topic        = "$topic"
  source_type      = "db-cluster"
  event_categories = ["failure", "maintenance"]
  enabled          = false
END
}

# differences: what Terraform would change of what the configuration says, one
# "resource.attribute" a line.
differences() {
  terraform plan -input=false -out plan.bin >plan.txt 2>&1 || {
    cat plan.txt >&2
    return 1
  }
  terraform show -json plan.bin | jq -r '
    (.configuration.root_module.resources
      | map({key: .address, value: (.expressions // {} | keys)})
      | from_entries) as $said
    | .resource_changes[]
    | .address as $address | .change as $change | $said[$address][]
    | . as $name
    | select($change.before[$name] != $change.after[$name]
        or $change.after_unknown[$name] == true)
    | "\($address).\($name)"'
}

@test "Terraform reads what aback set, and would change nothing of it" {
  command -v terraform >/dev/null || skip 'no terraform'
  [ -d "$mirror/registry.terraform.io/hashicorp/aws" ] ||
    skip 'no mirror with the AWS provider'
  printf 'provider_installation {\n  filesystem_mirror { path = "%s" }\n}\n' \
    "$mirror" >terraformrc
  export TF_CLI_CONFIG_FILE=$PWD/terraformrc CHECKPOINT_DISABLE=1
  export TF_IN_AUTOMATION=1
  start_sim --no-throttle
  write_desired "$wanted"
  "$ABACK" init >init.out 2>&1
  write_configuration >main.tf
  terraform init -input=false >terraform.out 2>&1 || {
    cat terraform.out
    return 1
  }

  differences >before
  # every setting makes a difference that Terraform sees
  [ "$(wc -l <before)" -ge 25 ] || { cat before; return 1; }
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes --allow restart --allow exposure \
    --allow lossy
  differences >after
  diff /dev/null after

  runs 0 "$ABACK" backout --last --apply --yes --allow restart \
    --allow exposure --allow lossy
  differences >again
  diff before again
  # and it asked for nothing that the simulator does not know
  not grep -E '"code":"(InvalidAction|UnknownOperationException|UnknownService)"' \
    sim.log
}
