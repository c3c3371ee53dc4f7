#!/usr/bin/env bats
# Random parameter groups and random rules for them, there and back. A seed that
# fails is tried again alone with
#   cd $(mktemp -d) && ABACK=… ABACK_SIM=… …/tests/cli/parameter_round_trip.py SEED
load helpers

@test "parameter round trip: what is asked for, nothing else, and all of it back" {
  local seed
  for seed in 2 9 17; do
    mkdir $seed
    (cd $seed && timeout 90 /usr/bin/python3 \
      "$root/tests/cli/parameter_round_trip.py" $seed) >$seed.out 2>&1 3>&- ||
      true
    tail -30 $seed.out
    grep -q 'there and back' $seed.out
  done
}
