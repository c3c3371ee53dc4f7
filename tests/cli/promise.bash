# What the promise tests share: a small fleet of our own simulator, a desired
# file, a store, and questions about the request log and the store.

region=eu-west-1
account=123456789012

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  export AWS_ACCESS_KEY_ID=AKIAABACKSIMULATOR01
  export AWS_SECRET_ACCESS_KEY=aback-simulator-secret-key
  export AWS_REGION=$region AWS_EC2_METADATA_DISABLED=true
  # a person's own set-up stays out
  export HOME=$BATS_TEST_TMPDIR/home GIT_CONFIG_GLOBAL=$BATS_TEST_TMPDIR/git
  mkdir -p "$HOME"
  git config --file "$GIT_CONFIG_GLOBAL" user.name 'Test Person'
  git config --file "$GIT_CONFIG_GLOBAL" user.email test@example.com
}

teardown() {
  if [ -n "${sim_pid:-}" ]; then
    kill "$sim_pid" 2>/dev/null || true
    wait "$sim_pid" 2>/dev/null || true
  fi
  if [ -n "${run_pid:-}" ]; then
    kill -KILL "$run_pid" 2>/dev/null || true
    wait "$run_pid" 2>/dev/null || true
  fi
}

# not COMMAND...: it must fail (a bare `!` never fails a test in the middle).
not() {
  if "$@"; then
    echo "it should have failed: $*"
    return 1
  fi
}

# wait_for SECONDS COMMAND...: until it succeeds; the test fails when it never
# does.
wait_for() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$until" ] || { echo "never: $*"; return 1; }
    sleep 0.05
  done
}

# in_background COMMAND...: it runs as $run_pid, and says what it says into out.
in_background() {
  "$@" >out 2>&1 3>&- &
  run_pid=$!
}

# killed_once COMMAND...: what runs in the background is killed, as by a power
# cut, once that succeeds.
killed_once() {
  wait_for 20 "$@"
  kill -KILL "$run_pid"
  wait "$run_pid" 2>/dev/null || true
  run_pid=
}

# Two clusters with an instance each, and a role.
write_fleet() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "roles": [{"RoleName": "monitoring", "AttachedPolicies": [
    "arn:aws:iam::aws:policy/AmazonRDSReadOnlyAccess"]}],
  "regions": [{"region": "$region",
    "clusters": [
      {"DBClusterIdentifier": "orders", "Engine": "aurora-postgresql",
       "DeletionProtection": false, "BackupRetentionPeriod": 14},
      {"DBClusterIdentifier": "users", "Engine": "aurora-mysql",
       "DeletionProtection": false, "BackupRetentionPeriod": 7}],
    "instances": [
      {"DBInstanceIdentifier": "orders-1", "DBClusterIdentifier": "orders",
       "PubliclyAccessible": true},
      {"DBInstanceIdentifier": "users-1", "DBClusterIdentifier": "users",
       "PubliclyAccessible": false}]}]}]}
END
}

# start_sim [OPTION...]: the fleet, served; its log is sim.log.
start_sim() {
  [ -f fleet.json ] || write_fleet
  rm -f port
  "$ABACK_SIM" --port-file port --fleet fleet.json --log sim.log \
    --settle-ms 100 "$@" >sim.out 2>&1 3>&- &
  sim_pid=$!
  wait_for 10 test -s port
  endpoint=http://127.0.0.1:$(cat port)
  export AWS_ENDPOINT_URL=$endpoint
}

# write_desired RULES: the rules as YAML, indented by two.
write_desired() {
  cat >aback.yaml <<END
version: 1
state: {repository: ./store.git}
targets:
  - {name: prod, account_id: "$account", region: $region}
rules:
$1
END
}

# The usual start: every cluster is to be protected.
start() {
  start_sim "$@"
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  "$ABACK" init >init.out 2>&1
}

fault() { # JSON of one entry
  curl -sSf -X POST --data "[$1]" "$endpoint/_sim/faults" >/dev/null
}
window() { curl -sSf -X POST "$endpoint/_sim/window" >/dev/null; }
poke() { # ADDRESS JSON-object
  curl -sSf -X POST --data "{\"account\": \"$account\", \"region\": \
\"$region\", \"address\": \"$1\", \"set\": $2}" "$endpoint/_sim/poke" >/dev/null
}
delete() { # ADDRESS: somebody deletes it
  curl -sSf -X POST --data "{\"account\": \"$account\", \"region\": \
\"$region\", \"address\": \"$1\", \"delete\": true}" "$endpoint/_sim/poke" >/dev/null
}

# The live fleet without what is a clock's or a counter's.
live() { curl -sSf "$endpoint/_sim/fleet" | jq -S .; }
# live_value KIND ID MEMBER, of clusters or instances
live_value() {
  local name=DBClusterIdentifier
  [ "$1" = instances ] && name=DBInstanceIdentifier
  live | jq -c --arg kind "$1" --arg name "$name" --arg id "$2" \
    --arg member "$3" '.accounts[0].regions[0][$kind][]
      | select(.[$name] == $id) | .[$member]'
}

# All mutating requests of the log, one a line.
mutations() {
  jq -c 'select(.action | test("^(Describe|Get|List|Assume|Simulate)") | not)
    | select(.parameters.DryRun != "true")' sim.log
}
mutation_count() { mutations | wc -l; }

# The id of the only, or the newest, change in the store.
change_id() { git -C store.git ls-tree --name-only main:changes | tail -1; }
stored() { git -C store.git show "main:$1"; } # PATH
result_of() { stored "changes/$1/result.json"; }

# runs EXIT-CODE COMMAND...: its output is in $output; shown on failure.
runs() {
  local want=$1
  shift
  run "$@"
  [ "$status" -eq "$want" ] || {
    echo "exit code $status instead of $want from: $*"
    echo "$output"
    return 1
  }
}
