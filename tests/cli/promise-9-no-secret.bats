#!/usr/bin/env bats
# Promise 9: no secret is written anywhere.
load promise

@test "promise 9: nothing that a full run wrote holds a credential" {
  start_sim
  export AWS_SESSION_TOKEN=
  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  mkdir -p "$HOME/.aws"
  cat >"$HOME/.aws/credentials" <<END
[default]
aws_access_key_id = AKIAABACKSIMULATOR01
aws_secret_access_key = aback-simulator-secret-key
END
  mkdir work
  cd work
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  {
    "$ABACK" init -v
    "$ABACK" plan -v -o plan.json
    "$ABACK" apply -v plan.json --yes
    "$ABACK" history -v
    "$ABACK" backout -v --last --apply --yes --allow exposure
  } >out 2>&1
  # loose objects are compressed: everything that git can show as well
  git -C store.git log -p --all >git.txt
  git -C store.git cat-file --batch --batch-all-objects >objects.txt
  [ -s objects.txt ]
  not grep -r -a -F aback-simulator-secret-key .
}

@test "promise 9: a core dump is impossible" {
  start
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "hang", "ms": 60000}'
  "$ABACK" apply plan.json --yes >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"ModifyDBCluster"' sim.log
  # 1 byte is too few for a file, and forbids a pipe as well; where the system
  # allows none at all, nobody may ask for the one
  grep -E '^Max core file size +1 +1 ' "/proc/$run_pid/limits" ||
    { [ "$(ulimit -Hc)" = 0 ] &&
      grep -E '^Max core file size +0 +0 ' "/proc/$run_pid/limits"; }
}

@test "promise 9: a secret in the desired file is refused with the reason" {
  start
  write_desired '  - match: {kind: cluster}
    set: {master_user_password: hunter2hunter2}'
  runs 1 "$ABACK" validate
  [[ $output == *master_user_password* ]]
  [[ $output != *hunter2* ]]
}
