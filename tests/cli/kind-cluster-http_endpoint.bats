#!/usr/bin/env bats
# The Data API of a cluster: a call of its own, or, of Aurora Serverless v1,
# ModifyDBCluster.
load cluster_own

on='  - match: {kind: cluster, id: orders}
    set: {http_endpoint_enabled: true}'

@test "http_endpoint_enabled: plan, apply, empty plan, backout, as before" {
  begin "$on"
  clusters >before
  runs 0 aback plan -o plan.json
  jq -e '.changes[0] | .before == false and .after and
    .effect == "asynchronous" and .consent == ["exposure"] and
    .backout_consent == []' plan.json
  jq -e '.steps == [.steps[0]] and .steps[0].call == "rds:EnableHttpEndpoint"
    and .steps[0].parameters == {"ResourceArn":
      "arn:aws:rds:'"$region:$account"':cluster:orders"}
    and .steps[0].backout.call == "rds:DisableHttpEndpoint"' plan.json
  fails 3 aback apply plan.json --yes
  has "$output" '--allow exposure'
  runs 0 aback apply plan.json --yes --allow exposure
  runs 0 aback plan --detailed-exitcode
  [ "$(of_orders HttpEndpointEnabled)" = true ]
  runs 0 aback backout --last --apply --yes
  clusters | diff before -
  [ "$(sent)" = 'EnableHttpEndpoint DisableHttpEndpoint' ]
}

@test "http_endpoint_enabled: turning it off needs no consent, its backout does" {
  write_fleet '"HttpEndpointEnabled": true,'
  begin "${on/true/false}"
  clusters >before
  runs 0 aback plan -o plan.json
  jq -e '.changes[0] | .consent == [] and
    .backout_consent == ["exposure"]' plan.json
  planned
  fails 3 aback backout --last --apply --yes
  runs 0 aback backout --last --apply --yes --allow exposure
  clusters | diff before -
}

@test "http_endpoint_enabled: of Aurora Serverless v1 by ModifyDBCluster" {
  write_fleet '"EngineMode": "serverless",'
  begin "$on"
  clusters >before
  runs 0 aback plan -o plan.json
  jq -e '.steps == [.steps[0]] and .steps[0].call == "rds:ModifyDBCluster" and
    .steps[0].parameters == {"ApplyImmediately": "true",
      "DBClusterIdentifier": "orders", "EnableHttpEndpoint": "true"}
    and .changes[0].facts == {"serverless_v1": true}' plan.json
  planned --allow exposure
  runs 0 aback backout --last --apply --yes
  clusters | diff before -
  [ "$(sent)" = 'ModifyDBCluster ModifyDBCluster' ]
}

@test "http_endpoint_enabled: a plan for another engine mode is stale" {
  write_fleet '"EngineMode": "serverless",'
  begin "$on"
  runs 0 aback plan -o plan.json
  poke cluster/orders '{"EngineMode": "provisioned"}'
  fails 3 aback apply plan.json --yes --allow exposure
  said serverless_v1
  [ "$(mutation_count)" -eq 0 ]
}

@test "http_endpoint_enabled: a fact taken out of the plan is found" {
  write_fleet '"EngineMode": "serverless",'
  begin "$on"
  runs 0 aback plan -o plan.json
  jq --indent 2 -S '.changes[0] |= del(.facts)' plan.json >edited.json
  fails 3 aback apply edited.json --yes --allow exposure
  [ "$(mutation_count)" -eq 0 ]
}

@test "http_endpoint_enabled: an answer lost is settled by what is live" {
  begin "$on"
  runs 0 aback plan -o plan.json
  fault '{"service": "rds", "action": "EnableHttpEndpoint",
    "fault": "reset_after"}'
  runs 0 aback apply plan.json --yes --allow exposure
  [ "$(sent)" = EnableHttpEndpoint ]
  [ "$(of_orders HttpEndpointEnabled)" = true ]
}

@test "http_endpoint_enabled: lost before it came about, it is sent again" {
  begin "$on"
  runs 0 aback plan -o plan.json
  fault '{"service": "rds", "action": "EnableHttpEndpoint",
    "nth": 1, "fault": "reset_before"}'
  runs 0 aback apply plan.json --yes --allow exposure
  [ "$(of_orders HttpEndpointEnabled)" = true ]
}
