#!/usr/bin/env bats
# Several targets: two regions of one account, and another account by a role.
load helpers

write_targets() { # ROLE
  cat >aback.yaml <<END
version: 1
state: {repository: ./store.git}
targets:
  - {name: eu, account_id: "123456789012", region: eu-west-1}
  - {name: us, account_id: "123456789012", region: us-east-1}
  - name: other
    account_id: "210987654321"
    region: eu-west-1
    role_arn: arn:aws:iam::210987654321:role/$1
rules:
  - match: {kind: cluster}
    set: {copy_tags_to_snapshot: true, backup_retention_period: 30}
END
}

begin() {
  cp "$root/tests/data/fleets/two-accounts.json" fleet.json
  start_sim
  write_targets "$1"
  aback init >/dev/null 2>&1
}

@test "targets: planned, applied and backed out in all places at once" {
  begin aback
  live >before.json
  aback plan -o plan.json --format json >/dev/null 2>&1
  jq -e '[.changes[].target] | unique == ["eu", "other", "us"]' plan.json
  jq -e '.targets | map({(.name): .role_arn}) | add == {"eu": null, "us": null,
    "other": "arn:aws:iam::210987654321:role/aback"}' plan.json
  runs 0 aback apply plan.json --yes
  runs 0 aback plan --detailed-exitcode
  git -C store.git ls-tree -r --name-only main >tree.txt
  grep -q '^123456789012/us-east-1/cluster/' tree.txt
  grep -q '^210987654321/eu-west-1/cluster/' tree.txt
  rm aback.yaml # the store alone knows the role
  runs 0 aback backout --last --state store.git --apply --yes --allow lossy
  live | diff before.json -
}

@test "targets: --target plans only what it names" {
  begin aback
  aback plan --target us --format json |
    jq -e '[.changes[].target] | unique == ["us"]'
  aback plan --target us --target eu --format json |
    jq -e '[.changes[].target] | unique == ["eu", "us"]'
}

@test "targets: one that cannot be read fails the plan and says what works" {
  begin locked
  fails 1 aback plan -o plan.json
  [ ! -e plan.json ]
  said "'other'" locked 'what could be opened: --target eu --target us'
}

@test "targets: history and show name the target" {
  begin aback
  aback plan -o plan.json >/dev/null 2>&1
  runs 0 aback apply plan.json --yes
  runs 0 aback history
  said 'other cluster/' 'us cluster/'
  runs 0 aback show "$(change_id)"
  said 'other cluster/' 'us cluster/'
}

@test "targets: a backout of what is in one of them needs no other" {
  begin aback
  aback plan -o plan.json >/dev/null 2>&1
  runs 0 aback apply plan.json --yes
  id=$(change_id)
  fails 1 aback backout "$id" --target none
  said "in the target 'none'" 'eu, other, us'
  # nobody can assume the role any more
  rm aback.yaml
  curl -sSf -X POST --data '[{"service": "sts", "action": "AssumeRole",
    "fault": "error", "status": 403, "code": "AccessDenied",
    "message": "no"}]' "$endpoint/_sim/faults" >/dev/null
  fails 1 aback backout "$id" --state store.git
  runs 0 aback backout "$id" --state store.git --target us --target eu \
    --apply --yes --allow lossy
  result_of "$(change_id)" |
    jq -e '[.changes[].target] | unique == ["eu", "us"]'
  stored "changes/$(change_id)/plan.json" |
    jq -e '[.targets[].name] == ["eu", "us"]'
}
