#!/bin/bash
# keep.sh WORD...: aback, as the tests call it, that leaves a copy of each plan
# it writes in KEEP_PLANS. REAL_ABACK is the program.
set -u
out=
for ((i = 1; i <= $#; i++)); do
  case ${!i} in
    -o) next=$((i + 1)) && out=${!next:-} ;;
    -o?*) out=${!i#-o} ;;
  esac
done
# whoever kills it, or counts its children, means aback itself
[ -n "$out" ] || exec "$REAL_ABACK" "$@"
"$REAL_ABACK" "$@"
rc=$?
if [ -f "$out" ] && grep -q '"format": "aback-plan/1"' "$out"; then
  # the same plan twice, made by others at another time, is one
  name=$(grep -v '^  "\(created_at\|created_by\|id\)":' "$out" | sha256sum)
  test=$(basename "${BATS_TEST_FILENAME:-by-hand}" .bats)
  cp "$out" "$KEEP_PLANS/$test-${BATS_TEST_NUMBER:-0}-${name:0:12}.json"
fi
exit $rc
