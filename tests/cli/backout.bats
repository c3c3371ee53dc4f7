#!/usr/bin/env bats
# aback backout: of a change, the last one, one setting, a moment.
load helpers

@test "backout: what to back out has to be named, once" {
  start
  fails 1 aback backout
  said 'nothing to back out is named'
  fails 1 aback backout --last --to 2026-11-20
  said 'exclude each other'
  fails 1 aback backout --last -o x.json --apply
  fails 1 aback backout --last --yes
  fails 1 aback backout --last
  said 'nothing was changed so far'
}

@test "backout: shows a plan and changes nothing without --apply" {
  start
  applied
  before=$(mutation_count)
  runs 0 aback backout --last
  said 'aback backout plan' "backs out change $(change_id)" \
    'deletion_protection  true → false' 'add --apply'
  [ "$(mutation_count)" -eq "$before" ]
}

@test "backout: --last --apply brings live back" {
  start
  live >before.json
  applied
  first=$(change_id)
  runs 0 aback backout --last --apply --yes --reason 'logins fail'
  live | diff before.json -
  runs 0 aback history
  said "backout of $first: done" 'reason: logins fail'
}

@test "backout: by change id, as a reviewed plan file" {
  start
  live >before.json
  applied
  runs 0 aback backout "$(change_id)" -o back.json
  jq -e '.kind == "backout" and .desired == null and (.changes | length) == 2' \
    back.json
  rm aback.yaml # only the store is needed
  runs 0 aback apply back.json --yes --state store.git
  live | diff before.json -
}

@test "backout: --only one resource" {
  start
  applied
  runs 0 aback backout --last --only cluster/orders --apply --yes
  [ "$(live_value clusters orders DeletionProtection)" = false ]
  [ "$(live_value clusters users DeletionProtection)" = true ]
  fails 1 aback backout --last --only cluster/nowhere
}

@test "backout: --to a moment reverses all that began after it" {
  start
  live >before.json
  applied
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true, backup_retention_period: 30}'
  applied
  runs 0 aback backout --to 2020-01-01 --apply --yes --allow lossy
  live | diff before.json -
  fails 1 aback backout --to 2999-01-01T00:00:00Z
}

@test "backout: a conflict is left alone and is exit 4" {
  start
  applied
  poke cluster/orders '{"BackupRetentionPeriod": 20}'
  write_desired '  - match: {kind: cluster, id: orders}
    set: {backup_retention_period: 21}'
  applied
  poke cluster/orders '{"BackupRetentionPeriod": 22}'
  fails 3 aback backout --last -o back.json
  [ ! -e back.json ]
  runs 3 aback backout --last --apply --yes
  runs 0 aback backout --last --force cluster/orders:backup_retention_period \
    --apply --yes --allow lossy
  [ "$(live_value clusters orders BackupRetentionPeriod)" = 20 ]
}

@test "backout: of a backout redoes the change" {
  start
  applied
  runs 0 aback backout --last --apply --yes
  [ "$(live_value clusters orders DeletionProtection)" = false ]
  runs 0 aback backout --last --apply --yes
  [ "$(live_value clusters orders DeletionProtection)" = true ]
}

@test "backout: without --yes off a terminal" {
  start
  applied
  before=$(mutation_count)
  run timeout 20 "$ABACK" backout --last --apply </dev/null
  [ "$status" -eq 3 ]
  [ "$(mutation_count)" -eq "$before" ]
}

@test "backout: writes the patch that makes aback.yaml agree" {
  start
  cat >>aback.yaml <<'END'
  # the end of the rules
limits: {max_clusters: 100%}
END
  applied
  runs 0 aback backout --last --apply --yes
  id=$(change_id)
  said "patch aback.yaml backout-$id.patch"
  cp aback.yaml copy.yaml
  git apply -p0 --check "backout-$id.patch"
  git apply -p0 "backout-$id.patch"
  runs 0 aback validate
  runs 0 aback plan --detailed-exitcode
  aback plan --format json | jq -e '.changes == [] and .held == []'
  grep -q "backed out by $id" aback.yaml
  # and nothing but that was added
  diff <(grep -vxFf copy.yaml aback.yaml | grep -c .) <(echo 8)
}

@test "backout: a reviewed plan has its patch next to it" {
  start
  sed -i 's/set: .*/set:\n      deletion_protection: true # ours\n      backup_retention_period: 20/' aback.yaml
  applied
  mkdir plans
  runs 0 aback backout --last -o plans/back.json
  said 'patch aback.yaml plans/back.json.patch'
  # both are merged, and then it is applied
  git apply --check plans/back.json.patch
  git apply plans/back.json.patch
  grep -q "name: backout of $(change_id)" aback.yaml
  grep -q '# ours' aback.yaml
  runs 0 aback apply plans/back.json --yes --allow lossy
  # the file asks for it already, so there is no other
  not grep -q patch <<<"$output"
  [ -z "$(ls backout-*.patch 2>/dev/null)" ]
  aback plan --format json 2>/dev/null | jq -e '.changes == [] and .held == []'
  # nor is there one where nothing is left to restore
  rm plans/*
  runs 0 aback backout "$(git -C store.git ls-tree --name-only main:changes |
    head -1)" -o plans/none.json
  [ -z "$(ls plans/*.patch 2>/dev/null)" ]
}

@test "backout: the patch of a file whose name has blanks" {
  start
  applied
  mv aback.yaml "it's größe.yaml"
  runs 0 aback backout --last --apply --yes -f "it's größe.yaml"
  # what is said can be typed
  eval "set -- $(grep '^  patch ' <<<"$output")"
  [ "$2" = "it's größe.yaml" ]
  git apply "$3"
  runs 0 aback plan -f "it's größe.yaml" --detailed-exitcode
}

@test "backout: the patch of a file that ends in the middle of a line" {
  start
  printf %s "$(cat aback.yaml)" >cut.yaml
  mv cut.yaml aback.yaml
  applied
  runs 0 aback backout --last --only cluster/orders --apply --yes
  git apply -p0 "backout-$(change_id).patch"
  runs 0 aback plan --detailed-exitcode
}

@test "backout: no patch without an aback.yaml, or with rules on one line" {
  start
  applied
  rm aback.yaml
  runs 0 aback backout --last --state store.git --apply --yes
  [ -z "$(ls backout-*.patch 2>/dev/null)" ]
  write_desired ''
  sed -i 's/^rules:$/rules: [{match: {kind: cluster}, set: {deletion_protection: true}}]/' \
    aback.yaml
  runs 0 aback backout --last --apply --yes
  runs 0 aback backout --last --apply --yes
  [ -z "$(ls backout-*.patch 2>/dev/null)" ]
  # but what would be in it
  said 'not in a patch: the rules of aback.yaml are no block list' \
    '- name: backed out by' 'deletion_protection: false'
}

@test "backout: what was made and is gone again is in no patch, and it says so" {
  start
  cat >>aback.yaml <<END
  - match: {kind: event_subscription, id: critical}
    set:
      sns_topic_arn: arn:aws:sns:$region:$account:dba
      source_type: db-cluster
END
  applied
  runs 0 aback backout --last --apply --yes
  said 'not in a patch: event_subscription/critical is gone again' \
    'take the rule out'
  git apply -p0 backout-*.patch
  aback plan --format json |
    jq -e '.changes == [] and ([.held[].address] | unique) == [
      "event_subscription/critical"]'
}

@test "backout: of what never took effect, there is nothing to do" {
  start
  aback plan -o plan.json --only cluster/orders >/dev/null 2>&1
  fault '{"service": "rds", "action": "ModifyDBCluster",
          "fault": "error", "status": 403, "code": "AccessDenied",
          "message": "no"}'
  runs 1 aback apply plan.json --yes
  runs 0 aback backout --last -o back.json
  said 'no changes' 'took effect on it (failed)' 'there is nothing to apply'
  not grep -q null <<<"$output"
  runs 0 aback show back.json
  runs 0 aback apply back.json --yes
}

@test "backout: --deadline ends the waiting, and that is exit 4" {
  start
  aback plan -o plan.json >/dev/null 2>&1
  runs 0 aback apply plan.json --yes
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
    "fault": "ignore"}'
  runs 4 timeout 60 "$ABACK" backout --last --apply --yes --deadline 3s
  said "$(change_id)"
  # without --apply there is nothing to wait for
  fails 1 aback backout --last --deadline 3s
}

@test "backout: one that was cut off half-way in a set does not count as done" {
  start_sim
  write_desired '  - match: {kind: iam_role, id: monitoring}
    set: {managed_policy_arns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}'
  aback init >/dev/null 2>&1
  live >before.json
  aback plan -o plan.json >/dev/null 2>&1
  runs 0 aback apply plan.json --yes
  first=$(change_id)
  # what comes back is attached, what came is not detached
  fault '{"service": "iam", "action": "DetachRolePolicy", "nth": 1,
    "fault": "error", "status": 403, "code": "AccessDenied"}'
  runs 4 aback backout "$first" --apply --yes --allow exposure
  runs 0 aback backout "$first" --apply --yes --allow exposure
  live | diff before.json -
}
