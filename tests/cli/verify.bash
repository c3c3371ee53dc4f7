# What the tests of `aback verify` share.
load helpers

# What proof.json says of itself.
proof() { jq -r "$1" proof.json; }

# verified EXIT-CODE VERDICT [OPTION...]: the change $id, and its proof.
verified() {
  local want=$1 verdict=$2 rc=0
  shift 2
  "$ABACK" verify "$id" --format json "$@" >proof.json 2>err.txt || rc=$?
  if [ "$rc" -ne "$want" ] || [ "$(proof .verdict)" != "$verdict" ]; then
    echo "exit code $rc instead of $want, or not $verdict:"
    jq '.findings' proof.json
    cat err.txt
    return 1
  fi
}

# why ABOUT PART...: a finding of that kind whose text has all parts.
why() {
  local about=$1 text
  shift
  text=$(jq -r --arg about "$about" \
    '.findings[] | select(.about == $about) | .text' proof.json)
  for part in "$@"; do has "$text" "$part" || return 1; done
}

# A change of several kinds, made.
changed() { # [OPTION OF THE SIMULATOR...]
  start_sim "$@"
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true, backup_retention_period: 21}
  - match: {kind: iam_role, id: monitoring}
    set: {managed_policy_arns: ["arn:aws:iam::aws:policy/SecurityAudit"]}'
  "$ABACK" init >init.out 2>&1
  "$ABACK" plan -o plan.json >plan.out 2>&1
  "$ABACK" apply plan.json --yes --allow exposure >apply.out 2>&1
  id=$(change_id)
}

# As a colleague, with a tool that nobody here wrote.
colleague() { # PYTHON, with rds and iam to call
  AWS_DEFAULT_REGION=$region /usr/bin/python3 - "$endpoint" <<END
import sys, boto3
rds = boto3.client("rds", endpoint_url=sys.argv[1])
iam = boto3.client("iam", endpoint_url=sys.argv[1])
$1
END
}

proof_path() {
  git -C store.git ls-tree -r --name-only main "changes/$id" | grep verify- |
    tail -1
}
