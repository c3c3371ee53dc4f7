# What the tests of bad input share: a refusal says what to do next, comes in
# time, and has changed nothing, neither in AWS nor in the store.
load helpers

# A hang is a failure (exit code 124), whatever it waits for.
aback() { timeout 30 "$ABACK" "$@"; }

# What a command must not leave behind: refs but for locks, journals, and
# mutating requests.
traces() {
  if [ -d store.git ]; then
    git -C store.git for-each-ref 2>&1 | grep -v refs/aback/locks/ || true
    (cd store.git && find . -path './aback/journal/*' | sort)
  fi
  if [ -f sim.log ]; then mutations; fi
}

# refused EXIT-CODE COMMAND...: it ends so, says what to do next or the very
# place to mend, and nothing was changed.
refused() {
  local before
  before=$(traces)
  fails "$@" || return 1
  grep -qE 'hint: |:[0-9]+:[0-9]+: error: ' err.txt || {
    echo 'nothing says what to do next:'
    cat err.txt
    return 1
  }
  not grep -qE '\(null\)|assert|sanitizer' err.txt out.txt || return 1
  diff <(echo "$before") <(traces)
}

# unprivileged COMMAND...: not as root, who may read and write everything.
unprivileged() {
  if [ "$(id -u)" -ne 0 ]; then
    "$@"
    return
  fi
  setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}
# For the case that nobody else may come into the test's directories.
can_be_unprivileged() {
  [ "$(id -u)" -ne 0 ] && return
  command -v setpriv >/dev/null || skip 'root, and no setpriv'
  chmod o+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" 2>/dev/null || true
  chmod o+rx "$BATS_TEST_TMPDIR"
  cp "$ABACK" ./aback
  ABACK=$PWD/aback
  unprivileged test -x ./aback || skip 'others cannot come here'
}
