#!/usr/bin/env bats
# aback plan: options, output, exit codes, and bad surroundings.
load helpers

@test "plan: text on stdout, progress and notes on stderr" {
  start
  aback plan -o plan.json >out.txt 2>err.txt
  has "$(cat out.txt)" 'aback plan for aback.yaml'
  has "$(cat out.txt)" '2 changes to 2 resources'
  has "$(cat out.txt)" '~ deletion_protection  false → true'
  has "$(cat out.txt)" 'rds:ModifyDBCluster'
  has "$(cat err.txt)" 'aback apply plan.json'
  aback plan -q -o plan.json 2>err.txt >/dev/null
  [ ! -s err.txt ]
}

@test "plan: with -q a written plan is only summed up on stdout" {
  start
  aback plan -q -o plan.json >short.txt
  has "$(cat short.txt)" '2 changes to 2 resources'
  not grep -q ModifyDBCluster short.txt
  # what is written nowhere else is printed whole
  aback plan -q >whole.txt
  grep -q ModifyDBCluster whole.txt
  aback show plan.json | grep -q ModifyDBCluster
}

@test "plan: JSON on stdout is the plan file itself" {
  start
  aback plan -o plan.json --format json >out.json
  cmp plan.json out.json
  jq -e '.format == "aback-plan/1" and (.changes | length) == 2' plan.json
  aback plan --format markdown >plan.md
  grep -q '^## aback plan: 2 changes' plan.md
}

@test "plan: the same inputs give the same bytes but for id, time and caller" {
  start
  aback plan -o one.json >/dev/null
  aback plan -o two.json >/dev/null
  diff <(jq 'del(.id, .created_at, .created_by)' one.json) \
    <(jq 'del(.id, .created_at, .created_by)' two.json)
}

@test "plan: changes nothing, neither in AWS nor in the store" {
  start
  before=$(git -C store.git rev-parse main)
  live >before.json
  runs 0 aback plan
  [ "$(mutation_count)" -eq 0 ]
  [ "$(git -C store.git rev-parse main)" = "$before" ]
  live | diff before.json -
}

@test "plan: --detailed-exitcode is 2 with changes and 0 without" {
  start
  runs 0 aback plan
  runs 2 aback plan --detailed-exitcode
  applied
  runs 0 aback plan --detailed-exitcode
  said 'no changes'
}

@test "plan: what is only blocked is 0 for --detailed-exitcode" {
  start_sim
  write_desired '  - match: {kind: cluster, id: orders}
    set: {storage_encrypted: true}'
  aback init >/dev/null 2>&1
  aback plan --detailed-exitcode --format json >plan.json
  if [ "$(jq '.blocked | length' plan.json)" -eq 1 ]; then
    jq -e '.blocked[0].remedy | length > 0' plan.json
  else
    jq -e '.changes == []' plan.json # this fleet is encrypted
  fi
}

@test "plan: --only a resource that is there and that no rule names" {
  start
  sed -i 's/kind: cluster}/kind: cluster, id: orders}/' aback.yaml
  fails 1 aback plan --only cluster/users
  said "'cluster/users' is there, but nothing names it"
  not grep -q null <<<"$output"
}

@test "plan: --only an address, a setting, and nothing" {
  start
  aback plan --only cluster/orders --format json |
    jq -e '[.changes[].address] == ["cluster/orders"]'
  aback plan --only cluster/users:deletion_protection --format json |
    jq -e '[.changes[].address] == ["cluster/users"]'
  fails 1 aback plan --only cluster/nowhere -o plan.json
  said 'cluster/nowhere'
  [ ! -e plan.json ]
  fails 1 aback plan --only nonsense
}

@test "plan: --target that is none of the file's" {
  start
  runs 0 aback plan --target prod
  fails 1 aback plan --target prdo
  said "no target 'prdo'" "'prod'"
}

@test "plan: without a store, holds are unknown and that is said" {
  start
  rm -rf store.git
  aback plan >out.txt 2>err.txt
  has "$(cat err.txt)" 'no holds are known'
  fails 1 aback plan --state nowhere.git
  said 'nowhere.git'
}

@test "plan: a state path that is no store" {
  start
  mkdir other && echo x >other/file
  fails 1 aback plan --state other
  git init -q plain
  fails 1 aback plan --state plain
}

@test "plan: -o to where nothing can be written" {
  start
  fails 1 aback plan -o missing/plan.json
  said 'missing/plan.json'
}

@test "plan: no credentials, wrong ones" {
  start
  (unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; fails 1 aback plan)
  (export AWS_SECRET_ACCESS_KEY=wrong; fails 1 aback plan -o plan.json)
  [ ! -e plan.json ]
}

@test "plan: another account than the target says" {
  start
  sed -i 's/123456789012/210987654321/' aback.yaml
  fails 1 aback plan -o plan.json
  said 123456789012 210987654321
  [ ! -e plan.json ]
}

@test "plan: an endpoint that is down, or not AWS" {
  start
  (export AWS_ENDPOINT_URL=http://127.0.0.1:9 AWS_MAX_ATTEMPTS=2
   fails 1 aback plan)
  fault '{"service": "rds", "action": "DescribeDBClusters", "from": 1,
          "to": 99, "fault": "html"}'
  export AWS_MAX_ATTEMPTS=2
  fails 1 aback plan -o plan.json
  [ ! -e plan.json ]
}

@test "plan: -v gives a line a request and no secret" {
  start
  aback plan -v >/dev/null 2>err.txt
  grep -q DescribeDBClusters err.txt
  not grep -q "$AWS_SECRET_ACCESS_KEY" err.txt
}

@test "plan: what a colleague wrote into AWS cannot act on the terminal" {
  start
  poke cluster/orders '{"PreferredMaintenanceWindow": "sun\u009b31m\u202e:evil"}'
  write_desired '  - match: {kind: cluster}
    set: {preferred_maintenance_window: "sun:02:00-sun:03:00"}'
  aback plan >out.txt 2>&1
  grep -q 'u009b31m' out.txt
  not grep -q $'\xc2\x9b' out.txt
  not grep -q $'\xe2\x80\xae' out.txt
}

# A day of the week, as windows have it.
day() { LC_ALL=C date -u -d "$1" +%a | tr '[:upper:]' '[:lower:]'; }

@test "plan: a window that has begun does not set off what is pending" {
  start_sim
  write_desired "  - match: {kind: instance, id: orders-1}
    when: window
    set:
      preferred_maintenance_window: \
$(day yesterday):00:00-$(day tomorrow):23:00"
  aback init >/dev/null 2>&1
  aback plan -o plan.json >/dev/null 2>&1
  jq -e '(.changes | length) == 1
    and (.steps[0].parameters | has("ApplyImmediately") | not)' plan.json
  poke instance/orders-1 '{"PendingModifiedValues":
    {"DBInstanceClass": "db.r6g.large"}}'
  # nor when it comes up between plan and apply
  runs 3 aback apply plan.json --yes
  said 'pending change of DBInstanceClass'
  [ "$(mutation_count)" -eq 0 ]
  runs 0 aback plan
  said 'that window has begun already' 'db.r6g.large'
}

@test "plan: whose it is that something is pending" {
  start_sim
  write_desired '  - match: {kind: cluster}
    when: window
    set: {backup_retention_period: 21}'
  aback init >/dev/null 2>&1
  aback plan -o plan.json >/dev/null 2>&1
  runs 4 aback apply plan.json --yes
  poke cluster/users '{"PendingModifiedValues":
    {"BackupRetentionPeriod": 30}}'
  write_desired '  - match: {kind: cluster}
    set: {backup_retention_period: 28, deletion_protection: true}'
  aback plan --format json >plan.json 2>/dev/null
  jq -r '.blocked[] | .address + ":" + .setting + " " + .reason' plan.json \
    >blocked.txt
  [ "$(wc -l <blocked.txt)" -eq 4 ]
  id=$(change_id)
  grep '^cluster/orders:backup' blocked.txt | grep -q "our change $id left"
  grep '^cluster/orders:deletion' blocked.txt | grep -q "our change $id left"
  grep '^cluster/users:backup' blocked.txt | grep -q "not aback's"
  grep '^cluster/users:deletion' blocked.txt | grep -q "not aback's"
  # also where no rule names what is pending
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  aback plan --format json | jq -e --arg id "$id" \
    '.blocked[0].reason | contains("our change " + $id)'
}

@test "plan: a directory that is missing is said before anything is read" {
  start
  : >sim.log
  fails 1 aback plan -o plans/a.json
  said "no directory 'plans'" "mkdir -p 'plans'"
  fails 1 aback review -o plans/a.html --format html
  fails 1 aback drift -o plans/a.json
  fails 1 aback backout --last -o plans/a.json
  said "mkdir -p 'plans'"
  [ ! -s sim.log ]
}
