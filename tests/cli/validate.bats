#!/usr/bin/env bats
# aback validate and aback schema.
load helpers

@test "validate: a good file, without calling AWS" {
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  export AWS_ENDPOINT_URL=http://127.0.0.1:9
  runs 0 aback validate
  said 'aback.yaml is valid: 1 target, 1 rule, 0 waivers'
}

@test "validate: all mistakes at once, each with its place and a hint" {
  write_desired '  - match: {kind: cluster}
    set: {deletion_protektion: true, backup_retention_period: 99}
  - match: {kind: clusterr}
    set: {port: 3306}'
  fails 1 aback validate
  said 'aback.yaml:7:' 'deletion_protektion' "'deletion_protection'"
  said 'backup_retention_period' 'aback.yaml:8:' "'cluster'"
  [ ! -s out.txt ]
}

@test "validate: mistakes as JSON messages" {
  write_desired '  - match: {kind: cluster}
    set: {deletion_protektion: true}'
  aback validate --log-format json 2>err.txt && return 1
  jq -es 'any(.line == 7 and .column > 0 and .file == "aback.yaml")' err.txt
}

@test "validate: files that are no desired state" {
  fails 1 aback validate
  said "'aback.yaml'" 'aback init'
  mkdir dir
  fails 1 aback validate -f dir
  said 'is a directory'
  : >empty.yaml
  fails 1 aback validate -f empty.yaml
  head -c 100000 /dev/urandom >binary.yaml
  fails 1 aback validate -f binary.yaml
  head -c 20000000 /dev/zero | tr '\0' ' ' >huge.yaml
  fails 1 aback validate -f huge.yaml
  said 'larger than'
  printf 'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b' >broken.yaml
  fails 1 aback validate -f broken.yaml
  said 'broken.yaml:'
}

@test "validate: control characters of the file do not reach the terminal" {
  printf 'version: 1\n"\\e[2Jx": 1\n' >aback.yaml
  fails 1 aback validate
  not grep -q $'\033' err.txt
}

@test "validate: a gate that nobody can pass is a mistake" {
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  echo 'gate: {signatures: 2}' >>aback.yaml
  fails 1 aback validate
  said '2 signatures cannot come from 0 trusted keys'
}

@test "validate: signatures that take everybody are said, since who commits does not count" {
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  printf '%s\n' 'gate:' '  signatures: 2' '  trusted_keys:' \
    '    - {name: alice, key: keys/alice.pub, email: alice@example.com}' \
    '    - {name: bob, key: keys/bob.pub, email: bob@example.com}' \
    '    - {name: spare, key: keys/spare.pub, email: Bob@example.com}' >>aback.yaml
  runs 0 aback validate
  said 'aback.yaml is valid' 'signatures: 2 takes everybody' "'trusted_keys'"
  # on stderr, so that what reads the result reads the same as ever
  [ "$(aback validate 2>/dev/null | wc -l)" -eq 1 ]
  echo '    - {name: carol, key: keys/carol.pub, email: carol@example.com}' >>aback.yaml
  runs 0 aback validate
  not grep -q everybody <<<"$output"
}

@test "schema: is JSON Schema and accepts what validate accepts" {
  aback schema >schema.json
  jq -e '."$schema" | test("2020-12")' schema.json
  jq -e '.. | objects | select(has("deletion_protection"))' schema.json >/dev/null
}
