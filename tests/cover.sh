#!/bin/sh
# cover.sh BUILD_DIR: line coverage of each source file after a test run.
set -eu
cd "$1"
find core state plans cmd -name '*.gcda' | while read -r data; do
  gcov -n -o "$(dirname "$data")" "$data" 2>/dev/null |
    awk '/^File .*\.c.$/ { file = $2 } /^Lines executed/ && file {
      split($0, part, ":"); split(part[2], n, "% of ");
      printf "%6.1f%%  of %5d  %s\n", n[1], n[2], file; file = "" }'
done | sort -u | grep -E "'(core|state|plans|cmd)/" >coverage.txt
cat coverage.txt
