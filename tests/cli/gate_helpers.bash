# What the tests of the gate share.

# A code repository with aback.yaml on main, a store that pins it, keys of
# three people; the gate wants $1 signatures (1).
gated() {
  start_sim
  git init -q --bare -b main code.git
  git init -q --bare store-remote.git
  git clone -q code.git work 2>/dev/null
  mkdir work/keys
  local name
  for name in alice bob carol; do
    aback keygen -o "$name" --no-passphrase --comment "$name" >/dev/null 2>&1
    cp "$name.pub" work/keys/
  done
  cat >work/aback.yaml <<YAML
version: 1
state: {repository: ../store.git, remote: $PWD/store-remote.git}
targets: [{name: prod, account_id: "123456789012", region: eu-west-1}]
rules:
  - match: {kind: cluster}
    set: {deletion_protection: true}
gate:
  signatures: ${1:-1}
  max_plan_age: 7d
  trusted_keys:
    - {name: alice, key: keys/alice.pub, email: alice@example.com}
    - {name: bob, key: keys/bob.pub, email: BOB@example.com}
YAML
  merge alice 'Begin'
  (cd work && git remote set-head origin main && aback init --gate) >init.out 2>&1
  cd work || return 1
  ln -s ../sim.log .
  printf '%s\n' sim.log '*.txt' '*.git' change.json >.git/info/exclude
}

# merge AUTHOR SUBJECT: what lies in work/ is on main, committed by them.
merge() {
  git -C "${work:-work}" add -A
  git -C "${work:-work}" -c user.name="$1" -c user.email="$1@example.com" \
    commit -q -m "$2"
  git -C "${work:-work}" push -q origin HEAD:main
}

# A plan on main, committed by carol, signed by those named.
planned() {
  aback plan -o plan.json >/dev/null 2>&1
  local name
  for name in "$@"; do
    aback sign plan.json --key "../$name" --name "$name" --yes >/dev/null 2>&1
  done
  work=. merge carol 'Plan'
}

# The record of the newest change, in change.json.
newest_change() {
  local path
  path=$(git -C ../store.git ls-tree --name-only main changes/ | sort | tail -1)
  git -C ../store.git show "main:$path/change.json" >change.json
}

refused() { # PART...
  fails 3 aback apply plan.json --yes
  said "$@"
  [ "$(mutation_count)" -eq 0 ]
}
