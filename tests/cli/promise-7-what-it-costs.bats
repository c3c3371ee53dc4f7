#!/usr/bin/env bats
# Promise 7: a plan says what it costs to do and to undo.
load promise

@test "promise 7: lowering a retention is lossy and needs that consent" {
  start
  write_desired '  - match: {kind: cluster, id: orders}
    set: {backup_retention_period: 2}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes[0] | .reversibility == "lossy" and .consent == ["lossy"]' \
    plan.json
  runs 3 "$ABACK" apply plan.json --yes
  [[ $output == *"--allow lossy"* ]]
  [[ $output == *"cluster/orders:backup_retention_period"* ]]
  runs 3 "$ABACK" apply plan.json --yes --allow exposure
  [ "$(mutation_count)" -eq 0 ]
  runs 0 "$ABACK" apply plan.json --yes --allow lossy
  [ "$(live_value clusters orders BackupRetentionPeriod)" = 2 ]
}

@test "promise 7: raising it is reversible, and says what undoing needs" {
  start
  write_desired '  - match: {kind: cluster, id: orders}
    set: {backup_retention_period: 21}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes[0] | .reversibility == "reversible" and .consent == []
    and .backout_consent == ["lossy"]' plan.json
  runs 0 "$ABACK" apply plan.json --yes
  runs 3 "$ABACK" backout --last --apply --yes
  [[ $output == *"--allow lossy"* ]]
  runs 0 "$ABACK" backout --last --apply --yes --allow lossy
  [ "$(live_value clusters orders BackupRetentionPeriod)" = 14 ]
}

@test "promise 7: opening access is exposure, whichever way it is planned" {
  start
  write_desired '  - match: {kind: instance, id: users-1}
    set: {publicly_accessible: true}'
  runs 0 "$ABACK" plan -o plan.json
  jq -e '.changes[0].consent | index("exposure")' plan.json
  runs 3 "$ABACK" apply plan.json --yes
  [ "$(mutation_count)" -eq 0 ]
}

@test "promise 7: a plan over the limit needs consent for many" {
  start
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}
limits: {max_clusters: 1}'
  runs 0 "$ABACK" plan -o plan.json
  runs 3 "$ABACK" apply plan.json --yes
  [[ $output == *"--allow many"* ]]
  [ "$(mutation_count)" -eq 0 ]
  runs 0 "$ABACK" apply plan.json --yes --allow many
}
