#!/usr/bin/env bats
# aback history.
load helpers

@test "history: empty, of everything, of a resource, of a setting" {
  start
  aback history >out.txt 2>err.txt
  [ ! -s out.txt ]
  has "$(cat err.txt)" 'no change so far'
  applied
  runs 0 aback history
  said "$(change_id)  apply: done" 'cluster/orders:deletion_protection  false → true'
  runs 0 aback history cluster/orders
  said cluster/orders
  [[ $output != *cluster/users* ]]
  runs 0 aback history cluster/orders:port
  said 'no change of cluster/orders:port so far'
  fails 1 aback history nonsense
}

@test "history: newest first, as JSON and Markdown" {
  start
  applied
  first=$(change_id)
  aback backout --last --apply --yes >/dev/null 2>&1
  aback history --format json |
    jq -e --arg first "$first" '.[0].kind == "backout"
      and .[0].reverses == $first and .[1].change == $first
      and (.[1].settings | length) == 2
      and .[1].settings[0].before == false and .[1].by != null'
  runs 0 aback history --format markdown
  said '| change | begun | by |'
}

@test "history: git's own commands read the store" {
  git config --global user.name 'Alice Example'
  git config --global user.email alice@example.com
  start
  applied
  git -C store.git fsck --strict
  git -C store.git log -p main >log.txt
  grep -q '"deletion_protection": true' log.txt
  git -C store.git log --format='%an %s' main | grep -q 'Alice Example'
}

@test "history: the store can be named without a desired file" {
  start
  applied
  rm aback.yaml
  fails 1 aback history
  runs 0 aback history --state store.git
  said 'apply: done'
}
