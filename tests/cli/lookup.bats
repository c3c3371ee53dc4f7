#!/usr/bin/env bats
# What the listings do not tell: asked only where a rule needs it, and no
# error where the endpoint or a policy does not let us.
load helpers

versions() { jq -r 'select(.action == "DescribeDBEngineVersions")
  | .parameters | "\(.Engine) \(.EngineVersion)"' sim.log | sort; }
asked() { jq -r .action sim.log | grep -c "^$1\$" || true; }

# Two instances: one whose engine version takes a new CA as it runs, one that
# restarts for it.
write_cas() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "regions": [{"region": "$region",
    "clusters": [
      {"DBClusterIdentifier": "new", "Engine": "aurora-postgresql",
       "EngineVersion": "16.4"},
      {"DBClusterIdentifier": "old", "Engine": "aurora-postgresql",
       "EngineVersion": "13.12"}],
    "instances": [
      {"DBInstanceIdentifier": "new-1", "DBClusterIdentifier": "new",
       "CACertificateIdentifier": "${1:-rds-ca-rsa2048-g1}"},
      {"DBInstanceIdentifier": "old-1", "DBClusterIdentifier": "old",
       "CACertificateIdentifier": "rds-ca-rsa2048-g1"}]}]}]}
END
}

start_cas() {
  write_cas "$@"
  start_sim
  write_desired '  - match: {kind: instance}
    set: {ca_certificate_identifier: rds-ca-rsa4096-g1}'
  aback init >/dev/null 2>&1
}

change() { # ID of an instance: its change in plan.json
  jq --arg address "instance/$1" \
    '.changes[] | select(.address == $address)' plan.json
}

@test "lookup: nothing is asked where no rule needs it" {
  start
  aback plan >/dev/null 2>&1
  [ "$(asked DescribeDBEngineVersions)" -eq 0 ]
  [ "$(asked DescribeCertificates)" -eq 0 ]
}

@test "lookup: each version in use is asked for once, by pages" {
  write_cas
  start_sim
  write_desired '  - match: {kind: cluster, id: new}
    set: {enabled_cloudwatch_logs_exports: [postgresql]}
  - match: {kind: instance}
    set: {ca_certificate_identifier: rds-ca-rsa2048-g1}'
  aback init >/dev/null 2>&1
  aback plan >/dev/null 2>&1
  versions | diff - <(printf '%s\n' 'aurora-postgresql 13.12' \
    'aurora-postgresql 16.4')
  [ "$(asked DescribeCertificates)" -eq 1 ]
}

@test "lookup: a log that the running version cannot export is blocked" {
  write_cas
  start_sim
  write_desired '  - match: {kind: cluster}
    set: {enabled_cloudwatch_logs_exports: [instance, postgresql]}'
  aback init >/dev/null 2>&1
  aback plan -o plan.json >/dev/null 2>&1
  jq -e '[.changes[].address] == ["cluster/new"]' plan.json
  jq -e '.blocked | length == 1 and .[0].address == "cluster/old"
    and (.[0].reason | contains("13.12 cannot export the log '"'instance'"'"))
    and (.[0].reason | endswith("only postgresql"))' plan.json
}

@test "lookup: a new CA restarts only where the version needs it" {
  start_cas
  aback plan -o plan.json >/dev/null 2>&1
  change new-1 | jq -e '.effect == "immediate" and .consent == []
    and .reversibility == "reversible"
    and .facts == {"rotates_certificate_without_restart": true}'
  change old-1 | jq -e '.effect == "restart" and .consent == ["restart"]
    and (has("facts") | not)'
  runs 3 aback apply plan.json --yes
  said 'instance/old-1'
  runs 0 aback apply plan.json --yes --allow restart
  [ "$(live_value instances new-1 CACertificateIdentifier)" = \
    '"rds-ca-rsa4096-g1"' ]
  runs 0 aback backout --last --apply --yes --allow restart
  [ "$(live_value instances new-1 CACertificateIdentifier)" = \
    '"rds-ca-rsa2048-g1"' ]
}

@test "lookup: what the cost rests on is looked up again by apply" {
  start_cas
  aback plan -o plan.json --only instance/new-1 >/dev/null 2>&1
  poke cluster/new '{"EngineVersion": "13.12"}'
  runs 2 aback show plan.json --check
  said 'rotates_certificate_without_restart'
  runs 3 aback apply plan.json --yes
  said 'was planned without a restart'
  [ "$(mutation_count)" -eq 0 ]
}

@test "lookup: and the plan is refused when nobody can tell any more" {
  start_cas
  aback plan -o plan.json --only instance/new-1 >/dev/null 2>&1
  fault '{"service": "rds", "action": "DescribeDBEngineVersions", "from": 1,
    "to": 99, "fault": "error", "status": 403, "code": "AccessDenied"}'
  runs 3 aback apply plan.json --yes
  [ "$(mutation_count)" -eq 0 ]
}

@test "lookup: an expired CA does not come back, and the plan says so" {
  start_cas rds-ca-2019
  aback plan -o plan.json --only instance/new-1 >/dev/null 2>&1
  change new-1 | jq -e '.reversibility == "one-way"
    and .consent == ["one-way"]'
  jq -e '.steps[0].backout == null and (.steps[0].backout_reason
    | contains("expired at 2024-08-22T17:08:50Z"))' plan.json
  runs 3 aback apply plan.json --yes
  runs 0 aback apply plan.json --yes --allow one-way
}

@test "lookup: a CA that is not supported, or has expired, is blocked" {
  start_cas
  sed -i s/rds-ca-rsa4096-g1/rds-ca-2019/ aback.yaml
  aback plan -o plan.json >/dev/null 2>&1
  jq -e '.changes == [] and ([.blocked[].reason | contains("expired")]
    == [true, true])' plan.json
  sed -i s/rds-ca-2019/rds-ca-none/ aback.yaml
  aback plan -o plan.json >/dev/null 2>&1
  jq -e '.changes == [] and ([.blocked[].reason
    | contains("does not support the CA")] == [true, true])' plan.json
}

@test "lookup: not allowed or not supported is a line, and restarts count" {
  start_cas
  fault '{"service": "rds", "action": "DescribeDBEngineVersions", "from": 1,
    "to": 99, "fault": "error", "status": 403, "code": "AccessDenied"}'
  fault '{"service": "rds", "action": "DescribeCertificates", "from": 1,
    "to": 99, "fault": "html", "status": 404}'
  runs 0 aback plan -o plan.json
  said 'what these versions support could not be looked up' \
    'which certificates have expired could not be looked up'
  jq -e '[.changes[].effect] == ["restart", "restart"]' plan.json
  jq -e '[.skipped[] | select(.address == null)] | length == 2' plan.json
  runs 0 aback apply plan.json --yes --allow restart
  # nor does it keep anybody from going back
  runs 0 aback backout --last -o back.json
  jq -e '[.skipped[] | select(.address == null)] | length == 2' back.json
}

@test "lookup: one that was cut off could have been answered: no plan" {
  start_cas
  fault '{"service": "rds", "action": "DescribeDBEngineVersions", "from": 1,
    "to": 99, "fault": "truncate"}'
  fails 1 aback plan -o plan.json
  [ ! -e plan.json ]
}

# A window that is open from yesterday to tomorrow.
open_window() {
  local from to
  from=$(LC_ALL=C date -u -d yesterday +%a) to=$(LC_ALL=C date -u -d tomorrow +%a)
  echo "${from,,}:00:00-${to,,}:23:00"
}

start_maintenance() {
  start_sim
  write_desired "  - match: {kind: instance, id: orders-1}
    set: {preferred_maintenance_window: \"$(open_window)\"}"
  aback init >/dev/null 2>&1
}

due() { poke "$1" '{"pending_maintenance": [{"Action": "system-update",
  "Description": "New Operating System update is available"}]}'; }

@test "lookup: a window that has begun does not set off AWS's own maintenance" {
  start_maintenance
  due cluster/orders
  runs 0 aback plan -o plan.json
  [ "$(asked DescribePendingMaintenanceActions)" -eq 1 ]
  jq -e '.changes | length == 1' plan.json
  # nor when it comes up between plan and apply
  due instance/orders-1
  runs 3 aback apply plan.json --yes
  said 'is a window that has begun' 'system-update'
  [ "$(mutation_count)" -eq 0 ]
  runs 0 aback plan
  said 'that window has begun already' 'system-update'
}

@test "lookup: maintenance that cannot be looked up is a line, and no error" {
  start_maintenance
  fault '{"service": "rds", "action": "DescribePendingMaintenanceActions",
    "from": 1, "to": 99, "fault": "error", "status": 403,
    "code": "AccessDenied"}'
  runs 0 aback plan -o plan.json
  said 'which maintenance waits for its window could not be looked up'
  runs 0 aback apply plan.json --yes
}
