#!/usr/bin/env bats
# Tags of clusters, instances and roles: planned, applied and backed out by key,
# so that boto3 reads the same before and after and others' tags stay.
load helpers

python=/usr/bin/python3

# tags ADDRESS: as boto3 reads them, by key.
tags() {
  AWS_DEFAULT_REGION=$region "$python" - "$endpoint" "$1" "$account" "$region" <<'END'
import json, sys, boto3
endpoint, address, account, region = sys.argv[1:]
kind, name = address.split("/")
if kind == "iam_role":
    tags = boto3.client("iam", endpoint_url=endpoint).get_role(RoleName=name)["Role"].get("Tags", [])
else:
    tags = boto3.client("rds", endpoint_url=endpoint).list_tags_for_resource(
        ResourceName=f"arn:aws:rds:{region}:{account}:"
                     f"{ {'cluster': 'cluster', 'instance': 'db'}[kind]}:{name}")["TagList"]
print(json.dumps({tag["Key"]: tag["Value"] for tag in tags}, sort_keys=True, ensure_ascii=False))
END
}

own='[{"Key": "Owner", "Value": "ops"}, {"Key": "owner", "Value": "x"},
  {"Key": "temporary", "Value": ""}, {"Key": "stage", "Value": "prod"},
  {"Key": "aws:cloudformation:stack-name", "Value": "db"}]'

# started RULES: with tags on orders and on orders-1.
started() {
  "$python" -c 'import boto3' 2>/dev/null || skip "no python3-boto3"
  start_sim
  poke cluster/orders "{\"TagList\": $own}"
  poke instance/orders-1 "{\"TagList\": $own}"
  write_desired "$1"
  aback init >init.out 2>&1
}

wanted='  - match: {kind: cluster, id: orders}
    set:
      tags:
        include: {Owner: dba, "cost centre": "für 1/2", stage: prod}
        exclude: [temporary, unheard-of]'
after='{"Owner": "dba", "aws:cloudformation:stack-name": "db", "cost centre": "für 1/2", "owner": "x", "stage": "prod"}'

# there_and_back ADDRESS AFTER
there_and_back() {
  tags "$1" >before.json
  runs 0 aback plan -o plan.json
  runs 0 aback apply plan.json --yes
  [ "$(tags "$1")" = "$2" ]
  runs 0 aback plan --detailed-exitcode
  runs 0 aback backout --last -o back.json
  runs 0 aback apply back.json --yes
  tags "$1" | diff -u before.json -
}

@test "tags: of a cluster, there and back" {
  started "$wanted"
  there_and_back cluster/orders "$after"
  jq -e --arg arn "arn:aws:rds:$region:$account:cluster:orders" '
    [.steps[] | [.call, .parameters, .backout.call, .needs]] == [
      ["rds:AddTagsToResource", {"ResourceName": $arn,
        "Tags.Tag.1.Key": "Owner", "Tags.Tag.1.Value": "dba"},
       "rds:AddTagsToResource", []],
      ["rds:AddTagsToResource", {"ResourceName": $arn,
        "Tags.Tag.1.Key": "cost centre", "Tags.Tag.1.Value": "für 1/2"},
       "rds:RemoveTagsFromResource", []],
      ["rds:RemoveTagsFromResource", {"ResourceName": $arn,
        "TagKeys.member.1": "temporary"}, "rds:AddTagsToResource", [0, 1]]]' \
    plan.json
  # the tags of AWS are no part of it
  jq -e '.changes[0] | .before == {"Owner": "ops", "owner": "x",
    "temporary": "", "stage": "prod"} and .reversibility == "reversible"
    and .effect == "immediate" and .consent == []' plan.json
}

@test "tags: people see which are added, changed and removed" {
  started "$wanted"
  runs 0 aback plan
  said '+ Owner=dba' '+ cost centre=für 1/2' '− Owner=ops' '− temporary='
}

@test "tags: of an instance, together with another setting" {
  started '  - match: {kind: instance, id: orders-1}
    set:
      auto_minor_version_upgrade: false
      tags: {include: {Owner: dba}}'
  there_and_back instance/orders-1 '{"Owner": "dba", "aws:cloudformation:stack-name": "db", "owner": "x", "stage": "prod", "temporary": ""}'
  jq -e '[.steps[].call] ==
    ["rds:ModifyDBInstance", "rds:AddTagsToResource"]' plan.json
}

@test "tags: each key is a setting of its own for precedence" {
  started "$wanted"'
  - match: {kind: cluster, tags: {stage: prod}}
    set: {tags: {include: {temporary: "no"}, exclude: [Owner]}}'
  there_and_back cluster/orders '{"aws:cloudformation:stack-name": "db", "cost centre": "für 1/2", "owner": "x", "stage": "prod", "temporary": "no"}'
}

@test "tags: a backout leaves alone what others added, and it sticks" {
  started "$wanted"
  applied
  poke cluster/orders '{"TagList": [{"Key": "Owner", "Value": "dba"},
    {"Key": "cost centre", "Value": "für 1/2"}, {"Key": "theirs", "Value": "1"},
    {"Key": "stage", "Value": "test"}]}'
  runs 0 aback backout --last --apply --yes --reason 'not that'
  [ "$(tags cluster/orders)" = '{"Owner": "ops", "stage": "test", "temporary": "", "theirs": "1"}' ]
  # the patch takes the form that tags have
  grep -qxF '+        tags: {"exclude":["cost centre"],"include":{"Owner":"ops","temporary":""}}' \
    backout-*.patch
  # stage was never ours: the rule still asks for it
  poke cluster/orders '{"TagList": [{"Key": "Owner", "Value": "ops"},
    {"Key": "temporary", "Value": ""}, {"Key": "stage", "Value": "prod"}]}'
  runs 0 aback plan --detailed-exitcode
  said 'not that'
}

@test "tags: one that others changed since is a conflict" {
  started "$wanted"
  applied
  poke cluster/orders '{"TagList": [{"Key": "Owner", "Value": "them"},
    {"Key": "cost centre", "Value": "für 1/2"}]}'
  fails 3 aback backout --last -o back.json
  said "somebody else changed 'Owner' since"
  runs 0 aback backout --last --apply --yes --force cluster/orders:tags
  [ "$(tags cluster/orders)" = '{"Owner": "ops", "temporary": ""}' ]
}

@test "tags: a colleague's tag makes the plan stale" {
  started "$wanted"
  runs 0 aback plan -o plan.json
  poke cluster/orders '{"TagList": [{"Key": "theirs", "Value": "1"}]}'
  fails 3 aback apply plan.json --yes
  said 'cluster/orders:tags' 'theirs=1'
}

@test "tags: unknown outcomes are looked up" {
  started "$wanted"
  runs 0 aback plan -o plan.json
  fault '{"action": "AddTagsToResource", "nth": 1, "fault": "reset_after"}'
  fault '{"action": "RemoveTagsFromResource", "nth": 1, "fault": "reset_before"}'
  runs 0 aback apply plan.json --yes
  [ "$(tags cluster/orders)" = "$after" ]
  # what happened was not sent again
  [ "$(grep -c '"action":"AddTagsToResource"' sim.log)" -eq 2 ]
}

@test "tags: an effect that comes late is waited for" {
  started "$wanted"
  runs 0 aback plan -o plan.json
  fault '{"action": "AddTagsToResource", "nth": 1, "fault": "delay_effect", "ms": 900}'
  runs 0 aback apply plan.json --yes
  [ "$(tags cluster/orders)" = "$after" ]
}

@test "tags: more than AWS keeps are blocked before anything is sent" {
  local many
  many=$(jq -nc '[range(49) | {Key: "k\(.)", Value: "v"}]')
  started '  - match: {kind: cluster, id: orders}
    set: {tags: {include: {a: b, c: d}}}'
  poke cluster/orders "{\"TagList\": $many}"
  runs 0 aback plan -o plan.json
  jq -e '.steps == [] and (.blocked[0].reason | test("51 tags"))' plan.json
  # where one goes, there is room for both: it goes first
  sed -i 's/c: d}/c: d}, exclude: [k0]/' aback.yaml
  tags cluster/orders >before.json
  runs 0 aback plan -o plan.json
  jq -e '[.steps[] | [.call, .needs]] == [["rds:RemoveTagsFromResource", []],
    ["rds:AddTagsToResource", [0]]]' plan.json
  runs 0 aback apply plan.json --yes
  runs 0 aback backout --last --apply --yes
  tags cluster/orders | diff -u before.json -
}

@test "tags: what AWS would refuse is refused with its place" {
  local long
  printf -v long '%257s' ''
  long=${long// /x}
  while IFS='|' read -r value place text; do
    write_desired "  - match: {kind: cluster}
    set:
      tags: $value"
    fails 1 aback validate
    said "aback.yaml:8:$place: error:" "'tags'" "$text"
  done <<END
{Owner: dba}|13|must be a map with include and exclude
[Owner]|13|must be a map with include and exclude
Owner|13|must be a map with include and exclude
null|13|must be a map with include and exclude
{include: {}}|23|an empty one
{include: [Owner]}|23|must be a map of strings
{include: {"aws:x": y}}|24|AWS's own
{include: {"AWS:x": y}}|24|AWS's own
{include: {"rds:x": y}}|24|'rds:'
{exclude: ["aws:x"]}|24|AWS's own
{include: {a: 1}}|27|must be
{include: {a: true}}|27|must be
{include: {a: null}}|27|must be
{include: {a: [b]}}|27|must be
{include: {a?: b}}|24|letters, digits
{include: {a: "b;c"}}|27|letters, digits
{include: {"": b}}|24|empty key
{include: {${long:0:129}: b}}|24|at most 128
{include: {a: $long}}|27|at most 256
{include: {a: b}, exclude: [a]}|40|includes and excludes 'a'
END
}

@test "tags: of a role, there and back" {
  started '  - match: {kind: iam_role, id: monitoring}
    set:
      tags: {include: {Owner: dba, "cost centre": "42"}, exclude: [temporary]}'
  poke iam_role/monitoring "{\"Tags\": [{\"Key\": \"Owner\", \"Value\": \"ops\"},
    {\"Key\": \"temporary\", \"Value\": \"\"}, {\"Key\": \"aws:x\", \"Value\": \"1\"}]}"
  there_and_back iam_role/monitoring '{"Owner": "dba", "aws:x": "1", "cost centre": "42"}'
  jq -e '[.steps[] | [.call, .parameters]] == [
    ["iam:UntagRole", {"RoleName": "monitoring", "TagKeys.member.1": "temporary"}],
    ["iam:TagRole", {"RoleName": "monitoring", "Tags.member.1.Key": "Owner",
      "Tags.member.1.Value": "dba"}],
    ["iam:TagRole", {"RoleName": "monitoring",
      "Tags.member.1.Key": "cost centre", "Tags.member.1.Value": "42"}]]' plan.json
}

@test "tags: of a role, keys in another letter case are the same to IAM" {
  started '  - match: {kind: iam_role, id: monitoring}
    set: {tags: {include: {OWNER: dba}}}'
  poke iam_role/monitoring '{"Tags": [{"Key": "Owner", "Value": "ops"}]}'
  runs 0 aback plan -o plan.json
  jq -e '.steps == [] and (.blocked[0].reason | test("one and the same"))' \
    plan.json
  sed -i 's/dba}/dba}, exclude: [Owner]/' aback.yaml
  there_and_back iam_role/monitoring '{"OWNER": "dba"}'
  write_desired '  - match: {kind: iam_role, id: monitoring}
    set: {tags: {include: {OWNER: dba, Owner: x}}}'
  fails 1 aback validate
  said "aback.yaml:7:27: error: 'tags'" 'one and the same'
}
