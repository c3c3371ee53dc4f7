#!/usr/bin/env bats
# The state repository from outside: what it refuses, and a shared remote.
load helpers

# A desired file whose state is $1, with an optional remote.
state_is() {
  start_sim
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  sed -i "s#\./store.git}#$1}#" aback.yaml
}

# with_remote: an empty remote, a store that was made with it, and a plan.
with_remote() {
  git init -q --bare -b main remote.git
  state_is "./store.git, remote: $PWD/remote.git"
  "$ABACK" init >init.out 2>&1
  "$ABACK" plan -o plan.json >plan.out 2>&1
}

# refused EXIT-CODE PART...: apply fails so, says so, and sent nothing.
refused() {
  local want=$1
  shift
  fails "$want" "$ABACK" apply plan.json --yes
  said "$@" hint:
  [ "$(mutation_count)" -eq 0 ]
}

# A plan, made with a good store that is then replaced by what $1 makes.
replaced_by() {
  start
  "$ABACK" plan -o plan.json >plan.out 2>&1
  mv store.git good.git
  eval "$1"
}

@test "state: no repository is said, with what makes one" {
  replaced_by true
  refused 1 'there is no state repository' 'aback init'
}

@test "state: a file, a directory, a work tree are no store" {
  replaced_by 'echo hello >store.git'
  refused 1 'is a file'
  rm store.git
  mkdir store.git
  refused 1 'empty directory'
  echo hello >store.git/notes
  refused 1 'not an aback state repository'
  rm -r store.git
  git init -q store.git
  refused 1 'work tree'
}

@test "state: somebody's own repository is left as it is" {
  replaced_by 'git init -q -b main work && git -C work commit -q \
    --allow-empty -m mine && git clone -q --bare work store.git'
  refused 1 'not one of aback' 'no file FORMAT'
  fails 1 "$ABACK" init
  [ "$(git -C store.git log --format=%s main)" = mine ]
}

@test "state: a newer format asks for a newer aback" {
  replaced_by 'git clone -q good.git work && echo "aback-state 2" \
    >work/FORMAT && git -C work commit -qam x && git clone -q --bare work \
    store.git'
  refused 1 'aback-state 2' 'install a newer aback'
}

@test "state: damage is said, not read as empty" {
  replaced_by 'cp -r good.git store.git'
  : >store.git/refs/heads/main
  refused 1 'fsck'
  rm -r store.git
  cp -r good.git store.git
  find store.git/objects -type f -exec chmod u+w {} + -exec truncate -s 20 {} +
  refused 1 'fsck'
  rm -r store.git
  cp -r good.git store.git
  find store.git/objects -type f -delete
  refused 1 'fsck'
}

@test "state: a remote that is none is said" {
  git init -q --bare -b main remote.git
  state_is "./store.git, remote: $PWD/none.git"
  fails 3 "$ABACK" init
  said "none.git" 'git ls-remote'
  [ ! -e store.git ]
  sed -i 's#remote: .*none.git#remote: "ext::sh -c id"#' aback.yaml
  fails 3 "$ABACK" init
  said 'state.remote is not'
}

@test "state: another host clones the store and sees all that was done" {
  with_remote
  runs 0 "$ABACK" apply plan.json --yes
  id=$(change_id)
  [ "$(git -C remote.git rev-parse main)" = \
    "$(git -C store.git rev-parse main)" ]
  mv store.git lost.git
  runs 0 "$ABACK" history
  has "$output" "$id"
  # the same plan again, known from the clone alone
  before=$(mutation_count)
  fails 3 "$ABACK" apply plan.json --yes
  said "$id"
  [ "$(mutation_count)" -eq "$before" ]
  # and it can be undone from there
  runs 0 "$ABACK" backout "$id" --apply --yes --allow exposure
  [ "$(live_value clusters orders DeletionProtection)" = false ]
  runs 0 git -C remote.git fsck --strict
}

@test "state: no lock is left when all went well" {
  with_remote
  runs 0 "$ABACK" apply plan.json --yes
  for repository in store.git remote.git; do
    [ -z "$(git -C $repository for-each-ref refs/aback/locks)" ]
  done
}

@test "state: two hosts at once, one of them works and the other is told" {
  with_remote
  git clone -q --bare remote.git other.git
  sed 's#store.git#other.git#' aback.yaml >other.yaml
  runs 0 "$ABACK" plan -f other.yaml -o other.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "hang", "ms": 60000}'
  "$ABACK" apply plan.json --yes >out 2>&1 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"ModifyDBCluster"' sim.log
  fails 3 "$ABACK" apply -f other.yaml other.json --yes
  said "is locked by" "process $run_pid" 'for change'
}

@test "state: killed in mid-apply, the next apply says what comes first" {
  with_remote
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "hang", "ms": 60000}'
  in_background "$ABACK" apply plan.json --yes
  killed_once grep -q '"ModifyDBCluster"' sim.log
  id=$(change_id)
  runs 0 "$ABACK" plan -o again.json
  fails 3 "$ABACK" apply again.json --yes
  said "aback resume $id"
  run "$ABACK" resume "$id"
  stored "changes/$id/result.json" | jq -e .state
  for repository in store.git remote.git; do
    [ -z "$(git -C $repository for-each-ref refs/aback/locks)" ]
  done
}

@test "state: three in the morning, on a machine with a bare clone and nothing else" {
  with_remote
  runs 0 "$ABACK" apply plan.json --yes
  id=$(change_id)
  mkdir elsewhere
  cd elsewhere
  fails 1 "$ABACK" history
  said '--state PATH'
  git clone -q ../remote.git tree
  fails 1 "$ABACK" history --state tree
  said 'git clone --bare' 'remote.git'
  git clone -q --bare ../remote.git state.git
  runs 0 "$ABACK" history --state state.git
  has "$output" "$id"
  runs 0 "$ABACK" backout --last --state state.git --apply --yes \
    --allow exposure --reason 'not tonight'
  [ "$(live_value clusters orders DeletionProtection)" = false ]
  # what was done is where everybody else looks for it
  [ "$(git -C ../remote.git rev-parse main)" = \
    "$(git -C state.git rev-parse main)" ]
  [ -z "$(git -C ../remote.git for-each-ref refs/aback/locks)" ]
  cd ..
  runs 0 "$ABACK" plan --format json
  jq -e '.held | length > 0' <<<"$output"
}

@test "state: the newest change is the newest of all, whoever made it" {
  with_remote
  git clone -q --bare remote.git other.git
  runs 0 "$ABACK" apply plan.json --yes
  id=$(change_id)
  runs 0 "$ABACK" history --state other.git
  has "$output" "$id"
  runs 0 "$ABACK" backout --last --state other.git
  has "$output" "$id"
  # without the remote the copy is read, and that is said
  mv remote.git gone.git
  runs 0 "$ABACK" history --state other.git
  said "$id" 'reading the local copy'
}
