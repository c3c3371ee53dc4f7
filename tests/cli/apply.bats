#!/usr/bin/env bats
# aback apply: what it shows, asks and refuses, and how it ends.
load helpers

@test "apply: one boolean of a cluster, planned, applied and recorded" {
  start
  aback plan -o plan.json >/dev/null 2>&1
  aback apply plan.json --yes >out.txt 2>err.txt
  has "$(cat out.txt)" 'deletion_protection  false → true'
  has "$(cat out.txt)" 'done: all of it reads back as planned'
  has "$(cat out.txt)" "aback backout $(change_id)"
  [ "$(live_value clusters orders DeletionProtection)" = true ]
  [ "$(live_value clusters users DeletionProtection)" = true ]
  stored "changes/$(change_id)/plan.json" | cmp plan.json -
  result_of "$(change_id)" | jq -e '.state == "done"'
  runs 0 aback plan --detailed-exitcode
}

@test "apply: plain lines of progress where stderr is no terminal" {
  start
  aback plan -o plan.json >/dev/null 2>&1
  aback apply plan.json --yes >/dev/null 2>err.txt
  not grep -q $'[\033\r]' err.txt
  grep -q 'cluster/orders: ' err.txt
  [ "$(grep -c . err.txt)" -gt 2 ]
}

@test "apply: JSON result" {
  start
  aback plan -o plan.json >/dev/null 2>&1
  aback apply plan.json --yes --format json >out.json 2>/dev/null
  jq -e '.state == "done" and (.steps | length) == 2' out.json
}

@test "apply: a missing --yes off a terminal is an error and no hang" {
  start
  aback plan -o plan.json >/dev/null 2>&1
  run timeout 20 "$ABACK" apply plan.json </dev/null
  [ "$status" -eq 3 ]
  said '--yes'
  [ "$(mutation_count)" -eq 0 ]
  [ -z "$(git -C store.git ls-tree main:changes 2>/dev/null)" ]
}

# on_terminal TEXT COMMAND...: run it on a terminal, type the text.
on_terminal() {
  local text=$1
  shift
  /usr/bin/python3 - "$text" "$@" <<'PYTHON'
import os, pty, sys
text, command = sys.argv[1], sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
seen = b""
typed = False
while True:
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    seen += part
    if not typed and b"Only 'yes'" in seen:
        os.write(fd, text.encode() + b"\n")
        typed = True
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PYTHON
}

@test "apply: asks on a terminal, and only 'yes' does it" {
  start
  aback plan -o plan.json >/dev/null 2>&1
  for answer in no y '' YES; do
    run on_terminal "$answer" "$ABACK" apply plan.json
    [ "$status" -eq 3 ]
    said 'not confirmed'
  done
  [ "$(mutation_count)" -eq 0 ]
  run on_terminal yes "$ABACK" apply plan.json
  [ "$status" -eq 0 ]
  said 'Apply this plan?' 'done: all of it'
}

@test "apply: a plan runs once, and a second apply says which change it became" {
  start
  applied
  before=$(mutation_count)
  fails 3 aback apply plan.json --yes
  said "$(change_id)"
  [ "$(mutation_count)" -eq "$before" ]
}

@test "apply: another desired file than the plan was made from" {
  start
  aback plan -o plan.json >/dev/null 2>&1
  echo '# a comment' >>aback.yaml
  fails 3 aback apply plan.json --yes
  said aback.yaml
  [ "$(mutation_count)" -eq 0 ]
}

@test "apply: a file with a gate is refused" {
  start
  echo 'gate: {max_plan_age: 7d}' >>aback.yaml
  aback plan -o plan.json >/dev/null 2>&1
  fails 3 aback apply plan.json --yes
  said 'aback.yaml has a gate' 'pins none' 'aback init --gate'
  [ "$(mutation_count)" -eq 0 ]
}

@test "apply: consent that is missing is named, and with it it runs" {
  start_sim
  write_desired '  - match: {kind: cluster, id: orders}
    set: {backup_retention_period: 7}'
  aback init >/dev/null 2>&1
  aback plan -o plan.json >out.txt 2>&1
  has "$(cat out.txt)" 'apply needs    --allow lossy'
  fails 3 aback apply plan.json --yes
  said lossy
  [ "$(mutation_count)" -eq 0 ]
  runs 0 aback apply plan.json --yes --allow lossy
}

@test "apply: what waits for the window is exit 4 and said" {
  start_sim
  write_desired '  - match: {kind: cluster, id: orders}
    when: window
    set: {backup_retention_period: 21}'
  aback init >/dev/null 2>&1
  aback plan -o plan.json >/dev/null 2>&1
  runs 4 aback apply plan.json --yes
  said 'waits' "'aback plan' lists it as waiting" "aback backout $(change_id)"
  runs 0 aback plan
  said 'Waiting: under way already' 'backup_retention_period'
  runs 0 aback show "$(change_id)"
  said 'apply: waiting' "aback backout $(change_id)"
  runs 0 aback show "$(change_id)"
  said 'apply: waiting'
}

@test "apply: AccessDenied on one call of two is exit 4 and says which" {
  start
  aback plan -o plan.json >/dev/null 2>&1
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "error", "status": 403, "code": "AccessDenied",
          "message": "User is not authorized to perform rds:ModifyDBCluster"}'
  runs 4 aback apply plan.json --yes
  said 'not all of it was done' 'not authorized' "aback backout $(change_id)"
}

@test "apply: AccessDenied on the only call is exit 1: nothing was changed" {
  start
  live >before.json
  aback plan -o plan.json --only cluster/orders >/dev/null 2>&1
  fault '{"service": "rds", "action": "ModifyDBCluster",
          "fault": "error", "status": 403, "code": "AccessDenied",
          "message": "no"}'
  runs 1 aback apply plan.json --yes
  said 'nothing was changed' 'AccessDenied' 'a plan runs once'
  live | diff before.json -
}

@test "apply: the command that backs it out can be typed as it stands" {
  start_sim
  write_desired '  - match: {kind: cluster, id: users}
    set: {backup_retention_period: 21, deletion_protection: true}'
  mv aback.yaml 'my desired.yaml'
  aback init -f 'my desired.yaml' >/dev/null 2>&1
  live >before.json
  aback plan -f 'my desired.yaml' -o 'my plan.json' >plan.out 2>plan.err
  has "$(cat plan.err)" "  aback apply 'my plan.json' -f 'my desired.yaml'"
  aback apply 'my plan.json' --yes -f 'my desired.yaml' >out.txt 2>/dev/null
  said_next=$(grep '^  aback backout' out.txt)
  has "$said_next" "--apply --allow lossy -f 'my desired.yaml'"
  aback show "$(change_id)" -f 'my desired.yaml' >show.txt
  has "$(cat show.txt)" "aback backout $(change_id) --apply --allow lossy"
  eval "$said_next --yes" >/dev/null 2>&1
  live | diff before.json -
}

@test "apply: --on-failure backout takes back what a failed call did in part" {
  start
  live >before.json
  aback plan -o plan.json >/dev/null 2>&1
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 2,
          "fault": "delay_effect", "ms": 4000}'
  runs 4 timeout 60 "$ABACK" apply plan.json --yes --deadline 2s \
    --on-failure backout
  said 'backed out'
  result_of "$(change_id)" | jq -e '.state == "backed_out"'
  live | diff before.json -
}

@test "apply: no store is an error that names init" {
  start
  aback plan -o plan.json >/dev/null 2>&1
  rm -rf store.git
  fails 1 aback apply plan.json --yes
  said 'aback init'
  [ "$(mutation_count)" -eq 0 ]
}

@test "apply: a plan from standard input" {
  start
  aback plan --format json >plan.json 2>/dev/null
  aback apply - --yes <plan.json >out.txt 2>&1
  has "$(cat out.txt)" 'done: all of it'
}

@test "apply: --on-failure backout takes back what was done" {
  start
  live >before.json
  aback plan -o plan.json >/dev/null 2>&1
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 2,
          "fault": "error", "status": 403, "code": "AccessDenied",
          "message": "no"}'
  runs 4 aback apply plan.json --yes --on-failure backout
  said 'backed out'
  live | diff before.json -
}

@test "apply: --deadline ends the waiting, and that is exit 4" {
  start --settle-ms 60000
  aback plan -o plan.json >/dev/null 2>&1
  runs 4 timeout 60 "$ABACK" apply plan.json --yes --deadline 2s
  said "$(change_id)"
}

@test "apply: interrupted, it ends in order and says what is next" {
  start --settle-ms 60000
  aback plan -o plan.json >/dev/null 2>&1
  "$ABACK" apply plan.json --yes >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"ModifyDBCluster"' sim.log
  kill -INT "$run_pid"
  rc=0
  wait "$run_pid" || rc=$?
  run_pid=
  output=$(cat out)
  [ "$rc" -eq 130 ] || { echo "$rc $output"; return 1; }
  said "change $(change_id)" 'aback '
}

@test "apply: progress as JSON, an object a line" {
  start
  aback plan -o plan.json >/dev/null 2>&1
  aback apply plan.json --yes --log-format json >/dev/null 2>err.txt
  jq -es 'all(.level == "info" and (.time | test("Z$")))
    and any(.address == "cluster/orders" and .target == "prod"
      and .state == "done" and .total == 2)' err.txt
}

@test "apply: a cluster whose writer is gone is waited for, and not sent to" {
  write_fleet
  jq '.accounts[0].regions[0].instances += [{"DBInstanceIdentifier":
    "orders-2", "DBClusterIdentifier": "orders"}]' fleet.json >two.json
  mv two.json fleet.json
  start
  aback plan -o plan.json --only cluster/orders >/dev/null 2>&1
  delete instance/orders-1
  runs 1 aback apply plan.json --yes --deadline 1s
  said 'cluster/orders: none of its instances is the writer'
  [ "$(mutation_count)" -eq 0 ]
}

@test "apply: what was not done is told with its call and resource" {
  start
  aback plan -o plan.json >/dev/null 2>&1
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
    "fault": "error", "code": "InvalidParameterValue", "message": "no"}'
  run aback apply plan.json --yes
  grep -qE 'step [01] \(rds:ModifyDBCluster of cluster/[a-z]+\) failed: ' \
    <<<"$output"
}
