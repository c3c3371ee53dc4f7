#!/usr/bin/env bats
# Random fleets and random wishes: planned, applied, backed out, and that backed
# out as well. A seed that fails is tried again alone with
#   cd $(mktemp -d) && ABACK=… ABACK_SIM=… …/tests/cli/round_trip.py SEED
load helpers

trip() { # SEED
  mkdir "$1"
  cd "$1" && timeout 60 python3 "$BATS_TEST_DIRNAME/round_trip.py" "$1"
}

@test "round trip: what is asked for, nothing else, and all of it back" {
  local seed failed=0
  for seed in 11 12 13; do
    trip $seed >$seed.out 2>&1 3>&- &
    eval "pid_$seed=$!"
  done
  for seed in 11 12 13; do
    eval "wait \$pid_$seed" || failed=1
    tail -30 $seed.out
    grep -q 'there and back' $seed.out
  done
  [ $failed -eq 0 ]
}
