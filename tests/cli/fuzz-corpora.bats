#!/usr/bin/env bats
# Every fuzz target over its corpus: what a fuzzer once found stays found.

@test "fuzz corpora: every target has one and survives it" {
  cd "$BATS_TEST_DIRNAME/../fuzz"
  for source in fuzz_*.c; do
    name=${source%.c}
    inputs=("corpus/$name"/*)
    [ -e "${inputs[0]}" ] || { echo "no corpus of $name"; return 1; }
    timeout 60 "$ABACK_BUILD/tests/fuzz/$name" "${inputs[@]}"
  done
}
