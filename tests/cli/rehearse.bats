#!/usr/bin/env bats
# make rehearse: plans are played through against the simulator, there, back
# and there again, before they meet AWS.
load helpers

rehearse() { python3 "$root/tests/rehearse.py" "$(dirname "$ABACK")" "$@"; }

@test "rehearse: every plan that the tests have" {
  runs 0 rehearse "$root"/tests/data/plan/v1/accepted/*.json
  # none is passed over but those that do nothing
  [ "$(grep -c 'backout: live is as at the start' <<<"$output")" -eq \
    "$(for plan in "$root"/tests/data/plan/v1/accepted/*.json; do
      jq '.steps | length' "$plan"; done | grep -vcx 0)" ]
}

@test "rehearse: a plan that has just been made, with its window" {
  start
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true, backup_retention_period: 21}
    when: window
  - match: {kind: instance}
    set: {publicly_accessible: false, promotion_tier: 3}
  - match: {kind: iam_role, id: monitoring}
    set: {max_session_duration: 7200}'
  aback plan -o plan.json >/dev/null 2>&1
  runs 0 rehearse plan.json
  said 'second apply: live is as planned'
  # and AWS, here the other simulator, was not asked for anything
  [ "$(mutation_count)" -eq 0 ]
}

@test "rehearse: what goes wrong is found, and said" {
  jq '.changes[0].after = false | .steps[0].parameters.DeletionProtection =
    "false"' "$root/tests/data/plan/v1/accepted/one-setting.json" >plan.json
  runs 1 rehearse plan.json
  said 'went wrong'
}

@test "rehearse: what cannot be rehearsed is said by name, not passed over" {
  jq '.changes[0].address = "unicorn/pink" | .steps[0].address =
    "unicorn/pink"' "$root/tests/data/plan/v1/accepted/one-setting.json" \
    >plan.json
  runs 2 rehearse plan.json
  said 'cannot be rehearsed' unicorn
}
