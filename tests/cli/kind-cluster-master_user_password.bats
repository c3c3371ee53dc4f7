#!/usr/bin/env bats
# Who keeps the master user's password: turning it over to Secrets Manager has
# no way back, and what a restored cluster says of itself is not believed.
load cluster_own

on='  - match: {kind: cluster, id: orders}
    set: {manage_master_user_password: true}'
secret=arn:aws:secretsmanager:$region:$account:secret:rds!cluster-1-abcdef

managed() {
  echo '"MasterUserSecret": {"SecretArn": "'"$secret"'",
    "SecretStatus": "active", "KmsKeyId": "'"$key"'"},'
}
secret_of() { of_orders MasterUserSecret | jq -r "$1"; }

@test "manage_master_user_password: one-way, said and consented to" {
  begin "$on"
  runs 0 aback plan -o plan.json
  jq -e '.changes[0] | .before == false and .after and
    .reversibility == "one-way" and .consent == ["one-way"]' plan.json
  jq -e '.steps == [.steps[0]] and .steps[0].call == "rds:ModifyDBCluster" and
    .steps[0].parameters == {"ApplyImmediately": "true",
      "DBClusterIdentifier": "orders", "ManageMasterUserPassword": "true"}
    and .steps[0].backout == null and (.steps[0].backout_reason |
      test("the one from before cannot be restored"))' plan.json
  runs 0 aback show plan.json
  said 'take the new one from Secrets Manager'
  fails 3 aback apply plan.json --yes
  has "$output" '--allow one-way'
  runs 0 aback apply plan.json --yes --allow one-way
  runs 0 aback plan --detailed-exitcode
  [ "$(secret_of .SecretStatus)" = active ]
  # there is nothing to bring back, and nothing is sent
  fails 3 aback backout --last --apply --yes --allow one-way
  said 'needs a new master password'
  [ "$(sent)" = ModifyDBCluster ]
}

@test "manage_master_user_password: a key goes along, in one call" {
  begin "$on"'
  - match: {kind: cluster, id: orders}
    when: window
    set: {master_user_secret_kms_key_id: "'"$key"'", deletion_protection: true}'
  runs 0 aback plan -o plan.json
  jq -e '[.steps[] | select(.parameters.MasterUserSecretKmsKeyId)] |
    length == 1 and .[0].parameters.ManageMasterUserPassword == "true" and
    (.[0].parameters | has("DeletionProtection") | not)' plan.json
  jq -e 'all(.changes[]; .setting == "deletion_protection" or
    .consent == ["one-way"])' plan.json
  planned --allow one-way
  [ "$(secret_of .KmsKeyId)" = "$key" ]
  [ "$(of_orders DeletionProtection)" = true ]
  # what shared no call with it comes back
  runs 4 aback backout --last --apply --yes
  [ "$(of_orders DeletionProtection)" = false ]
}

@test "manage_master_user_password: off needs a password that aback never sends" {
  write_fleet "$(managed)"
  begin "${on/true/false}"
  runs 0 aback plan -o plan.json
  jq -e '.changes == [] and (.blocked[0] | .before and .after == false and
    (.reason | test("never sends")) and
    (.remedy | test("no-manage-master-user-password")))' plan.json
  [ "$(mutation_count)" -eq 0 ]
}

@test "master_user_secret_kms_key_id: not while managed, nor without" {
  write_fleet "$(managed)"
  begin '  - match: {kind: cluster, id: orders}
    set: {master_user_secret_kms_key_id: "'"$other_key"'"}
  - match: {kind: cluster, id: users}
    set: {master_user_secret_kms_key_id: "'"$key"'"}'
  runs 0 aback plan -o plan.json
  jq -e '.changes == [] and (.blocked[0].reason |
    test("cannot be changed while RDS manages")) and
    (.blocked[1].reason | test("means nothing without it"))' plan.json
  write_desired '  - match: {kind: cluster, id: orders}
    set: {master_user_secret_kms_key_id: alias/mine}'
  fails 1 aback validate
  said 'must be the ARN of a KMS key'
}

@test "manage_master_user_password: the secret of another cluster is nobody's" {
  write_fleet "$(managed)" '' '"secrets": [{"ARN": "'"$secret"'",
    "OwningService": "dms"}],'
  begin "$on"
  runs 0 aback plan -o plan.json
  jq -e '.changes == [] and (.blocked[0] | .before == "unknown" and
    (.reason | test("its owner is .dms.")))' plan.json
  [ "$(mutation_count)" -eq 0 ]
}

@test "manage_master_user_password: a secret that is gone is nobody's either" {
  write_fleet "$(managed)" '' '"secrets": [],'
  begin "$on"
  runs 0 aback plan -o plan.json
  jq -e '.blocked[0].reason | test("does not have")' plan.json
}

@test "manage_master_user_password: where secrets may not be asked for, a line" {
  write_fleet "$(managed)"
  begin "$on"
  fault '{"service": "secretsmanager", "action": "DescribeSecret", "from": 1,
    "to": 9, "fault": "error", "status": 400, "code": "AccessDeniedException",
    "message": "no"}'
  runs 0 aback plan --detailed-exitcode
  said 'could not be looked up'
}

@test "manage_master_user_password: secrets are asked for only where named" {
  write_fleet "$(managed)"
  begin '  - match: {kind: cluster}
    set: {deletion_protection: false}'
  runs 0 aback plan
  not grep -q secretsmanager sim.log
  write_desired "$on"
  runs 0 aback plan --detailed-exitcode
  [ "$(grep -c '"secretsmanager"' sim.log)" -eq 1 ]
  not grep -q GetSecretValue sim.log
}

@test "manage_master_user_password: an impaired secret is said" {
  write_fleet "$(managed | sed 's/active/impaired/')"
  begin "$on"
  runs 0 aback plan --detailed-exitcode
  said impaired
}

@test "manage_master_user_password: an answer lost is settled by what is live" {
  begin "$on"
  runs 0 aback plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster",
    "fault": "reset_after"}'
  runs 0 aback apply plan.json --yes --allow one-way
  [ "$(sent)" = ModifyDBCluster ]
  [ "$(secret_of .SecretStatus)" = active ]
}

@test "manage_master_user_password: not on a cluster that is stopped" {
  write_fleet '"Status": "stopped",'
  begin "$on"
  runs 0 aback plan -o plan.json
  runs 1 aback apply plan.json --yes --allow one-way
  said stopped
  [ "$(mutation_count)" -eq 0 ]
}
