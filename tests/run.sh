#!/bin/bash
# run.sh BUILD_DIR [PATTERN]: every unit test and every .bats file whose name
# matches; ends in "N passed, N failed". Twice as many at a time as there are
# cores (TEST_JOBS): most of a test's time is spent waiting for the simulator.
set -u
build=$(realpath "$1")
only=${2:-}
cd "$(dirname "$0")/.." || exit 1
export ABACK_BUILD=$build
export ABACK=$build/aback ABACK_SIM=$build/aback-sim
out=$build/test-output
rm -rf "$out"
mkdir -p "$out"

# nothing of the person's own set-up may reach a test
for name in $(env | sed -n 's/^\(AWS_[A-Z0-9_]*\|ABACK_[A-Z0-9_]*\)=.*/\1/p'); do
  case $name in ABACK_BUILD | ABACK_SIM) ;; *) unset "$name" ;; esac
done
export HOME=$out/home AWS_EC2_METADATA_DISABLED=true
mkdir -p "$HOME"
export GIT_CONFIG_GLOBAL=$HOME/.gitconfig
git config --global user.name 'Test Person'
git config --global user.email test@example.com
git config --global init.defaultBranch main

one() {
  local file=$1 name
  name=$(basename "$file")
  name=${name%.bats}
  local tap=$2/$name.tap
  local start=$SECONDS
  case $file in
    *.bats) bats --tap "$file" >"$tap" 2>&1 ;;
    *) CMOCKA_MESSAGE_OUTPUT=TAP timeout 300 "$file" >"$tap" 2>&1 ;;
  esac
  local rc=$?
  # cmocka's word for a skipped test is 'not ok … # SKIP'
  sed -i 's/^not ok \(.*# SKIP\)/ok \1/' "$tap"
  if [ $rc -ne 0 ] && ! grep -q '^not ok' "$tap"; then
    echo "not ok - $name ended with exit code $rc" >>"$tap"
  elif ! grep -qE '^(ok|not ok|1\.\.0)' "$tap"; then
    echo "not ok - $name ran no test" >>"$tap"
  fi
  local failed
  failed=$(grep -c '^not ok' "$tap")
  printf '%-44s %3d passed%s (%ds)\n' "$name" \
    "$(grep '^ok' "$tap" | grep -ciEv '# skip')" \
    "$([ "$failed" -eq 0 ] || printf ', %d FAILED' "$failed")" \
    $((SECONDS - start))
  [ "$failed" -eq 0 ] || sed 's/^/  | /' "$tap"
}
export -f one

# the longest first, so that the last one is a short one
list=$( (
  ls -S tests/cli/*.bats 2>/dev/null
  find "$build/tests/unit" -name 'test_*' -type f -executable 2>/dev/null | sort
) | grep -- "$only")
[ -n "$list" ] || { echo "no test matches '$only'"; exit 1; }
# shellcheck disable=SC2016 # the inner shell expands it
printf '%s\n' "$list" | xargs -P "${TEST_JOBS:-$(($(nproc) * 2))}" -I{} \
  bash -c 'one "$1" "$2"' _ {} "$out"

passed=$(cat "$out"/*.tap | grep '^ok' | grep -ciEv '# skip')
failed=$(cat "$out"/*.tap | grep -c '^not ok')
skipped=$(cat "$out"/*.tap | grep '^ok' | grep -ciE '# skip')
if [ "$skipped" -gt 0 ]; then
  echo "skipped:"
  grep -hiE '^ok.*# skip' "$out"/*.tap | sed 's/^/  /'
fi
if [ "$skipped" -gt 0 ]; then
  echo "$passed passed, $failed failed, $skipped skipped"
else
  echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
