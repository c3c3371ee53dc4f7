#!/usr/bin/env bats
# Commits are signed where git's own configuration says so, by the program that
# git would run, and aback state fsck --signers tells who signed what.
load helpers

config() { git config --file "$GIT_CONFIG_GLOBAL" "$@"; }

# An ssh key and the file of allowed signers that has it.
ssh_key() {
  ssh-keygen -q -t ed25519 -N '' -C test -f key
  echo "test@example.com $(cat key.pub)" >signers
  config commit.gpgSign true
  config gpg.format ssh
  config user.signingKey "$PWD/key"
}

openpgp_key() {
  command -v gpg >/dev/null || {
    echo 'gpg is missing: make deps'
    return 1
  }
  # a socket's path must be short
  GNUPGHOME=$(mktemp -d)
  export GNUPGHOME
  gpg --batch --quiet --passphrase '' --quick-gen-key \
    'Test Person <test@example.com>' ed25519 sign 2>gpg.log
  gpg --armor --export >signers 2>/dev/null
  config commit.gpgSign yes
}

end_gpg() {
  gpgconf --kill all 2>/dev/null || true
  rm -rf "$GNUPGHOME"
}

commits() { git -C store.git rev-list --count main; }

@test "signed: by an ssh key, each commit, and git agrees" {
  ssh_key
  start
  applied
  [ "$(commits)" -eq 3 ]
  for commit in $(git -C store.git rev-list main); do
    runs 0 git -C store.git -c gpg.ssh.allowedSignersFile="$PWD/signers" \
      verify-commit "$commit"
  done
  runs 0 "$ABACK" state fsck --signers signers
  said '3 well signed' 'nothing is wrong'
  runs 0 "$ABACK" state fsck --signers signers --format json
  jq -e '.signed == 3 and .damage == []' <<<"$output"
  runs 0 git -C store.git fsck --strict
  [ -z "$(ls "${TMPDIR:-/tmp}"/aback-sign-* 2>/dev/null)" ]
}

@test "signed: a backout, a hold's release and many files at once" {
  ssh_key
  start_sim --clusters 70 --instances 1 --seed 1 --settle-ms 0 --no-throttle
  write_desired '  - match: {kind: cluster}
    set: {copy_tags_to_snapshot: true, deletion_protection: true}'
  runs 0 "$ABACK" init
  runs 0 "$ABACK" plan -o plan.json
  run "$ABACK" apply plan.json --yes
  runs 0 "$ABACK" state fsck --signers signers
}

@test "signed: an OpenPGP key" {
  openpgp_key
  start
  applied
  runs 0 git -C store.git verify-commit main
  runs 0 "$ABACK" state fsck --signers signers
  said '3 well signed'
  # another key, which this machine's keyring trusts all the same
  gpg --batch --quiet --passphrase '' --quick-gen-key \
    'Other <other@example.com>' ed25519 sign 2>/dev/null
  gpg --armor --export other@example.com >others 2>/dev/null
  runs 2 "$ABACK" state fsck --signers others
  said 'signature is not good'
  runs 2 "$ABACK" state fsck --signers /dev/null
  end_gpg
}

@test "signed: programs, keys and formats of git's configuration are those that run" {
  ssh_key
  cat >signer <<'END'
#!/bin/sh
echo "$@" >>signer.log
exec ssh-keygen "$@"
END
  chmod +x signer
  config gpg.ssh.program "$PWD/signer"
  start
  grep -q -- "-Y sign -n git -f $PWD/key" signer.log
  # a literal key, of an agent
  eval "$(ssh-agent)" >/dev/null
  ssh-add -q key
  mv key elsewhere
  config user.signingKey "$(cat key.pub)"
  applied
  grep -q -- '-U' signer.log
  # and one that a command names
  config --unset user.signingKey
  config gpg.ssh.defaultKeyCommand "sed s/^/key::/ $PWD/key.pub"
  runs 0 "$ABACK" backout --last --apply --yes --allow exposure
  kill "$SSH_AGENT_PID"
  runs 0 "$ABACK" state fsck --signers signers
}

@test "signed: what cannot be signed is refused before anything is sent" {
  start
  runs 0 "$ABACK" plan -o plan.json
  ssh_key
  rm key
  before=$(git -C store.git rev-parse main)
  fails 3 "$ABACK" apply plan.json --yes
  said 'could not be signed' 'ssh-keygen' 'commit.gpgSign'
  [ "$(mutation_count)" -eq 0 ]
  [ "$(git -C store.git rev-parse main)" = "$before" ]
  [ -z "$(git -C store.git for-each-ref refs/aback/locks)" ]
  config user.signingKey ''
  fails 3 "$ABACK" apply plan.json --yes
  said 'no key is named' 'user.signingKey'
  config gpg.ssh.program /nowhere/signer
  config user.signingKey "$PWD/key"
  fails 3 "$ABACK" apply plan.json --yes
  said /nowhere/signer
  config gpg.format x509
  fails 3 "$ABACK" apply plan.json --yes
  said x509
  config commit.gpgSign perhaps
  fails 3 "$ABACK" apply plan.json --yes
  said perhaps
  config commit.gpgSign false
  runs 0 "$ABACK" apply plan.json --yes
}

@test "signed: a program that says it signed, and did not" {
  start
  runs 0 "$ABACK" plan -o plan.json
  config commit.gpgSign true
  config gpg.program "$(command -v true)"
  fails 3 "$ABACK" apply plan.json --yes
  said 'made no signature'
  config gpg.format ssh
  config user.signingKey key
  config gpg.ssh.program "$(command -v true)"
  fails 3 "$ABACK" apply plan.json --yes
  said 'made no signature'
  [ "$(mutation_count)" -eq 0 ]
}

@test "signed: a key that goes away later does not keep the outcome from being recorded" {
  ssh_key
  start
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "hang", "ms": 1500}'
  "$ABACK" apply plan.json --yes >out.txt 2>err.txt 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"ModifyDBCluster"' sim.log
  mv key elsewhere
  wait "$run_pid"
  output=$(cat err.txt)
  said 'recorded without a signature'
  id=$(change_id)
  result_of "$id" | jq -e '.state == "done"'
  git -C store.git log -1 --format=%B main | grep -q '^Aback-Unsigned: '
  runs 0 "$ABACK" state fsck
  # it is told apart from one that is not signed, and is no better proof
  commit=$(git -C store.git rev-parse main)
  runs 2 "$ABACK" state fsck --signers signers
  said 'recorded while signing was not possible, which nothing proves' \
    'none, for: the commit could not be signed' "$commit" \
    '2 well signed, 1 unsigned' "--accept $commit"
  runs 2 "$ABACK" state fsck --signers signers --format json
  jq -e '.signed == 2 and .unsigned == 1 and .accepted == 0 and
    ([.damage[].check] == ["unsigned"])' <<<"$output"
  # who knows it says so, by its whole id
  runs 0 "$ABACK" state fsck --signers signers --accept "$commit"
  said '2 well signed, 1 accepted' 'nothing is wrong'
  fails 1 "$ABACK" state fsck --signers signers --accept "${commit:0:12}"
  said 'not the whole id' '40 digits'
  fails 1 "$ABACK" state fsck --accept "$commit"
  said 'without --signers'
  fails 1 "$ABACK" state lock --accept "$commit"
  # the same words from somebody else are another commit
  config commit.gpgSign false
  git clone -q store.git work
  (cd work && date >anything && git add -A &&
    git commit -q -m "$(git log -1 --format=%B)")
  git -C work push -q origin HEAD:main
  runs 2 "$ABACK" state fsck --signers signers --accept "$commit"
  said 'which nothing proves' "$(git -C store.git rev-parse main)"
}

@test "signed: somebody else's signature, a foreign one, and none" {
  ssh_key
  start
  applied
  ssh-keygen -q -t ed25519 -N '' -f other
  echo "other@example.com $(cat other.pub)" >others
  runs 2 "$ABACK" state fsck --signers others
  said 'signature is not good' 'expected: a good signature by a key of' '3 problems'
  # what is trusted by git's own configuration does not count
  config gpg.ssh.allowedSignersFile "$PWD/signers"
  runs 2 "$ABACK" state fsck --signers others
  fails 1 "$ABACK" state fsck --signers none
  said 'none'
  fails 1 "$ABACK" state lock --signers signers
  said "takes no '--signers'"
  # a signature of another commit
  signature=$(git -C store.git cat-file commit main | sed -n '/^gpgsig/,/END SSH/p')
  git -C store.git cat-file commit main~1 | sed '/^gpgsig/,/END SSH/d' >text
  awk -v s="$signature" '/^$/ && !d { print s; d = 1 } { print }' text >forged
  forged=$(git -C store.git hash-object -t commit -w "$PWD/forged")
  git -C store.git update-ref refs/heads/main "$forged"
  rm store.git/aback/seen
  runs 2 "$ABACK" state fsck --signers signers
  said "$forged" 'signature is not good'
}

@test "signed: by a key whose time is over, or that is for something else" {
  ssh_key
  start --settle-ms 0
  print=$(ssh-keygen -lf key.pub | cut -d' ' -f2)
  of() { echo "test@example.com $1 $(cat key.pub)" >others; }
  of 'valid-before="20200101"'
  runs 2 "$ABACK" state fsck --signers others
  said 'signature is not good' "key $print; " 'others:1: key has expired'
  not has "$output" '\x0d'
  of 'namespaces="file"'
  runs 2 "$ABACK" state fsck --signers others
  said 'not permitted for use in signature namespace "git"'
  of 'namespaces="git",valid-after="20200101",valid-before="20990101"'
  runs 0 "$ABACK" state fsck --signers others
  said '1 well signed'
  # one that was good, and is revoked
  ssh-keygen -q -kf revoked key.pub
  config gpg.ssh.revocationFile "$PWD/revoked"
  runs 2 "$ABACK" state fsck --signers others
}

@test "signed: what was written again on top of others' is signed again" {
  ssh_key
  git init -q --bare -b main remote.git
  start_sim --settle-ms 0
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  sed -i "s#\./store.git}#./store.git, remote: $PWD/remote.git}#" aback.yaml
  runs 0 "$ABACK" init
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "hang", "ms": 1500}'
  "$ABACK" apply plan.json --yes >out.txt 2>err.txt 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"ModifyDBCluster"' sim.log
  mv remote.git gone.git
  wait "$run_pid"
  mv gone.git remote.git
  git clone -q remote.git work
  git -C work commit -q --allow-empty -m theirs
  git -C work push -q origin HEAD:main
  runs 0 "$ABACK" state sync
  said 'on top of theirs'
  runs 0 "$ABACK" state fsck --signers signers
}

@test "git's configuration: GIT_CONFIG_GLOBAL, includes and variables count" {
  printf '[include]\n\tpath = included\n' >>"$GIT_CONFIG_GLOBAL"
  printf '[user]\n\tname = Included Person\n' >included
  start
  [ "$(git -C store.git log -1 --format=%an main)" = 'Included Person' ]
  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=Counted
  applied
  [ "$(git -C store.git log -1 --format='%an <%ae>' main)" = \
    'Counted <test@example.com>' ]
}

@test "git's configuration: one that git cannot read is said, and nothing is sent" {
  start
  runs 0 "$ABACK" plan -o plan.json
  echo '[user' >>"$GIT_CONFIG_GLOBAL"
  fails 1 "$ABACK" apply plan.json --yes
  said 'git cannot read its configuration' 'bad config'
  [ "$(mutation_count)" -eq 0 ]
}

@test "git's configuration: without git, a store without a remote works all the same" {
  start
  runs 0 "$ABACK" plan -o plan.json
  mkdir bin
  PATH=$PWD/bin runs 0 "$ABACK" apply plan.json --yes
  [ "$(git -C store.git rev-list --count main)" -eq 3 ]
}
