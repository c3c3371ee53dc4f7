#!/usr/bin/env bats
# The gate against somebody who may open pull requests, or run aback where the
# settings of git and the environment are theirs.
load helpers
load gate_helpers

# signed NAME...: plan.json has their signatures, and all of it is on main.
signed() {
  local name
  for name in "$@"; do
    aback sign plan.json --key "../$name" --name "$name" --yes >/dev/null 2>&1
  done
  work=. merge carol 'Signature'
}

@test "hostile: one person with two keys is one signature" {
  gated 2
  sed -i 's|name: bob, key: keys/bob.pub, email: BOB@|name: bob, key: keys/bob.pub, email: Alice@|' aback.yaml
  fails 1 aback validate
  said '2 signatures cannot come from the trusted keys of 1 people'
  echo '    - {name: carol, key: keys/carol.pub, email: carol@example.com}' >>aback.yaml
  work=. merge alice 'Keys'
  aback plan -o plan.json >/dev/null 2>&1
  signed alice bob
  refused 'needs 2 signatures' 'has 1' 'bob has the email of somebody' \
    'carol has not signed it'
}

@test "hostile: a plan that is moved, or brought again, is still whose it was" {
  gated
  aback plan -o plan.json >/dev/null 2>&1
  work=. merge bob 'Plan'
  git mv plan.json moved.json
  aback sign moved.json --key ../bob --name bob --yes >/dev/null 2>&1
  work=. merge carol 'Tidy up'
  fails 3 aback apply moved.json --yes
  said 'bob signed it and committed it'
  mkdir ../aside
  mv moved.json* ../aside
  work=. merge carol 'Gone'
  mv ../aside/* .
  work=. merge carol 'Again'
  fails 3 aback apply moved.json --yes
  said 'bob signed it and committed it'
  [ "$(mutation_count)" -eq 0 ]
}

@test "hostile: a link with the plan's text, and what is no file" {
  gated
  aback plan -o plan.json >/dev/null 2>&1
  aback sign plan.json --key ../alice --name alice --yes >/dev/null 2>&1
  blob=$(git hash-object -w plan.json)
  git add -A
  git update-index --cacheinfo "120000,$blob,plan.json"
  git -c user.name=carol -c user.email=carol@example.com commit -q -m Link
  git push -q origin HEAD:main
  refused "no file of the branch 'main'"
  git update-index --cacheinfo "160000,$(git rev-parse HEAD),plan.json"
  git -c user.name=carol -c user.email=carol@example.com commit -q -m Module
  git push -q origin HEAD:main
  refused "no file of the branch 'main'"
}

@test "hostile: links in the place of aback.yaml, of a key and of a signature" {
  gated
  planned alice
  git mv aback.yaml real.yaml
  ln -s real.yaml aback.yaml
  work=. merge carol 'Link'
  refused "'aback.yaml'" 'symbolic link'
  rm aback.yaml
  mv real.yaml aback.yaml
  mv keys/alice.pub keys/a.pub
  ln -s a.pub keys/alice.pub
  work=. merge carol 'Link'
  refused "keys/alice.pub" 'symbolic link'
}

@test "hostile: a plan at a path of odd bytes is found, and recorded" {
  gated
  aback plan -o plan.json >/dev/null 2>&1
  aback sign plan.json --key ../alice --name alice --yes >/dev/null 2>&1
  odd=$'o\xffd\n"d'
  mkdir "$odd"
  mv plan.json.alice.sig "$odd"/
  cp plan.json "$odd"/
  echo plan.json >>.git/info/exclude
  git add -f "$odd"
  git -c user.name=carol -c user.email=carol@example.com commit -q -m Odd
  git push -q origin HEAD:main
  aback apply plan.json --yes
  newest_change
  [ "$(jq -r '.gate.tip' change.json)" = "$(git rev-parse origin/main)" ]
  jq -e '.gate.plan | endswith("plan.json")' change.json
}

@test "hostile: git is told that the remotes are elsewhere" {
  gated
  top=$(cd .. && pwd)
  planned alice
  # what the redirected remote would say is what the attacker wants
  git clone -q --bare ../code.git ../evil.git
  git config --global "url.$top/evil.git.insteadOf" "$top/code.git"
  refused 'in the place of' "gate's remote" 'evil.git' 'code.git'
  git config --global --unset "url.$top/evil.git.insteadOf"
  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.$top/evil.git.insteadOf" \
    GIT_CONFIG_VALUE_0="$top/code.git" \
    refused 'in the place of' 'evil.git'
  # and of the store, so that a plan could run twice
  git clone -q --bare ../store-remote.git ../empty.git
  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.$top/empty.git.insteadOf" \
    GIT_CONFIG_VALUE_0="$top/store-remote.git" \
    refused 'in the place of' 'empty.git'
  # and variables of git that name another repository
  GIT_DIR=$top/evil.git GIT_OBJECT_DIRECTORY=/nonexistent \
    aback apply plan.json --yes
}

@test "hostile: a copy of the store from before the gate was pinned" {
  gated
  top=$(cd .. && pwd)
  first=$(git -C ../store.git rev-list --max-parents=0 main)
  git clone -q --bare "$top/store-remote.git" ../old.git
  git -C ../old.git update-ref refs/heads/main "$first"
  sed -i '/^gate:/,$d' aback.yaml
  aback plan -o plan.json >/dev/null 2>&1
  fails 3 aback apply plan.json --yes --state ../old.git
  said 'pins a gate' 'did not know of before'
  fails 3 aback apply plan.json --yes --state ../old.git
  said 'another' 'than the one on the branch'
  [ "$(mutation_count)" -eq 0 ]
}

@test "hostile: a copy of the store that does not know of the last plan" {
  gated
  top=$(cd .. && pwd)
  git clone -q --bare "$top/store-remote.git" ../old.git
  planned alice
  aback apply plan.json --yes >/dev/null 2>&1
  before=$(mutation_count)
  fails 3 aback apply plan.json --yes --state ../old.git
  said 'a plan runs once'
  git clone -q --bare "$top/store-remote.git" ../old2.git
  git -C ../old2.git update-ref refs/heads/main "$(git -C ../old2.git rev-list main | tail -2 | head -1)"
  git commit -q --amend -m 'Rewritten'
  git push -q --force origin HEAD:main
  aback backout --last -o back.json >/dev/null 2>&1
  aback sign back.json --key ../alice --name alice --yes >/dev/null 2>&1
  work=. merge carol 'Backout'
  fails 3 aback apply back.json --yes --state ../old2.git
  said 'was rewritten'
  [ "$(mutation_count)" -eq "$before" ]
}

@test "hostile: the branch deleted and made again, a tag and other refs of its name" {
  gated
  planned alice
  aback apply plan.json --yes >/dev/null 2>&1
  aback backout --last -o back.json >/dev/null 2>&1
  aback sign back.json --key ../alice --name alice --yes >/dev/null 2>&1
  git add -A
  tree=$(git write-tree)
  new=$(git -c user.name=carol -c user.email=c@example.com commit-tree -m New "$tree")
  git -C ../code.git update-ref -d refs/heads/main
  git push -q origin "$new:refs/heads/x/refs/heads/main" "$new:refs/tags/main" "$new:refs/heads/tmp"
  before=$(mutation_count)
  fails 3 aback apply back.json --yes
  said "'main' is not at"
  git -C ../code.git symbolic-ref refs/heads/main refs/heads/tmp
  fails 3 aback apply back.json --yes
  said 'was rewritten'
  git -C ../code.git symbolic-ref -d refs/heads/main
  git push -q origin "$new:refs/heads/main"
  fails 3 aback apply back.json --yes
  said 'was rewritten'
  [ "$(mutation_count)" -eq "$before" ]
}

@test "hostile: another account, and the time of tomorrow" {
  gated
  planned alice
  sed -i 's/account_id: "123456789012"/account_id: "210987654321"/' aback.yaml
  fails 3 aback apply plan.json --yes
  said 210987654321
  git checkout -q aback.yaml
  jq '.created_at = "2099-01-01T00:00:00Z"' plan.json >m.json && mv m.json plan.json
  whole_again plan.json
  signed alice
  refused '2099-01-01T00:00:00Z' 'in the future'
}

# with a digest that fits what it holds now
whole_again() { # FILE
  jq -S --indent 2 '.id = ""' "$1" >blank.json
  sed "s/\"id\": \"\"/\"id\": \"sha256:$(sha256sum <blank.json | cut -d' ' -f1)\"/" \
    blank.json >"$1"
}

@test "hostile: a plan that hides how many clusters it changes, or what that costs" {
  start
  printf 'limits: {max_clusters: 1}\npolicy: {deny: [many, lossy]}\n' >>aback.yaml
  aback plan -o plan.json >/dev/null 2>&1
  refused "no change that is 'many'"
  jq '.changes |= map(.consent -= ["many"])' plan.json >m.json && mv m.json plan.json
  whole_again plan.json
  refused 'changes 2 clusters' 'limits.max_clusters' 'which is 1'
  sed -i 's/deletion_protection: true/backup_retention_period: 2/' aback.yaml
  aback plan -o plan.json >/dev/null 2>&1
  refused "no change that is 'lossy'" "no change that is 'many'"
  jq '.changes |= map(.consent = [] | .reversibility = "reversible")' plan.json >m.json && mv m.json plan.json
  whole_again plan.json
  refused 'does not state what it costs'
}

@test "hostile: a remote that shows only a part of the branch's history" {
  gated
  planned alice
  mv ../code.git ../full.git
  git clone -q --bare --depth 1 "file://$PWD/../full.git" ../code.git
  refused 'history is cut off behind the commit' 'shallow'
}

@test "hostile: a gate on what is no branch, or not the same from everywhere" {
  gated
  mkdir ../other
  cp -r . ../other/work
  cd ../other/work
  git init -q --bare ../store2.git
  sed -i "s|repository: ../store.git, remote: [^}]*|repository: ./s.git, remote: $PWD/../store2.git|" aback.yaml
  for branch in refs/heads/main refs/tags/v1 'a b' 'm*' '-x' '../x' 'a..b'; do
    ABACK_GATE_BRANCH=$branch fails 3 aback init --gate
    said 'no name of a branch'
  done
  ABACK_GATE_REMOTE=../code.git fails 3 aback init --gate
  said 'another place from each folder' ABACK_GATE_REMOTE
  sed -i "s|remote: [^}]*|remote: ../store2.git|" aback.yaml
  fails 3 aback init --gate
  said "state.remote is '../store2.git'"
}

@test "hostile: glass is not broken with another store" {
  gated
  planned alice
  aback apply plan.json --yes >/dev/null 2>&1
  before=$(mutation_count)
  git clone -q --bare ../store-remote.git ../mine-remote.git
  git clone -q --bare ../mine-remote.git ../mine.git
  fails 3 aback backout --last --apply --yes --break-glass 'mine' --state ../mine.git
  said 'mine-remote.git' 'store-remote.git'
  [ "$(mutation_count)" -eq "$before" ]
}
