# What the tests of the commands share, on top of what the promise tests have:
# set-up, simulator, desired files and questions about the store are theirs.
load promise

root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# aback as the test's subject; its output is in $output.
aback() { "$ABACK" "$@"; }

# fails EXIT-CODE COMMAND...: it ends so, says "error:" on stderr and nothing
# on stdout.
fails() {
  local want=$1 rc=0
  shift
  "$@" >out.txt 2>err.txt || rc=$?
  output=$(cat out.txt err.txt)
  [ $rc -eq "$want" ] || {
    echo "exit code $rc instead of $want from: $*"
    echo "$output"
    return 1
  }
  has "$(cat err.txt)" 'error:'
}

# has TEXT PART: the part is in it.
has() {
  [[ $1 == *"$2"* ]] || {
    echo "'$2' is not in:"
    echo "$1"
    return 1
  }
}

# said PART...: all of them are in the last output.
said() {
  local part
  for part in "$@"; do has "$output" "$part" || return 1; done
}

# golden NAME FILE: the same bytes as tests/data/golden/cli/NAME.
golden() {
  local want=$root/tests/data/golden/cli/$1
  if [ -n "${GOLDEN_REWRITE:-}" ]; then
    mkdir -p "$(dirname "$want")"
    cp "$2" "$want"
  fi
  diff -u "$want" "$2"
}

# An apply of everything that `start` plans.
applied() {
  "$ABACK" plan -o plan.json >/dev/null 2>&1
  "$ABACK" apply plan.json --yes >apply.out 2>&1 || {
    cat apply.out
    return 1
  }
}

# shared: a store with a remote, remote.git, and a plan to protect all clusters.
shared() {
  git init -q --bare -b main remote.git
  start_sim --settle-ms 0
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  sed -i "s#\./store.git}#./store.git, remote: $PWD/remote.git}#" aback.yaml
  "$ABACK" init >init.out 2>&1
  "$ABACK" plan -o plan.json >plan.out 2>&1
}

# commands: the names that `aback help` lists.
commands() {
  "$ABACK" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

# as_its_schema_has_it REVIEW: judged by who knows only the schema.
as_its_schema_has_it() {
  /usr/bin/python3 -c 'import jsonschema, yaml' 2>/dev/null || return 0
  aback schema --review >review.schema.json
  /usr/bin/python3 "$root/tests/cli/schema_check.py" review.schema.json "$1" |
    tee judged.txt
  grep -qx "valid $1" judged.txt
}
