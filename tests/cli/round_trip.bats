#!/usr/bin/env bats
# Random fleets and random wishes of every kind: planned, applied, backed out,
# and that backed out as well. ROUND_TRIP_ROUNDS of them from ROUND_TRIP_SEED
# on: ROUND_TRIP_ROUNDS=300 bats tests/cli/round_trip.bats
# A seed that fails is tried again alone with
#   cd $(mktemp -d) && ABACK=… ABACK_SIM=… python3 …/round_trip/trip.py SEED
load helpers

rounds=${ROUND_TRIP_ROUNDS:-6}
first=${ROUND_TRIP_SEED:-11}
at_once=3

trip() { # SEED
  mkdir "$1"
  cd "$1" && timeout 120 python3 "$BATS_TEST_DIRNAME/round_trip/trip.py" "$1"
}

@test "round trip: what is asked for, nothing else, and all of it back" {
  local seed last=$((first + rounds)) some failed=0
  for ((some = first; some < last; some += at_once)); do
    for ((seed = some; seed < last && seed < some + at_once; seed++)); do
      trip $seed >$seed.out 2>&1 3>&- &
      eval "pid_$seed=$!"
    done
    for ((seed = some; seed < last && seed < some + at_once; seed++)); do
      eval "wait \$pid_$seed" || failed=1
      tail -40 $seed.out
      grep -q 'there and back' $seed.out || failed=1
    done
  done
  [ $failed -eq 0 ]
}
