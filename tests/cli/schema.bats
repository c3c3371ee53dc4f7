#!/usr/bin/env bats
# aback schema, judged by a JSON Schema validator that nobody here wrote.

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  data=tests/data/desired
  schema=$BATS_TEST_TMPDIR/schema.json
  "$ABACK" schema >"$schema"
}

# of_plans: judge by the schema of plans
of_plans() { "$ABACK" schema --plan >"$schema"; }

# check valid|invalid FILE...: the judge says that of each
check() {
  local verdict=$1
  shift
  /usr/bin/python3 -c 'import jsonschema, yaml' 2>/dev/null ||
    skip "python3-jsonschema or python3-yaml is missing"
  run /usr/bin/python3 tests/cli/schema_check.py "$schema" "$@"
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(grep -c "^$verdict " <<<"$output")" -eq $# ]
}

@test "schema: is a valid schema of draft 2020-12, in canonical JSON" {
  check valid
  jq -S . "$schema" | cmp - "$schema"
}

@test "schema: every good file is valid" {
  check valid "$data"/good-*.yaml "$data"/demo.yaml
  [ "${#lines[@]}" -ge 5 ]
}

@test "schema: what aback init writes is valid" {
  (cd "$BATS_TEST_TMPDIR" && "$ABACK" init)
  check valid "$BATS_TEST_TMPDIR/aback.yaml"
}

@test "schema: bad files are not valid" {
  files=()
  for name in booleans enums kinds limits-and-review notify numbers other-kind rules \
    secret-and-later selectors sets settings-unknown state targets \
    targets-empty top-level version version-2 waiver-controls waivers windows; do
    files+=("$data/bad-$name.yaml")
  done
  check invalid "${files[@]}"
}

@test "schema: of plans, is valid, canonical, and the one in docs/" {
  of_plans
  check valid
  jq -S . "$schema" | cmp - "$schema"
  cmp "$schema" docs/plan.schema.json
}

@test "schema: of plans, accepts every plan that aback accepts" {
  of_plans
  check valid tests/data/plan/v1/accepted/*.json
  [ "${#lines[@]}" -ge 5 ]
  # and the one that docs/plan-format.md shows
  sed -n '/^```json/,/^```/p' docs/plan-format.md | grep -v '^```' \
    >"$BATS_TEST_TMPDIR/shown.json"
  check valid "$BATS_TEST_TMPDIR/shown.json"
}

# of_reviews: judge by the schema of reviews
of_reviews() { "$ABACK" schema --review >"$schema"; }

@test "schema: of reviews, is valid, canonical, and the one in docs/" {
  of_reviews
  check valid
  jq -S . "$schema" | cmp - "$schema"
  cmp "$schema" docs/review.schema.json
  run "$ABACK" schema --review --plan
  [ "$status" -eq 1 ]
}

@test "schema: of reviews, accepts reviews and refuses what has another shape" {
  of_reviews
  full=tests/data/golden/cli/review-demo.json
  check valid "$full"
  files=()
  n=0
  while read -r change; do
    n=$((n + 1))
    jq "$change" "$full" >"$BATS_TEST_TMPDIR/bad-$n.json"
    files+=("$BATS_TEST_TMPDIR/bad-$n.json")
  done <<'END'
del(.complete)
.more = 1
.findings[0].severity = "worst"
.findings[0].evidence[0].call = 3
.findings[0].fix.class = "hope"
.findings[0].waiver = {reason: "x"}
.matrix[0].results.x = "maybe"
.controls[0].passed = -1
.summary.failed = "1"
.unread[0] = {what: "x"}
END
  check invalid "${files[@]}"
}

@test "schema: of plans, refuses what has another shape" {
  of_plans
  files=()
  for name in array account-is-short changes-is-an-object created-at-is-no-moment \
    facts-empty facts-false facts-null index-is-a-string missing-member \
    newer-format other-format step-is-a-string unknown-kind unknown-member \
    unknown-member-of-step value-is-nested; do
    files+=("tests/data/plan/v1/refused/ERR_FORMAT-$name.json")
  done
  check invalid "${files[@]}"
}

@test "schema: of plans, names each member that docs/plan-format.md explains" {
  of_plans
  jq -r '[.properties, ."$defs".change.properties, ."$defs".step.properties]
    | map(keys) | add | unique | .[]' "$schema" | while read -r member; do
    grep -q "^|.*\`$member\`" docs/plan-format.md || { echo "$member"; exit 1; }
  done
}

# Restarts are in one of the accepted plans, with others beside them.
@test "schema: the example policy judges plans" {
  plans=tests/data/plan/v1/accepted
  policy=docs/ci/policy
  if command -v opa >/dev/null; then
    judge() { opa eval -f json -d $policy -i "$1" data.main.deny |
      jq -r '.result[0].expressions[0].value[]'; }
  elif command -v conftest >/dev/null; then
    judge() { conftest test -o json -p $policy "$1" |
      jq -r '.[].failures // [] | .[].msg'; }
  else
    skip 'neither opa nor conftest is there'
  fi
  [ -z "$(judge $plans/one-setting.json)" ]
  [ "$(judge $plans/everything.json)" = \
    '1 of 7 changes restart something: plan them alone' ]
  jq '.changes[0].reversibility = "lossy"' $plans/one-setting.json \
    >"$BATS_TEST_TMPDIR/lossy.json"
  [ "$(judge "$BATS_TEST_TMPDIR/lossy.json")" = \
    'cluster/orders:deletion_protection is lossy' ]
}
