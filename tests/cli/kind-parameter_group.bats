#!/usr/bin/env bats
# Parameter groups: each parameter is planned, applied and backed out to its
# source; dynamic ones at once, static ones with the reboots that they take.
load kind

python=/usr/bin/python3

write_fleet() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "regions": [{"region": "$region",
    "clusters": [
      {"DBClusterIdentifier": "orders", "Engine": "aurora-mysql",
       "DBClusterParameterGroup": "orders-pg"},
      {"DBClusterIdentifier": "billing", "Engine": "aurora-mysql",
       "DBClusterParameterGroup": "orders-pg"},
      {"DBClusterIdentifier": "users", "Engine": "aurora-postgresql",
       "DBClusterParameterGroup": "users-pg"},
      {"DBClusterIdentifier": "plain", "Engine": "aurora-postgresql"}],
    "instances": [
      {"DBInstanceIdentifier": "orders-1", "DBClusterIdentifier": "orders",
       "DBParameterGroups": [{"DBParameterGroupName": "orders-in",
         "ParameterApplyStatus": "in-sync"}]},
      {"DBInstanceIdentifier": "orders-2", "DBClusterIdentifier": "orders"},
      {"DBInstanceIdentifier": "billing-1", "DBClusterIdentifier": "billing"},
      {"DBInstanceIdentifier": "users-1", "DBClusterIdentifier": "users"},
      {"DBInstanceIdentifier": "plain-1", "DBClusterIdentifier": "plain"}],
    "db_cluster_parameter_groups": [
      {"DBClusterParameterGroupName": "orders-pg",
       "DBParameterGroupFamily": "aurora-mysql8.0",
       "Parameters": {"server_audit_logging": "1", "wait_timeout": "900",
         "time_zone": "Europe/Berlin"}},
      {"DBClusterParameterGroupName": "users-pg",
       "DBParameterGroupFamily": "aurora-postgresql16",
       "Parameters": {"rds.log_retention_period": "5000"}}],
    "db_parameter_groups": [{"DBParameterGroupName": "orders-in",
      "DBParameterGroupFamily": "aurora-mysql8.0",
      "Parameters": {"general_log": "0"}}]}]}]}
END
}

# Every parameter of every group and whose members use which, as boto3 reads
# them; ApplyMethod apart, which AWS gives no meaning where it reads.
parameters() {
  AWS_DEFAULT_REGION=$region "$python" - "$endpoint" <<'END'
import json, sys, boto3
rds = boto3.client("rds", endpoint_url=sys.argv[1])
for level in ("cluster_", ""):
    key = "DBClusterParameterGroupName" if level else "DBParameterGroupName"
    groups = rds.get_paginator(f"describe_db_{level}parameter_groups")
    pages = rds.get_paginator(f"describe_db_{level}parameters")
    for group in [g for p in groups.paginate()
                  for g in p[key.replace("Name", "s")]]:
        print(json.dumps(group, sort_keys=True))
        for page in pages.paginate(**{key: group[key]}):
            for one in page["Parameters"]:
                one.pop("ApplyMethod")
                print(group[key], json.dumps(one, sort_keys=True))
for one in rds.describe_db_clusters()["DBClusters"]:
    print(one["DBClusterIdentifier"], one["DBClusterParameterGroup"])
for one in rds.describe_db_instances()["DBInstances"]:
    print(one["DBInstanceIdentifier"],
          one["DBParameterGroups"][0]["DBParameterGroupName"])
END
}

# What somebody set in a cluster's group, as NAME=VALUE.
set_in() { # GROUP
  live | jq -r --arg group "$1" '.accounts[0].regions[0]
    .db_cluster_parameter_groups[] |
    select(.DBClusterParameterGroupName == $group) | .Parameters | to_entries |
    map("\(.key)=\(.value.ParameterValue)") | join(" ")'
}

mysql='  - match: {kind: cluster_parameter_group, engine: aurora-mysql}
    set:
      require_secure_transport: "1"
      server_audit_events: "QUERY_DCL, CONNECT"
      server_audit_logging: null
      wait_timeout: "600"'

@test "parameter groups: plan, apply, empty plan, backout, as before" {
  begin "$mysql
  - match: {kind: instance_parameter_group, id: \"orders-*\"}
    set: {general_log: \"1\", slow_query_log: \"1\"}"
  parameters >before
  planned --allow restart
  parameters >during
  not diff -q before during
  grep -q '^orders-pg.*"require_secure_transport".*"ON".*"user"' during
  grep -q '^orders-pg.*"server_audit_events".*"QUERY_DCL,CONNECT"' during
  grep -q '^orders-pg.*"server_audit_logging".*"0".*"system"' during
  grep -q '^orders-in.*"general_log".*"1".*"user"' during
  runs 0 aback backout --last --apply --yes --allow exposure --allow restart
  parameters | diff before -
  mutations | jq -e -s 'all(.[]; .parameters.ResetAllParameters != "true")'
}

@test "parameter groups: a dynamic one is in effect at once, a static one waits" {
  begin "$mysql"
  runs 0 aback plan -o plan.json
  jq -e '[.changes[] | select(.address | startswith("cluster_p")) |
    [.setting, .effect, .reversibility, (.facts | length)]] ==
    [["require_secure_transport", "immediate", "reversible", 1],
     ["server_audit_events", "immediate", "reversible", 1],
     ["server_audit_logging", "immediate", "reversible", 1],
     ["wait_timeout", "immediate", "reversible", 1]]' plan.json
  sed -i 's/wait_timeout: .*/tls_version: "TLSv1.2,TLSv1.3"/' aback.yaml
  runs 0 aback plan -o plan.json
  jq -e '.changes[] | select(.setting == "tls_version") |
    .effect == "reboot" and .reversibility == "restart" and .consent == [] and
    .facts == null' plan.json
  # every reboot that it takes stands there
  jq -e '[.changes[] | select(.setting == "pending_reboot") | .address] ==
    ["instance/billing-1", "instance/orders-1", "instance/orders-2"]' plan.json
  # without consent to those it waits, and later plans say so
  runs 4 aback apply plan.json --yes
  said 'tls_version takes effect when the instances are rebooted'
  runs 0 aback plan -o again.json
  jq -e '.changes == [] and [.waiting[].setting] == ["tls_version"]' again.json
  not grep -q '"RebootDBInstance"' sim.log
}

@test "parameter groups: what is planned for a window waits for a reboot" {
  begin "${mysql/engine: aurora-mysql\}/engine: aurora-mysql\}
    when: window}"
  runs 0 aback plan -o plan.json
  jq -e 'all(.changes[]; .effect == "reboot") and
    all(.steps[].parameters; .["Parameters.Parameter.1.ApplyMethod"] ==
      "pending-reboot") and all(.changes[]; .setting != "pending_reboot")' \
    plan.json
  runs 4 aback apply plan.json --yes
}

@test "parameter groups: who shares one, and who overrides it, is said" {
  begin '  - match: {kind: cluster_parameter_group, id: orders-pg}
    set: {general_log: "1"}'
  runs 0 aback plan -o plan.json
  jq -e '[.notes[].reason] ==
    ["2 clusters use it, and what is changed holds for each of them: '\
"'billing', 'orders'"'",
     "defaults of what nobody set: general_log '"'0'"'",
     "instance '"'orders-1' overrides 'general_log' with '0', by its own \
parameter group 'orders-in'"'"]' plan.json
}

@test "parameter groups: what means the same is satisfied" {
  begin '  - match: {kind: cluster_parameter_group, id: orders-pg}
    set:
      server_audit_logging: "ON"
      require_secure_transport: "off"
      wait_timeout: "0900"
      binlog_backup: "true"
      server_audit_excl_users: null'
  runs 0 aback plan --detailed-exitcode
  poke cluster_parameter_group/orders-pg '{"server_audit_events": "CONNECT,TABLE"}'
  sed -i 's/wait_timeout: .*/server_audit_events: "TABLE , CONNECT"/' aback.yaml
  runs 0 aback plan --detailed-exitcode
}

@test "parameter groups: members of a list are merged with what is there" {
  begin '  - match: {kind: cluster_parameter_group, engine: aurora-postgresql}
    set: {shared_preload_libraries: {include: [pgaudit]}}'
  parameters >before
  runs 0 aback plan -o plan.json
  jq -e '.changes[] | select(.setting == "shared_preload_libraries" and
    (.address | endswith("users-pg"))) | .before == null and
    .after == "pg_stat_statements,pgaudit"' plan.json
  # AWS's own groups are nobody's to change
  jq -e '.blocked[0] | .address ==
    "cluster_parameter_group/default.aurora-postgresql16" and
    (.reason | test("default group"))' plan.json
  runs 0 aback apply plan.json --yes --allow restart
  [ "$(set_in users-pg)" = 'rds.log_retention_period=5000 shared_preload_libraries=pg_stat_statements,pgaudit' ]
  sed -i 's/include: .pgaudit./exclude: [pg_stat_statements]/' aback.yaml
  runs 0 aback plan -o plan.json
  jq -e '.changes[] | select(.setting == "shared_preload_libraries") |
    .before == "pg_stat_statements,pgaudit" and .after == "pgaudit"' plan.json
  runs 0 aback backout --last --apply --yes --allow restart
  parameters | diff before -
}

@test "parameter groups: more than 20 go in batches that keep together" {
  begin '  - match: {kind: cluster_parameter_group, id: orders-pg}
    set:
      aurora_enhanced_binlog: "1"
      binlog_backup: "0"
      binlog_replication_globaldb: "0"
      require_secure_transport: "ON"
      tls_version: TLSv1.3
      character_set_server: latin1
      collation_server: latin1_swedish_ci
'"$(for name in connect_timeout interactive_timeout max_allowed_packet \
    net_read_timeout net_write_timeout lock_wait_timeout max_sort_length \
    net_buffer_length max_error_count sort_buffer_size table_open_cache \
    thread_cache_size tmp_table_size read_buffer_size join_buffer_size \
    long_query_time net_retry_count optimizer_search_depth; do
    echo "      $name: \"${N:-9000}\""
  done | sed -e 's/max_error_count: "9000"/max_error_count: "64"/' \
    -e 's/search_depth: "9000"/search_depth: "10"/')"
  parameters >before
  runs 0 aback plan -o plan.json
  jq -e '[.steps[] | select(.call == "rds:ModifyDBClusterParameterGroup") |
    [.parameters | to_entries[] | select(.key | endswith("Name")) | .value] -
    ["orders-pg"]] |
    all(.[]; length <= 20) and length == 3 and
    (.[2] | sort) == ["require_secure_transport", "tls_version"] and
    any(.[]; (["aurora_enhanced_binlog", "binlog_backup",
      "binlog_replication_globaldb"] - .) == []) and
    any(.[]; (["character_set_server", "collation_server"] - .) == [])' \
    plan.json
  planned --allow restart
  runs 0 aback backout --last --apply --yes --allow exposure --allow restart
  parameters | diff before -
}

@test "parameter groups: what belongs together, and was half set, goes together" {
  begin '  - match: {kind: cluster_parameter_group, id: orders-pg}
    set: {character_set_server: latin1, collation_server: latin1_swedish_ci}'
  poke cluster_parameter_group/orders-pg '{"character_set_server": "utf8mb4"}'
  parameters >before
  runs 0 aback plan -o plan.json
  jq -e '(.steps | length) == 1 and .steps[0].backout == null and
    (.steps[0].backout_reason | test("more than one call")) and
    all(.changes[]; .reversibility == "reversible")' plan.json
  planned
  runs 0 aback backout --last --apply --yes
  parameters | diff before -
}

create='  - match: {kind: cluster_parameter_group, id: plain-tls}
    set:
      family: aurora-postgresql16
      rds.force_ssl: "1"
      log_statement: ddl
  - match: {kind: cluster, id: plain}
    set: {db_cluster_parameter_group_name: plain-tls}'

@test "parameter groups: one is made, filled and used, and taken back" {
  begin "$create"
  parameters >before
  runs 0 aback plan -o plan.json
  jq -e '[.steps[].call | sub("rds:"; "")] == ["CreateDBClusterParameterGroup",
    "ModifyDBClusterParameterGroup", "ModifyDBClusterParameterGroup",
    "ModifyDBCluster", "RebootDBInstance"]' plan.json
  runs 0 aback show plan.json --check
  planned --allow restart
  runs 0 aback backout --last -o back.json
  # the group goes when the cluster has let go of it
  jq -e '(.steps | map(.call)) as $calls |
    ($calls | index("rds:ModifyDBCluster")) as $free |
    .steps[] | select(.call == "rds:DeleteDBClusterParameterGroup") |
    .needs | index($free) != null' back.json
  runs 0 aback apply back.json --yes --allow exposure --allow restart
  parameters | diff before -
  # and backing that out makes it again
  runs 0 aback backout --last --apply --yes --allow restart
  [ "$(set_in plain-tls)" = 'log_statement=ddl rds.force_ssl=1' ]
}

@test "parameter groups: what others set in a group of ours is not deleted" {
  begin "${create%%  - match: \{kind: cluster, *}"
  planned
  poke cluster_parameter_group/plain-tls '{"log_connections": "1"}'
  fails 3 aback backout --last -o back.json
  has "$output" "somebody else has set 'log_connections' in it"
  [ ! -e back.json ]
}

@test "parameter groups: nobody can ask for one to be deleted" {
  start_sim
  write_desired '  - match: {kind: cluster_parameter_group, id: users-pg}
    set: {exists: false}'
  fails 1 aback validate
  has "$output" "'exists' must be true"
}

@test "parameter groups: a group that cannot be made is blocked" {
  begin '  - match: {kind: cluster_parameter_group, id: no-family}
    set: {rds.force_ssl: "1"}
  - match: {kind: cluster_parameter_group, id: bad-family}
    set: {family: aurora-postgresql99, rds.force_ssl: "1"}
  - match: {kind: cluster_parameter_group, id: bad.name}
    set: {family: aurora-postgresql16, rds.force_ssl: "1"}'
  runs 0 aback plan -o plan.json
  jq -e '.changes == [] and ([.blocked[] | select(.setting == "exists") |
    [(.address | split("/")[1]), .reason]] == [
      ["bad-family", "AWS knows no such family"],
      ["bad.name", "AWS takes no such name for a new parameter group"],
      ["no-family", "there is no such parameter group"]])' plan.json
}

@test "parameter groups: what a parameter cannot be is blocked, and why" {
  begin '  - match: {kind: cluster_parameter_group, id: orders-pg}
    set:
      require_secure_transports: "ON"
      secure_file_priv: /
      server_audit_logging: "2"
      connect_timeout: "1"
      server_audit_events: "CONNECT,NOTHING"
      max_connections: "{DBInstanceClassMemory/12582880}"'
  runs 0 aback plan -o plan.json
  jq -e '[.changes[].setting] == ["max_connections"]' plan.json
  jq -e '[.blocked[] | [.setting, .reason, .remedy]] == [
    ["connect_timeout",
     "'"'1'"' is none of its values, which are 2-31536000",
     "choose one of those"],
    ["require_secure_transports", "the group'"'"'s family has no such parameter",
     "did you mean '"'require_secure_transport'"'?"],
    ["secure_file_priv", "AWS does not let it be changed", null],
    ["server_audit_events", "'"'CONNECT,NOTHING'"' is none of its values, which are CONNECT,QUERY,QUERY_DCL,QUERY_DDL,QUERY_DML,TABLE",
     "choose one of those"],
    ["server_audit_logging", "'"'2'"' is none of its values, which are 0,1",
     "choose one of those"]]' plan.json
}

@test "parameter groups: text must be in quotes" {
  start_sim
  write_desired '  - match: {kind: cluster_parameter_group, id: orders-pg}
    set:
      general_log: on
      slow_query_log: yes
      local_infile: false
      wait_timeout: 600
      Server_Audit: "1"
      deletion_protection: "true"
      time_zone: ""
      server_audit_events: [CONNECT]'
  fails 1 aback validate
  has "$output" "aback.yaml:8:20: error: 'general_log' must be a string in quotes"
  has "$output" 'put it in quotes: "on"'
  has "$output" 'put it in quotes: "yes"'
  has "$output" 'put it in quotes: "false"'
  has "$output" 'put it in quotes: "600"'
  has "$output" "unknown setting 'Server_Audit'"
  has "$output" "'deletion_protection' belongs to the kind 'cluster'"
  has "$output" "'time_zone' must not be empty"
  has "$output" "'server_audit_events' must be a string in quotes, or a map"
}

@test "parameter groups: a response that was lost is settled by reading" {
  begin "${mysql/wait_timeout: \"600\"/wait_timeout: \"600\"}"
  parameters >before
  fault '{"service": "rds", "action": "ModifyDBClusterParameterGroup",
    "nth": 1, "fault": "reset_after"}'
  fault '{"service": "rds", "action": "ResetDBClusterParameterGroup",
    "nth": 1, "fault": "reset_before"}'
  planned
  runs 0 aback backout --last --apply --yes --allow exposure
  parameters | diff before -
}

@test "parameter groups: a group that is being modified is waited for" {
  begin "$mysql"
  fault '{"service": "rds", "action": "ModifyDBClusterParameterGroup",
    "nth": 1, "fault": "error", "status": 400,
    "code": "InvalidDBParameterGroupState", "message": "busy"}'
  planned
}

@test "parameter groups: a quota half-way through is accounted for" {
  begin "$create"
  fault '{"service": "rds", "action": "ModifyDBClusterParameterGroup",
    "nth": 2, "fault": "error", "status": 400,
    "code": "DBParameterGroupQuotaExceeded", "message": "too many"}'
  parameters >before
  runs 0 aback plan -o plan.json
  runs 4 aback apply plan.json --yes --allow restart
  said 'DBParameterGroupQuotaExceeded: too many'
  [ "$(set_in plain-tls)" = 'log_statement=ddl' ]
  result_of "$(change_id)" | jq -e '[.steps[].state] ==
    ["done", "done", "failed", "skipped", "skipped"]'
  runs 0 aback backout --last --apply --yes --allow exposure
  parameters | diff before -
}

@test "parameter groups: a group that vanished is a stale plan" {
  begin "$mysql"
  runs 0 aback plan -o plan.json
  curl -sSf -X POST --data '{"address": "cluster_parameter_group/orders-pg",
    "delete": true}' "$endpoint/_sim/poke" >/dev/null
  runs 3 aback apply plan.json --yes
  [ "$(mutation_count)" -eq 0 ]
}

@test "parameter groups: what somebody else set since is a conflict" {
  begin '  - match: {kind: cluster_parameter_group, id: orders-pg}
    set: {wait_timeout: "600", server_audit_logging: "0"}'
  planned
  poke cluster_parameter_group/orders-pg \
    '{"wait_timeout": "700", "server_audit_logging": "OFF"}' || true
  poke cluster_parameter_group/orders-pg '{"wait_timeout": "700"}'
  runs 0 aback backout --last -o back.json
  jq -e '[.conflicts[].setting] == ["wait_timeout"] and
    [.changes[].setting] == ["server_audit_logging"]' back.json
}

@test "parameter groups: reading needs no more than it must" {
  begin '  - match: {kind: cluster_parameter_group, engine: aurora-mysql}
    set: {time_zone: "Europe/Berlin"}
  - match: {kind: cluster_parameter_group, id: orders-pg}
    set: {require_secure_transport: "ON"}'
  runs 0 aback plan
  # what somebody set in 2 of the groups that clusters use, and one name more
  jq -s -e 'map(select(.action == "DescribeDBClusterParameters") |
    .parameters) | (map(select(.Source == "user")) | length) == 2 and
    (map(select(.["Filters.Filter.1.Name"])) | length) == 1 and
    length == 3' sim.log
  jq -s -e 'map(select(.action | test("^Describe")) | .action) | length == 7' \
    sim.log
}

@test "parameter groups: init writes down what somebody set" {
  start_sim
  runs 0 aback init --from-live
  grep -q 'time_zone: "Europe/Berlin"' aback.yaml
  grep -q 'wait_timeout: "900"' aback.yaml
  grep -q 'rds.log_retention_period: "5000"' aback.yaml
  runs 0 aback plan --detailed-exitcode
}
