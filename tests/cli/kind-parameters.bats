#!/usr/bin/env bats
# `parameters` of a cluster or an instance: they go to the parameter group that
# it uses, or, where that is AWS's own, to one that is made for it.
load kind

# Two clusters that share a group of ours, and one with AWS's own.
write_fleet() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "regions": [{"region": "$region",
    "db_cluster_parameter_groups": [
      {"DBClusterParameterGroupName": "shared", "Description": "ours",
       "DBParameterGroupFamily": "aurora-mysql8.0",
       "Parameters": {"server_audit_logging": "0"}}],
    "clusters": [
      {"DBClusterIdentifier": "carts", "Engine": "aurora-mysql",
       "EngineVersion": "8.0.mysql_aurora.3.05.2",
       "DBClusterParameterGroup": "shared"},
      {"DBClusterIdentifier": "users", "Engine": "aurora-mysql",
       "EngineVersion": "8.0.mysql_aurora.3.05.2",
       "DBClusterParameterGroup": "shared"},
      {"DBClusterIdentifier": "orders", "Engine": "aurora-postgresql",
       "EngineVersion": "16.4"}],
    "instances": [
      {"DBInstanceIdentifier": "carts-1", "DBClusterIdentifier": "carts"},
      {"DBInstanceIdentifier": "users-1", "DBClusterIdentifier": "users"},
      {"DBInstanceIdentifier": "orders-1", "DBClusterIdentifier": "orders"},
      {"DBInstanceIdentifier": "orders-2", "DBClusterIdentifier": "orders"}
    ]}]}]}
END
}

# Groups, what somebody set in them, and who uses them, as boto3 reads it.
groups() {
  AWS_DEFAULT_REGION=$region /usr/bin/python3 - "$endpoint" <<'END'
import sys, boto3
rds = boto3.client("rds", endpoint_url=sys.argv[1])
for kind, describe, name, parameters in (
        ("cluster", rds.describe_db_cluster_parameter_groups,
         "DBClusterParameterGroupName", "describe_db_cluster_parameters"),
        ("instance", rds.describe_db_parameter_groups,
         "DBParameterGroupName", "describe_db_parameters")):
    for group in sorted(sum((page for page in describe().values()
                             if isinstance(page, list)), []),
                        key=lambda group: group[name]):
        if group[name].startswith("default."):
            continue
        print(kind, group[name], group["DBParameterGroupFamily"],
              group["Description"])
        for page in rds.get_paginator(parameters).paginate(
                **{name: group[name]}, Source="user"):
            for one in page["Parameters"]:
                print(" ", one["ParameterName"], one["ParameterValue"])
for cluster in rds.describe_db_clusters()["DBClusters"]:
    print(cluster["DBClusterIdentifier"], cluster["DBClusterParameterGroup"])
    for member in cluster["DBClusterMembers"]:
        print(" ", member["DBInstanceIdentifier"],
              member["DBClusterParameterGroupStatus"])
for one in rds.describe_db_instances()["DBInstances"]:
    for group in one["DBParameterGroups"]:
        print(one["DBInstanceIdentifier"], group["DBParameterGroupName"],
              group["ParameterApplyStatus"])
END
}

orders='  - match: {kind: cluster, id: orders}
    set:
      parameters:
        rds.force_ssl: "1"
        shared_preload_libraries: {include: [pgaudit]}'

own=cluster_parameter_group/orders-aurora-postgresql16

calls() { jq -c '[.steps[] | "\(.call) \(.address)"]' "$1"; }

@test "parameters: AWS's own group: made, set, associated, rebooted, and back" {
  begin "$orders"
  groups >before
  runs 0 "$ABACK" plan -o plan.json
  [ "$(calls plan.json)" = '["rds:CreateDBClusterParameterGroup '$own'","rds:ModifyDBClusterParameterGroup '$own'","rds:ModifyDBClusterParameterGroup '$own'","rds:ModifyDBCluster cluster/orders","rds:RebootDBInstance instance/orders-2","rds:RebootDBInstance instance/orders-1"]' ]
  jq -e '.steps[3].needs == [0, 1, 2] and (.changes | map(
    select(.address == "cluster/orders") | .via) == ["parameters"]) and
    all(.changes[] | select(.address == "'$own'");
      .via == "cluster/orders:parameters")' plan.json
  runs 0 "$ABACK" apply plan.json --yes --allow restart
  groups >after
  grep -qx '  shared_preload_libraries pg_stat_statements,pgaudit' after
  not grep -q pending after
  runs 0 "$ABACK" plan --detailed-exitcode
  [ "$(state '.state, .changes[].state' | sort -u)" = "done" ]
  # the old group is back in use before the one of ours goes
  runs 0 "$ABACK" backout --last -o back.json
  [ "$(calls back.json)" = '["rds:ModifyDBCluster cluster/orders","rds:DeleteDBClusterParameterGroup '$own'","rds:RebootDBInstance instance/orders-2","rds:RebootDBInstance instance/orders-1"]' ]
  runs 3 "$ABACK" apply back.json --yes
  [[ $output == *exposure* ]]
  runs 0 "$ABACK" apply back.json --yes --allow restart --allow exposure
  groups | diff before -
  # it sticks
  runs 0 "$ABACK" plan --detailed-exitcode
  [[ $output == *held* ]]
  # and forth again, to the letter
  runs 0 "$ABACK" backout --last --apply --yes --allow restart
  groups | diff after -
}

@test "parameters: without consent all but the reboots is done, and back" {
  begin "$orders"
  groups >before
  runs 0 "$ABACK" plan -o plan.json
  runs 4 "$ABACK" apply plan.json --yes
  [ "$(state .state)" = waiting ]
  groups | grep -q 'orders-1 pending-reboot'
  runs 0 "$ABACK" plan --detailed-exitcode
  [[ $output == *"takes effect when the instances are rebooted"* ]]
  runs 4 "$ABACK" backout --last --apply --yes --allow exposure
  groups | sed 's/pending-reboot/in-sync/' | diff before -
}

@test "parameters: what takes effect at once waits with a group that is new" {
  begin '  - match: {kind: cluster, id: orders}
    set: {parameters: {log_connections: "1"}}'
  runs 0 "$ABACK" plan -o plan.json
  runs 4 "$ABACK" apply plan.json --yes
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes == [] and .blocked == [] and
    ([.waiting[] | [.address, .setting, .pending]] == [["cluster/orders",
      "db_cluster_parameter_group_name", "orders-aurora-postgresql16"]])' plan.json
  for instance in orders-2 orders-1; do
    AWS_DEFAULT_REGION=$region /usr/bin/python3 -c '
import sys, boto3
boto3.client("rds", endpoint_url=sys.argv[1]).reboot_db_instance(
    DBInstanceIdentifier=sys.argv[2])' "$endpoint" $instance
  done
  wait_for 10 eval 'runs 0 "$ABACK" plan -o plan.json; jq -e ".waiting == []" plan.json'
}

@test "parameters: each key on its own, the last rule decides it" {
  begin '  - match: {kind: cluster}
    set: {parameters: {server_audit_logging: "1", require_secure_transport: "ON"}}
    except: [{id: orders}]
  - match: {kind: cluster, engine: aurora-mysql}
    set: {parameters: {require_secure_transport: null}}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.changes[] | [.address, .setting, .after]] ==
    [["cluster_parameter_group/shared", "server_audit_logging", "1"]] and
    .blocked == []' plan.json
  # who else is hit by it is said
  [[ $output == *"2 clusters use it"*"'carts', 'users'"* ]]
  runs 0 "$ABACK" apply plan.json --yes
  runs 0 "$ABACK" plan --detailed-exitcode
}

@test "parameters: two users of a group that want different values" {
  begin '  - name: here
    match: {kind: cluster, id: carts}
    set: {parameters: {require_secure_transport: "ON", server_audit_logging: "1"}}
  - name: there
    match: {kind: cluster, id: users}
    set: {parameters: {require_secure_transport: "OFF", server_audit_logging: "1"}}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.changes[].setting] == ["server_audit_logging"] and
    (.blocked | length == 1 and .[0].address == "cluster_parameter_group/shared"
     and .[0].setting == "require_secure_transport"
     and (.[0].reason | test("cluster/carts and cluster/users both use it")
                        and test("here") and test("there")))' plan.json
}

@test "parameters: which two users disagree, whatever order their rules have" {
  begin '  - name: there
    match: {kind: cluster, id: users}
    set: {parameters: {require_secure_transport: "ON"}}
  - name: here
    match: {kind: cluster, id: carts}
    set: {parameters: {require_secure_transport: "OFF"}}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.blocked[].reason] == ["cluster/users and cluster/carts both use it, "
    + "and the rules '"'there' (aback.yaml:6) and 'here' (aback.yaml:9)"' want "
    + "different values: ON and OFF"]' plan.json
}

@test "parameters: of two users one of whom wants the default, it is said" {
  begin '  - name: here
    match: {kind: cluster, id: carts}
    set: {parameters: {require_secure_transport: "ON"}}
  - name: there
    match: {kind: cluster, id: users}
    set: {parameters: {require_secure_transport: null}}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.blocked[].reason | endswith("want different values: ON and (unset)")]
    == [true]' plan.json
  # what does not change is no arrow
  for format in text markdown html; do
    runs 0 "$ABACK" show plan.json --format $format
    [[ $output == *require_secure_transport* ]]
    [[ $output != *'(unset) → (unset)'* ]]
  done
}

@test "parameters: a rule of the group itself counts in its turn" {
  begin '  - match: {kind: cluster_parameter_group, id: shared}
    set: {server_audit_logging: "1", local_infile: "0"}
  - match: {kind: cluster, id: carts}
    set: {parameters: {server_audit_logging: null}}
  - match: {kind: cluster_parameter_group, id: shared}
    set: {local_infile: null}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.changes[] | [.setting, .before, .after, .via]] ==
    [["server_audit_logging", "0", null, "cluster/carts:parameters"]]' plan.json
}

@test "parameters: a group of ours that a rule associates is set first" {
  begin '  - match: {kind: cluster, id: orders}
    set:
      db_cluster_parameter_group_name: strict
      parameters: {rds.force_ssl: "1"}
  - match: {kind: cluster_parameter_group, id: strict}
    set: {family: aurora-postgresql16, description: for all}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.steps[] | .call][0:3] == ["rds:CreateDBClusterParameterGroup",
    "rds:ModifyDBClusterParameterGroup", "rds:ModifyDBCluster"]' plan.json
  runs 0 "$ABACK" apply plan.json --yes --allow restart
  groups | grep -qx 'orders strict'
  groups | grep -qx '  rds.force_ssl 1'
  runs 0 "$ABACK" plan --detailed-exitcode
}

@test "parameters: a rule that wants AWS's own group as well" {
  begin '  - match: {kind: cluster, id: orders}
    set:
      db_cluster_parameter_group_name: default.aurora-postgresql16
      parameters: {rds.force_ssl: "1"}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes == [] and (.blocked | length == 1 and
    .[0].setting == "parameters" and (.[0].reason | test("nobody can change")))' \
    plan.json
}

# with_group FAMILY [USER]: a group of the name is there already
with_group() {
  write_fleet
  jq --arg family "$1" --arg user "${2:-}" '
    .accounts[0].regions[0] |= (.db_cluster_parameter_groups += [
      {"DBClusterParameterGroupName": "orders-aurora-postgresql16",
       "DBParameterGroupFamily": $family, "Description": "whose?"}] |
      if $user == "" then . else .clusters += [
        {"DBClusterIdentifier": $user, "Engine": "aurora-postgresql",
         "EngineVersion": "16.4",
         "DBClusterParameterGroup": "orders-aurora-postgresql16"}] end)' \
    fleet.json >more.json
  mv more.json fleet.json
}

@test "parameters: a group of that name is used if it is nobody's" {
  with_group aurora-postgresql16
  begin "$orders"
  groups >before
  runs 0 "$ABACK" plan -o plan.json
  [[ $(calls plan.json) != *Create* ]]
  runs 0 "$ABACK" apply plan.json --yes --allow restart
  # a backout does not remove what was there before
  runs 0 "$ABACK" backout --last --apply --yes --allow restart --allow exposure
  groups | diff before -
}

@test "parameters: a group of that name of another family, or in use" {
  with_group aurora-postgresql15
  begin "$orders"
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes == [] and (.blocked[0].reason |
    test("of the family .aurora-postgresql15"))' plan.json
  kill "$sim_pid"
  wait "$sim_pid" || true
  with_group aurora-postgresql16 other
  start_sim
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes == [] and (.blocked[0].reason | test("used by .other"))
    and .blocked[0].address == "cluster/orders" and
    (.blocked[0].remedy | test("group"))' plan.json
}

@test "parameters: of an instance" {
  begin '  - match: {kind: instance, id: orders-2}
    set: {parameters: {log_connections: "1"}}'
  groups >before
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.steps[].call] == ["rds:ModifyDBInstance", "rds:RebootDBInstance",
    "rds:CreateDBParameterGroup", "rds:ModifyDBParameterGroup"] or
    ([.steps[].call] | sort) == (["rds:ModifyDBInstance",
    "rds:RebootDBInstance", "rds:CreateDBParameterGroup",
    "rds:ModifyDBParameterGroup"] | sort)' plan.json
  runs 0 "$ABACK" apply plan.json --yes --allow restart
  groups | grep -qx 'orders-2 orders-2-aurora-postgresql16 in-sync'
  groups | grep -qx '  log_connections 1'
  runs 0 "$ABACK" plan --detailed-exitcode
  runs 0 "$ABACK" backout --last --apply --yes --allow restart --allow exposure
  groups | diff before -
}

@test "parameters: --only and waivers name the user" {
  begin "$orders"
  runs 0 "$ABACK" plan -o plan.json --only cluster/orders
  [[ $(calls plan.json) == *Create*Reboot* ]]
  runs 0 "$ABACK" plan -o plan.json --only cluster/orders:parameters
  [[ $(calls plan.json) == *Create*Reboot* ]]
  cat >>aback.yaml <<END
waivers:
  - {match: {kind: cluster, id: orders}, settings: [parameters],
     reason: later, expires: 2036-01-01}
END
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes == [] and [.waived[].setting] == ["parameters"]' plan.json
}

@test "parameters: bad input" {
  write_desired '  - match: {kind: cluster}
    set: {parameters: []}
  - match: {kind: cluster}
    set: {parameters: {}}
  - match: {kind: cluster}
    set: {parameters: {require_secure_transport: on}}
  - match: {kind: cluster}
    set: {parameters: {server_audit_logging: 1}}
  - match: {kind: cluster}
    set: {parameters: {family: aurora-mysql8.0}}
  - match: {kind: security_group}
    set: {parameters: {general_log: "1"}}'
  runs 1 "$ABACK" validate
  for line in 7 9 11 13 15 17; do
    [[ $output == *"aback.yaml:$line:"* ]]
  done
  [[ $output == *"'family' is none of 'parameters'"* ]]
  # what only the family knows
  begin '  - match: {kind: cluster, id: orders}
    set: {parameters: {rds.force_sll: "1", rds.force_ssl: "7"}}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '(.blocked | map(.reason) | any(test("no such parameter")) and
    any(test("none of its values")))' plan.json
  [ "$(mutation_count)" -eq 0 ]
}

# ---- when something breaks ----

@test "parameters: lost answers are found out by reading" {
  for action in CreateDBClusterParameterGroup ModifyDBClusterParameterGroup \
    ModifyDBCluster; do
    rm -rf store.git
    begin "$orders"
    groups >before
    runs 0 "$ABACK" plan -o plan.json
    fault "{\"service\": \"rds\", \"action\": \"$action\", \"nth\": 1,
            \"fault\": \"reset_after\"}"
    runs 0 "$ABACK" apply plan.json --yes --allow restart
    runs 0 "$ABACK" plan --detailed-exitcode
    runs 0 "$ABACK" backout --last --apply --yes --allow restart \
      --allow exposure
    groups | diff before -
    kill "$sim_pid"
    wait "$sim_pid" || true
    rm -f sim.log
  done
}

@test "parameters: a refusal half-way stops it, accounted for" {
  begin "$orders"
  groups >before
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "error", "status": 403, "code": "AccessDenied",
          "message": "not authorized"}'
  runs 4 "$ABACK" apply plan.json --yes --allow restart
  [ "$(state '[.steps[].state] | join(" ")')" = \
    "done done done failed skipped skipped" ]
  [ "$(jq -c 'select(.action == "RebootDBInstance")' sim.log | wc -l)" -eq 0 ]
  runs 0 "$ABACK" backout --last --apply --yes --allow exposure
  groups | diff before -
}

@test "parameters: --on-failure backout removes the group again" {
  begin "$orders"
  groups >before
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "error", "status": 403, "code": "AccessDenied",
          "message": "not authorized"}'
  # what it would open again must be meant
  runs 3 "$ABACK" apply plan.json --yes --allow restart --on-failure backout
  runs 4 "$ABACK" apply plan.json --yes --allow restart --allow exposure \
    --on-failure backout
  [ "$(state .state)" = backed_out ]
  groups | diff before -
}

@test "parameters: killed in the middle, resume accounts for it" {
  begin "$orders"
  groups >before
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "hang", "ms": 60000}'
  in_background "$ABACK" apply plan.json --yes --allow restart
  killed_once grep -q '"ModifyDBCluster"' sim.log
  runs 4 "$ABACK" resume
  [ "$(state '[.steps[].state] | join(" ")')" = \
    "done done done skipped skipped skipped" ]
  # both ways lead on: to the end
  runs 0 "$ABACK" plan -o rest.json
  runs 0 "$ABACK" apply rest.json --yes --allow restart
  runs 0 "$ABACK" plan --detailed-exitcode
}

@test "parameters: what AWS's own group has already needs no other one" {
  begin '  - match: {kind: cluster, id: orders}
    set:
      parameters:
        rds.force_ssl: null
        ssl: "1"
        shared_preload_libraries: {include: [pg_stat_statements]}'
  runs 0 "$ABACK" plan -o plan.json --detailed-exitcode
  jq -e '.changes == [] and .blocked == []' plan.json
  # also where a rule insists on that group
  sed -i 's/      parameters:/      db_cluster_parameter_group_name: default.aurora-postgresql16\n&/' aback.yaml
  runs 0 "$ABACK" plan -o plan.json --detailed-exitcode
  jq -e '.changes == [] and .blocked == []' plan.json
}

@test "parameters: the patch after a backout is about the group" {
  begin '  - match: {kind: cluster, id: carts}
    set: {parameters: {server_audit_logging: "1"}}'
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes
  runs 0 "$ABACK" backout --last --apply --yes
  patch aback.yaml backout-*.patch
  grep -q 'cluster_parameter_group' aback.yaml
  runs 0 "$ABACK" release cluster_parameter_group/shared:server_audit_logging
  runs 0 "$ABACK" plan --detailed-exitcode
}

@test "parameters: after a backout that took the group away, patch or release" {
  begin "$orders"
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes --allow restart
  runs 0 "$ABACK" backout --last --apply --yes --allow restart --allow exposure
  [[ $output != *'not in a patch'* ]]
  cp aback.yaml copy.yaml
  # the file asks for what AWS's own group has, and the holds end with it
  git apply -p0 backout-*.patch
  runs 0 "$ABACK" plan -o plan.json --detailed-exitcode
  jq -e '.changes == [] and .held == []' plan.json
  grep -A2 'set:' aback.yaml | grep -q 'parameters:'
  cp copy.yaml aback.yaml
  runs 0 "$ABACK" plan -o plan.json --detailed-exitcode
  jq -e '.changes == [] and (.held | length) == 6' plan.json
  # all that the one setting led to goes together, the reboots as well
  runs 1 "$ABACK" release cluster/orders:port
  runs 0 "$ABACK" release cluster/orders:parameters
  [ "$(grep -c '^released prod' <<<"$output")" -eq 8 ]
  [[ $output == *"released prod $own:rds.force_ssl"* ]]
  [[ $output == *'released prod cluster/orders:db_cluster_parameter_group_name'* ]]
  [[ $output == *'released prod instance/orders-2:pending_reboot'* ]]
  [ -z "$(git -C store.git ls-tree -r --name-only main:holds 2>/dev/null)" ]
  [ "$(git -C store.git log -1 --format=%s main)" = \
    'Release cluster/orders:parameters' ]
  runs 2 "$ABACK" plan --detailed-exitcode
}

@test "parameters: a whole resource is released with what it led to" {
  begin "$orders"
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes --allow restart
  runs 0 "$ABACK" backout --last --apply --yes --allow restart --allow exposure
  # of the group alone, what is the cluster's stays held
  runs 0 "$ABACK" release "$own"
  [[ $output != *cluster/orders* ]]
  runs 0 "$ABACK" release cluster/orders --target prod
  runs 1 "$ABACK" release cluster/orders
  [[ $output == *'held is: nothing'* ]]
}

@test "parameters: no group is made for who cannot be made to use it" {
  write_fleet
  jq '(.accounts[0].regions[0].instances[] |
    select(.DBInstanceIdentifier == "orders-1")) +=
      {PendingModifiedValues: {DBInstanceClass: "db.r6g.4xlarge"}}' \
    fleet.json >pending.json
  mv pending.json fleet.json
  start_sim --fleet fleet.json
  write_desired "$orders"
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes == [] and .steps == [] and ([.blocked[] |
    select(.address == "cluster/orders") | .reason | test("DBInstanceClass")]
      == [true]) and ([.blocked[] | select(.address != "cluster/orders") |
    .reason] | unique | length == 1 and (.[0] | test(
      "created for .cluster/orders:db_cluster_parameter_group_name.")))' \
    plan.json
}

@test "parameters: a group that stays held is not associated either" {
  begin "$orders"
  runs 0 "$ABACK" plan -o plan.json
  runs 4 "$ABACK" apply plan.json --yes
  runs 0 "$ABACK" backout --last --apply --yes --allow exposure --allow restart
  runs 0 "$ABACK" release cluster/orders:db_cluster_parameter_group_name
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes == [] and [.blocked[] | [.address, .reason]] ==
    [["cluster/orders", "'"'$own'"' is not there, and the plan does not "
      + "create it"]]' plan.json
}

@test "parameters: a group that somebody else uses by now is not taken away" {
  write_fleet
  jq '.accounts[0].regions[0].clusters += [{"DBClusterIdentifier": "late",
    "Engine": "aurora-postgresql", "EngineVersion": "16.4"}]' \
    fleet.json >late.json
  mv late.json fleet.json
  begin "$orders"
  runs 0 "$ABACK" plan -o plan.json
  runs 4 "$ABACK" apply plan.json --yes
  AWS_DEFAULT_REGION=$region /usr/bin/python3 -c '
import sys, boto3
boto3.client("rds", endpoint_url=sys.argv[1]).modify_db_cluster(
    DBClusterIdentifier="late", ApplyImmediately=True,
    DBClusterParameterGroupName="orders-aurora-postgresql16")' "$endpoint"
  wait_for 10 eval 'groups | grep -qx "late orders-aurora-postgresql16"'
  runs 0 "$ABACK" backout --last -o back.json
  [[ $output == *"'cluster/late' uses it"* ]]
  jq -e '([.changes[].address] | unique == ["cluster/orders",
      "instance/orders-1", "instance/orders-2"]) and
    ([.blocked[].address] | unique == ["'$own'"])' back.json
  runs 0 "$ABACK" apply back.json --yes --allow restart
  groups | grep -qx '  shared_preload_libraries pg_stat_statements,pgaudit'
}

@test "parameters: an endpoint that does not say what families have blocks that" {
  begin "$orders
  - match: {kind: cluster, id: users}
    set: {deletion_protection: true}
  - match: {kind: cluster_parameter_group, id: made}
    set: {family: aurora-mysql8.0, description: ours, tls_version: TLSv1.3}"
  local fault='"service": "rds",
    "action": "DescribeEngineDefaultClusterParameters", "from": 1'
  fault "{$fault, \"to\": 2, \"fault\": \"error\", \"status\": 400,
    \"code\": \"InvalidAction\", \"message\": \"no such operation\"}"
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.changes[] | "\(.address):\(.setting)"] ==
    ["cluster/users:deletion_protection"]' plan.json
  jq -e --arg own "$own" '([.blocked[].address] | unique) ==
      ["cluster/orders", "cluster_parameter_group/made", $own] and
    all(.blocked[] | select(.address == $own); (.reason | contains(
      "cannot be read") and contains("no such operation")) and
      (.remedy | contains("DescribeEngineDefaultClusterParameters")))' plan.json
  # so it is where that is not allowed; what is throttled, though, could be read
  fault "{$fault, \"to\": 2, \"fault\": \"error\", \"status\": 403,
    \"code\": \"AccessDenied\", \"message\": \"not you\"}"
  runs 0 "$ABACK" plan -o plan.json
  jq -e '[.changes[].address] == ["cluster/users"]' plan.json
  fault "{$fault, \"fault\": \"throttle\"}"
  AWS_MAX_ATTEMPTS=2 runs 1 "$ABACK" plan -o none.json
  [ ! -e none.json ]
}
