#!/usr/bin/env bats
# make rehearse: plans are played through against the simulator, there, back
# and there again, before they meet AWS. `make rehearse-all` does it with every
# plan that any test makes; here it is every setting once.
load helpers

allow=(--allow lossy --allow one-way --allow restart --allow exposure
  --allow no-way-back --allow many)

rehearse() { python3 "$root/tests/rehearse.py" "$(dirname "$ABACK")" "$@"; }

# planned NAME: the plan of tests/data/rehearse/NAME.yaml, as NAME.json.
planned() {
  cp "$root/tests/data/rehearse/fleet.json" fleet.json
  cp "$root/tests/data/rehearse/$1.yaml" aback.yaml
  rm -rf store.git
  "$ABACK" init >init.out 2>&1
  "$ABACK" plan -o "$1.json" >plan.out 2>&1
}

# backed_out NAME: and the plan that backs it out, as NAME-back.json.
backed_out() {
  cp "$root/tests/data/rehearse/fleet.json" fleet.json
  start_sim
  planned "$1"
  "$ABACK" apply "$1.json" --yes "${allow[@]}" >apply.out 2>&1 ||
    [ $? -eq 4 ] # its window has not come
  window
  "$ABACK" backout --last -o "$1-back.json" >backout.out 2>&1
  kill "$sim_pid"
  wait "$sim_pid" || true
}

# settable: kind:setting, of everything that a plan can hold. A group has one
# for each parameter, all of a shape.
settable() {
  awk '/^## kind: / { kind = $3 } /^###/ { on = 0 }
    /^### Settings that a plan changes/ { on = 1 }
    on && /^\| \[`/ { split($0, part, "`"); print kind ":" part[2] }' \
    "$root/docs/settings.md" |
    grep -v '_parameter_group:' |
    # what becomes a change of another setting
    grep -vx 'cluster:parameters\|instance:parameters\|security_group:public_ingress' |
    sort -u
  printf '%s\n' {cluster,instance}_parameter_group:{exists,family,description}
}

@test "rehearse: every setting, and its backout" {
  local name plans=()
  for name in clusters groups account; do
    backed_out $name
    plans+=("$name.json" "$name-back.json")
  done
  rm sim.log
  start_sim
  planned one-way
  runs 0 rehearse "${plans[@]}" one-way.json
  [ "$(grep -c 'second apply: live is as planned' <<<"$output")" -eq 6 ]
  # what stays, and what has no way back, is told
  said 'stays: log group /aws/lambda/audit' \
    'stays: instance orders-2 has been rebooted' 'stays: version v2 of arn:' \
    'not backed out: cluster/people:manage_master_user_password: turning it'
  # and AWS, here the other simulator, was not asked for anything
  [ "$(mutation_count)" -eq 0 ]
  jq -r '.changes[] | (.address | split("/")[0]) + ":" + .setting' \
    "${plans[@]}" one-way.json | sort -u >rehearsed.txt
  settable | sort -u >settable.txt
  diff <(comm -23 settable.txt rehearsed.txt) /dev/null
}

@test "rehearse: every plan that is kept among the tests' data" {
  runs 0 rehearse "$root"/tests/data/plan/v1/accepted/*.json
  # none is passed over but those that do nothing
  [ "$(grep -c 'backout: live is as at the start' <<<"$output")" -eq \
    "$(for plan in "$root"/tests/data/plan/v1/accepted/*.json; do
      jq '.steps | length' "$plan"; done | grep -vcx 0)" ]
}

@test "rehearse: what goes wrong is found, and said" {
  jq '.changes[0].after = false | .steps[0].parameters.DeletionProtection =
    "false"' "$root/tests/data/plan/v1/accepted/one-setting.json" >plan.json
  runs 1 rehearse plan.json
  said 'went wrong'
}

@test "rehearse: what cannot be rehearsed is said by name, not passed over" {
  jq '.changes[0].address = "unicorn/pink" | .steps[0].address =
    "unicorn/pink"' "$root/tests/data/plan/v1/accepted/one-setting.json" \
    >plan.json
  runs 2 rehearse plan.json
  said 'cannot be rehearsed' unicorn
  # what the plan saw is no fleet that there is
  jq '.changes[0].facts = {"rotates_certificate_without_restart": true}
    | .changes += [.changes[0] | .setting = "engine_version"
      | .before = "5.7.mysql_aurora.2.11.5" | .after = .before]' \
    "$root/tests/data/plan/v1/accepted/one-setting.json" >odd.json
  runs 2 rehearse odd.json
  said 'there is no engine for cluster/orders with 5.7.mysql_aurora.2.11.5'
}

@test "rehearse: what is no plan is said, and that none is named" {
  echo '{"steps": []}' >none.json
  echo '{' >cut.json
  runs 2 rehearse none.json cut.json missing.json .
  said 'it is no plan of the format' 'it is no JSON' 'No such file' 'Is a directory'
  not grep -q Traceback <<<"$output"
  runs 1 rehearse
  said 'which plan?'
}

@test "rehearse: from where it was installed, and of a plan wherever it lies" {
  "$root/tests/install.sh" install "$(dirname "$ABACK")" \
    "$PWD/to here/opt/aback" /opt/aback
  start
  mkdir 'the plans'
  aback plan -o "the plans/-größe's \$(plan).json" >/dev/null 2>&1
  kill "$sim_pid"
  wait "$sim_pid" || true
  cd 'the plans'
  unset AWS_ENDPOINT_URL
  runs 0 "../to here/opt/aback/bin/aback-rehearse" "./-größe's \$(plan).json"
  said 'second apply: live is as planned'
  runs 0 "../to here/opt/aback/bin/aback-rehearse" --help
  said 'aback-rehearse PLAN...'
}

@test "rehearse: plans that tests make are kept, each once" {
  start
  export KEEP_PLANS=$PWD/kept REAL_ABACK=$ABACK
  mkdir kept
  local keep=$root/tests/rehearsal/keep.sh
  runs 0 "$keep" plan -o one.json
  runs 0 "$keep" plan -otwo.json
  runs 0 "$keep" version
  [ "$(find kept -type f | wc -l)" -eq 1 ]
  cmp one.json kept/* || cmp two.json kept/*
  runs 1 "$keep" plan -o three.json -f missing.yaml
  [ "$(find kept -type f | wc -l)" -eq 1 ]
}
