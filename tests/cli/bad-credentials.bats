#!/usr/bin/env bats
# Bad input: no credentials, wrong ones, expired ones, and too few rights.
load bad

# The usual start, its plan, and no credentials but those of ~/.aws.
planned() {
  start "$@"
  "$ABACK" plan -o good.json >/dev/null 2>&1
  mkdir -p "$HOME/.aws"
}
bare() { unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN; }

# no_access [PART...]: every command that calls AWS refuses with exit code 1,
# saying these parts; no file is written.
no_access() {
  local command
  for command in 'plan -o plan.out' 'apply good.json --yes' \
    'show good.json --check' 'init --from-live -f new.yaml'; do
    # shellcheck disable=SC2086 # words on purpose
    refused 1 aback $command || return 1
    said "$@" || return 1
    [ ! -e plan.out ] && [ ! -e new.yaml ] || return 1
  done
}

@test "bad credentials: none at all" {
  planned
  bare
  no_access 'no AWS credentials' 'AWS_ACCESS_KEY_ID' 'AWS_PROFILE'
  export AWS_ACCESS_KEY_ID='' AWS_SECRET_ACCESS_KEY=''
  no_access 'no AWS credentials'
  # shellcheck disable=SC2030 # each case is a process of its own
  unset HOME
  no_access 'no AWS credentials'
}

@test "bad credentials: half of a pair" {
  planned
  unset AWS_SECRET_ACCESS_KEY
  no_access 'an access key id but not its secret access key'
  unset AWS_ACCESS_KEY_ID
  export AWS_SECRET_ACCESS_KEY=aback-simulator-secret-key
  no_access 'a secret access key but not its access key id'
}

@test "bad credentials: an unknown key, a wrong secret, a token too many" {
  planned
  AWS_ACCESS_KEY_ID=AKIAUNKNOWN000000000 no_access InvalidClientTokenId \
    'AWS does not know the credentials of the environment'
  AWS_SECRET_ACCESS_KEY=wrong no_access SignatureDoesNotMatch \
    'does not belong to its access key id'
  AWS_SESSION_TOKEN=nonsense no_access InvalidClientTokenId
  # a secret is never shown, not even a wrong one
  AWS_SECRET_ACCESS_KEY=planted-secret-1 AWS_SESSION_TOKEN=planted-secret-2 \
    refused 1 aback plan -v
  not grep -q planted out.txt err.txt
}

@test "bad credentials: characters that cannot be in a header" {
  planned
  AWS_ACCESS_KEY_ID=$'AKIA\r\nX-Evil: 1' no_access 'cannot be in it'
  AWS_SECRET_ACCESS_KEY=$'with\nline' no_access 'cannot be in it'
  AWS_SESSION_TOKEN=$'with blank and\ttab' no_access 'cannot be in it'
  AWS_ACCESS_KEY_ID='AKIA/../../x' no_access 'cannot be in it'
  not grep -q Evil sim.log
}

@test "bad credentials: an expired session" {
  write_fleet
  jq '.accounts[0].access_keys = [
    {"access_key_id": "AKIAABACKSIMULATOR01",
     "secret_access_key": "aback-simulator-secret-key",
     "arn": "arn:aws:iam::123456789012:user/dba"},
    {"access_key_id": "ASIAEXPIRED000000000",
     "secret_access_key": "old", "session_token": "oldtoken",
     "expires_at": "2020-01-01T00:00:00Z",
     "arn": "arn:aws:sts::123456789012:assumed-role/dba/x"}]' \
    fleet.json >keys.json
  mv keys.json fleet.json
  planned
  export AWS_ACCESS_KEY_ID=ASIAEXPIRED000000000 AWS_SECRET_ACCESS_KEY=old
  export AWS_SESSION_TOKEN=oldtoken
  no_access ExpiredToken 'have expired' 'log in again'
}

@test "bad credentials: a profile that is not there, files that are none" {
  planned
  bare
  AWS_PROFILE=nobody no_access "no profile 'nobody'" 'AWS_PROFILE'
  printf '[default\naws_access_key_id = x\n' >"$HOME/.aws/credentials"
  no_access 'credentials' "no ']'" 'credentials:1'
  head -c 5000 /dev/urandom >"$HOME/.aws/credentials"
  no_access 'credentials' 'malformed'
  truncate -s 10G "$HOME/.aws/credentials"
  no_access 'credentials' 'is larger than 4 MiB'
  rm "$HOME/.aws/credentials"
  mkfifo "$HOME/.aws/credentials"
  no_access 'is a pipe'
  rm "$HOME/.aws/credentials"
  mkdir "$HOME/.aws/credentials"
  no_access 'is a directory'
}

@test "bad credentials: sources that do not work are named, and none is passed over" {
  planned
  bare
  printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' \
    AKIAABACKSIMULATOR01 aback-simulator-secret-key >"$HOME/.aws/credentials"
  for line in 'sso_session = x' 'sso_start_url = https://x' \
    'role_arn = arn:aws:iam::123456789012:role/x'; do
    printf '[default]\n%s\n' "$line" >"$HOME/.aws/config"
    no_access "profile 'default'"
  done
  printf '[default]\nweb_identity_token_file = /x\n' >"$HOME/.aws/config"
  no_access 'web identity' AWS_ROLE_ARN
  rm "$HOME/.aws/credentials"
  for line in 'login_session = x' 'credential_process = false'; do
    printf '[default]\n%s\n' "$line" >"$HOME/.aws/config"
    no_access "profile 'default'" 'export-credentials'
  done
}

@test "bad credentials: a role that cannot be assumed" {
  planned
  sed -i "s,region: $region,region: $region\, role_arn: \
arn:aws:iam::$account:role/nobody," aback.yaml
  refused 1 aback plan -o plan.out
  said 'AssumeRole' "role/nobody" 'AccessDenied' 'trust policy'
  [ ! -e plan.out ]
}

denied() { # SERVICE ACTION
  fault "{\"service\": \"$1\", \"action\": \"$2\", \"fault\": \"error\",
    \"status\": 403, \"code\": \"AccessDenied\", \"message\": \"User: \
arn:aws:iam::$account:user/dba is not authorized to perform: $1:$2\"}"
}

@test "bad credentials: AccessDenied on one call of many" {
  start
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}
  - match: {kind: instance}
    set: {publicly_accessible: false}
  - match: {kind: iam_role, id: monitoring}
    set: {managed_policy_arns: []}'
  runs 0 aback plan -o good.json
  for call in 'rds DescribeDBInstances' 'rds DescribeDBClusters' \
    'iam ListAttachedRolePolicies' 'iam GetRole'; do
    # shellcheck disable=SC2086 # words on purpose
    denied $call
    refused 1 aback plan -o plan.out
    said "${call/ /:}" AccessDenied "allow '${call/ /:}'"
    [ ! -e plan.out ]
    refused 1 aback apply good.json --yes
    said "${call/ /:}" AccessDenied
    kill "$sim_pid"
    wait "$sim_pid" || true
    start_sim
  done
}

@test "bad credentials: one denied write of many is told, the rest is done" {
  start
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}
  - match: {kind: instance}
    set: {publicly_accessible: false}'
  runs 0 aback plan -o plan.json
  denied rds ModifyDBInstance
  runs 4 aback apply plan.json --yes
  said AccessDenied 'instance/orders-1' 'not all of it was done' 'aback backout'
  [ "$(live_value clusters orders DeletionProtection)" = true ]
  [ "$(live_value instances orders-1 PubliclyAccessible)" = true ]
  # what was not done is planned again
  runs 0 aback plan
  said 'instance/orders-1'
}

@test "bad credentials: not a word against GetCallerIdentity is needed" {
  start
  denied sts GetCallerIdentity
  refused 1 aback plan -o plan.out
  said 'sts:GetCallerIdentity' AccessDenied
}

@test "bad credentials: the session ends in mid-plan" {
  planned --page-size 1
  fault '{"service": "rds", "action": "DescribeDBClusters", "from": 2,
    "to": 99, "fault": "error", "status": 403, "code": "ExpiredToken",
    "message": "The security token included in the request is expired"}'
  refused 1 aback plan -o plan.out
  said ExpiredToken 'have expired'
  [ ! -e plan.out ]
}
