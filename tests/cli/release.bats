#!/usr/bin/env bats
# aback release: ending a hold.
load helpers

backed_out() {
  start
  applied
  aback backout --last --apply --yes --reason 'old driver' >/dev/null 2>&1
}

@test "release: a hold is shown, honoured, and released" {
  backed_out
  runs 0 aback plan --detailed-exitcode
  said 'Held' 'cluster/orders:deletion_protection' 'old driver'
  runs 0 aback release cluster/orders:deletion_protection
  said 'released prod cluster/orders:deletion_protection'
  runs 2 aback plan --detailed-exitcode
  aback plan --format json |
    jq -e '[.changes[].address] == ["cluster/orders"]
      and [.held[].address] == ["cluster/users"]'
  git -C store.git log -1 --format=%s main | grep -q Release
}

@test "release: nothing held there lists what is" {
  backed_out
  fails 1 aback release cluster/orders:port
  said "'cluster/orders:port'" 'cluster/users:deletion_protection'
  fails 1 aback release cluster/orders
  said 'names no setting'
  fails 1 aback release nonsense
  fails 1 aback release cluster/orders:deletion_protection --target elsewhere
  runs 0 aback release cluster/orders:deletion_protection --target prod
}
