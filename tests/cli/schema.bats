#!/usr/bin/env bats
# aback schema, judged by a JSON Schema validator that nobody here wrote.

setup() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  data=tests/data/desired
  schema=$BATS_TEST_TMPDIR/schema.json
  "$ABACK" schema >"$schema"
}

check() {
  /usr/bin/python3 -c 'import jsonschema, yaml' 2>/dev/null ||
    skip "python3-jsonschema or python3-yaml is missing"
  run /usr/bin/python3 tests/cli/schema_check.py "$schema" "$@"
  echo "$output"
}

@test "schema: is a valid schema of draft 2020-12 and canonical JSON" {
  check
  [ "$status" -eq 0 ]
  jq -S . "$schema" | cmp - "$schema"
}

@test "schema: every good file is valid" {
  check "$data"/good-*.yaml "$data"/demo.yaml
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -ge 5 ]
  ! grep -v '^valid ' <<<"$output"
}

@test "schema: what aback init writes is valid" {
  cd "$BATS_TEST_TMPDIR"
  "$ABACK" init
  cd - >/dev/null
  check "$BATS_TEST_TMPDIR/aback.yaml"
  [ "$status" -eq 0 ]
  ! grep -v '^valid ' <<<"$output"
}

@test "schema: bad files are not valid" {
  names='booleans enums kinds limits-and-review numbers other-kind rules
    secret-and-later selectors sets settings-unknown state targets
    targets-empty top-level version version-2 waivers windows'
  files=()
  for name in $names; do
    files+=("$data/bad-$name.yaml")
  done
  check "${files[@]}"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq "${#files[@]}" ]
  ! grep -v '^invalid ' <<<"$output"
}
