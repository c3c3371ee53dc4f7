#!/usr/bin/env bats
# aback state sync: what a remote that went down has left to do.
load helpers

# An apply during whose first call the remote goes away.
apply_while_remote_goes() {
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "hang", "ms": 1500}'
  "$ABACK" apply plan.json --yes "$@" >out.txt 2>err.txt 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"ModifyDBCluster"' sim.log
  mv remote.git gone.git
  rc=0
  wait "$run_pid" || rc=$?
}

# commit_for NAME: what a colleague pushes meanwhile
colleague() {
  git clone -q remote.git work
  git -C work commit -q --allow-empty -m "$1"
  git -C work push -q origin HEAD:main
}

@test "state sync: a remote that goes down later lets the apply finish, and says so" {
  shared
  apply_while_remote_goes
  [ "$rc" -eq 0 ]
  output=$(cat out.txt err.txt)
  said 'could not be pushed' 'aback state sync'
  [ "$(live_value clusters orders DeletionProtection)" = true ]
  id=$(change_id)
  mv gone.git remote.git
  not git -C remote.git cat-file -e "main:changes/$id/result.json"
  runs 0 "$ABACK" state sync
  said 'pushed 1 commit' 'released 1 lock' 'both stand at'
  git -C remote.git cat-file -e "main:changes/$id/result.json"
  for repository in store.git remote.git; do
    [ -z "$(git -C $repository for-each-ref refs/aback/locks)" ]
  done
  runs 0 "$ABACK" state sync
  said 'nothing to do'
  runs 0 "$ABACK" state fsck
}

@test "state sync: the same for a program" {
  shared
  apply_while_remote_goes --format json
  [ "$rc" -eq 0 ]
  jq -e '.state == "done"' out.txt
  grep -q 'aback state sync' err.txt
  mv gone.git remote.git
  runs 0 "$ABACK" state sync --format json
  jq -e '.format == "aback-sync/1" and .pushed == 1 and .brought_in == 0 and
    .locks_released == 1 and (.rewritten | not)' <<<"$output"
}

@test "state sync: written again on top of what others pushed, never forced" {
  shared
  apply_while_remote_goes
  mv gone.git remote.git
  colleague theirs
  theirs=$(git -C remote.git rev-parse main)
  runs 0 "$ABACK" state sync
  said 'brought in 1 commit of others' 'on top of theirs'
  [ "$(git -C remote.git rev-parse main~1)" = "$theirs" ]
  [ "$(git -C remote.git rev-parse main)" = "$(git -C store.git rev-parse main)" ]
  runs 0 "$ABACK" state fsck
}

@test "state sync: both recorded values of one resource, and both are kept" {
  shared
  apply_while_remote_goes
  mv gone.git remote.git
  id=$(change_id)
  # a colleague takes the lock away and sets something else of the same cluster
  git clone -q --bare remote.git other.git
  git -C remote.git update-ref -d "refs/aback/locks/$account/$region"
  sed -e 's#store.git#other.git#' -e 's/deletion_protection: true/backup_retention_period: 21/' \
    aback.yaml >other.yaml
  # there our change is unfinished: they account for it first
  "$ABACK" resume -f other.yaml "$id" >out 2>&1 || true
  runs 0 "$ABACK" plan -f other.yaml -o other.json
  runs 0 "$ABACK" apply -f other.yaml other.json --yes --allow lossy
  run "$ABACK" state sync
  echo "$output"
  [ "$status" -eq 0 ]
  stored "$account/$region/cluster/orders.json" |
    jq -e '.values == {deletion_protection: true, backup_retention_period: 21}'
}

@test "state sync: a remote that was rewritten is refused, not followed" {
  shared
  runs 0 "$ABACK" apply plan.json --yes
  before=$(git -C store.git rev-parse main)
  git -C remote.git update-ref refs/heads/main main~1
  fails 3 "$ABACK" state sync
  said 'no longer has what it had before' 'rewrote'
  colleague other
  fails 3 "$ABACK" state sync
  [ "$(git -C store.git rev-parse main)" = "$before" ]
  # and no apply is built on it
  poke cluster/orders '{"DeletionProtection": false}'
  "$ABACK" plan -o next.json >out 2>&1
  sent=$(mutation_count)
  fails 3 "$ABACK" apply next.json --yes
  [ "$(mutation_count)" -eq "$sent" ]
  # put back, all is well
  git -C remote.git update-ref refs/heads/main "$(git -C store.git rev-parse main)" 2>/dev/null ||
    git -C store.git push -qf "$PWD/remote.git" main
  runs 0 "$ABACK" state sync
}

@test "state sync: no remote, and one that cannot be reached" {
  start
  fails 1 "$ABACK" state sync
  said 'has no remote' 'state.remote'
  sed -i "s#\./store.git}#./store.git, remote: $PWD/none.git}#" aback.yaml
  fails 3 "$ABACK" state sync
  said 'none.git' 'git ls-remote'
}
