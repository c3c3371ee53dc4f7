#!/usr/bin/env bats
# What others do to a store that is shared, on this machine and elsewhere.
load helpers

# A store with a remote beside it, and a plan.
shared() {
  git init -q --bare -b main "$@" remote.git
  start_sim --settle-ms 0
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  sed -i "s#\./store.git}#./store.git, remote: $PWD/remote.git}#" aback.yaml
}

# The remote's lock file is made by whoever pushes first.
@test "shared: whoever may write to a remote may push, whoever made its lock file" {
  shared --shared=group
  (umask 077 && aback init)
  [ "$(stat -c %a remote.git/aback.lock)" = 664 ]
  # one that an older version made: another user may read it, no more
  [ "$(id -u)" -eq 0 ] || skip 'only root can be somebody else'
  chmod a+x ../.. .. . # on the way to it
  chmod 644 remote.git/aback.lock
  chgrp -R games remote.git
  mkdir other
  cp aback.yaml other
  chown games other other/*
  cp "$GIT_CONFIG_GLOBAL" other/git
  git config --file other/git safe.directory '*'
  cd other
  as() {
    HOME=$PWD GIT_CONFIG_GLOBAL=$PWD/git \
      setpriv --reuid games --regid games --clear-groups "$ABACK" "$@"
  }
  runs 0 as plan -o plan.json
  runs 0 as apply plan.json --yes
  cd ..
  runs 0 "$ABACK" state sync
}

# gc_in_signer: git's signer begins a gc, in mid-commit, and keeps its answer.
gc_in_signer() {
  cat >sign.sh <<END
#!/bin/sh
git -C $PWD/store.git gc -q --prune=now >>$PWD/gc.txt 2>&1
exec ssh-keygen "\$@"
END
  chmod +x sign.sh
  ssh-keygen -q -t ed25519 -N '' -f key
  git config --file "$GIT_CONFIG_GLOBAL" commit.gpgSign true
  git config --file "$GIT_CONFIG_GLOBAL" gpg.format ssh
  git config --file "$GIT_CONFIG_GLOBAL" gpg.ssh.program "$PWD/sign.sh"
  git config --file "$GIT_CONFIG_GLOBAL" user.signingKey "$PWD/key"
}

@test "shared: git gc --prune=now in the middle of a commit takes nothing away" {
  start --settle-ms 0
  gc_in_signer
  applied
  grep -q 'already running' gc.txt
  [ ! -e store.git/gc.pid ]
  runs 0 git -C store.git fsck --full --strict
  runs 0 "$ABACK" state fsck
  # and between them it is as welcome as before
  runs 0 git -C store.git gc -q --prune=now
  runs 0 "$ABACK" backout --last --apply --yes
  runs 0 "$ABACK" state fsck
}

@test "shared: a git gc that runs is waited for, one that was killed is not" {
  start --settle-ms 0
  sleep 30 3>&- &
  gc=$!
  echo "$gc $(uname -n)" >store.git/gc.pid
  "$ABACK" plan -o plan.json >out 2>&1
  "$ABACK" apply plan.json --yes >out.txt 2>&1 3>&- &
  run_pid=$!
  # it is at the door, and nothing is recorded nor sent
  wait_for 10 test -e store.git/aback/write.lock
  [ -z "$(git -C store.git ls-tree main:changes 2>/dev/null)" ]
  [ "$(mutation_count)" -eq 0 ]
  kill "$gc"
  wait "$gc" || true
  wait "$run_pid"
  runs 0 "$ABACK" state fsck
  # of a container that is gone: its host cannot be asked, but it was ours
  echo "1 $RANDOM.example.com aback" >store.git/gc.pid
  : >store.git/gc.pid.lock
  runs 0 timeout 20 "$ABACK" backout --last --apply --yes
  [ ! -e store.git/gc.pid.lock ]
}

@test "shared: a page in the place of the git server is no empty store" {
  unset GIT_SSL_CAINFO GIT_SSL_CAPATH
  openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
    -days 2 -subj '/CN=test' -addext subjectAltName=IP:127.0.0.1 2>/dev/null
  python3 "$BATS_TEST_DIRNAME/hook_server.py" hook_port hooks.log \
    --tls cert.pem key.pem 3>&- &
  run_pid=$!
  wait_for 10 test -s hook_port
  git config --file "$GIT_CONFIG_GLOBAL" http.sslCAInfo "$PWD/cert.pem"
  start_sim --settle-ms 0
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  page=https://127.0.0.1:$(cat hook_port)/ok/state.git
  sed "s#\./store.git}#./store.git, remote: \"$page\"}#" aback.yaml >page.yaml
  # nobody's first store goes there
  fails 3 "$ABACK" init -f page.yaml
  said 'no git server' 'log in'
  [ ! -e store.git ]
  runs 0 "$ABACK" init
  # an older copy is read, and nothing is done on its word
  runs 0 "$ABACK" plan -f page.yaml -o plan.json
  said 'no git server' 'may be older'
  fails 3 "$ABACK" apply -f page.yaml plan.json --yes
  said 'no git server'
  runs 0 "$ABACK" state lock -f page.yaml
  said 'locks on the remote are not listed'
  [ "$(mutation_count)" -eq 0 ]
}

@test "shared: another user's store is opened where git trusts it" {
  [ "$(id -u)" -eq 0 ] || skip 'only root can give files away'
  start --settle-ms 0
  chown -R games store.git
  fails 1 "$ABACK" plan
  said 'belongs to another user' "safe.directory '$PWD/store.git'"
  for trusted in "$PWD/store.git" '*'; do
    git config --file "$GIT_CONFIG_GLOBAL" safe.directory "$trusted"
    runs 0 "$ABACK" plan -o plan.json
  done
  runs 0 "$ABACK" apply plan.json --yes
  git config --file "$GIT_CONFIG_GLOBAL" --unset safe.directory
  fails 1 "$ABACK" plan
}

@test "shared: a clone in part says so where it lacks something" {
  shared
  runs 0 "$ABACK" init
  applied
  rm -rf store.git
  git clone -q --bare --depth 1 "file://$PWD/remote.git" store.git
  runs 2 "$ABACK" state fsck
  said 'clone in part' "git clone --bare URL './store.git'"
  rm -rf store.git
  git clone -q --bare "$PWD/remote.git" store.git
  runs 0 "$ABACK" state fsck
}

# hang: the next call to AWS is on its way until the remote was played with
hang() {
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "hang", "ms": 1500}'
  : >sim.log
  "$ABACK" "$@" >out.txt 2>err.txt 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"ModifyDBCluster"' sim.log
}

@test "shared: a lock that is taken away or replaced in mid-apply is told" {
  shared
  runs 0 "$ABACK" init
  "$ABACK" plan -o plan.json >out.txt 2>&1
  lock=refs/aback/locks/$account/$region
  hang apply plan.json --yes
  git -C store.git update-ref -d "$lock"
  wait "$run_pid"
  has "$(cat err.txt)" 'somebody took it away meanwhile'
  runs 0 "$ABACK" state lock
  said 'nothing is locked'
  # another one's in its place stays, and ours goes
  hang backout --last --apply --yes
  theirs=$(printf 'Lock\n\nAback-Holder: eve\nAback-Host: elsewhere\nAback-Process: 5\nAback-Since: 2026-01-01T00:00:00Z\n' |
    git -C remote.git commit-tree "$(git -C remote.git mktree </dev/null)")
  git -C remote.git update-ref "$lock" "$theirs"
  rc=0
  wait "$run_pid" || rc=$?
  [ $rc -eq 4 ]
  has "$(cat err.txt)" 'was taken by somebody'
  [ "$(git -C remote.git rev-parse "$lock")" = "$theirs" ]
  # what happened is accounted for once they are done
  fails 3 "$ABACK" resume
  said "'eve' on host 'elsewhere'"
  git -C remote.git update-ref -d "$lock"
  runs 0 "$ABACK" resume
  runs 0 "$ABACK" state fsck
  said 'nothing is wrong'
}

@test "shared: of two who pin a gate at once, one does, and the other is told" {
  shared
  git init -q -b main code
  git -C code remote add origin https://example.com/acme/code.git
  for who in 1 2; do
    mkdir -p code/$who
    sed "s#\./store.git#$PWD/store-$who.git#" aback.yaml >code/$who/aback.yaml
  done
  (cd code/1 && "$ABACK" init >out 2>&1)
  (cd code/2 && "$ABACK" init >out 2>&1)
  cd code/1
  ABACK_GATE_BRANCH=one "$ABACK" init --gate >out 2>err 3>&- &
  run_pid=$!
  cd ../2
  rc=0
  ABACK_GATE_BRANCH=two "$ABACK" init --gate >out 2>err || rc=$?
  first=0
  wait "$run_pid" || first=$?
  cd ../..
  cat code/?/err
  [ $((first + rc)) -eq 3 ]
  won=$([ $rc -eq 0 ] && echo two || echo one)
  git -C remote.git show main:config.json | jq -e --arg won "$won" \
    '.gate.branch == $won'
  [ "$(git -C remote.git rev-list --count main -- config.json)" -eq 2 ]
}

@test "shared: what was done was done, although its lock could not be given back" {
  shared
  runs 0 "$ABACK" init
  applied
  runs 0 "$ABACK" backout --last --apply --yes
  cat >remote.git/hooks/pre-receive <<'END'
#!/bin/sh
while read -r old new ref; do
  case $new in 0000*) echo 'nothing is deleted here' >&2; exit 1 ;; esac
done
END
  chmod +x remote.git/hooks/pre-receive
  runs 0 "$ABACK" release cluster/orders:deletion_protection
  said 'released prod cluster/orders' 'could not be released' 'aback state sync'
  runs 0 "$ABACK" plan
  said 'deletion_protection  false → true'
  rm remote.git/hooks/pre-receive
  runs 0 "$ABACK" state sync
  said 'released 1 lock'
}

@test "shared: a remote with a work tree is none, and is told how to be made" {
  shared
  git init -q -b main tree
  sed -i "s#$PWD/remote.git#$PWD/tree#" aback.yaml
  fails 3 "$ABACK" init
  said 'branch is currently checked out' 'git init --bare'
}
