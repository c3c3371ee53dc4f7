#!/usr/bin/env bats
# A shared store over file://, ssh:// and https://: a real sshd, and git's own
# http-backend behind TLS. What goes wrong on the way says what to do.
load helpers
load transport

teardown() {
  stop_servers
  [ -z "${sim_pid:-}" ] || kill "$sim_pid" 2>/dev/null || true
  [ -z "${run_pid:-}" ] || kill -KILL "$run_pid" 2>/dev/null || true
}

# From an empty remote to a backout by somebody who has nothing but its URL.
whole_life() {
  share "$url"
  runs 0 "$ABACK" init
  runs 0 "$ABACK" plan -o plan.json
  runs 0 "$ABACK" apply plan.json --yes
  id=$(change_id)
  git -C remote.git cat-file -e "main:changes/$id/result.json"
  [ -z "$(git -C remote.git for-each-ref refs/aback/locks)" ]
  rm -rf store.git
  runs 0 "$ABACK" history
  said "$id"
  runs 0 "$ABACK" backout --last --apply --yes --allow exposure
  [ "$(live_value clusters orders DeletionProtection)" = false ]
  [ "$(git -C remote.git rev-parse main)" = "$(git -C store.git rev-parse main)" ]
  runs 0 "$ABACK" state sync
  said 'nothing to do'
  runs 0 "$ABACK" state fsck
  runs 0 git -C remote.git fsck --strict
}

# The prior state is on the remote while the first call is on its way, a
# colleague's push in between is kept, and nobody is forced.
shared_life() {
  share "$url"
  runs 0 "$ABACK" init
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "hang", "ms": 1500}'
  "$ABACK" apply plan.json --yes >out.txt 2>err.txt 3>&- &
  run_pid=$!
  wait_for 30 grep -q '"ModifyDBCluster"' sim.log
  id=$(git -C remote.git ls-tree --name-only main:changes)
  git -C remote.git show "main:changes/$id/prior.json" |
    jq -e '.values | length == 2'
  git -C remote.git rev-parse "refs/aback/locks/$account/$region"
  git clone -q remote.git work
  git -C work commit -q --allow-empty -m theirs
  git -C work push -q origin HEAD:main
  wait "$run_pid"
  git -C remote.git log --format=%s main >subjects
  [ "$(sed -n 2p subjects)" = theirs ]
  git -C remote.git cat-file -e "main:changes/$id/result.json"
  # and then somebody rewrites it
  git -C remote.git update-ref refs/heads/main main~1
  fails 3 "$ABACK" state sync
  said 'no longer has what it had before'
}

@test "transports: file://, from init to a backout elsewhere" {
  serve file
  whole_life
}

@test "transports: ssh:// with an ed25519 key, from init to a backout elsewhere" {
  serve ssh
  whole_life
}

@test "transports: https:// with a token, from init to a backout elsewhere" {
  serve https
  whole_life
  not grep -q None$ <(grep POST https.log)
  grep -q 'x-access-token' https.log
}

@test "transports: file://, prior state first, others' pushes kept, no rewriting" {
  serve file
  shared_life
}

@test "transports: ssh://, prior state first, others' pushes kept, no rewriting" {
  serve ssh
  shared_life
}

@test "transports: https://, prior state first, others' pushes kept, no rewriting" {
  serve https
  shared_life
}

@test "transports: ssh with an RSA key, as long as the server takes it" {
  ssh-keygen -q -t rsa -b 2048 -N '' -f user
  serve ssh
  share "$url"
  runs 0 "$ABACK" init
  stop_servers
  start_sshd 'PubkeyAcceptedAlgorithms ssh-ed25519'
  sed -i "s#$url#$ssh_url#" aback.yaml
  fails 3 "$ABACK" state sync
  said 'Permission denied (publickey' 'ed25519' 'ssh-add'
}

@test "transports: ssh to a host that is not known, or down" {
  serve ssh
  share "$url"
  mv known known.good
  : >known
  fails 3 "$ABACK" init
  said 'Host key verification failed' 'ssh-keyscan'
  mv known.good known
  rm authorized
  fails 3 "$ABACK" init
  said 'Permission denied' 'ssh-add'
  stop_servers
  fails 3 "$ABACK" init
  said 'Connection refused' 'git ls-remote'
  [ ! -e store.git ]
}

@test "transports: https without a token, with a wrong one, without trust" {
  git init -q --bare -b main remote.git
  start_https secret-token-1
  share "$https_url"
  fails 3 "$ABACK" init
  said 'ABACK_GIT_TOKEN' 'credential helpers'
  ABACK_GIT_TOKEN=wrong-token-2 fails 3 "$ABACK" init
  said 'the token in ABACK_GIT_TOKEN is not accepted'
  not grep -q wrong-token-2 out.txt err.txt
  # it is not asked over and over
  [ "$(wc -l <https.log)" -lt 20 ]
  git config --file "$GIT_CONFIG_GLOBAL" --unset http.sslCAInfo
  ABACK_GIT_TOKEN=secret-token-1 fails 3 "$ABACK" init
  said certificate 'http.sslCAInfo'
}

@test "transports: https with git's credential helper" {
  git init -q --bare -b main remote.git
  start_https secret-token-1
  share "$https_url"
  git config --file "$GIT_CONFIG_GLOBAL" credential.helper \
    "!f() { echo username=me; echo password=secret-token-1; }; f"
  runs 0 "$ABACK" init
  grep -q ' me$' https.log
  # a token wins, and its failure is not put right by another helper
  ABACK_GIT_TOKEN=wrong fails 3 "$ABACK" state sync
  said 'ABACK_GIT_TOKEN is not accepted'
  # a user of the URL stays
  sed -i 's#https://#https://ci@#' aback.yaml
  ABACK_GIT_TOKEN=secret-token-1 runs 0 "$ABACK" state sync
  grep -q ' ci$' https.log
}

@test "transports: no token and no password in an argument, a file, a message or a trace" {
  git init -q --bare -b main remote.git
  start_https 'sec:ret@1'
  mkdir bin
  for tool in git git-remote-https; do
    real=$(PATH=$PATH:$(git --exec-path) command -v $tool)
    printf '#!/bin/sh\nprintf "%%s\\n" "$0 $*" >>%s\nexec %s "$@"\n' \
      "$PWD/argv" "$real" >bin/$tool
    chmod +x bin/$tool
  done
  share "$https_url"
  ABACK_GIT_TOKEN='sec:ret@1' runs 0 "$ABACK" init
  # a store that is known by its path has its clone's URL, password and all
  git clone -q --bare store.git clone.git
  git -C clone.git config remote.origin.url \
    "${https_url/https:\/\//https://me:sec%3Aret%401@}"
  PATH=$PWD/bin:$PATH GIT_TRACE=$PWD/trace GIT_TRACE_CURL=$PWD/trace.curl \
    GIT_TRACE_REDACT=0 runs 0 "$ABACK" state sync --state clone.git -v
  said=$output
  export ABACK_GIT_TOKEN='sec:ret@1'
  sed -i 's#https://#https://ci@#' aback.yaml
  PATH=$PWD/bin:$PATH GIT_TRACE=$PWD/trace2 GIT_TRACE_CURL=$PWD/trace.curl2 \
    runs 0 "$ABACK" state sync -v
  [ -s argv ] && [ -s trace ] && [ -s trace.curl ]
  grep -q ' me$' https.log
  secrets=('sec:ret@1' 'sec%3Aret%401' "$(printf 'me:sec:ret@1' | base64)")
  for secret in "${secrets[@]}"; do
    not grep -rqF -- "$secret" argv trace trace.curl trace2 trace.curl2 store.git
    not grep -qF -- "$secret" <<<"$said$output"
  done
  # and it still works for who knows the store by its path alone
  runs 0 "$ABACK" history --state store.git
  not grep -q warning <<<"$output"
}

@test "transports: a remote that is down before the first call, over ssh and https" {
  for transport in ssh https; do
    rm -rf store.git remote.git
    serve $transport
    share "$url"
    runs 0 "$ABACK" init
    runs 0 "$ABACK" plan -o plan.json
    stop_servers
    fails 3 "$ABACK" apply plan.json --yes
    said 'cannot' "$url"
    [ "$(mutation_count)" -eq 0 ]
    kill "$sim_pid"
  done
}
