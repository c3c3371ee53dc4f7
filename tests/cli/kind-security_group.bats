#!/usr/bin/env bats
# Security groups: rules come, go and come back, so that boto3 reads the same
# before and after, ids of rules aside.
load helpers

python=/usr/bin/python3
group=sg-0a1
other=sg-0b2

# A cluster with a group that is open to the world in every way, and another.
write_fleet() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "regions": [{"region": "$region",
    "clusters": [
      {"DBClusterIdentifier": "orders", "Engine": "aurora-mysql", "Port": 3306,
       "VpcSecurityGroups": [
         {"VpcSecurityGroupId": "$group", "Status": "active"}]},
      {"DBClusterIdentifier": "users", "Engine": "aurora-postgresql",
       "Port": 5432, "VpcSecurityGroups": [
         {"VpcSecurityGroupId": "$other", "Status": "active"}]}],
    "instances": [
      {"DBInstanceIdentifier": "orders-1", "DBClusterIdentifier": "orders"}],
    "vpc_security_groups": [
      {"GroupId": "$group", "Tags": [{"Key": "team", "Value": "shop"}],
       "isDefaultVpc": ${default_vpc:-false}, "rules": [
        {"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306,
         "CidrIpv4": "10.0.0.0/8", "Description": "app servers"},
        {"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 4000,
         "CidrIpv4": "0.0.0.0/0", "Description": "tmp & quick, #42",
         "Tags": [{"Key": "owner", "Value": "bob"}]},
        {"IpProtocol": "-1", "CidrIpv6": "::/0"},
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
         "CidrIpv4": "0.0.0.0/0"},
        {"IpProtocol": "udp", "FromPort": 3306, "ToPort": 3306,
         "CidrIpv4": "0.0.0.0/0"},
        {"IpProtocol": "50", "PrefixListId": "pl-0123"},
        {"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306,
         "ReferencedGroupInfo": {"GroupId": "$other"}},
        {"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306,
         "ReferencedGroupInfo": {"GroupId": "sg-0c3",
           "UserId": "210987654321"}},
        {"IsEgress": true, "IpProtocol": "-1", "CidrIpv4": "0.0.0.0/0"}]},
      {"GroupId": "$other"}],
    "network_interfaces": [{"NetworkInterfaceId": "eni-01",
      "Description": "ELB app/shop", "Groups": ["$group"]}]}]}]}
END
}

# rules: all of them, as boto3 reads them, without the ids.
rules() {
  AWS_DEFAULT_REGION=$region "$python" - "$endpoint" <<'END'
import json, sys, boto3
ec2 = boto3.client("ec2", endpoint_url=sys.argv[1])
pages = ec2.get_paginator("describe_security_group_rules").paginate(
    PaginationConfig={"PageSize": 5})
rules = [rule for page in pages for rule in page["SecurityGroupRules"]]
for rule in rules:
    rule.pop("SecurityGroupRuleId")
    rule.pop("SecurityGroupRuleArn", None)
print("\n".join(sorted(json.dumps(rule, sort_keys=True) for rule in rules)))
END
}

# started SETTINGS [ID]: of the group, as YAML indented by six.
started() {
  "$python" -c 'import boto3' 2>/dev/null || skip "no python3-boto3"
  start_sim
  write_desired "  - match: {kind: security_group, id: ${2:-$group}}
    set:
$1"
  "$ABACK" init >init.out 2>&1
}

# there_and_back ALLOW BACK-ALLOW: consents, or "-"; then all is as it was.
there_and_back() {
  local allow=() back=()
  [ "$1" = - ] || allow=(--allow "$1")
  [ "$2" = - ] || back=(--allow "$2")
  rules >before
  runs 0 aback plan -o plan.json
  [ "$1" = - ] || fails 3 aback apply plan.json --yes
  runs 0 aback apply plan.json --yes "${allow[@]}"
  rules >after
  not cmp -s before after
  runs 0 aback plan --detailed-exitcode
  runs 0 aback backout --last -o back.json
  [ "$2" = - ] || fails 3 aback apply back.json --yes
  runs 0 aback apply back.json --yes "${back[@]}"
  rules >again
  diff -u before again
}

# calls: what was written, in order.
calls() {
  jq -r 'select(.action | test("^(Authorize|Revoke|Update)"))
    | select(.parameters.DryRun != "true") | .action' sim.log
}

@test "security_group: public_ingress takes away what reaches the port" {
  started '      public_ingress: false'
  there_and_back - exposure
  # 443, udp and what is not the world's stay
  not grep -q '"CidrIpv6": "::/0"' after
  not grep -q 'tmp & quick' after
  [ "$(diff before after | grep -c '^[<>]')" -eq 2 ]
  jq -e '.changes | length == 1 and (.[0] | .setting == "ingress" and
    .via == "public_ingress" and .backout_consent == ["exposure"] and
    .consent == [] and .severity == "critical")' plan.json
  jq -e 'all(.steps[]; (.parameters | keys) ==
    ["GroupId", "SecurityGroupRuleId.1"])' plan.json
}

@test "security_group: the port that a cluster is to have counts as well" {
  start_sim
  write_desired '  - match: {kind: cluster, id: users}
    set: {port: 5555, vpc_security_group_ids: {include: ['$group']}}
  - match: {kind: security_group}
    set:
      public_ingress: false'
  "$ABACK" init >init.out 2>&1
  curl -sf "$endpoint/_sim/poke" -d '{"account": "'"$account"'", "region":
    "'"$region"'", "address": "security_group/'$group'", "set": {"rules": [
      {"IpProtocol": "tcp", "FromPort": 5555, "ToPort": 5555,
       "CidrIpv4": "0.0.0.0/0"},
      {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
       "CidrIpv4": "0.0.0.0/0"}]}}'
  runs 0 aback plan -o plan.json
  jq -e '[.changes[] | select(.via == "public_ingress") | .before - .after |
    map(.from_port)] == [[5555]]' plan.json
  runs 0 aback apply plan.json --yes --allow restart --allow exposure
  runs 0 aback plan --detailed-exitcode
}

@test "security_group: a revoked rule comes back with description and tags" {
  started '      public_ingress: false'
  runs 0 aback plan -o plan.json
  jq -e '[.steps[].backout.parameters] | any(
    .["IpPermissions.1.IpRanges.1.Description"] == "tmp & quick, #42" and
    .["TagSpecification.1.Tag.1.Key"] == "owner")' plan.json
}

@test "security_group: by glob only what clusters use, and nothing twice" {
  started '      public_ingress: false' '"*"'
  runs 0 aback plan -o plan.json
  jq -e '[.changes[].address] == ["security_group/sg-0a1"]' plan.json
  [ "$(jq -r .action sim.log | grep -c DescribeSecurityGroupRules)" -eq 1 ]
}

@test "security_group: one that no cluster uses has no port, which is said" {
  write_fleet
  jq '.accounts[0].regions[0].vpc_security_groups += [{"GroupId": "sg-0d4",
    "rules": [{"IpProtocol": "-1", "CidrIpv4": "0.0.0.0/0"}]}]' \
    fleet.json >more.json
  mv more.json fleet.json
  started '      public_ingress: false' sg-0d4
  runs 0 aback plan -o plan.json
  jq -e '.changes == [] and [.skipped[] | [.address, .setting]] ==
    [["security_group/sg-0d4", "public_ingress"]] and
    (.skipped[0].reason | test("no port is known"))' plan.json
}

@test "security_group: the plan says who else uses the group" {
  started '      public_ingress: false'
  runs 0 aback plan -o plan.json
  said 'To know' "'ELB app/shop'"
  jq -e '.notes | length == 1 and .[0].address == "security_group/sg-0a1"' \
    plan.json
  runs 0 aback show plan.json --check
}

@test "security_group: include and exclude, authorised before revoked" {
  started '      ingress:
        include:
          - {ip_protocol: 6, from_port: 3306, to_port: 3306,
             cidr_ipv4: 192.168.0.0/16, description: reports, tags: {a: b}}
          - {ip_protocol: icmp, from_port: 8, to_port: -1,
             cidr_ipv6: "2001:DB8::/32"}
        exclude:
          - {ip_protocol: tcp, from_port: 3306, to_port: 3306,
             cidr_ipv4: 10.0.0.0/8}
          - {ip_protocol: tcp, from_port: 3306, to_port: 3306,
             referenced_group_id: 210987654321/sg-0c3}'
  there_and_back - -
  grep -q '2001:db8::/32' after
  calls >sent
  printf '%s\n' AuthorizeSecurityGroupIngress AuthorizeSecurityGroupIngress \
    RevokeSecurityGroupIngress RevokeSecurityGroupIngress >wanted
  head -4 sent | diff wanted -
}

@test "security_group: whole lists of both directions" {
  started '      ingress:
        - {ip_protocol: tcp, from_port: 3306, to_port: 3306,
           cidr_ipv4: 10.0.0.0/8}
      egress: []'
  there_and_back - exposure
  # the description of a rule that stays is nobody's business
  grep -q 'app servers' after
  [ "$(grep -c sg-0a1 after)" -eq 1 ]
}

@test "security_group: a public rule needs consent to come" {
  started '      ingress: {include: [{ip_protocol: "-1", cidr_ipv4: 0.0.0.0/0}]}'
  there_and_back exposure -
}

@test "security_group: another description alone" {
  started '      ingress: {include: [{ip_protocol: tcp, from_port: 3306,
        to_port: 3306, cidr_ipv4: 10.0.0.0/8, description: kept}]}'
  there_and_back - -
  [ "$(calls | sort -u)" = UpdateSecurityGroupRuleDescriptionsIngress ]
}

@test "security_group: what others added stays at a backout" {
  started '      public_ingress: false'
  rules >before
  runs 0 aback plan -o plan.json
  runs 0 aback apply plan.json --yes
  AWS_DEFAULT_REGION=$region "$python" - "$endpoint" <<'END'
import sys, boto3
boto3.client("ec2", endpoint_url=sys.argv[1]).authorize_security_group_ingress(
    GroupId="sg-0a1", IpProtocol="tcp", FromPort=1, ToPort=1,
    CidrIp="10.9.9.9/32")
END
  runs 0 aback backout --last --apply --yes --allow exposure
  rules | grep -v 10.9.9.9/32 | diff -u before -
  rules | grep -q 10.9.9.9/32
}

@test "security_group: what was backed out is held" {
  started '      public_ingress: false'
  there_and_back - exposure
  runs 0 aback plan --detailed-exitcode
  said Held security_group/sg-0a1:ingress
  aback release security_group/sg-0a1:ingress
  runs 2 aback plan --detailed-exitcode
}

@test "security_group: a rule that somebody made anew makes the plan stale" {
  started '      public_ingress: false'
  runs 0 aback plan -o plan.json
  AWS_DEFAULT_REGION=$region "$python" - "$endpoint" <<'END'
import sys, boto3
ec2 = boto3.client("ec2", endpoint_url=sys.argv[1])
rule = dict(GroupId="sg-0a1", IpPermissions=[{"IpProtocol": "-1",
            "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}])
ec2.revoke_security_group_ingress(**rule)
ec2.authorize_security_group_ingress(**rule)
END
  fails 3 aback apply plan.json --yes
  [ -z "$(calls | tail -n +3)" ]
}

@test "security_group: a group that vanished is refused before any write" {
  started '      public_ingress: false'
  runs 0 aback plan -o plan.json
  curl -fsS "$endpoint/_sim/poke" -d '{"address": "cluster/orders",
    "delete": true}' >/dev/null
  curl -fsS "$endpoint/_sim/poke" -d '{"address": "security_group/sg-0a1",
    "delete": true}' >/dev/null
  fails 3 aback apply plan.json --yes
  [ -z "$(calls)" ]
}

@test "security_group: a full group fails in the middle, and says exactly what" {
  started '      ingress:
        include:
          - {ip_protocol: tcp, from_port: 1, to_port: 1, cidr_ipv4: 10.0.0.0/8}
          - {ip_protocol: tcp, from_port: 2, to_port: 2, cidr_ipv4: 10.0.0.0/8}
        exclude:
          - {ip_protocol: tcp, from_port: 3306, to_port: 3306,
             cidr_ipv4: 10.0.0.0/8}'
  AWS_DEFAULT_REGION=$region "$python" - "$endpoint" <<'END'
import sys, boto3
ec2 = boto3.client("ec2", endpoint_url=sys.argv[1])
for port in range(1000, 1051):
    ec2.authorize_security_group_ingress(GroupId="sg-0a1", IpProtocol="udp",
        FromPort=port, ToPort=port, CidrIp="10.0.0.0/8")
END
  rules >before
  runs 0 aback plan -o plan.json
  runs 4 aback apply plan.json --yes
  said RulesPerSecurityGroupLimitExceeded
  # the wanted rule is there, and nothing was taken away
  rules | diff before - >moved || true
  [ "$(grep -c '^[<>]' moved)" -eq 1 ]
  runs 0 aback backout --last --apply --yes
  rules | diff -u before -
}

@test "security_group: a default VPC's silence is not taken for success" {
  default_vpc=true started '      public_ingress: false'
  runs 0 aback plan -o plan.json
  curl -fsS "$endpoint/_sim/faults" -d '[{"service": "ec2",
    "action": "RevokeSecurityGroupIngress", "fault": "ignore"}]' >/dev/null
  timeout 60 "$ABACK" apply plan.json --yes --deadline 3s >out 2>&1 && rc=0 || rc=$?
  [ "$rc" -ne 0 ]
  rules | grep -q '"CidrIpv6": "::/0"'
}

@test "security_group: a revoke that AWS did not answer is found out" {
  started '      public_ingress: false'
  runs 0 aback plan -o plan.json
  curl -fsS "$endpoint/_sim/faults" -d '[{"service": "ec2",
    "action": "RevokeSecurityGroupIngress", "nth": 1,
    "fault": "reset_after"}]' >/dev/null
  runs 0 aback apply plan.json --yes
  [ "$(calls | grep -c Revoke)" -eq 2 ]
  runs 0 aback plan --detailed-exitcode
}

@test "security_group: --only the setting that was written, or the one it means" {
  started '      public_ingress: false'
  runs 2 aback plan --detailed-exitcode --only security_group/sg-0a1:ingress
  runs 2 aback plan --detailed-exitcode \
    --only security_group/sg-0a1:public_ingress
  runs 1 aback plan --only security_group/sg-0a1:egress
}

# refused_rule RULE PART...: the file is refused at that place.
refused_rule() {
  local rule=$1
  shift
  write_desired "  - match: {kind: security_group, id: sg-0a1}
    set: {ingress: [$rule]}"
  runs 1 aback validate
  said aback.yaml:7: "$@"
}

@test "security_group: bad rules are refused with file, line and reason" {
  refused_rule '{ip_protocol: tcp, from_port: 1, to_port: 1, cidr_ipv4: 10.1.2.3/8}' \
    'bits set beyond its /8' "10.0.0.0/8"
  refused_rule '{ip_protocol: tcp, cidr_ipv4: 10.0.0.0/8}' 'without from_port'
  refused_rule '{ip_protocol: tcp, from_port: 1, to_port: 1}' 'without a peer'
  refused_rule '{ip_protocol: tcp, cidr: 10.0.0.0/8}' "'cidr'"
  refused_rule '{rule_id: sgr-1, ip_protocol: "-1", cidr_ipv4: 10.0.0.0/8}' rule_id
  refused_rule '10.0.0.0/8' 'must be a map'
  refused_rule '{ip_protocol: [tcp], cidr_ipv4: 10.0.0.0/8}' 'must be a string'
  write_desired "  - match: {kind: security_group}
    set: {public_ingress: true}"
  runs 1 aback validate
  said 'can only be false'
  write_desired "  - match: {kind: security_group}
    set: {ingress: {include: [{ip_protocol: '-1', cidr_ipv6: '::/0'}],
                    exclude: [{ip_protocol: all, cidr_ipv6: '0::/0'}]}}"
  runs 1 aback validate
  said "includes and excludes 'all ::/0'"
}

@test "security_group: init --from-live writes the rules, and plans nothing" {
  start_sim --page-size 5
  runs 0 aback init --from-live
  grep -q 'kind: security_group' aback.yaml
  # only of what may be written, and the rest is said
  grep -q "# not written: ingress of security_group/sg-0a1, where 'tcp 3306 \
10.0.0.0/8' lies in 'tcp 3000-4000 0.0.0.0/0'" aback.yaml
  grep -q '"cidr_ipv4":"0.0.0.0/0"' aback.yaml
  not grep -q 'rule_id\|public_ingress' aback.yaml
  runs 0 aback plan --detailed-exitcode
}

# refused_pair RULE RULE PART...: the second one is, with line and column.
refused_pair() {
  local one=$1 two=$2
  shift 2
  write_desired "  - match: {kind: security_group, id: sg-0a1}
    set:
      ingress:
        - {ip_protocol: udp, from_port: 1, to_port: 1, cidr_ipv4: 10.9.0.0/16}
        - $one
        - $two"
  runs 1 aback validate
  said aback.yaml:11:11: "$@" 'at line 10'
}

@test "security_group: rules of a list that overlap are refused" {
  refused_pair \
    '{ip_protocol: tcp, from_port: 1, to_port: 1, cidr_ipv4: 10.0.0.0/8}' \
    '{ip_protocol: 6, from_port: 1, to_port: 1, cidr_ipv4: 10.0.0.0/8, description: x}' \
    "has the rule 'tcp 1 10.0.0.0/8' twice"
  refused_pair \
    '{ip_protocol: tcp, from_port: 3000, to_port: 4000, cidr_ipv4: 10.0.0.0/8}' \
    '{ip_protocol: tcp, from_port: 3306, to_port: 3306, cidr_ipv4: 10.1.0.0/16}' \
    "'tcp 3306 10.1.0.0/16' lies in 'tcp 3000-4000 10.0.0.0/8'"
  refused_pair \
    '{ip_protocol: tcp, from_port: 3306, to_port: 3306, cidr_ipv6: "2001:db8::/48"}' \
    '{ip_protocol: "-1", cidr_ipv6: "::/0"}' \
    "'tcp 3306 2001:db8::/48' lies in 'all ::/0'"
  refused_pair '{ip_protocol: "-1", referenced_group_id: sg-0b2}' \
    '{ip_protocol: icmp, from_port: 8, to_port: -1, referenced_group_id: sg-0b2}' \
    "lies in 'all sg-0b2'"
  # of those to take away, both may be there
  started "      ingress: {exclude: [
        {ip_protocol: '-1', cidr_ipv6: '::/0'},
        {ip_protocol: tcp, from_port: 3306, to_port: 3306, cidr_ipv6: '2001:db8::/32'}]}"
  runs 0 aback plan -o plan.json
  jq -e '[.steps[].call] == ["ec2:RevokeSecurityGroupIngress"]' plan.json
}

# both ORDER: a rule that opens the port to the world, and public_ingress: false,
# in that ORDER ("open closed", "closed open") or in one rule ("both").
both() {
  local part
  start_sim
  write_desired ''
  for part in $1; do
    printf '  - name: %s\n    match: {kind: security_group, id: %s}\n    set:\n' \
      "$part" "$group" >>aback.yaml
    [ "$part" = open ] || echo '      public_ingress: false' >>aback.yaml
    [ "$part" = closed ] || cat >>aback.yaml <<'YAML'
      ingress:
        include:
          - {ip_protocol: tcp, from_port: 3306, to_port: 3306, cidr_ipv6: "::/0"}
          - {ip_protocol: tcp, from_port: 8443, to_port: 8443, cidr_ipv4: 0.0.0.0/0}
YAML
  done
  "$ABACK" init >init.out 2>&1
  runs 0 aback plan -o plan.json
}

@test "security_group: public_ingress in a later rule takes away what one asks for" {
  both 'open closed'
  jq -e '.changes | length == 1 and (.[0].after | map(.from_port) |
    index(8443) != null) and all(.[0].after[]; .cidr_ipv6 == null)' plan.json
  jq -e 'any(.skipped[]; .setting == "ingress" and (.reason |
    contains("the rule '"'closed'"' (aback.yaml:") and
    contains("is later, and so its '"'public_ingress'"' decides") and
    contains("tcp 3306 ::/0")))' plan.json
}

@test "security_group: what a later rule opens to the world stays open" {
  both 'closed open'
  # what it does not name goes all the same
  jq -e '.changes | length == 1 and (.[0].after |
    any(.[]; .cidr_ipv6 == "::/0" and .from_port == 3306) and
    all(.[]; .from_port != 3000))' plan.json
  jq -e 'any(.skipped[]; .setting == "public_ingress" and (.reason |
    contains("the rule '"'open'"'") and contains("tcp 3306 ::/0")))' plan.json
  runs 0 aback apply plan.json --yes --allow exposure
  runs 0 aback plan --detailed-exitcode
}

@test "security_group: one rule cannot open the port to the world and close it" {
  both both
  jq -e '.changes == [] and (.blocked | length == 1 and (.[0] |
    .setting == "ingress" and (.reason | contains("asks for it, and with") and
      contains("tcp 3306 ::/0")) and (.remedy | contains("later rule"))))' \
    plan.json
  # the rest of it is no contradiction
  sed -i '/::\/0/d' aback.yaml
  runs 0 aback plan -o plan.json
  jq -e '.blocked == [] and (.changes | length) == 1' plan.json
}

@test "security_group: the patch of a backout opens again what was open" {
  started '      public_ingress: false'
  rules >before
  runs 0 aback plan -o plan.json
  runs 0 aback apply plan.json --yes
  runs 0 aback backout --last --apply --yes --allow exposure
  git apply -p0 backout-*.patch
  grep -q 'ingress: {"include"' aback.yaml
  runs 0 aback plan -o plan.json --detailed-exitcode
  jq -e '.held == []' plan.json
}
