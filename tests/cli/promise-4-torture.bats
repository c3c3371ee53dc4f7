#!/usr/bin/env bats
# A sample of `make torture` (docs/torture.md): promises 3, 4 and 5 while
# machine, disk, network, AWS and colleagues give out. TORTURE_SEED chooses the
# sample.

torture() { # SORT
  [[ $ABACK_BUILD != *asan* ]] || skip "a sanitizer wants to be loaded first"
  local report line
  report=$(python3 "$BATS_TEST_DIRNAME/../torture/torture.py" --short \
    --seed "${TORTURE_SEED:-1}" --jobs 2 --only "$1" 2>&1 3>&-) ||
    { echo "$report"; return 1; }
  while read -r line; do echo "# $line" >&3; done <<<"$report"
  grep -q 'steps applied twice: 0' <<<"$report"
  grep -q 'bytes lost: 0' <<<"$report"
}

@test "promise 4: killed or without power at any instant, all is accounted for" {
  torture kill
}

@test "promise 4: killed again while it sees to what was cut off" {
  torture second
}

@test "promise 4: a full, read-only or broken disk, all is accounted for" {
  torture disk
}

@test "promise 3: a machine that is lost, all comes back from the remote" {
  torture lost
}

@test "promise 5: whatever becomes of a call's answer, it is found out" {
  torture fault
}

@test "promise 2: of two applies at once, one runs and one is refused" {
  torture race
}
