#!/usr/bin/env bats
# Rolling out in waves of clusters: which go first, when it goes on, when it
# stops, and what is left then.
load helpers

# fleet N: N clusters c01… with an instance each. The first uses a security
# group of its own, the second and third share one.
write_many() {
  jq -n --argjson n "$1" --arg account "$account" --arg region "$region" '
    def group: {VpcSecurityGroupId: ., Status: "active"};
    def name: "c" + (if . < 10 then "0" else "" end) + tostring;
    {format: "aback-fleet/1", accounts: [{account_id: $account, regions: [{
      region: $region,
      vpc_security_groups: [
        {GroupId: "sg-0000000000000000a", rules: []},
        {GroupId: "sg-0000000000000000b", rules: []}],
      clusters: [range(1; $n + 1) | {DBClusterIdentifier: name,
        Engine: "aurora-postgresql", DeletionProtection: false} +
        (if . == 2 then {VpcSecurityGroups: ["sg-0000000000000000b" | group]}
         elif . == 3 then {VpcSecurityGroups: [("sg-0000000000000000a",
           "sg-0000000000000000b") | group]}
         else {} end)],
      instances: [range(1; $n + 1) | {DBInstanceIdentifier: (name + "-1"),
        DBClusterIdentifier: name, PubliclyAccessible: true}]}]}]}' >fleet.json
}

# begin N: N clusters, all to be protected, their instances to be private.
begin() {
  write_many "$1"
  start_sim
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}
  - match: {kind: instance}
    set: {publicly_accessible: false}'
  "$ABACK" init >init.out 2>&1
  live >before.json
  aback plan -o plan.json >plan.out 2>&1
}

apply() { # EXIT-CODE OPTION...
  local want=$1
  shift
  runs "$want" timeout 120 "$ABACK" apply plan.json --yes "$@"
}
# The steps' clusters by their waves: "1 c01", …
waves_of_steps() {
  result_of "$(change_id)" | jq -r '.steps[] | "\(.index) \(.wave)"' |
    while read -r index wave; do
      echo "$wave $(jq -r ".steps[$index].address" plan.json)"
    done | sort -u
}
clusters_of_wave() {
  result_of "$(change_id)" | jq -r --argjson wave "$1" \
    '.waves[] | select(.wave == $wave) | .clusters[].address' | xargs
}
states_of_waves() {
  result_of "$(change_id)" | jq -r '.waves[].state' | xargs -d '\n' echo
}
sent() { # N CALL: so often it was sent
  [ "$(jq -s --arg call "$2" 'map(select(.action == $call)) | length' \
    sim.log)" -ge "$1" ]
}
protected() { # names of the clusters that are
  live | jq -r '.accounts[0].regions[0].clusters[] |
    select(.DeletionProtection) | .DBClusterIdentifier' | xargs
}

@test "waves: numbers and percentages are what is done after each" {
  begin 12
  apply 0 --waves 1,25%,100%
  said 'wave 1 of 3, 1 cluster: cluster/c01' 'wave 2 of 3, 2 clusters' \
    'wave 3 of 3, 9 clusters' 'and 4 more'
  [ "$(clusters_of_wave 1)" = cluster/c01 ]
  [ "$(clusters_of_wave 2)" = 'cluster/c02 cluster/c03' ]
  [ "$(states_of_waves)" = 'done done done' ]
  # rounded up: a tenth of 12 is 2; and one that adds nothing is left out
  runs 0 aback backout --last --apply --yes --allow exposure
  [ -z "$(protected)" ]
}

@test "waves: the steps of one cluster and its instances stay together" {
  begin 4
  apply 0 --waves 1,2,100%
  [ "$(waves_of_steps)" = '1 cluster/c01
1 instance/c01-1
2 cluster/c02
2 instance/c02-1
3 cluster/c03
3 cluster/c04
3 instance/c03-1
3 instance/c04-1' ]
  # and no call of a wave was made before those of the wave before had ended
  mutations | jq -r '.parameters | .DBClusterIdentifier //
    .DBInstanceIdentifier' | cut -c1-3 >calls
  [ "$(uniq calls | xargs)" = "$(sort -u calls | head -2 | xargs) $(
    sed 1,4d calls | uniq | xargs)" ]
}

@test "waves: what only one cluster needs goes with it, what several need before" {
  write_many 4
  start_sim
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}
  - match: {kind: security_group}
    set:
      ingress: {include: [{ip_protocol: tcp, from_port: 5432, to_port: 5432,
        cidr_ipv4: 10.0.0.0/8}]}'
  "$ABACK" init >init.out 2>&1 || { cat init.out; false; }
  aback plan -o plan.json >plan.out 2>&1 || { cat plan.out; false; }
  apply 0 --waves 1,2,3,100% --allow exposure
  waves_of_steps >waves.txt
  cat waves.txt
  # the own one of c03 with it, the one that c02 and c03 share before c02
  grep -qx '3 security_group/sg-0000000000000000a' waves.txt
  grep -qx '2 security_group/sg-0000000000000000b' waves.txt
  mutations | jq -r '.parameters | .GroupId // .DBClusterIdentifier' |
    grep -x 'sg-0000000000000000b\|c02' | uniq >order.txt
  [ "$(xargs <order.txt)" = 'sg-0000000000000000b c02' ]
}

@test "waves: a group that is made for one cluster is made in its wave" {
  write_many 3
  start_sim
  write_desired '  - match: {kind: cluster}
    set: {parameters: {log_statement: ddl}}
  - match: {kind: instance}
    set: {parameters: {log_connections: "1"}}'
  "$ABACK" init >init.out 2>&1
  aback plan -o plan.json >plan.out 2>&1
  # the first wave is all that is done
  apply 4 --waves 1,100% --health-check '[ "$ABACK_WAVE" -gt 1 ]'
  mutations | jq -r '.parameters | .DBClusterParameterGroupName //
    .DBParameterGroupName // .DBInstanceIdentifier' | sort -u >touched.txt
  cat touched.txt
  grep -q '^c01-' touched.txt
  not grep -q '^c0[23]' touched.txt
  # what was left out, since nobody agreed to a restart, is no failure
  [ "$(states_of_waves)" = 'waiting not begun' ]
}

@test "waves: a failure stops before the next wave, with an exact account" {
  begin 6
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 3,
    "fault": "error", "status": 403, "code": "AccessDenied", "message": "no"}'
  apply 4 --waves 2,4,100%
  said AccessDenied 'wave 3 of 3 is not begun, 2 clusters: cluster/c05'
  # which is said once, not of each of its steps
  not grep -q 'cluster/c05: skipped\|c06.*: skipped' <<<"$output"
  [ "$(protected)" = 'c01 c02 c04' ] || [ "$(protected)" = 'c01 c02 c03' ]
  [ "$(states_of_waves)" = 'done failed not begun' ]
  result_of "$(change_id)" | jq -e '.state == "failed" and
    (.stopped | test("failed")) and
    ([.steps[] | select(.wave == 3) | .state] | unique) == ["skipped"] and
    ([.steps[] | select(.wave == 1) | .state] | unique) == ["done"]'
  # in every format
  runs 0 aback show "$(change_id)"
  said 'stopped: step' 'wave 1: done, 2 clusters: prod cluster/c01, prod cluster/c02' \
    'wave 2: failed' 'wave 3: not begun, 2 clusters: prod cluster/c05'
  runs 0 aback show "$(change_id)" --format markdown
  said '| wave 3 | <code>not begun, 2 clusters: prod cluster/c05'
  runs 0 aback show "$(change_id)" --format html
  said 'not begun, 2 clusters: prod cluster/c05'
  # what was begun is undone as any change is
  runs 0 aback backout --last --apply --yes --allow exposure
  live | diff before.json -
}

@test "waves: what a run took back of itself is shown, and what it could not" {
  begin 2
  fault '{"service": "rds", "action": "ModifyDBCluster", "from": 2, "to": 9,
    "fault": "error", "status": 403, "code": "AccessDenied", "message": "no"}'
  apply 4 --waves 1,100% --on-failure backout --allow exposure
  runs 0 aback show "$(change_id)"
  said 'stopped: step' 'on prod cluster/c01, failed: AccessDenied: no'
}

@test "waves: --max-failures lets so many clusters fail" {
  begin 6
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
    "fault": "error", "status": 403, "code": "AccessDenied", "message": "no"}'
  apply 4 --waves 1,100% --max-failures 1
  [ "$(protected)" = 'c02 c03 c04 c05 c06' ]
  [ "$(states_of_waves)" = 'failed done' ]
  # the rest of the cluster that failed was not begun
  result_of "$(change_id)" | jq -e '.tolerated and
    any(.steps[]; .state == "skipped" and (.reason | test("same cluster")))'
}

@test "waves: one failure more than --max-failures stops it" {
  begin 6
  fault '{"service": "rds", "action": "ModifyDBCluster", "from": 1, "to": 2,
    "fault": "error", "status": 403, "code": "AccessDenied", "message": "no"}'
  # nothing of it was done
  apply 1 --waves 1,2,100% --max-failures 20%
  said 'allows 1'
  [ -z "$(protected)" ]
  [ "$(states_of_waves)" = 'failed failed not begun' ]
}

@test "waves: a pause between them, which Ctrl-C ends in order" {
  begin 3
  "$ABACK" apply plan.json --yes --waves 1,100% --pause 10m >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q 'pause: wave 2 of 2 begins at' out
  kill -INT "$run_pid"
  rc=0
  wait "$run_pid" || rc=$?
  run_pid=
  cat out
  [ $rc -eq 130 ]
  [ "$(protected)" = c01 ]
  result_of "$(change_id)" | jq -e '.state == "failed" and
    (.stopped | test("interrupted before wave 2 of 2"))'
  [ "$(states_of_waves)" = 'done not begun' ]
  # it is over: nothing is to be resumed, and the rest can be planned
  runs 0 aback resume
  runs 0 aback plan -o rest.json
  runs 0 aback apply rest.json --yes
  [ "$(protected)" = 'c01 c02 c03' ]
}

@test "waves: killed in a pause, resume knows what was not begun" {
  begin 3
  in_background "$ABACK" apply plan.json --yes --waves 1,100% --pause 10m \
    --health-check true
  killed_once grep -q 'pause: wave 2 of 2 begins at' out
  runs 4 aback resume
  [ "$(protected)" = c01 ]
  result_of "$(change_id)" | jq -e '
    ([.steps[] | .state] | sort | unique) == ["done", "skipped"] and
    ([.waves[] | [.state, .health]] ==
      [["done", "passed"], ["not begun", null]]) and
    (.stopped | test("cut off"))'
  [ "$(waves_of_steps | sort -u | wc -l)" -gt 1 ]
  [ "$(clusters_of_wave 2)" = 'cluster/c02 cluster/c03' ]
  runs 0 aback backout --last --apply --yes --allow exposure
  live | diff before.json -
}

@test "waves: killed in the middle of one, with a machine that is lost" {
  begin 3
  git init -q --bare remote.git
  sed -i "s#\./store.git}#./store.git, remote: ./remote.git}#" aback.yaml
  rm -rf store.git
  "$ABACK" init >out 2>&1
  "$ABACK" plan -o plan.json >out 2>&1
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 2,
    "fault": "hang", "ms": 60000, "effect": true}'
  in_background "$ABACK" apply plan.json --yes --waves 1,2,100%
  wait_for 20 grep -q 'wave 2 of 3' out
  killed_once sent 2 ModifyDBCluster
  rm -rf store.git
  runs 0 aback init
  runs 4 aback resume
  [ "$(states_of_waves)" = 'done failed not begun' ] ||
    [ "$(states_of_waves)" = 'done done not begun' ]
  [ "$(clusters_of_wave 3)" = cluster/c03 ]
}

@test "waves: a pause is kept" {
  begin 2
  apply 0 --waves 1,100% --pause 2s
  times=$(mutations | jq -s 'map(select(.action == "ModifyDBCluster")) |
    .[1].time_ms - .[0].time_ms')
  [ "$times" -ge 2000 ]
}

@test "waves: pauses and health checks take nothing from the deadline" {
  begin 2
  apply 0 --waves 1,100% --pause 3s --health-check 'sleep 2' --deadline 5s
  [ "$(protected)" = 'c01 c02' ]
  [ "$(states_of_waves)" = 'done done' ]
}

@test "waves: --on-failure backout takes back all waves" {
  begin 4
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 3,
    "fault": "error", "status": 403, "code": "AccessDenied", "message": "no"}'
  apply 4 --waves 1,2,100% --on-failure backout --allow exposure
  said 'backed out'
  live | diff before.json -
  result_of "$(change_id)" | jq -e '.state == "backed_out"'
  # what was taken back is held
  runs 0 aback plan -o again.json
  jq -e '.held | length > 0' again.json
}

@test "waves: what is no list of waves is refused, and what is one said" {
  begin 3
  for bad in '' 0 1,,2 % 5,3 10%,5% 50% 1,101% 100%,1 1.5 -1 all '1,100%,' 1,1; do
    fails 1 aback apply plan.json --yes --waves "$bad"
    said '--waves'
  done
  for bad in '' x 101% -1 1.5 5%%; do
    fails 1 aback apply plan.json --yes --max-failures "$bad"
    said '--max-failures'
  done
  # fewer than there are: known when they are counted, before anything is sent
  fails 1 aback apply plan.json --yes --waves 1,2
  said 'reaches 2 of the 3 clusters' '100%'
  fails 1 aback apply plan.json --yes --pause 5m
  said '--pause means nothing without --waves'
  fails 1 aback apply plan.json --yes --waves 1,100% --pause 10m \
    --confirm-within 5m
  said 'the pauses between the waves alone'
  fails 1 aback apply plan.json --yes --waves 1,100% --pause soon
  [ "$(mutation_count)" -eq 0 ]
  not git -C store.git rev-parse -q --verify main:changes
}

@test "waves: a plan of one cluster, or of none, is one wave" {
  start_sim
  write_desired '  - match: {kind: iam_role, id: monitoring}
    set: {max_session_duration: 7200}'
  "$ABACK" init >init.out 2>&1
  aback plan -o plan.json >plan.out 2>&1
  apply 0 --waves 1,10%,100%
  result_of "$(change_id)" | jq -e '[.waves[].state] == ["done"]'
}
