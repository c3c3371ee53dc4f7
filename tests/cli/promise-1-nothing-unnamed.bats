#!/usr/bin/env bats
# Promise 1: nothing unnamed is touched.
load promise

@test "promise 1: every request sent is a step of the plan, to the letter" {
  start
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true, backup_retention_period: 21}
  - match: {kind: instance}
    set: {publicly_accessible: false}'
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes
  # the log's parameters without what every Query request has
  mutations | jq -cS '[.service + ":" + .action,
    (.parameters | del(.Action, .Version))]' | sort >sent
  jq -cS '.steps[] | [.call, .parameters]' plan.json | sort >planned
  cat sent
  diff planned sent
}

@test "promise 1: what no rule names is as it was" {
  start
  live >before
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes
  live >after
  # only the two clusters' protection differs
  jq '.accounts[0].regions[0].clusters |= map(.DeletionProtection = true)' \
    before | jq -S . >expected
  diff expected after
}

@test "promise 1: a plan that needs nothing sends nothing" {
  start
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes
  sent=$(mutation_count)
  runs 0 "$ABACK" plan --detailed-exitcode -o second.json
  jq -e '.steps == [] and .changes == []' second.json
  runs 0 "$ABACK" apply second.json --yes
  [ "$(mutation_count)" -eq "$sent" ]
}

@test "promise 1: a step with a parameter that no change has is refused" {
  start
  runs 0 "$ABACK" plan -o plan.json
  # an honest digest over a dishonest step
  jq '.steps[0].parameters.BackupRetentionPeriod = "1"' plan.json >worse.json
  /usr/bin/python3 - worse.json <<'END'
import hashlib, json, sys
plan = json.load(open(sys.argv[1]))
plan["id"] = ""
def text():
    return json.dumps(plan, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
plan["id"] = "sha256:" + hashlib.sha256(text().encode()).hexdigest()
open(sys.argv[1], "w").write(text())
END
  runs 3 "$ABACK" apply worse.json --yes
  [ "$(mutation_count)" -eq 0 ]
}
