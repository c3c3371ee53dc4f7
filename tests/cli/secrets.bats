#!/usr/bin/env bats
# Promise 9 for every source of credentials and every key: nothing secret is
# written anywhere, in no form, whatever fails and whoever repeats it.
load helpers

# cases WHAT: tests/cli/secret_cases.py has them.
cases() {
  timeout 120 python3 "$root/tests/cli/secret_cases.py" "$ABACK" "$ABACK_SIM" \
    "$1" >out.txt 2>&1 || { cat out.txt; return 1; }
  grep -qE '^[0-9]+ secrets, 0 leaks, 0 wrong$' out.txt
}

@test "secrets: the search finds each of them in each form" {
  cases check
}

@test "secrets: each source of credentials, from whoami to backout" {
  cases sources
}

@test "secrets: each source of credentials, refused by who repeats it" {
  cases refusals
}

@test "secrets: tokens of git, keys and passphrases, webhooks and programs" {
  cases keys
}

@test "secrets: no core is left by aback, nor by what it starts" {
  [ "$(ulimit -Hc)" = unlimited ] || skip 'cores are limited here'
  cases core
  grep -v SKIP out.txt || skip "$(grep SKIP out.txt)"
}
