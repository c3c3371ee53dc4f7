#!/bin/bash
# demo.sh BUILD_DIR: the whole story against the bundled simulator, in a
# temporary directory: plan, apply, an empty second plan, a backout, and the
# proof that live is what it was before. Exits non-zero when anything is wrong.
set -eu
build=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
dir=$(mktemp -d)
sim=

finish() {
  local rc=$?
  trap - EXIT
  [ -z "$sim" ] || { kill "$sim" 2>/dev/null; wait "$sim" 2>/dev/null; } || true
  rm -rf "$dir"
  exit $rc
}
trap finish EXIT
trap 'exit 130' INT TERM

if [ -t 1 ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m')
else bold='' plain=''; fi
say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }
die() { printf '\nthe demo failed: %s\n' "$*" >&2; exit 1; }

# run COMMAND...: show it, then do it.
run() { runs 0 "$@"; }
# runs EXIT-CODE COMMAND...
runs() {
  local want=$1 rc=0
  local word line=
  shift
  for word; do
    case $word in *' '*) word="'$word'" ;; esac
    line="$line $word"
  done
  printf '%s$%s%s\n' "$bold" "$line" "$plain"
  "$@" || rc=$?
  [ $rc -eq "$want" ] || die "'$*' ended with exit code $rc, not $want"
}

# The whole live state as a client that is not ours sees it, else as the
# simulator says; ours never judges itself. The log groups that RDS makes for new
# exports stay there when these are turned off again, as they do in AWS.
live() {
  if command -v aws >/dev/null && aws --version >/dev/null 2>&1; then
    for what in describe-db-clusters describe-db-instances; do
      aws rds $what --output json --region eu-west-1 || return 1
    done | jq -S .
  else
    curl -sSf "$AWS_ENDPOINT_URL/_sim/fleet" |
      jq -S 'del(.accounts[].regions[].log_groups)'
  fi
}

cd "$dir"
cp "$here/data/fleets/demo.json" fleet.json
cp "$here/data/desired/demo.yaml" aback.yaml

# nothing of the person's own set-up takes part
for name in $(env | sed -n 's/^\(AWS_[A-Z0-9_]*\)=.*/\1/p'); do
  unset "$name"
done
export AWS_ACCESS_KEY_ID=AKIAABACKSIMULATOR01
export AWS_SECRET_ACCESS_KEY=aback-simulator-secret-key
export AWS_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
export AWS_CONFIG_FILE=$dir/none AWS_SHARED_CREDENTIALS_FILE=$dir/none
export PATH=$build:$PATH

say "a fleet of Aurora clusters, served by the bundled simulator"
aback-sim --fleet fleet.json --port-file port --log requests.log \
  --settle-ms 200 >sim.out 2>&1 &
sim=$!
for _ in $(seq 200); do
  [ ! -s port ] || break
  kill -0 "$sim" 2>/dev/null || die "the simulator did not start: $(cat sim.out)"
  sleep 0.05
done
[ -s port ] || die 'the simulator does not listen'
AWS_ENDPOINT_URL=http://127.0.0.1:$(cat port)
export AWS_ENDPOINT_URL
echo "AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL"
live >before.json

say "what is wanted is in aback.yaml; make the state repository beside it"
run aback init
run aback validate

say "what would change? (nothing is changed yet)"
run aback plan -o plan.json
grep -q '"action":"Modify' requests.log && die 'a plan changed something'

say "apply exactly that plan; the prior state is committed first"
allow=()
while read -r class; do allow+=(--allow "$class"); done < <(
  jq -r '[.changes[].consent[]] | unique[]' plan.json)
run aback apply plan.json --yes "${allow[@]}"
live >applied.json
cmp -s before.json applied.json && die 'nothing was changed'

say "plan again: nothing is left to do"
run aback plan --detailed-exitcode

say "it was the wrong night for it: back it out"
allow=()
while read -r class; do allow+=(--allow "$class"); done < <(
  jq -r '[.changes[].backout_consent[]] | unique[]' plan.json)
run aback backout --last --reason 'the demo' --apply --yes "${allow[@]}"

say "live is what it was before the apply"
live >after.json
run diff before.json after.json
echo 'no difference'

say "and the store, a git repository, remembers all of it"
run aback history
run git -C aurora-state.git log --oneline
run git -C aurora-state.git fsck --no-dangling
say "done"
