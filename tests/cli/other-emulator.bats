#!/usr/bin/env bats
# The same commands against an emulator that nobody here wrote, where moto's
# server is installed: nothing may depend on the bundled simulator. moto settles
# everything at once, ignores some parameters and has no pending values.
load promise

setup() {
  command -v moto_server >/dev/null || skip 'no moto_server'
  cd "$BATS_TEST_TMPDIR" || return 1
  port=$(/usr/bin/python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  moto_server -H 127.0.0.1 -p "$port" >moto.log 2>&1 3>&- &
  moto=$!
  export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_REGION=eu-west-1
  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  wait_for 30 curl -sf -o /dev/null "$AWS_ENDPOINT_URL/moto-api/data.json"
  fleet make
}

teardown() {
  [ -z "${moto:-}" ] || kill "$moto" 2>/dev/null || true
}

# fleet make|show|more|kinds: two clusters, an instance each, a plain database
# and a role; more: of every other kind one, whose names are left in names.json.
fleet() {
  /usr/bin/python3 - "$1" "$AWS_ENDPOINT_URL" <<'PYTHON'
import json
import sys

import boto3

verb, url = sys.argv[1:]
rds = boto3.client("rds", region_name="eu-west-1", endpoint_url=url)
iam = boto3.client("iam", region_name="us-east-1", endpoint_url=url)
person = {"MasterUsername": "adm", "MasterUserPassword": "not-a-secret-1"}
def client(service):
    return boto3.client(service, region_name="eu-west-1", endpoint_url=url)


ec2, logs, kms, sns = map(client, ("ec2", "logs", "kms", "sns"))


def names():
    with open("names.json") as file:
        return json.load(file)


if verb == "more":
    group = ec2.create_security_group(GroupName="orders",
                                      Description="clients")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306,
         "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "for now"}]}])
    logs.create_log_group(logGroupName="/aws/rds/cluster/orders/audit")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    topic = sns.create_topic(Name="dba")["TopicArn"]
    rds.create_db_cluster_snapshot(DBClusterSnapshotIdentifier="first",
                                   DBClusterIdentifier="orders")
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="strict", Description="of orders",
        DBParameterGroupFamily="aurora-mysql8.0")
    rds.modify_db_cluster_parameter_group(
        DBClusterParameterGroupName="strict", Parameters=[
            {"ParameterName": "require_secure_transport",
             "ParameterValue": "OFF", "ApplyMethod": "immediate"}])
    rds.create_event_subscription(
        SubscriptionName="clusters", SnsTopicArn=topic, Enabled=True,
        SourceType="db-cluster", EventCategories=["failover"])
    with open("names.json", "w") as file:
        json.dump({"group": group, "key": key}, file)
elif verb == "kinds":
    of = names()
    role = iam.get_role(RoleName="app")["Role"]
    role.pop("RoleLastUsed", None)
    role["Description"] = role.get("Description", "")  # it tells them apart
    policies = [iam.get_role_policy(RoleName="app", PolicyName=name)
                for name in iam.list_role_policies(
                    RoleName="app")["PolicyNames"]]
    rules = ec2.describe_security_group_rules(Filters=[
        {"Name": "group-id", "Values": [of["group"]]}])["SecurityGroupRules"]
    group, = logs.describe_log_groups()["logGroups"]
    print(json.dumps({
        "role": role,
        "inline": [[one["PolicyName"], one["PolicyDocument"]]
                   for one in policies],
        "rules": sorted(
            [rule["IsEgress"], rule["IpProtocol"], rule.get("FromPort"),
             rule.get("CidrIpv4"), rule.get("Description")]
            for rule in rules),
        "retention": group.get("retentionInDays"),
        "rotation": kms.get_key_rotation_status(
            KeyId=of["key"])["KeyRotationEnabled"],
        "parameters": {
            one["ParameterName"]: one.get("ParameterValue")
            for one in rds.describe_db_cluster_parameters(
                DBClusterParameterGroupName="strict")["Parameters"]},
        "tags": sorted(
            rds.list_tags_for_resource(ResourceName=rds.describe_db_clusters(
                DBClusterIdentifier="orders")["DBClusters"][0]["DBClusterArn"])
            ["TagList"], key=str),
        "shared": rds.describe_db_cluster_snapshot_attributes(
            DBClusterSnapshotIdentifier="first")[
                "DBClusterSnapshotAttributesResult"][
                    "DBClusterSnapshotAttributes"],
        }, default=str, indent=1, sort_keys=True))
elif verb == "make":
    for name, engine in (("orders", "aurora-mysql"),
                         ("users", "aurora-postgresql")):
        rds.create_db_cluster(DBClusterIdentifier=name, Engine=engine,
                              **person)
        rds.create_db_instance(DBInstanceIdentifier=name + "-1",
                               DBInstanceClass="db.r6g.large", Engine=engine,
                               DBClusterIdentifier=name,
                               PubliclyAccessible=True)
    rds.create_db_instance(DBInstanceIdentifier="wiki", Engine="mysql",
                           DBInstanceClass="db.t3.micro", AllocatedStorage=20,
                           **person)
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"Service": "ec2.amazonaws.com"}}]}))
    for name in ("one", "two"):
        arn = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "s3:ListAllMyBuckets",
                 "Resource": "*"}]}))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="app", PolicyArn=arn)
else:
    # moto's order is that of the last write
    clusters = sorted(rds.describe_db_clusters()["DBClusters"],
                      key=lambda c: c["DBClusterIdentifier"])
    instances = sorted(rds.describe_db_instances()["DBInstances"],
                       key=lambda i: i["DBInstanceIdentifier"])
    for item in clusters + instances:
        item.pop("LatestRestorableTime", None)  # moves with the clock
    print(json.dumps({
        "clusters": clusters,
        "instances": instances,
        "policies": sorted(
            p["PolicyArn"] for p in iam.list_attached_role_policies(
                RoleName="app")["AttachedPolicies"])},
        default=str, indent=1, sort_keys=True))
PYTHON
}

desired() {
  cat >aback.yaml <<YAML
version: 1
state: {repository: ./store.git}
targets: [{name: prod, account_id: "123456789012", region: eu-west-1}]
rules:
  - match: {kind: cluster}
    set: {$1}
  - match: {kind: instance}
    set: {publicly_accessible: false}
  - match: {kind: iam_role, id: app}
    set: {managed_policy_arns: ["arn:aws:iam::123456789012:policy/one"]}
YAML
  "$ABACK" init -q
}

@test "another emulator: plan, apply, empty plan, backout, all as before" {
  desired 'deletion_protection: true, copy_tags_to_snapshot: true'
  fleet show >before.json
  runs 0 "$ABACK" plan -o plan.json
  jq -e '(.changes | length) == 7 and
    any(.skipped[]; .address == "instance/wiki")' plan.json
  runs 0 "$ABACK" apply plan.json --yes
  runs 0 "$ABACK" plan --detailed-exitcode
  fleet show >after.json
  not cmp -s before.json after.json
  runs 0 "$ABACK" backout --last --apply --yes --allow exposure
  fleet show >restored.json
  diff before.json restored.json
}

# KILL_STEP (60) says how many of the writes, syncs and sends of an apply are
# passed over each time.
@test "another emulator: killed anywhere in an apply, resumed, backed out" {
  [[ $ABACK_BUILD != *asan* ]] || skip 'a sanitizer wants to be loaded first'
  desired 'deletion_protection: true, copy_tags_to_snapshot: true'
  fleet show >before.json
  runs 0 "$ABACK" plan -o plan.json
  cp -r store.git fresh.git
  TORTURE_PROGRAM=$(realpath "$ABACK")
  export TORTURE_PROGRAM
  again() { # TORTURE-VARIABLE...
    rm -rf store.git
    cp -r fresh.git store.git
    env "$@" LD_PRELOAD="$ABACK_BUILD/interpose.so" "$ABACK" apply plan.json \
      --yes >out 2>&1
  }
  # whatever was begun is accounted for and taken back
  undone() {
    "$ABACK" resume >resume.out 2>&1 || [[ $? == [14] ]] ||
      { cat resume.out; return 1; }
    [ -z "$(change_id 2>/dev/null)" ] || "$ABACK" backout --last --apply --yes \
      --allow exposure >back.out 2>&1 || [ $? -eq 3 ] || { cat back.out; return 1; }
    "$ABACK" state fsck >fsck.out || { cat fsck.out; return 1; }
    fleet show | diff before.json -
  }
  again TORTURE_COUNT="$PWD/count"
  undone
  total=$(stat -c %s count)
  for ((at = 20; at < total; at += ${KILL_STEP:-60})); do
    again TORTURE_DO=kill TORTURE_AT="$at" || [ $? -eq 137 ]
    undone || { echo "killed at $at of $total"; return 1; }
  done
  echo "# killed at every ${KILL_STEP:-60}th of $total points" >&3
}

@test "another emulator: accepted and ignored is never called done" {
  desired 'deletion_protection: true, enabled_cloudwatch_logs_exports: {include: [instance]}'
  fleet show >before.json
  runs 0 "$ABACK" plan -o plan.json
  runs 4 "$ABACK" apply plan.json --yes --deadline 8s
  id=$(change_id)
  result_of "$id" | jq -e 'any(.changes[];
    .setting == "enabled_cloudwatch_logs_exports" and .state == "failed")'
  # what the same calls did do is taken back
  runs 0 "$ABACK" backout --last --apply --yes --allow exposure
  fleet show >restored.json
  diff before.json restored.json
}

# moto knows only parameters that were set, and cannot reset one.
@test "another emulator: parameters of a group are set" {
  /usr/bin/python3 - "$AWS_ENDPOINT_URL" <<'PYTHON'
import sys
import boto3
boto3.client("rds", region_name="eu-west-1", endpoint_url=sys.argv[1]) \
    .create_db_cluster_parameter_group(
        DBClusterParameterGroupName="orders-tls", Description="TLS",
        DBParameterGroupFamily="aurora-mysql8.0")
PYTHON
  desired 'db_cluster_parameter_group_name: orders-tls'
  cat >>aback.yaml <<'YAML'
  - match: {kind: cluster_parameter_group, id: orders-tls}
    set: {require_secure_transport: "ON"}
YAML
  sed -i 's/match: {kind: cluster}/match: {kind: cluster, id: orders}/' aback.yaml
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.steps[].call | select(test("ParameterGroup$"))] ==
    ["rds:ModifyDBClusterParameterGroup"] and .blocked == []' plan.json
  runs 0 "$ABACK" apply plan.json --yes --allow restart --deadline 20s
  runs 0 "$ABACK" plan --detailed-exitcode
  # what moto says of this group is not all that its family has
  sed -i 's/require_secure_transport: "ON"/tls_version: TLSv1.3/' aback.yaml
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.changes[].setting | select(. != "pending_reboot")] ==
    ["tls_version"] and .blocked == []' plan.json
}

# each KIND RULE: planned, applied, nothing left to do, backed out, as before.
each() {
  cat >aback.yaml <<YAML
version: 1
state: {repository: ./store.git}
targets: [{name: prod, account_id: "123456789012", region: eu-west-1}]
rules:
  - $1
YAML
  fleet kinds >before.json
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes | length > 0' plan.json
  runs 0 "$ABACK" apply plan.json --yes --allow exposure --allow lossy
  runs 0 "$ABACK" plan --detailed-exitcode
  fleet kinds >after.json
  not cmp -s before.json after.json
  runs 0 "$ABACK" backout --last --apply --yes --allow exposure --allow lossy
  fleet kinds >restored.json
  diff before.json restored.json
}

@test "another emulator: the other kinds, as far as it has them" {
  desired 'deletion_protection: true'
  fleet more
  each 'match: {kind: iam_role, id: app}
    set:
      description: what it is for
      max_session_duration: 7200
      permissions_boundary: arn:aws:iam::123456789012:policy/one
      assume_role_policy: {Version: "2012-10-17", Statement: [{Effect: Allow,
        Action: sts:AssumeRole, Principal: {Service: rds.amazonaws.com}}]}
      inline_policies: {debug: {Version: "2012-10-17", Statement: [
        {Effect: Allow, Action: s3:GetObject, Resource: "*"}]}}'
  each "match: {kind: security_group, id: $(jq -r .group names.json)}
    set:
      ingress:
        - {ip_protocol: tcp, from_port: 3306, to_port: 3306,
           cidr_ipv4: 10.0.0.0/8, description: app servers}"
  each 'match: {kind: log_group, id: /aws/rds/cluster/orders/audit}
    set: {retention_in_days: 90}'
  each "match: {kind: kms_key, id: $(jq -r .key names.json)}
    set: {rotation_enabled: true}"
  each 'match: {kind: cluster_snapshot, id: first}
    set: {shared_with: ["111111111111"]}'
  each 'match: {kind: cluster_parameter_group, id: strict}
    set: {require_secure_transport: "ON"}'
  each 'match: {kind: cluster, id: orders}
    set: {tags: {include: {owner: dba}}}'
}
