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
