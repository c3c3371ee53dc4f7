#!/usr/bin/env bats
# aback review: what it finds, with which evidence, and what it could not see.
load helpers

# What differs from run to run, out of a review.
settled() {
  jq -S 'walk(if type == "object" then
      with_entries(if (.key | IN("read_at", "started_at", "finished_at",
          "first_seen")) and .value then .value = "2026-11-24T00:00:00Z"
        elif .key == "request_id" and .value then .value = "request"
        elif .key == "sha256" then .value = "digest" else . end)
    else . end) | .id = "review"
    | (.events | select(.) | (.from, .to, (.places[] | .from, .to, .lag)))
      = "2026-11-24T00:00:00Z" | .trend |= map(.id = "review")' "$1"
}

review() { # OPTION...: JSON of a review, into review.json
  local rc=0
  aback review --format json "$@" >review.json 2>err.txt || rc=$?
  return $rc
}

demo() {
  cp "$root/tests/data/fleets/demo.json" fleet.json
  start_sim
  cp "$root/tests/data/desired/demo.yaml" aback.yaml
}

@test "review: the document of the demo's fleet, of a few controls" {
  demo
  runs 2 review
  settled review.json |
    jq -S '["cluster-deletion-protection", "cluster-tls-required",
        "security-group-not-public"] as $few
      | .findings |= map(select(.control | IN($few[])))
      | .controls |= map(select(.id | IN($few[])))
      | .matrix[].results |= with_entries(select(.key | IN($few[])))' >out.json
  golden review-demo.json out.json
  # no two findings have one id
  jq -e '[.findings[].id] | length == (unique | length)' review.json
}

@test "review: all findings of the demo's fleet, as text" {
  demo
  aback review --no-events >out.txt || [ $? -eq 2 ]
  sed -i 's/^  [0-9T:-]*Z, by .*/  (when and by whom)/' out.txt
  golden review-demo.txt out.txt
  awk 'length > 80 { print; bad = 1 } END { exit bad }' out.txt
}

@test "review: SARIF is valid by its schema" {
  [ -n "${SARIF_SCHEMA:-}" ] || skip 'SARIF_SCHEMA names no file (make sarif)'
  demo
  aback review --no-events --format sarif >review.sarif || [ $? -eq 2 ]
  jq -e '.runs[0].results | length > 100' review.sarif
  runs 0 python3 "$root/tests/cli/schema_check.py" "$SARIF_SCHEMA" review.sarif \
    "$root/tests/data/golden/render/review-full.sarif"
  not said 'invalid'
  # and the schema does judge
  jq 'del(.runs[0].tool)' review.sarif >bad.sarif
  runs 0 python3 "$root/tests/cli/schema_check.py" "$SARIF_SCHEMA" bad.sarif
  said 'invalid'
}

@test "review: text has the worst first, and exits 2" {
  start
  runs 2 aback review
  said 'aback review: ' 'critical  instance-not-public' \
    'prod instance/orders-1: publicly_accessible is true and should be false' \
    "the rule 'rule at line 6', line 6, names this setting"
  runs 2 aback review --severity critical -o out.txt
  said 'review written to out.txt: '
  not grep -q '^high' out.txt
  grep -q 'below --severity critical are not shown' out.txt
}
