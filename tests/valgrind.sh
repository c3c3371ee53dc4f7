#!/bin/bash
# valgrind.sh BUILD_DIR: every unit test, and the demo, under valgrind.
set -u
build=$(realpath "$1")
cd "$(dirname "$0")/.." || exit 1
run=(valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite
  --suppressions=tests/valgrind.supp
  --error-exitcode=99 --child-silent-after-fork=yes)
failed=0
for test in "$build"/tests/unit/test_*; do
  if [ ! -x "$test" ] || [ ! -f "$test" ]; then continue; fi
  case $test in *.o | *.d) continue ;; esac
  printf 'valgrind: %s\n' "$(basename "$test")"
  "${run[@]}" "$test" >"$build/valgrind.out" 2>&1 || {
    cat "$build/valgrind.out"
    failed=1
  }
done
echo 'valgrind: the demo'
ABACK_RUN="${run[*]}" tests/demo.sh "$build" >"$build/valgrind.out" 2>&1 || {
  cat "$build/valgrind.out"
  failed=1
}
[ $failed -eq 0 ] && echo 'valgrind: clean'
exit $failed
