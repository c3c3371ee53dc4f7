#!/usr/bin/env bats
# Changes that undo themselves: --confirm-within, aback confirm, and what is
# done when nobody is there any more to do it.
load helpers

# begin [SIM-OPTION...]: two clusters to be protected, and what was before.
begin() {
  start "$@"
  live >before.json
  aback plan -o plan.json >/dev/null 2>&1
}

# begin_shared: the same, with a store that has a remote.
begin_shared() {
  start_sim
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  git init -q --bare remote.git
  sed -i "s|^state:.*|state: {repository: ./store.git, remote: ./remote.git}|" \
    aback.yaml
  "$ABACK" init >init.out 2>&1
  live >before.json
  aback plan -o plan.json >/dev/null 2>&1
}

# wait_out [OPTION...]: an apply in the background that waits to be confirmed.
wait_out() {
  "$ABACK" apply plan.json --yes "$@" >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q 'aback confirm 2' out
  change=$(change_id)
}

# ended EXIT-CODE: the apply in the background ends so.
ended() {
  local rc=0
  wait "$run_pid" || rc=$?
  run_pid=
  output=$(cat out)
  [ $rc -eq "$1" ] || { echo "exit code $rc"; cat out; return 1; }
}

# gone: it is killed as by a power cut, and leaves its change behind.
gone() {
  kill -KILL "$run_pid"
  wait "$run_pid" 2>/dev/null || true
  run_pid=
}

deadline_of() { stored "changes/$1/change.json" | jq -r .confirm_by; }
verdict_of() { stored "changes/$1/confirm.json"; }
undone_of() { stored "changes/$1/undone.json"; }
is_over() { # CHANGE: is its time over?
  [[ $(date -u +%Y-%m-%dT%H:%M:%SZ) > $(deadline_of "$1") ]]
}
# sent N: so many calls were made that change something
sent() { [ "$(mutation_count)" -ge "$1" ]; }
# the last second before the change's time is over
is_nearly_over() {
  [ "$(date +%s)" -ge $(($(date -d "$(deadline_of "$1")" +%s) - 1)) ]
}
kept() { verdict_of "$1" | jq -e '.state == "kept"'; }
# of CHANGE: the change that reverses it
reverse_of() {
  local id
  for id in $(git -C store.git ls-tree --name-only main:changes); do
    [ "$(stored "changes/$id/change.json" | jq -r .reverses)" != "$1" ] ||
      echo "$id"
  done
}
as_before() { live | diff before.json -; }
as_planned() {
  [ "$(live_value clusters orders DeletionProtection)" = true ] &&
    [ "$(live_value clusters users DeletionProtection)" = true ]
}

@test "confirm: in time, it is kept, and the waiting ends at once" {
  begin
  wait_out --confirm-within 1h
  kill -0 "$run_pid"
  runs 0 aback history
  said "undoes itself unless confirmed by $(deadline_of "$change")"
  runs 0 aback show "$change"
  said "confirmation: undoes itself unless confirmed by $(deadline_of "$change")"
  aback show "$change" --format json | jq -e '.confirm.state == "open"'
  runs 0 aback confirm "$change"
  said "change $change is kept"
  ended 0
  said "the change $change is kept: confirmed by" 'host'
  kept "$change"
  as_planned
  # again is no error, and changes nothing
  git -C store.git rev-parse main >tip
  runs 0 aback confirm "${change%????}"
  git -C store.git rev-parse main | diff tip -
  runs 0 aback confirm --expired
  as_planned
}

@test "confirm: without one, the waiting process backs it out" {
  begin
  runs 4 timeout 60 "$ABACK" apply plan.json --yes --confirm-within 3s
  change=$(git -C store.git ls-tree --name-only main:changes | head -1)
  said "aback confirm $change" 'not confirmed by' 'is backed out, by the change'
  as_before
  verdict_of "$change" | jq -e '.state == "expired"'
  back=$(reverse_of "$change")
  undone_of "$change" | jq -e --arg back "$back" \
    '.outcome == "done" and .backout == $back'
  # it is a change like any other: recorded, held, and undone the same way
  result_of "$back" | jq -e '.state == "done"'
  stored "changes/$back/change.json" | jq -e '.automatic and
    (.reason | startswith("not confirmed by"))'
  runs 0 aback plan -o again.json
  jq -e '(.changes | length) == 0 and (.held | length) == 2' again.json
  runs 0 aback backout "$back" --apply --yes
  as_planned
  runs 0 aback history
  said "backed out by itself: $back" "reason: not confirmed by"
  runs 0 aback state fsck
}

# patched: the one patch there is makes aback.yaml ask for what is live.
patched() {
  git apply backout-*.patch
  runs 0 aback plan --format json
  "$ABACK" plan --format json 2>/dev/null >after.json
  jq -e '.changes == [] and .held == []' after.json
}

@test "promise 11: what undid itself leaves the patch of a backout" {
  begin
  # within the run
  runs 4 aback apply plan.json --yes --on-failure backout --health-check false
  said 'what was restored is held' 'patch aback.yaml backout-'
  cp aback.yaml asked.yaml
  patched
  # by who waited, and by a timer
  mv asked.yaml aback.yaml
  rm backout-*.patch
  runs 0 aback release cluster/orders
  runs 0 aback release cluster/users
  aback plan -o plan.json >/dev/null 2>&1
  wait_out --confirm-within 2s
  gone
  wait_for 20 is_over "$change"
  runs 0 aback confirm --expired
  said "patch aback.yaml backout-$(reverse_of "$change").patch"
  as_before
  patched
}

@test "confirm: too late, it is refused, and says what happened" {
  begin
  runs 4 timeout 60 "$ABACK" apply plan.json --yes --confirm-within 3s
  change=$(git -C store.git ls-tree --name-only main:changes | head -1)
  fails 3 aback confirm "$change"
  said 'had to be confirmed by' "backed out by the change $(reverse_of "$change")"
  as_before
}

@test "confirm: too late, while nobody has backed it out yet" {
  begin
  wait_out --confirm-within 3s
  gone
  wait_for 20 is_over "$change"
  fails 3 aback confirm "$change"
  said 'it is to be backed out' 'aback confirm --expired'
  as_planned
}

@test "promise 3: the deadline is pushed before the first write" {
  begin_shared
  fault '{"service": "rds", "action": "ModifyDBCluster", "from": 1, "to": 9,
          "fault": "hang", "ms": 60000}'
  "$ABACK" apply plan.json --yes --confirm-within 10m >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"ModifyDBCluster"' sim.log ||
    wait_for 20 grep -q 'prior state is recorded' out
  change=$(git -C remote.git ls-tree --name-only main:changes)
  git -C remote.git show "main:changes/$change/change.json" >change.json
  jq -e '.undoes_itself and (.confirm_by | test("^20.*Z$"))' change.json
  began=$(date -d "$(jq -r .started_at change.json)" +%s)
  until=$(date -d "$(jq -r .confirm_by change.json)" +%s)
  [ $((until - began)) -eq 600 ]
}

@test "promise 4: killed before its journal was begun, it is backed out all the same" {
  begin
  wait_out --confirm-within 4s
  gone
  wait_for 20 is_over "$change"
  # the automatic backout is cut off right after its first commit
  fault '{"service": "rds", "action": "DescribeDBClusters", "nth": 3,
          "fault": "hang", "ms": 60000}'
  "$ABACK" confirm --expired >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q 'the prior state is recorded' out
  gone
  rm -f store.git/aback/journal/*
  runs 0 aback confirm --expired
  as_before
  undone_of "$change" | jq -e '.outcome == "done" and .backout != null'
}

@test "promise 4: killed once it was backed out, the account says by which change" {
  begin
  "$ABACK" apply plan.json --yes --confirm-within 4s >out 2>&1 3>&- || true
  change=$(git -C store.git ls-tree --name-only main:changes | head -1)
  undone_of "$change" >undone.json
  jq -e '.outcome == "done" and .backout != null' undone.json
  # as if it had been killed right before it wrote that down
  export GIT_DIR=store.git GIT_INDEX_FILE=$PWD/index
  git read-tree main
  git rm -q --cached "changes/$change/undone.json"
  git update-ref refs/heads/main "$(git commit-tree -p main -m cut \
    "$(git write-tree)")"
  unset GIT_DIR GIT_INDEX_FILE
  before=$(mutation_count)
  runs 0 aback confirm --expired
  [ "$(mutation_count)" -eq "$before" ]
  diff <(undone_of "$change" | jq 'del(.at)') <(jq 'del(.at)' undone.json)
}

@test "promise 4: killed while it waits, the next command backs it out" {
  begin
  wait_out --confirm-within 3s
  gone
  as_planned
  wait_for 20 is_over "$change"
  # a command that only reads changes nothing, and says so
  runs 0 aback plan -o next.json
  said "the change $change is to be backed out" 'aback confirm --expired'
  runs 0 aback history
  said 'is to be backed out'
  as_planned
  # one that writes the store does it first, whatever becomes of itself
  run aback release cluster/orders:deletion_protection
  said "the change $change is backed out"
  as_before
  undone_of "$change" | jq -e '.outcome == "done"'
}

@test "promise 4: killed while it waits, aback resume backs it out" {
  begin
  wait_out --confirm-within 3s
  gone
  # before its time is over nothing is done
  runs 0 aback resume
  as_planned
  wait_for 20 is_over "$change"
  runs 0 aback resume
  said 'is backed out, by the change'
  as_before
}

@test "promise 4: killed while it waits, a timer backs it out" {
  begin
  wait_out --confirm-within 3s
  gone
  runs 0 aback confirm --expired
  said 'nothing is to be backed out'
  as_planned
  wait_for 20 is_over "$change"
  runs 0 aback confirm --expired
  as_before
  # once
  before=$(mutation_count)
  runs 0 aback confirm --expired
  said 'nothing is to be backed out'
  [ "$(mutation_count)" -eq "$before" ]
}

@test "promise 4: killed while it waits, an apply backs it out first" {
  begin
  wait_out --confirm-within 3s
  gone
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}
  - match: {kind: instance, id: orders-1}
    set: {publicly_accessible: false}'
  aback plan -o other.json >/dev/null 2>&1
  wait_for 20 is_over "$change"
  runs 0 aback apply other.json --yes
  said "the change $change is backed out"
  [ "$(live_value clusters orders DeletionProtection)" = false ]
  [ "$(live_value instances orders-1 PubliclyAccessible)" = false ]
}

@test "confirm: a clock set back buys no time, nor does a machine that slept" {
  [[ $ABACK_BUILD != *asan* ]] || skip "a sanitizer wants to be loaded first"
  cc -shared -fPIC -O1 -D_GNU_SOURCE -o shift.so \
    "$BATS_TEST_DIRNAME/clock_shift.c" -ldl
  export CLOCK_SHIFT=$PWD/ahead
  begin
  shifted() { # BEFORE AFTER OPTION...
    echo "$1" >ahead
    aback plan -o plan.json >/dev/null 2>&1
    LD_PRELOAD=$PWD/shift.so "$ABACK" apply plan.json --yes "${@:3}" \
      >out 2>&1 3>&- &
    run_pid=$!
    wait_for 20 grep -q 'aback confirm 2' out
    as_planned
    echo "$2" >ahead
    wait_for 20 grep -q 'is backed out, by the change' out
    ended 4
    as_before
    runs 0 aback release cluster/orders
    runs 0 aback release cluster/users
  }
  # it slept for an hour, and woke up too late
  shifted 0 3600 --confirm-within 10m
  # one was an hour ahead until it was set right: what it did before, as others
  # see it, was not later than what it does now
  shifted 0 -3600 --confirm-within 3s
}

@test "promise 4: killed before it ended, it is accounted for and backed out" {
  begin
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 2,
          "fault": "hang", "ms": 60000}'
  "$ABACK" apply plan.json --yes --confirm-within 5s >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q 'sent\|done' out
  wait_for 20 sent 1
  sleep 0.5
  gone
  change=$(change_id)
  fails 3 aback confirm "$change"
  said 'has not ended'
  # accounted for in time, it still has to be confirmed
  cp -r store.git copy.git
  run aback resume --state copy.git
  is_over "$change" || said "the change is backed out at $(deadline_of "$change") unless"
  wait_for 20 is_over "$change"
  runs 0 aback confirm --expired
  wait_for 5 as_before
}

@test "promise 4: killed in the backout, the next one finishes it" {
  begin
  wait_out --confirm-within 3s
  gone
  wait_for 20 is_over "$change"
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 2,
          "fault": "hang", "ms": 60000}'
  "$ABACK" confirm --expired >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 sent 3
  sleep 0.5
  gone
  runs 0 aback confirm --expired
  wait_for 5 as_before
  undone_of "$change" | jq -e '.outcome == "done" or .outcome == "nothing"'
}

@test "confirm: interrupted, the deadline is left to others" {
  begin
  wait_out --confirm-within 5s
  kill -INT "$run_pid"
  ended 130
  said 'nobody waits here any more' "$change" 'aback confirm --expired'
  as_planned
  wait_for 20 is_over "$change"
  runs 0 aback confirm --expired
  as_before
}

@test "confirm: interrupted, it can still be kept" {
  begin
  wait_out --confirm-within 1h
  kill -INT "$run_pid"
  ended 130
  runs 0 aback confirm "$change"
  kept "$change"
}

@test "confirm: backed out by hand, nothing is left for the deadline" {
  begin
  wait_out --confirm-within 6s
  gone
  runs 0 aback backout "$change" --apply --yes
  as_before
  wait_for 20 is_over "$change"
  before=$(mutation_count)
  runs 0 aback confirm --expired
  said 'nothing of the change' 'was left to back out'
  [ "$(mutation_count)" -eq "$before" ]
  undone_of "$change" | jq -e '.outcome == "nothing"'
}

@test "confirm: backout --apply does not redo what has just undone itself" {
  begin
  wait_out --confirm-within 3s
  gone
  wait_for 20 is_over "$change"
  fails 3 aback backout --last --apply --yes
  said 'came first'
  as_before
}

@test "promise 6: a backout by itself never overwrites somebody else's change" {
  start
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}
  - match: {kind: instance, id: orders-1}
    set: {publicly_accessible: false}'
  aback plan -o plan.json >plan.out 2>&1
  wait_out --confirm-within 5s --allow exposure
  gone
  poke cluster/users '{"DeletionProtection": false}'
  poke cluster/orders '{"BackupRetentionPeriod": 21}'
  wait_for 20 is_over "$change"
  runs 0 aback confirm --expired
  # theirs stays, ours is taken back
  [ "$(live_value clusters orders BackupRetentionPeriod)" = 21 ]
  [ "$(live_value clusters orders DeletionProtection)" = false ]
  [ "$(live_value instances orders-1 PubliclyAccessible)" = true ]
}

@test "promise 8: a backout by itself that failed is not told as one" {
  begin
  wait_out --confirm-within 2s
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
    "fault": "error", "status": 403, "code": "AccessDenied", "message": "no"}'
  ended 4
  back=$(reverse_of "$change")
  for command in history "show $change"; do
    # shellcheck disable=SC2086 # words
    runs 0 aback $command
    said "was to back itself out: $back, which ended as"
    not grep -q 'backed out by itself' <<<"$output"
  done
}

@test "promise 8: one that cannot be backed out now is no 'nothing was changed'" {
  begin
  wait_out --confirm-within 2s
  fault '{"service": "rds", "action": "DescribeDBClusters", "nth": 1,
    "fault": "error", "status": 403, "code": "AccessDenied", "message": "no"}'
  ended 4
  said 'is not backed out' 'aback confirm --expired'
  as_planned
  runs 0 aback confirm --expired
  as_before
}

@test "promise 6: a conflict stays, is told, and is not tried again" {
  start
  write_desired '  - match: {kind: instance}
    set: {promotion_tier: 5}'
  aback plan -o plan.json >/dev/null 2>&1
  wait_out --confirm-within 3s
  gone
  poke instance/orders-1 '{"PromotionTier": 7}'
  poke instance/users-1 '{"PromotionTier": 8}'
  wait_for 20 is_over "$change"
  runs 4 aback confirm --expired
  said 'somebody else' "aback backout $change" \
    'instance/orders-1:promotion_tier stays as it is' \
    'instance/users-1:promotion_tier stays as it is'
  [ "$(live_value instances orders-1 PromotionTier)" = 7 ]
  undone_of "$change" | jq -e '.outcome == "conflict" and .backout == null'
  runs 0 aback history
  said 'was to back itself out, and stays'
  runs 0 aback confirm --expired
  said 'nothing is to be backed out'
  fails 3 aback confirm "$change"
  said 'could not be backed out'
}

@test "promise 7: what cannot be undone unseen is refused before anything" {
  start
  write_desired '  - match: {kind: cluster, id: users}
    set: {backup_retention_period: 3}'
  aback plan -o lossy.json >/dev/null 2>&1
  for option in --confirm-within=10m --on-failure=backout; do
    fails 3 aback apply lossy.json --yes --allow lossy "$option"
    said 'cluster/users:backup_retention_period destroys data' "${option%=*}"
  done
  # raising it is harmless, and its backout is what destroys
  write_desired '  - match: {kind: cluster, id: users}
    set: {backup_retention_period: 30}'
  aback plan -o raise.json >/dev/null 2>&1
  for option in --confirm-within=10m --on-failure=backout; do
    fails 3 aback apply raise.json --yes "$option"
    said 'the backout of cluster/users:backup_retention_period destroys data'
  done
  [ "$(mutation_count)" -eq 0 ]
  not git -C store.git rev-parse -q --verify main:changes
}

@test "promise 7: a backout that opens access needs --allow exposure now" {
  start
  live >before.json
  write_desired '  - match: {kind: instance, id: orders-1}
    set: {publicly_accessible: false}'
  aback plan -o plan.json >/dev/null 2>&1
  fails 3 aback apply plan.json --yes --confirm-within 3s
  said 'the backout of instance/orders-1:publicly_accessible opens access' \
    '--allow exposure'
  [ "$(mutation_count)" -eq 0 ]
  # and later no more
  runs 4 timeout 60 "$ABACK" apply plan.json --yes --confirm-within 3s \
    --allow exposure
  as_before
}

@test "confirm: what it is not for" {
  begin
  # a deadline beyond the calendar could never be read again
  fails 1 aback apply plan.json --yes --confirm-within 500000w
  said 'a year at most'
  runs 0 aback apply plan.json --yes
  change=$(change_id)
  fails 1 aback confirm "$change"
  said 'needs no confirmation' 'without --confirm-within'
  fails 1 aback confirm 20200101T000000Z-abcdef
  fails 1 aback confirm
  said 'which change'
  fails 1 aback confirm "$change" --expired
  said 'not both at once'
  fails 1 aback apply plan.json --confirm-within soon
  said '--confirm-within'
}

@test "confirm: from another clone, and against an expiry there, one wins" {
  begin_shared
  wait_out --confirm-within 8s
  git clone -q --bare remote.git other.git
  gone
  # right at its end: one says keep, the other back out
  wait_for 20 is_nearly_over "$change"
  (while ! is_over "$change"; do :; done
    "$ABACK" confirm --expired --state other.git >expired.out 2>&1 3>&-) &
  other=$!
  rc=0
  "$ABACK" confirm "$change" >confirm.out 2>&1 || rc=$?
  wait "$other" || true
  cat confirm.out expired.out
  git -C remote.git show "main:changes/$change/confirm.json" >verdict.json
  case $(jq -r .state verdict.json) in
  kept) [ $rc -eq 0 ] && as_planned ;;
  expired) [ $rc -eq 3 ] && as_before ;;
  *) false ;;
  esac
}

@test "confirm: from another clone, the waiting process hears of it" {
  begin_shared
  wait_out --confirm-within 1h
  git clone -q --bare remote.git other.git
  runs 0 aback confirm "$change" --state other.git
  ended 0
  said "the change $change is kept"
}

@test "confirm: one that stood still says that another one was first" {
  begin_shared
  wait_out --confirm-within 4s
  git clone -q --bare remote.git other.git
  kill -STOP "$run_pid"
  wait_for 20 is_over "$change"
  runs 0 aback confirm --expired --state other.git
  said "the change $change is backed out, by the change"
  before=$(mutation_count)
  kill -CONT "$run_pid"
  ended 4
  said "the change $change was backed out by" 'host'
  [ "$(mutation_count)" -eq "$before" ]
  as_before
}

@test "promise 4: a vanished machine's change is backed out from a clone" {
  begin_shared
  wait_out --confirm-within 5s
  gone
  wait_for 20 is_over "$change"
  rm -rf store.git aback.yaml
  git clone -q --bare remote.git other.git
  runs 0 aback confirm --expired --state other.git
  as_before
  git -C remote.git show "main:changes/$change/undone.json" |
    jq -e '.outcome == "done"'
}

@test "confirm: its time over while steps still run, they are taken back" {
  begin --settle-ms 4000
  runs 4 timeout 90 "$ABACK" apply plan.json --yes --confirm-within 2s
  said 'backed out'
  as_before
  result_of "$(change_id)" | jq -e '.state == "backed_out" and
    (.stopped | test("time to confirm"))'
  fails 3 aback confirm "$(change_id)"
  said 'backed out while it ran'
}

@test "confirm: --on-failure backout that was killed is finished by resume" {
  begin
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 2,
          "fault": "hang", "ms": 60000}'
  "$ABACK" apply plan.json --yes --on-failure backout >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q ': done' out
  gone
  runs 4 aback resume
  said 'is backed out'
  wait_for 5 as_before
}

@test "confirm: a reboot that follows only since is left out, and not looked for without end" {
  write_fleet
  jq '.accounts[0].regions[0] |= (.db_cluster_parameter_groups = [
    {"DBClusterParameterGroupName": "strict",
     "DBParameterGroupFamily": "aurora-mysql8.0"}] |
    (.clusters[] | select(.DBClusterIdentifier == "users")).EngineVersion =
      "8.0.mysql_aurora.3.05.2")' fleet.json >more.json
  mv more.json fleet.json
  start
  write_desired '  - match: {kind: cluster_parameter_group, id: strict}
    set: {tls_version: "TLSv1.2"}'
  aback plan -o plan.json >/dev/null 2>&1
  wait_out --confirm-within 3s --allow exposure
  gone
  # a cluster begins to use the group behind our back
  poke cluster/users '{"DBClusterParameterGroup": "strict"}'
  wait_for 20 is_over "$(change_id)"
  run timeout 60 "$ABACK" confirm --expired
  [ "$status" -eq 4 ]
  said 'takes effect when the instances are rebooted'
  live | jq -e '.accounts[0].regions[0].db_cluster_parameter_groups[0].Parameters == {}'
}

@test "confirm: what is finished in passing is no document of the command's" {
  begin
  aback plan --only cluster/users -o plan.json >/dev/null 2>&1
  wait_out --confirm-within 3s
  gone
  wait_for 20 is_over "$change"
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "hang", "ms": 60000}'
  "$ABACK" confirm --expired >expired.out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q 'sent: rds:ModifyDBCluster' expired.out
  gone
  aback plan --only cluster/orders -o other.json >/dev/null 2>&1
  aback apply other.json --yes --format json >out.json 2>err.txt || true
  grep -q 'which was cut off, is accounted for: ' err.txt
  jq -es 'length == 1' out.json
}

@test "confirm: says whom it waits for, and Ctrl-C ends that" {
  begin_shared
  wait_out --confirm-within 1h
  gone
  tree=$(git -C remote.git hash-object -t tree -w /dev/null)
  lock=$(git -C remote.git commit-tree "$tree" -m "Lock confirm/$change

Aback-Holder: carol
Aback-Host: elsewhere
Aback-Boot: 12345678
Aback-Namespace: pid:[1]
Aback-Process: 4711
Aback-Process-Start: 1
Aback-Since: 2026-11-24T02:15:30Z")
  git -C remote.git update-ref "refs/aback/locks/confirm/$change" "$lock"
  "$ABACK" confirm "$change" >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q 'waiting: .*carol' out
  kill -INT "$run_pid"
  ended 130
  said 'interrupted' "$change"
  git -C remote.git update-ref -d "refs/aback/locks/confirm/$change"
  runs 0 "$ABACK" confirm "$change"
}
