#!/bin/bash
# run.sh BUILD_DIR SECONDS: each fuzzer, from its corpus, for so long.
set -u
build=$(realpath "$1")
seconds=$2
cd "$(dirname "$0")" || exit 1
failed=0
for fuzzer in "$build"/tests/fuzz/fuzz_*; do
  if [ ! -x "$fuzzer" ] || [ ! -f "$fuzzer" ]; then continue; fi
  name=$(basename "$fuzzer")
  work=$build/corpus/$name
  mkdir -p "$work" "corpus/$name"
  printf 'fuzz: %s for %s s\n' "$name" "$seconds"
  (cd "$build" && "$fuzzer" -max_total_time="$seconds" -max_len=65536 \
    -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 "$work" \
    "$OLDPWD/corpus/$name") >"$build/$name.log" 2>&1 || {
    tail -n 40 "$build/$name.log"
    failed=1
  }
  grep -E 'stat::number_of_executed_units|stat::new_units_added' \
    "$build/$name.log" | sed 's/^stat:://; s/^/  /'
done
[ $failed -eq 0 ] && echo 'fuzz: clean'
exit $failed
