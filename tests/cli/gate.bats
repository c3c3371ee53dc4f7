#!/usr/bin/env bats
# The gate: what a hostile or hasty pull request cannot do.
load helpers
load gate_helpers

@test "gate: a plan that was merged and signed is applied, and the record says by whom" {
  gated
  grep -q "pinned the gate: 'aback.yaml' of the branch 'main'" ../init.out
  planned alice
  aback apply plan.json --yes
  newest_change
  [ "$(jq -r '.gate.plan' change.json)" = plan.json ]
  [ "$(jq -r '.gate.tip' change.json)" = "$(git rev-parse origin/main)" ]
  [ "$(jq -r '.gate.signatures[].name' change.json)" = alice ]
}

@test "gate: pinned once, and not again by another file" {
  gated
  aback init --gate >out.txt 2>&1
  grep -q 'as before' out.txt
  ABACK_GATE_BRANCH=other fails 3 aback init --gate
  said 'pins another gate'
  sed -i 's/, remote: [^}]*//' aback.yaml
  fails 3 aback init --gate
  said "a gate needs 'state.remote'"
}

@test "gate: a plan that is not on the branch, or edited after its review" {
  gated
  aback plan -o plan.json >/dev/null 2>&1
  refused "no file of the branch 'main'" 'commit the plan'
  work=. merge carol 'Plan'
  aback sign plan.json --key ../alice --name alice --yes >/dev/null 2>&1
  refused 'needs 1 signatures' 'alice has not signed it'
  # edited, and made to look whole again: other bytes than those merged
  jq '.created_by = "arn:aws:iam::123456789012:user/mallory"' plan.json >m.json
  mv m.json plan.json
  fails 3 aback apply plan.json --yes
  said 'was edited'
}

@test "gate: signatures that do not count" {
  gated
  planned carol # whom nobody trusts
  refused 'alice has not signed it; bob has not signed it'
  # a signature copied from another plan
  echo other >other.json
  cp plan.json.carol.sig plan.json.alice.sig
  work=. merge carol 'Signature'
  refused 'alice has a signature that is not of these bytes and that key'
  echo junk >plan.json.alice.sig
  work=. merge carol 'Signature'
  refused 'alice has a signature that is none'
}

@test "gate: whoever committed the plan does not count, in any case of letters" {
  gated
  aback plan -o plan.json >/dev/null 2>&1
  aback sign plan.json --key ../bob --name bob --yes >/dev/null 2>&1
  work=. merge bob 'Plan'
  refused 'bob signed it and committed it'
  # a merge commit by somebody else does not wash it
  git checkout -q -b side HEAD~1
  git -c user.name=m -c user.email=m@example.com merge -q --no-ff -m M origin/main
  git push -q origin HEAD:main
  refused 'bob signed it and committed it'
  aback sign plan.json --key ../alice --name alice --yes >/dev/null 2>&1
  work=. merge carol 'Signature'
  aback apply plan.json --yes
}

@test "gate: one key under two names is one signature" {
  gated 2
  cp ../alice.pub keys/bob.pub
  work=. merge carol 'Keys'
  planned alice
  aback sign plan.json --key ../alice --name bob --yes >/dev/null 2>&1
  work=. merge carol 'Signature'
  refused 'needs 2 signatures' 'has 1' 'bob has the same key'
}

@test "gate: a weakened aback.yaml counts only once it is merged" {
  gated
  sed -i 's/signatures: 1/signatures: 0/' aback.yaml
  aback plan -o plan.json >/dev/null 2>&1
  git stash -q -- aback.yaml
  work=. merge carol 'Plan'
  git stash pop -q
  refused 'made from another' 'than the one on the branch'
  # and a signer of the branch of the pull request alone is none
  git checkout -q aback.yaml
  cp ../carol.pub keys/alice.pub
  aback plan -o plan2.json >/dev/null 2>&1
  aback sign plan2.json --key ../carol --name alice --yes >/dev/null 2>&1
  git checkout -q keys
  work=. merge bob 'Plan'
  fails 3 aback apply plan2.json --yes
  said 'not of these bytes and that key'
}

@test "gate: an old plan, replayed after its backout" {
  gated
  planned alice
  aback apply plan.json --yes >/dev/null 2>&1
  aback backout --last -o back.json >/dev/null 2>&1
  aback sign back.json --key ../alice --name alice --yes >/dev/null 2>&1
  work=. merge carol 'Backout'
  aback apply back.json --yes
  fails 3 aback apply plan.json --yes
  said 'a plan runs once'
}

@test "gate: an empty store, which could not tell that a plan has run" {
  gated
  planned alice
  aback apply plan.json --yes >/dev/null 2>&1
  printf 'version: 1\nstate: {repository: ./empty.git}\ntargets: []\n' >e.yaml
  sed 's/^state:.*/state: {repository: .\/empty.git}/' aback.yaml >e.yaml
  aback init -f e.yaml >/dev/null 2>&1
  fails 3 aback apply plan.json --yes --state empty.git
  said 'pins none' 'could not tell'
  git clone -q --bare ../store-remote.git copy.git
  git -C copy.git config remote.origin.url "$PWD/elsewhere.git"
  git init -q --bare elsewhere.git
  fails 3 aback apply plan.json --yes --state copy.git
}

@test "gate: a branch that was pushed by force" {
  gated
  planned alice
  aback apply plan.json --yes >/dev/null 2>&1
  git commit -q --amend -m 'Rewritten'
  git push -q --force origin HEAD:main
  aback backout --last -o back.json >/dev/null 2>&1
  aback sign back.json --key ../alice --name alice --yes >/dev/null 2>&1
  work=. merge carol 'Backout'
  fails 3 aback apply back.json --yes
  said 'was rewritten'
}

@test "gate: a branch that cannot be fetched, or is not there" {
  gated
  planned alice
  git -C ../code.git branch -m main trunk
  refused "'main'"
  mv ../code.git ../gone.git
  refused "cannot be fetched"
}

@test "gate: too old, in the future, and frozen" {
  gated
  sed -i 's/max_plan_age: 7d/max_plan_age: 1s/' aback.yaml
  work=. merge alice 'Young'
  planned alice
  sleep 2 # the age itself
  refused 'gate.max_plan_age'
  sed -i 's/max_plan_age: 1s/freeze: [{cron: "* * * * *", for: 1h}]/' aback.yaml
  work=. merge alice 'Freeze'
  planned alice
  refused 'a freeze holds from' 'aback.yaml:'
}

@test "gate: glass is broken for a backout only, and it is written down" {
  gated
  planned alice
  fails 3 aback apply plan.json --yes --break-glass 'it burns'
  said 'for a backout only'
  [ "$(mutation_count)" -eq 0 ]
  aback apply plan.json --yes >out.txt 2>/dev/null
  grep -qE '^  aback backout [^ ]+ -o back.json$' out.txt
  before=$(mutation_count)
  fails 3 aback backout --last --apply --yes
  said 'no file of the branch'
  said "--break-glass 'why'"
  [ "$(mutation_count)" -eq "$before" ]
  mv ../code.git ../gone.git
  aback backout --last --apply --yes --break-glass 'it burns' >out.txt 2>&1
  newest_change
  jq -e '.gate.break_glass == "it burns" and .kind == "backout"
    and .reason == "it burns"' change.json
  aback history >out.txt
  grep -qF 'gate: passed by with --break-glass: it burns' out.txt
  grep -qF "gate: merged into 'main', signed by alice" out.txt
  aback show "$(jq -r .id change.json)" >out.txt
  grep -qF 'gate: passed by with --break-glass: it burns' out.txt
}

@test "gate: from a shallow clone and from a worktree, as CI makes them" {
  gated
  planned alice
  git clone -q --depth 1 "file://$PWD/../code.git" ../shallow
  cd ../shallow
  aback apply plan.json --yes
  cd ../work
  aback backout --last -o back.json >/dev/null 2>&1
  aback sign back.json --key ../alice --name alice --yes >/dev/null 2>&1
  work=. merge carol 'Backout'
  git worktree add -q ../tree HEAD
  cd ../tree
  aback apply back.json --yes
}

@test "gate: variables that say something else than the store" {
  gated
  planned alice
  ABACK_GATE_BRANCH=evil refused "ABACK_GATE_BRANCH is 'evil'" "pins 'main'"
}

# with_policy LINES: the start, a policy, and a plan of it
with_policy() {
  start
  printf 'policy:\n%s\n' "$1" >>aback.yaml
  aback plan -o plan.json >/dev/null 2>&1
}

@test "policy: addresses that are protected" {
  with_policy '  protected: ["cluster/billing*", "cluster/users"]'
  fails 3 aback apply plan.json --yes
  said 'the policy protects' 'cluster/users:deletion_protection' 'aback.yaml:'
  [ "$(mutation_count)" -eq 0 ]
  sed -i 's/"cluster\/users"/"cluster\/u*:deletion_*"/' aback.yaml
  aback plan -o plan.json >/dev/null 2>&1
  fails 3 aback apply plan.json --yes
  said 'the policy protects' 'cluster/users:deletion_protection'
  sed -i 's/, "cluster\/u[^"]*"//' aback.yaml
  aback plan -o plan.json >/dev/null 2>&1
  aback apply plan.json --yes
}

@test "policy: what apply will refuse is seen in the plan before" {
  start
  cat >>aback.yaml <<'YAML'
policy:
  protected: ["cluster/users"]
  deny: [lossy]
  restart_windows: [{cron: "0 2 * * sun", for: 4h, timezone: Europe/Berlin}]
YAML
  sed -i 's/deletion_protection: true/deletion_protection: true, backup_retention_period: 2, port: 6000/' aback.yaml
  aback plan -o plan.json --format markdown >page.md 2>/dev/null
  grep -q '^- \*\*apply refuses\*\*: :warning: the policy protects: cluster/users:' page.md
  grep -q "apply refuses.*'lossy'.*backup" page.md
  grep -q 'apply refuses.*restart\\\?_windows only (4 h from "0 2 .* sun" in Europe/Berlin): cluster/orders:port' page.md
  # as shown from the file, and to a program
  aback show plan.json | grep -q 'apply refuses  the policy protects: cluster/users'
  aback show plan.json --format html | grep -q 'the policy protects'
  aback plan --format json 2>err.txt >plan2.json
  grep -q 'warning: apply refuses it: the policy protects' err.txt
  not grep -q 'the policy' plan2.json
  fails 3 aback apply plan.json --yes --allow lossy --allow restart
  said 'the policy protects' "no change that is 'lossy'"
  # and nothing is said where nothing is wrong
  aback plan --only cluster/orders:deletion_protection >page.txt 2>&1
  not grep -q 'refuses' page.txt
}

@test "policy: a way back that it will refuse is seen in the plan before" {
  start_sim
  write_desired '  - match: {kind: cluster, id: users}
    set: {backup_retention_period: 30, port: 6000}'
  aback init >/dev/null 2>&1
  cat >>aback.yaml <<'YAML'
policy:
  deny: [lossy]
  restart_windows: [{cron: "* * * * *", for: 2m, timezone: UTC}]
YAML
  aback plan -o plan.json >page.txt 2>/dev/null
  grep -q "no backout  *the policy allows no change that is 'lossy':" page.txt
  grep -q 'no backout  *the policy allows restarts in its restart_windows' page.txt
  not grep -q "refuses.*lossy" page.txt
  aback show plan.json --format markdown |
    grep -q "^- \*\*no backout\*\*: :warning: the policy allows no change"
  aback show plan.json --format html | grep -q "no change that is"
  aback plan --format json 2>err.txt >plan2.json
  grep -q "warning: its backout is refused: the policy allows no change that is 'lossy': cluster/users:backup_retention_period" err.txt
  # and so it is
  aback apply plan.json --yes --allow restart
  fails 3 aback backout --last --apply --yes --allow lossy --allow restart
  said "no change that is 'lossy'"
  # nothing is said of a way back that costs nothing
  sed -i 's/set: .*/set: {deletion_protection: true}/' aback.yaml
  aback plan >page.txt 2>&1
  grep -q '1 change' page.txt
  not grep -q 'no backout' page.txt
}

@test "policy: classes that no consent opens" {
  start_sim
  write_desired '  - match: {kind: cluster, id: orders}
    set: {backup_retention_period: 3}'
  aback init >/dev/null 2>&1
  printf 'policy: {deny: [lossy]}\n' >>aback.yaml
  aback plan -o plan.json >/dev/null 2>&1
  fails 3 aback apply plan.json --yes --allow lossy
  said "the policy allows no change that is 'lossy'" \
    cluster/orders:backup_retention_period
  [ "$(mutation_count)" -eq 0 ]
}

@test "policy: restarts in their windows only" {
  start_sim
  write_desired '  - match: {kind: cluster, id: orders}
    set: {port: 6000}'
  aback init >/dev/null 2>&1
  # a window of the day after tomorrow, and then one that is always open
  day=$(date -u -d '+2 days' +%a)
  printf 'policy: {restart_windows: [{cron: "0 0 * * %s", for: 1h}]}\n' \
    "$day" >>aback.yaml
  aback plan -o plan.json >/dev/null 2>&1
  fails 3 aback apply plan.json --yes --allow restart
  said 'in its restart_windows only' cluster/orders:port
  [ "$(mutation_count)" -eq 0 ]
  sed -i 's/cron: "[^"]*"/cron: "* * * * *"/' aback.yaml
  aback plan -o plan.json >/dev/null 2>&1
  aback apply plan.json --yes --allow restart
  # until when is written down, for a run that takes longer, or is resumed
  record=$(git -C store.git ls-tree --name-only main changes/ | tail -1)
  git -C store.git show "main:$record/change.json" >change.json
  jq -e '.restart_until | startswith("20")' change.json
}

@test "policy: glass is broken for a backout only, and who wants to hear of it is told" {
  start
  cat >>aback.yaml <<'YAML'
policy: {protected: ["cluster/none"]}
notify: [{command: [sh, -c, "cat >told.json"], on: break-glass}]
YAML
  aback plan -o plan.json >/dev/null 2>&1
  aback apply plan.json --yes >/dev/null 2>&1
  sed -i 's/cluster\/none/cluster\/*/' aback.yaml
  fails 3 aback backout --last --apply --yes
  said 'the policy protects'
  aback backout --last --apply --yes --break-glass 'it burns'
  jq -e '.occasion == "break-glass" and .details.reason == "it burns"' told.json
}
