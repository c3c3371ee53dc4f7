#!/usr/bin/env bats
# Event subscriptions: changed and put back as boto3 reads them; one that a rule
# names and gives a topic is created, and its backout deletes it, unless it is
# not as we left it.
load kind
# shellcheck disable=SC2034 # kind.bash uses it
page_size=2

python=/usr/bin/python3
topic=arn:aws:sns:$region:$account:dba
other=arn:aws:sns:$region:$account:others

write_fleet() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "regions": [{"region": "$region",
    "clusters": [
      {"DBClusterIdentifier": "orders", "Engine": "aurora-mysql"},
      {"DBClusterIdentifier": "people", "Engine": "aurora-postgresql"}],
    "instances": [
      {"DBInstanceIdentifier": "orders-1", "DBClusterIdentifier": "orders"},
      {"DBInstanceIdentifier": "wiki", "Engine": "mysql"}],
    "sns_topics": ["$topic", "$other"],
    "event_subscriptions": [
      {"CustSubscriptionId": "clusters", "SnsTopicArn": "$topic",
       "SourceType": "db-cluster", "SourceIdsList": ["orders"],
       "EventCategoriesList": ["failover"], "Enabled": false},
      {"CustSubscriptionId": "every-cluster", "SnsTopicArn": "$topic",
       "SourceType": "db-cluster"},
      {"CustSubscriptionId": "everything", "SnsTopicArn": "$other",
       "Enabled": false},
      {"CustSubscriptionId": "members", "SnsTopicArn": "$topic",
       "SourceType": "db-instance", "SourceIdsList": ["orders-1", "wiki"],
       "Enabled": false},
      {"CustSubscriptionId": "others", "SnsTopicArn": "$other",
       "SourceType": "db-instance", "SourceIdsList": ["wiki"],
       "Enabled": false}
    ]}]}]}
END
}

# Every subscription, as boto3 reads it.
subscriptions() {
  AWS_DEFAULT_REGION=$region "$python" - "$endpoint" <<'END'
import json, sys, boto3
rds = boto3.client("rds", endpoint_url=sys.argv[1])
for page in rds.get_paginator("describe_event_subscriptions").paginate():
    for subscription in page["EventSubscriptionsList"]:
        for name in ("SourceIdsList", "EventCategoriesList"):
            subscription[name].sort()
        subscription.pop("SubscriptionCreationTime")
        print(json.dumps(subscription, sort_keys=True))
END
}

everything='  - match: {kind: event_subscription}
    set: {enabled: true, sns_topic_arn: "'"$other"'"}
  - match: {kind: event_subscription, id: clusters}
    set:
      event_categories: [failure, maintenance]
      source_ids: [people]'

created='  - match: {kind: event_subscription, id: ours}
    set:
      sns_topic_arn: "'"$topic"'"
      source_type: db-cluster
      source_ids: [orders, people]
      event_categories: [failure]'

@test "event_subscription: plan, apply, empty plan, backout, as before" {
  begin "$everything"
  subscriptions >before
  planned
  subscriptions >during
  grep '"clusters"' during | jq -e '.SourceIdsList == ["people"] and
    .EventCategoriesList == ["failure", "maintenance"] and .Enabled'
  # neither of nothing of ours, nor of the whole account
  [ "$(grep -E '"(others|everything)"' before)" = \
    "$(grep -E '"(others|everything)"' during)" ]
  [ "$(grep -c "SnsTopicArn\": \"$other" during)" -eq 5 ]
  runs 0 aback backout --last --apply --yes
  subscriptions | diff before -
}

@test "event_subscription: one call, then sources come before others go" {
  begin "$everything"
  runs 0 aback plan -o plan.json
  jq -e '[.steps[] | select(.address == "event_subscription/clusters") |
    [.call, (.parameters | del(.SubscriptionName))]] == [
    ["rds:ModifyEventSubscription", {
      "Enabled": "true", "SnsTopicArn": "'"$other"'",
      "EventCategories.EventCategory.1": "failure",
      "EventCategories.EventCategory.2": "maintenance",
      "SourceType": "db-cluster"}],
    ["rds:AddSourceIdentifierToSubscription", {"SourceIdentifier": "people"}],
    ["rds:RemoveSourceIdentifierFromSubscription",
      {"SourceIdentifier": "orders"}]]' plan.json
  jq -e '.steps[0].companions == {"source_type": "db-cluster"} and
    .steps[1].needs == [0] and .steps[2].needs == [0, 1]' plan.json
  jq -e 'all(.changes[]; .consent == [] and .backout_consent == [] and
    .reversibility == "reversible")' plan.json
}

@test "event_subscription: an empty list is all, and is sent" {
  begin '  - match: {kind: event_subscription, id: clusters}
    set: {event_categories: [], source_ids: []}'
  subscriptions >before
  runs 0 aback plan -o plan.json
  jq -e '[.steps[].parameters] == [
    {"SubscriptionName": "clusters", "EventCategories": "",
     "SourceType": "db-cluster"},
    {"SubscriptionName": "clusters", "SourceIdentifier": "orders"}] and
    .steps[0].backout.parameters["EventCategories.EventCategory.1"] ==
      "failover"' plan.json
  runs 0 aback apply plan.json --yes
  subscriptions | grep '"clusters"' | jq -e '.SourceIdsList == [] and
    .EventCategoriesList == []'
  runs 0 aback plan --detailed-exitcode
  runs 0 aback backout --last --apply --yes
  subscriptions | diff before -
}

@test "event_subscription: a missing one is created, and deleted again" {
  begin "$created"
  subscriptions >before
  runs 0 aback plan -o plan.json
  jq -e '[.steps[] | [.call, .parameters, .backout.call]] == [[
    "rds:CreateEventSubscription", {
      "SubscriptionName": "ours", "SnsTopicArn": "'"$topic"'",
      "SourceType": "db-cluster", "SourceIds.SourceId.1": "orders",
      "SourceIds.SourceId.2": "people",
      "EventCategories.EventCategory.1": "failure"},
    "rds:DeleteEventSubscription"]]' plan.json
  # what AWS gives it besides is part of the change
  jq -e '[.changes[] | [.setting, .after]] | map(select(.[0] == "enabled" or
    .[0] == "exists")) == [["enabled", true], ["exists", true]]' plan.json
  runs 0 aback apply plan.json --yes
  runs 0 aback plan --detailed-exitcode
  subscriptions | grep '"ours"' | jq -e '.Enabled and
    .SourceIdsList == ["orders", "people"]'
  runs 0 aback backout --last -o back.json
  jq -e '[.steps[] | [.call, .parameters]] == [["rds:DeleteEventSubscription",
    {"SubscriptionName": "ours"}]]' back.json
  runs 0 aback apply back.json --yes
  subscriptions | diff before -
  # held, and not made again
  runs 0 aback plan --detailed-exitcode -o plan.json
  jq -e '.blocked == [] and ([.held[].setting] | index("exists"))' plan.json
  # the backout of the backout makes it again
  runs 0 aback backout --last --apply --yes
  subscriptions | grep -q '"ours"'
  runs 0 aback plan --detailed-exitcode
}

@test "event_subscription: one that somebody changed is not deleted" {
  begin "$created"
  planned
  poke event_subscription/ours '{"EventCategoriesList": ["failure", "backup"]}'
  fails 3 aback backout --last --apply --yes
  has "$output" 'somebody else changed it since'
  not grep -q '"DeleteEventSubscription"' sim.log
  runs 0 aback plan -o plan.json
  subscriptions | grep -q '"ours"'
}

@test "event_subscription: a change right before the deletion stops it" {
  begin "$created"
  planned
  runs 0 aback backout --last -o back.json
  poke event_subscription/ours '{"Enabled": false}'
  fails 3 aback apply back.json --yes
  has "$output" 'event_subscription/ours:enabled is now false'
  not grep -q '"DeleteEventSubscription"' sim.log
}

@test "event_subscription: a part of what we created is not taken away" {
  begin "$created"
  planned
  fails 3 aback backout --last --only event_subscription/ours:exists \
    -o back.json
  has "$output" 'it is deleted only as a whole'
  [ ! -e back.json ]
  [ "$(mutation_count)" -eq 1 ]
}

@test "event_subscription: nobody asks for a deletion in a plan of their own" {
  begin "$created"
  planned
  runs 0 aback backout --last -o back.json
  # the same, but as if a rule wanted it
  "$python" - <<'END'
import hashlib, json
plan = json.load(open("back.json"))
of_rules = json.load(open("plan.json"))
for key in ("kind", "reverses", "desired"):
    plan[key] = of_rules[key]
for change in plan["changes"]:
    change["undoes"] = None
    change["rule"] = of_rules["changes"][0]["rule"]
plan["id"] = ""
def text():
    return json.dumps(plan, sort_keys=True, indent=2, ensure_ascii=False) + "\n"
plan["id"] = "sha256:" + hashlib.sha256(text().encode()).hexdigest()
open("forged.json", "w").write(text())
END
  fails 3 aback apply forged.json --yes
  has "$output" 'only be deleted by the backout of the change that created it'
  not grep -q '"DeleteEventSubscription"' sim.log
}

@test "event_subscription: without a topic none is created" {
  begin '  - match: {kind: event_subscription, id: ours}
    set: {enabled: true}'
  runs 0 aback plan -o plan.json
  jq -e '.steps == [] and
    ([.blocked[].setting] == ["enabled", "exists"]) and
    all(.blocked[]; .reason | test("without .sns_topic_arn. none"))' plan.json
}

@test "event_subscription: a topic that is not there creates nothing" {
  begin '  - match: {kind: event_subscription, id: ours}
    set: {sns_topic_arn: "'"$topic"'-none"}'
  subscriptions >before
  runs 0 aback plan -o plan.json
  runs 1 aback apply plan.json --yes
  said SNSTopicArnNotFound
  subscriptions | diff before -
}

@test "event_subscription: what cannot be changed is blocked" {
  begin '  - match: {kind: event_subscription, id: clusters}
    set: {source_type: db-instance}
  - match: {kind: event_subscription, id: every-cluster}
    set: {source_type: null}
  - match: {kind: event_subscription, id: everything}
    set: {source_ids: [orders]}'
  runs 0 aback plan -o plan.json
  jq -e '.steps == [] and [.blocked[].setting] ==
    ["source_type", "source_type", "source_ids"] and
    (.blocked[0].reason | test("of the present type")) and
    (.blocked[1].reason | test("no call that unsets it")) and
    (.blocked[2].reason | test("need a .source_type"))' plan.json
}

@test "event_subscription: a type where there was none has no way back" {
  begin '  - match: {kind: event_subscription, id: everything}
    set: {source_type: db-cluster, source_ids: [orders]}'
  runs 0 aback plan -o plan.json
  jq -e '.changes[] | select(.setting == "source_type") |
    .reversibility == "one-way" and .consent == ["one-way"]' plan.json
  fails 3 aback apply plan.json --yes
  runs 0 aback apply plan.json --yes --allow one-way
  runs 0 aback plan --detailed-exitcode
}

@test "event_subscription: one that reaches nobody is said to" {
  begin '  - match: {kind: event_subscription, id: clusters}
    set: {sns_topic_arn: "'"$other"'"}'
  poke event_subscription/clusters '{"Status": "topic-not-exist"}'
  runs 0 aback plan -o plan.json
  jq -e '.skipped[0] | .address == "event_subscription/clusters" and
    (.reason | test("nobody is told: there is no topic"))' plan.json
  # another topic mends it
  runs 0 aback apply plan.json --yes
  runs 0 aback plan --detailed-exitcode -o plan.json
  jq -e '.skipped == []' plan.json
}

@test "event_subscription: answers lost after and before the effect are settled" {
  local where
  for where in reset_after reset_before; do
    rm -rf store.git fleet.json plan.json
    begin "$everything
$created"
    subscriptions >before
    runs 0 aback plan -o plan.json
    fault '{"action": "CreateEventSubscription", "fault": "'"$where"'", "nth": 1},
      {"action": "AddSourceIdentifierToSubscription", "fault": "'"$where"'",
        "nth": 1},
      {"action": "ModifyEventSubscription", "fault": "'"$where"'", "nth": 1}'
    runs 0 aback apply plan.json --yes
    runs 0 aback plan --detailed-exitcode
    fault '{"action": "DeleteEventSubscription", "fault": "'"$where"'", "nth": 1}'
    runs 0 aback backout --last --apply --yes
    subscriptions | diff before -
    kill "$sim_pid"
    wait "$sim_pid" || true
    sim_pid=
  done
}

@test "event_subscription: a failure takes what was created back" {
  begin "$created
  - match: {kind: event_subscription, id: clusters}
    set: {enabled: true}"
  subscriptions >before
  runs 0 aback plan -o plan.json
  fault '{"action": "ModifyEventSubscription", "fault": "error",
    "status": 400, "code": "InvalidParameterValue", "message": "no"}'
  runs 4 aback apply plan.json --yes --on-failure backout
  subscriptions | diff before -
}

@test "event_subscription: a read that is denied is not nothing there" {
  begin "$created"
  fault '{"action": "DescribeEventSubscriptions", "nth": 2, "fault": "error",
    "status": 403, "code": "AccessDenied", "message": "not yours"}'
  fails 1 aback plan -o plan.json
  has "$output" 'rds:DescribeEventSubscriptions'
  [ ! -e plan.json ]
}

@test "event_subscription: what rules cannot say" {
  write_desired '  - match: {kind: event_subscription}
    set: {source_type: db-dream}
  - match: {kind: event_subscription}
    set: {event_categories: {include: [failure]}}
  - match: {kind: event_subscription}
    set: {source_ids: {exclude: [orders]}}
  - match: {kind: event_subscription}
    set: {source_ids: [Orders]}
  - match: {kind: event_subscription}
    set: {sns_topic_arn: dba}
  - match: {kind: event_subscription}
    set: {sns_topic_arn: "'"$topic"'.fifo"}
  - match: {kind: event_subscription}
    set: {exists: false}
  - match: {kind: event_subscription, cluster: orders}
    set: {enabled: true}
  - match: {kind: event_subscription}
    set: {enabled: null}'
  fails 1 aback validate
  has "$output" "'source_type' must be one of"
  has "$output" "'event_categories' takes no include and exclude"
  has "$output" "'source_ids' takes no include and exclude"
  has "$output" "in lower case, as RDS has them, not 'Orders'"
  has "$output" 'must be the ARN of an SNS topic'
  has "$output" 'must not be a FIFO topic'
  has "$output" "'exists' must be true"
  has "$output" "the kind 'event_subscription' has none"
  has "$output" "'enabled' cannot be unset"
}

@test "event_subscription: init --from-live writes what is there, and plans nothing" {
  start_sim
  runs 0 aback init --from-live
  grep -q 'kind: event_subscription' aback.yaml
  grep -q 'event_categories: \[failover\]' aback.yaml
  not grep -qE 'id: (others|everything)' aback.yaml
  runs 0 aback plan --detailed-exitcode
}
