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

# fleet make|show: two clusters, an instance each, a plain database, a role.
fleet() {
  /usr/bin/python3 - "$1" "$AWS_ENDPOINT_URL" <<'PYTHON'
import json
import sys

import boto3

verb, url = sys.argv[1:]
rds = boto3.client("rds", region_name="eu-west-1", endpoint_url=url)
iam = boto3.client("iam", region_name="us-east-1", endpoint_url=url)
person = {"MasterUsername": "adm", "MasterUserPassword": "not-a-secret-1"}
if verb == "make":
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
        {"Version": "2012-10-17", "Statement": []}))
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
