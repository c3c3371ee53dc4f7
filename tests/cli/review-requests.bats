#!/usr/bin/env bats
# aback review: how many requests it makes, as docs/review.md says.
load helpers

# counted CLUSTERS: a review of so many more is as many requests as it may be.
counted() {
  python3 "$BATS_TEST_DIRNAME/review_fleet.py" fleet.json expected.txt "$1"
  start_sim --settle-ms 0 --no-throttle --page-size 20
  write_desired ' []'
  "$ABACK" review --no-events --no-record --format json >review.json || [ $? -eq 2 ]
  jq -r '.findings[] | "\(.control) \(.address)"' review.json | sort -u |
    diff expected.txt -
  python3 "$BATS_TEST_DIRNAME/review_requests.py" fleet.json sim.log 20
}

@test "requests: pages, and what AWS answers only one by one" {
  counted 0
}

@test "requests: more clusters are more pages, and nothing else but log streams" {
  counted 60
}

@test "requests: docs/review.md has each call" {
  sed -n '/^## How many requests/,$p' "$root/docs/review.md" >table.txt
  python3 "$BATS_TEST_DIRNAME/review_fleet.py" fleet.json expected.txt
  start_sim --settle-ms 0 --no-throttle
  write_desired ' []'
  "$ABACK" review --no-record >/dev/null || [ $? -eq 2 ]
  jq -r .action sim.log | sort -u | while read -r action; do
    grep -qw "$action" table.txt || { echo "$action"; exit 1; }
  done
}
