#!/usr/bin/env bats
# Bad input: plan files that cannot be read, that are none, that were edited,
# and that belong elsewhere.
load bad

# The usual start, and its plan.
planned() {
  start
  "$ABACK" plan -o good.json >/dev/null 2>&1
}

# no_plan EXIT-CODE FILE [PART...]: every command that takes a plan refuses it,
# saying these parts.
no_plan() {
  local want=$1 file=$2 command
  shift 2
  for command in 'apply --yes' show 'show --check'; do
    # shellcheck disable=SC2086 # words on purpose
    refused "$want" aback $command "$file" || return 1
    said "$@" || return 1
    [ ! -s out.txt ] || return 1
  done
}

# seal: stdin with its id made right, as somebody could do who knows how
seal() {
  local plan id
  plan=$(jq -S --indent 2 '.id = ""')
  id=$(sha256sum <<<"$plan" | cut -d' ' -f1)
  jq -S --indent 2 ".id = \"sha256:$id\"" <<<"$plan"
}

# forged EXIT-CODE JQ-EDIT [PART...]: a sealed plan with this edit is refused
forged() {
  local want=$1 edit=$2
  shift 2
  jq "$edit" <good.json | seal >forged.json
  refused "$want" aback apply forged.json --yes || {
    echo "edit: $edit"
    return 1
  }
  said "$@"
}

@test "bad plan: sealing is what aback does itself" {
  planned
  seal <good.json >sealed.json
  cmp good.json sealed.json
}

@test "bad plan: missing, a directory, a pipe, a link that leads nowhere" {
  planned
  no_plan 1 none.json "'none.json'" 'No such file'
  mkdir dir.json
  no_plan 1 dir.json "'dir.json' is a directory"
  mkfifo pipe.json
  no_plan 1 pipe.json "'pipe.json' is a pipe, and nobody writes to it"
  ln -s loop.json loop.json
  no_plan 1 loop.json "'loop.json'" 'symbolic links'
  refused 1 aback apply '' --yes
  refused 1 aback apply $'no\nsuch\033[2Jplan' --yes
  not grep -q $'\033' err.txt
}

@test "bad plan: empty" {
  planned
  : >empty.json
  no_plan 1 empty.json "'empty.json'" 'it is empty'
  no_plan 1 /dev/null 'it is empty'
  refused 1 aback apply - --yes </dev/null
  said 'standard input' 'it is empty'
}

@test "bad plan: huge, and without an end" {
  planned
  truncate -s 100G huge.json
  no_plan 1 huge.json "'huge.json' is larger than 512 MiB"
  refused 1 aback apply /dev/zero --yes
  said "'/dev/zero' is larger than 512 MiB"
  head -c 100000000 /dev/zero >zeros.json
  refused 1 aback apply zeros.json --yes
  said 'zeros.json:1:1'
  { printf '{"format": "aback-plan/1", "id": "' && head -c 100000000 \
    /dev/zero | tr '\0' 'x' && printf '"}'; } >long.json
  refused 3 aback apply long.json --yes
  said 'it was edited'
}

@test "bad plan: binary, other text, malformed JSON" {
  planned
  head -c 10000 /dev/urandom >random.json
  no_plan 1 random.json 'not valid JSON' 'random.json:1:'
  no_plan 1 "$ABACK" 'not valid JSON'
  no_plan 1 aback.yaml 'not valid JSON' 'aback.yaml:1:'
  head -c 1000 good.json >half.json
  no_plan 1 half.json 'not valid JSON' 'half.json:'
  head -c -2 good.json >cut.json
  no_plan 1 cut.json 'not valid JSON'
  { cat good.json && echo x; } >more.json
  no_plan 1 more.json 'not valid JSON'
  sed 's/"after": true/"after": true, "after": false/' good.json >twice.json
  no_plan 1 twice.json 'not valid JSON' 'duplicate'
  sed 's/"after": true/"after": 1.5/' good.json >real.json
  no_plan 1 real.json 'fraction'
  sed 's/"after": true/"after": "\\ud800"/' good.json >surrogate.json
  no_plan 1 surrogate.json 'not valid JSON'
  printf '[%.0s' {1..100000} >deep.json
  no_plan 1 deep.json 'maximum parsing depth'
}

@test "bad plan: JSON that is no plan" {
  planned
  for text in '{}' '[]' '"x"' 'null' '{"format": 1}' \
    '{"format": "aback-change/1"}' '{"format": "aback-plan"}' \
    '{"format": "aback-plan/"}'; do
    echo "$text" >other.json
    no_plan 1 other.json 'it is no plan' 'aback plan -o'
  done
  echo '{"format": "aback-plan/1"}' >other.json
  no_plan 1 other.json "no 'id'"
}

@test "bad plan: of a future format" {
  planned
  sed 's,aback-plan/1,aback-plan/2,' good.json >future.json
  no_plan 1 future.json "'aback-plan/2'" 'newer aback' 'update aback'
  jq '.format = "aback-plan/2" | .more = {}' good.json | seal >future.json
  no_plan 1 future.json "'aback-plan/2'" 'newer aback'
  jq '.more = {}' good.json | seal >future.json
  no_plan 1 future.json "unknown member 'more'" 'newer aback'
}

@test "bad plan: edited by hand" {
  planned
  sed 's/"before": false/"before": null/' good.json >edited.json
  no_plan 3 edited.json 'it was edited' 'digest' 'plan again'
  sed 's/ made / mAde /; s/"tool": "/"tool": "x/' good.json >edited.json
  no_plan 3 edited.json 'it was edited'
  jq -c . good.json >edited.json
  no_plan 3 edited.json 'it was edited' 'canonical'
  { cat good.json && echo; } >edited.json
  no_plan 3 edited.json 'it was edited'
  sed 's/$/\r/' good.json >edited.json
  no_plan 3 edited.json 'it was edited'
  sed 's/"id": "sha256:..../"id": "sha256:0000/' good.json >edited.json
  no_plan 3 edited.json 'it was edited'
  sed 's/"id": "sha256:.*"/"id": ""/' good.json >edited.json
  no_plan 3 edited.json 'it was edited'
}

@test "bad plan: sealed, with another call than its changes amount to" {
  planned
  not_the_call='is not the call that its changes amount to'
  forged 3 '.steps[0].parameters.BackupRetentionPeriod = "1"' "$not_the_call"
  forged 3 '.steps[0].parameters.MasterUserPassword = "x"' "$not_the_call"
  forged 3 '.steps[0].parameters.DeletionProtection = "false"' "$not_the_call"
  forged 3 '.steps[0].parameters.DBClusterIdentifier = "users"' "$not_the_call"
  forged 3 '.steps[0].call = "rds:DeleteDBCluster"' "$not_the_call"
  forged 3 '.steps[0].companions = {"port": 1}'
  forged 3 '.steps[0].backout.parameters.DeletionProtection = "true"' \
    "$not_the_call"
  forged 3 '.steps[0].backout = null' 'what it costs'
  forged 3 '.steps += [.steps[0] | .index = 2]'
  forged 3 '.steps |= .[:1] | .changes[1].steps = [0]'
  forged 3 '.changes |= .[:1]' '2 steps where its changes amount to 1'
  forged 3 '.changes[0].steps = []' 'no step makes the change'
}

@test "bad plan: sealed, with other values or another resource" {
  planned
  forged 3 '.changes[0].before = true' 'from a value to itself'
  forged 3 '.changes[0].after = false' 'from a value to itself'
  forged 3 '.changes[0].before = null' 'steps[0]'
  forged 3 '.changes[0].resource_id = "cluster-OTHER"' 'steps[0]'
  forged 3 '.changes[0].resource_id = "cluster-OTHER"
    | .steps[0].resource_id = "cluster-OTHER"' \
    'cluster/orders is another resource under the old name'
  forged 3 '.changes[0].effect = "window"' 'what it costs'
  forged 1 '.changes[0].setting = "deletion_protektion"' 'deletion_protection'
  forged 3 '.changes[0].setting = "port"'
  forged 3 '(.changes[].target, .steps[].target) = "staging"' "'staging'" \
    'no target of the plan'
  forged 3 '.changes[0].consent = ["lossy"]' '--allow lossy'
  # somebody moved before and after together: live decides
  poke cluster/orders '{"DeletionProtection": true}'
  refused 3 aback apply good.json --yes
  said 'cluster/orders:deletion_protection is now true'
}

@test "bad plan: sealed, as a plan of another kind" {
  planned
  forged 3 '.kind = "backout"' 'no desired file'
  forged 3 '.kind = "backout" | .desired = null' 'is none of a plan'
  forged 3 '.kind = "restore" | .desired = null' 'restore'
  forged 3 '.desired = null' 'which desired file'
  forged 3 '.reverses = "20200101T000000Z-aaaaaa"' 'only a backout'
  # a backout of what never was
  undoes='{"change": "20200101T000000Z-aaaaaa", "set": false, "prior": true,
    "redo": false}'
  forged 3 ".kind = \"backout\" | .desired = null |
    .changes |= map(.rule = null | .undoes = $undoes)" \
    'no backout that follows from the records'
  forged 3 ".kind = \"backout\" | .desired = null |
    .reverses = \"20200101T000000Z-aaaaaa\" |
    .changes |= map(.rule = null | .undoes = $undoes)" \
    'no backout that follows from the records'
}

@test "bad plan: a backout that does not say what is recorded" {
  start
  write_desired '  - match: {kind: cluster}
    set: {backup_retention_period: 21}'
  runs 0 aback plan -o plan.json
  runs 0 aback apply plan.json --yes
  runs 0 aback backout --last -o good.json
  # what it was before is another number in the plan, all the way through
  forged 3 '.changes[0] |= (.after = 3 | .undoes.prior = 3)
    | .steps[0].parameters.BackupRetentionPeriod = "3"' \
    'goes back to another value' 'cluster/orders:backup_retention_period'
  forged 3 '.changes[0].after = 3
    | .steps[0].parameters.BackupRetentionPeriod = "3"' 'does not restore'
  forged 3 '.changes[0].undoes.redo = true' 'goes back to another value'
  forged 3 '.changes[0].undoes.set = 20' 'goes back to another value'
  forged 3 '.changes[0].undoes.change = "20200101T000000Z-aaaaaa"' \
    'goes back to another value'
  forged 3 '.reverses = null |
    .changes |= map(.undoes.change = "20200101T000000Z-aaaaaa")' 'no record of'
  # without `reverses` it is one to a moment, and says the same
  jq '.reverses = null' good.json | seal >moment.json
  runs 0 aback show moment.json
  runs 0 aback apply good.json --yes --allow lossy
  [ "$(live_value clusters orders BackupRetentionPeriod)" = 14 ]
}

@test "bad plan: from another account or region" {
  planned
  forged 3 '.targets[0].account_id = "999999999999"' \
    "in the plan the target 'prod' is account 999999999999 in $region"
  forged 3 '.targets[0].region = "eu-central-1"' 'in eu-central-1'
  forged 3 '.targets[0].region = "x/../.."' 'x/../..'
  forged 3 '.targets[0].role_arn = "arn:aws:iam::123456789012:role/evil"' \
    'role/evil'
  forged 3 '.targets[0].name = "other"' 'no target of the plan'
  forged 1 '.targets[0].account_id = "12345"' '12 digits'
  # the file moved on to another place
  sed -i "s/$account/210987654321/" aback.yaml
  refused 3 aback apply good.json --yes
  said "account $account" 'account 210987654321'
}

@test "bad plan: with the credentials of another account" {
  write_fleet
  jq '.accounts += [{"account_id": "210987654321", "access_keys": [{
    "access_key_id": "AKIAOTHERACCOUNT0001", "secret_access_key": "other-key",
    "arn": "arn:aws:iam::210987654321:user/dba"}], "regions": [{"region":
    "eu-west-1", "clusters": [{"DBClusterIdentifier": "orders", "Engine":
    "aurora-postgresql"}]}]}]' fleet.json >two.json
  mv two.json fleet.json
  planned
  export AWS_ACCESS_KEY_ID=AKIAOTHERACCOUNT0001 AWS_SECRET_ACCESS_KEY=other-key
  refused 1 aback apply good.json --yes
  said 210987654321 "$account"
  refused 1 aback plan -o plan.json
  said 210987654321 "$account"
  [ ! -e plan.json ]
}

@test "bad plan: from another desired file, or one that changed" {
  planned
  cp aback.yaml other.yaml
  echo '# another' >>other.yaml
  refused 3 aback apply good.json --yes -f other.yaml
  said "'other.yaml' changed since the plan was made"
  forged 3 '.desired.sha256 = ("0" * 64)' "'aback.yaml' changed"
  mv aback.yaml moved.yaml
  refused 1 aback apply good.json --yes
  said "the plan was made from 'aback.yaml'" 'No such file' '-f'
  runs 0 aback apply good.json --yes -f moved.yaml
}

@test "bad plan: a desired file that broke since" {
  planned
  echo 'rules: [' >>aback.yaml
  refused 3 aback apply good.json --yes
  said "'aback.yaml'" 'no valid desired state' 'aback validate -f aback.yaml'
  rm aback.yaml
  mkdir aback.yaml
  refused 1 aback apply good.json --yes
  said "'aback.yaml' is a directory"
}

@test "bad plan: one that names a foreign file does not show it" {
  planned
  printf '[default]\naws_secret_access_key = planted-secret\n' >credentials
  forged 3 '.desired.path = "credentials"' "'credentials'"
  not grep -q planted err.txt out.txt
}

@test "bad plan: older than live" {
  planned
  poke cluster/users '{"DeletionProtection": true}'
  refused 3 aback apply good.json --yes
  said 'cluster/users:deletion_protection is now true' 'make the plan again'
  runs 2 aback show good.json --check
  poke cluster/users '{"DeletionProtection": false}'
  poke cluster/orders '{"DbClusterResourceId": "cluster-NEW"}'
  refused 3 aback apply good.json --yes
  said 'another resource under the old name' 'cluster-NEW'
}

@test "bad plan: whose cluster is gone" {
  planned
  delete cluster/users
  refused 3 aback apply good.json --yes
  said 'cluster/users'
}

@test "bad plan: of another store" {
  start
  applied
  runs 0 aback backout --last -o back.json
  mv store.git used.git
  runs 0 aback init
  refused 3 aback apply back.json --yes
  said 'no backout that follows from the records'
}

@test "bad plan: control characters in it do not reach the terminal" {
  planned
  jq '.changes[0].rule.name = "\u009b2Jx" | .created_by = "\u202ee"' \
    good.json | seal >forged.json
  runs 0 aback show forged.json
  said '\u009b2Jx' '\u202ee'
  not grep -q $'\xc2\x9b' <<<"$output"
  jq '.created_by = "\u001b]0;x\u0007"' good.json | seal >forged.json
  aback show forged.json >out.txt 2>&1 || true
  aback apply forged.json --yes >>out.txt 2>&1 || true
  not grep -q $'[\033\a]' out.txt
}
