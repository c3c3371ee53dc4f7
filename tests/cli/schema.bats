#!/usr/bin/env bats
# aback schema, judged by a JSON Schema validator that nobody here wrote.

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  data=tests/data/desired
  schema=$BATS_TEST_TMPDIR/schema.json
  "$ABACK" schema >"$schema"
}

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
    targets-empty top-level version version-2 waivers windows; do
    files+=("$data/bad-$name.yaml")
  done
  check invalid "${files[@]}"
}
