#!/usr/bin/env bats
# Promise 5: an unknown outcome is looked up, never assumed.
load promise

one_change() {
  start
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  runs 0 "$ABACK" plan -o plan.json
}

journal() { stored "changes/$(change_id)/journal.jsonl" | cut -d' ' -f3-; }

@test "promise 5: cut off after the effect, it is found done and sent once" {
  one_change
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "reset_after"}'
  runs 0 "$ABACK" apply plan.json --yes
  [ "$(mutation_count)" -eq 1 ]
  journal | jq -se 'any(.event == "outcome" and .outcome == "unknown")'
  result_of "$(change_id)" |
    jq -e '.state == "done" and (.steps[0].reason | test("by reading"))'
}

@test "promise 5: cut off before the effect, it is sent again, once" {
  one_change
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "reset_before"}'
  runs 0 "$ABACK" apply plan.json --yes
  [ "$(live_value clusters orders DeletionProtection)" = true ]
  [ "$(mutation_count)" -eq 2 ]
  # only after reading had shown that it did not happen
  journal | jq -s -e 'map(.event) | index("not_applied") as $at |
    $at > index("intent") and $at < (to_entries | map(select(.value ==
    "intent")) | last.key)'
}

@test "promise 5: an answer of 500 with a page of HTML is not believed" {
  one_change
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "html", "status": 500}'
  run "$ABACK" apply plan.json --yes
  id=$(change_id)
  value=$(live_value clusters orders DeletionProtection)
  result_of "$id" | jq -e --argjson value "$value" \
    '.changes[0].value == $value'
}

@test "promise 5: an effect that comes late is found, not sent twice over" {
  one_change
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "delay_effect", "ms": 2500}'
  runs 0 "$ABACK" apply plan.json --yes
  [ "$(mutation_count)" -eq 1 ]
  [ "$(live_value clusters orders DeletionProtection)" = true ]
}
