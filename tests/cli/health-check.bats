#!/usr/bin/env bats
# --health-check: a command of one's own that says whether to go on.
load helpers

begin() {
  start
  live >before.json
  aback plan -o plan.json >/dev/null 2>&1
}
apply() { # EXIT-CODE OPTION...
  local want=$1
  shift
  runs "$want" timeout 60 "$ABACK" apply plan.json --yes "$@"
}
protected() {
  live | jq -r '.accounts[0].regions[0].clusters[] |
    select(.DeletionProtection) | .DBClusterIdentifier' | xargs
}
# dead PID: it is gone, or only waits for somebody to ask how it ended
dead() { ! grep -qv '^[0-9]* (.*) Z' "/proc/$1/stat" 2>/dev/null; }
health_of_waves() { result_of "$(change_id)" | jq -c '[.waves[].health]'; }

@test "health-check: it runs after each wave, and knows which" {
  begin
  apply 0 --waves 1,100% --health-check \
    'echo "$ABACK_WAVE $ABACK_CHANGE" >>seen; echo all is well'
  said '| all is well' 'the health check passed'
  [ "$(cat seen)" = "1 $(change_id)
2 $(change_id)" ]
  [ "$(health_of_waves)" = '["passed","passed"]' ]
}

@test "health-check: without waves it runs at the end" {
  begin
  apply 0 --health-check 'echo once >>seen'
  [ "$(cat seen)" = once ]
}

@test "health-check: one that fails stops before the next wave" {
  begin
  apply 4 --waves 1,100% --health-check 'echo too many errors >&2; exit 3'
  said '| too many errors' 'the health check failed' 'exit code 3'
  [ "$(protected)" = orders ]
  [ "$(health_of_waves)" = '["failed",null]' ]
  result_of "$(change_id)" | jq -e '.state == "failed" and
    [.waves[].state] == ["done", "not begun"]'
}

@test "health-check: one that fails at the end is not done" {
  begin
  apply 4 --health-check false
  said 'the health check failed' 'aback backout'
  [ "$(protected)" = 'orders users' ]
  runs 0 aback backout --last --apply --yes
  live | diff before.json -
}

@test "health-check: --on-failure backout takes back what failed it" {
  begin
  apply 4 --waves 1,100% --health-check false --on-failure backout
  said 'what was done is taken back: the health check failed' 'backed out'
  live | diff before.json -
  result_of "$(change_id)" | jq -e '.state == "backed_out" and
    (.stopped | test("the health check failed"))'
  # and it stays so
  aback plan -o again.json >/dev/null 2>&1
  jq -e '[.held[].address] == ["cluster/orders"]' again.json
}

@test "health-check: one that hangs is killed with all that it started" {
  begin
  apply 4 --health-timeout 1s --on-failure backout --health-check \
    'sleep 300 & echo $! >child; echo begun; wait'
  said '| begun' 'killed after 1s'
  dead "$(cat child)"
  live | diff before.json -
}

@test "health-check: one that ignores the end that is asked for is killed too" {
  begin
  apply 4 --health-timeout 1s --health-check \
    'trap "" TERM; echo $$ >child; while :; do sleep 0.1; done'
  said 'killed after 1s'
  dead "$(cat child)"
}

@test "health-check: interrupted, it is killed, and that is no failure" {
  begin
  "$ABACK" apply plan.json --yes --waves 1,100% --health-check \
    'echo $$ >child; sleep 300' --on-failure backout >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 test -s child
  kill -INT "$run_pid"
  rc=0
  wait "$run_pid" || rc=$?
  run_pid=
  cat out
  [ $rc -eq 130 ]
  dead "$(cat child)"
  [ "$(protected)" = orders ]
  [ "$(health_of_waves)" = '[null,null]' ]
}

# check_and_kill SIGNAL EXIT-CODE: while it runs for the last time
check_and_kill() {
  begin
  "$ABACK" apply plan.json --yes --health-check \
    'echo $$ >child; exec sleep 300' --on-failure backout >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 test -s child
  kill "-$1" "$run_pid"
  rc=0
  wait "$run_pid" || rc=$?
  run_pid=
  kill "$(cat child)" 2>/dev/null || true
  cat out
  [ $rc -eq "$2" ]
  [ "$(protected)" = 'orders users' ]
}

@test "promise 5: a last health check that was interrupted is no passed one" {
  check_and_kill INT 130
  grep -q 'interrupted during the health check' out
  [ "$(health_of_waves)" = '[null]' ]
  result_of "$(change_id)" | jq -e '.state == "failed" and
    all(.steps[]; .state == "done")'
  # it was to undo itself where not all is well
  runs 0 aback resume
  said 'is backed out'
  live | diff before.json -
}

@test "promise 5: a last health check that was killed is no passed one" {
  check_and_kill KILL 137
  runs 4 aback resume
  said 'cut off before the health check was over' 'is backed out'
  live | diff before.json -
}

@test "health-check: its output is bounded, and cannot act on the terminal" {
  begin
  apply 0 --health-check 'seq 100000; printf "\033[31mred\n"'
  [ "$(grep -c '  | ' <<<"$output")" -le 21 ]
  said '| 100000' 'left out'
  not grep -q $'\033' <<<"$output"
}

@test "health-check: it has nothing to read, and no descriptor of ours" {
  begin
  apply 0 --health-check 'cat; ls -l /proc/self/fd | grep -c store.git || true'
  said '| 0'
}

@test "promise 9: a health check gets no secret of ours, and none is recorded" {
  begin
  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  mkdir -p "$HOME/.aws"
  printf '[default]\naws_access_key_id = AKIAABACKSIMULATOR01\n%s\n' \
    'aws_secret_access_key = aback-simulator-secret-key' \
    >"$HOME/.aws/credentials"
  apply 0 --health-check 'env >env.txt; : --header "token: hush-hush"'
  not grep -q 'aback-simulator-secret-key\|AKIAABACK' env.txt
  git -C store.git log -p --all >log.txt
  not grep -q 'hush-hush' log.txt
}

@test "health-check: what does not go together is refused" {
  begin
  fails 1 aback apply plan.json --yes --health-timeout 5s
  said '--health-timeout means nothing without --health-check'
  fails 1 aback apply plan.json --yes --health-check ''
  said 'empty value'
  [ "$(mutation_count)" -eq 0 ]
  # a command that is not there fails the check
  apply 4 --health-check /no/such/program
  said 'exit code 127'
}
