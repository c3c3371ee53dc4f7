#!/usr/bin/env bats
# --format html: pages that need nothing beside them, that nothing from outside
# acts on, and that everybody can read. One fleet serves all tests; its names
# are hostile.
load helpers

check() { /usr/bin/python3 "$root/tests/cli/html_check.py" "$@"; }

# What strangers may write: tags, rules, reasons. (No service lets a cluster be
# named <script>; test_render_review_html has one all the same.)
write_hostile() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "roles": [{"RoleName": "monitoring", "AttachedPolicies": [
    "arn:aws:iam::aws:policy/AmazonRDSReadOnlyAccess"]}],
  "regions": [{"region": "$region",
    "clusters": [
      {"DBClusterIdentifier": "users", "Engine": "aurora-mysql",
       "DeletionProtection": false, "BackupRetentionPeriod": 7},
      {"DBClusterIdentifier": "orders", "Engine": "aurora-postgresql",
       "DeletionProtection": false, "BackupRetentionPeriod": 14,
       "TagList": [{"Key": "owner",
         "Value": "\"><img src=x onerror=alert(2)>"}]}],
    "instances": [
      {"DBInstanceIdentifier": "orders-1", "DBClusterIdentifier": "orders",
       "PubliclyAccessible": true}]}]}]}
END
  write_desired "  - name: '</td><script>alert(3)</script> \"quoted\" & more'
    match: {kind: cluster}
    set: {deletion_protection: true,
      tags: {include: {owner: dba}}}
  - match: {kind: cluster, id: orders}
    set: {backup_retention_period: 7, enabled_cloudwatch_logs_exports: [postgresql]}
  - match: {kind: iam_role, id: monitoring}
    set: {managed_policy_arns: []}
  - match: {kind: instance, id: no-such}
    set: {publicly_accessible: false}"
  cat >>aback.yaml <<'END'
waivers:
  - match: {kind: cluster, id: orders}
    settings: [storage_encrypted]
    reason: <b>moved</b> in January
    expires: 2099-01-31
END
}

setup_file() {
  export BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
  setup
  write_hostile
  start_sim --trail-delay-ms 0
  export PAGES_SIM=$sim_pid pages=$BATS_FILE_TMPDIR
  "$ABACK" init >out.txt 2>&1
  "$ABACK" plan -o plan.json --format html >plan.html
  "$ABACK" apply plan.json --yes --allow lossy --allow one-way \
    --format html >applied.html 2>>out.txt
  poke iam_role/monitoring '{"AttachedPolicies": [
    "arn:aws:iam::aws:policy/AmazonRDSFullAccess"]}'
  "$ABACK" backout --last --reason '<i>because</i> "we" can' \
    --format html >backout.html
  "$ABACK" show "$(change_id)" --format html >change.html
  "$ABACK" history --format html >history.html
  "$ABACK" review --format html >review.html || [ $? -eq 2 ]
  "$ABACK" drift --format html >drift.html || [ $? -eq 2 ]
  "$ABACK" verify "$(change_id)" --no-wait --format html >verify.html ||
    [ $? -eq 2 ]
}

teardown_file() {
  kill "$PAGES_SIM" 2>/dev/null || true
}

pages_of() { # the files of all pages, into $each
  local page
  each=()
  for page in plan backout change history review drift verify; do
    each+=("$pages/$page.html")
    grep -q '</html>' "$pages/$page.html"
  done
}

@test "html: every page is well-formed, in order, named, linked and legible" {
  pages_of
  check "${each[@]}"
}

@test "html: what strangers wrote is text" {
  local page
  pages_of
  for page in "${each[@]}"; do
    not grep -qE '<(script|img|b|i)[ >]alert|<script|<img|onerror="|\\u202e"' \
      "$page"
    not grep -qP '\x{202e}|\x1b' "$page"
    not grep -qE '(src|href)="?(https?:|//)' "$page"
  done
  grep -qF '&lt;/td&gt;&lt;script&gt;alert(3)' "$pages/plan.html"
  grep -qF '&lt;img src=x onerror=alert(2)&gt;' "$pages/plan.html"
  grep -qF '&lt;b&gt;moved&lt;/b&gt; in January' "$pages/review.html"
}

@test "html: the same as Markdown says" {
  cd "$pages"
  has "$(cat plan.html)" "<h1>aback plan: $(aback show plan.json --format \
    markdown | sed -n '1s/## aback plan: //p')</h1>"
  has "$(cat change.html)" "<h1>change $(change_id)</h1>"
  has "$(cat history.html)" '<h1>History of changes: 1</h1>'
  grep -q 'AmazonRDSFullAccess</code> stays: somebody else' backout.html
}

@test "html: what apply prints is the page of its change" {
  cmp "$pages/applied.html" "$pages/change.html"
  cd "$pages"
  aback show "$(change_id)" --format markdown >shown.md
  aback resume "$(change_id)" --format html >resumed.html 2>err.txt
  [ ! -s resumed.html ]
  grep -q 'nothing to resume' err.txt
}

@test "html: a recorded review is shown with who signed it off" {
  cd "$pages"
  id=$(stored reviews 2>/dev/null | sed -n 's:/$::p' | tail -1)
  aback show "$id" --format html >recorded.html
  grep -q 'Nobody had signed it off' recorded.html
  aback review --sign-off --by 'Alice <dba>' --note 'two "to mend"' >out.txt
  aback show "${id:0:20}" --format html >signed.html
  check signed.html
  grep -q 'Alice &lt;dba&gt;' signed.html
  not grep -q 'Nobody had signed it off' signed.html
  runs 0 aback show "$id"
  said 'aback review: ' 'Signed off by Alice <dba> at '
  runs 0 aback show "$id" --format markdown
  said '**signed off** by Alice &#60;dba&#62; at '
  aback show "$id" --format json | jq -e '.signoff.note == "two \"to mend\""'
  fails 1 aback show 20200101T000000Z-000000
}

@test "html: the timeline has what we set, and who else changed what" {
  cd "$pages"
  tr '\n' ' ' <review.html | sed 's:.*id="timeline"::; s:</ol>.*::' >timeline
  grep -q "$(change_id)" timeline
  grep -q 'cluster/orders:backup_retention_period</code> <code>14</code> → <code>7 days' \
    timeline
  grep -qE 'Its calls in CloudTrail: [1-9]' timeline
  grep -qE 'not by aback</span> <code>AttachRolePolicy</code>.*user/colleague' \
    timeline
}

@test "html: each finding is a link from its evidence" {
  cd "$pages"
  rc=0
  aback review --format json >review.json || rc=$?
  [ $rc -eq 2 ]
  jq -e '.findings | length > 3' review.json
  for id in $(jq -r '.findings[].id' review.json); do
    grep -q "id=\"e-$id\"" review.html
  done
}

@test "html: the judge of the pages sees what is wrong" {
  local page=$pages/review.html change
  while read -r change; do
    sed "$change" "$page" >wrong.html
    not cmp -s "$page" wrong.html
    not check wrong.html >out.txt
    [ -s out.txt ]
  done <<'END'
s/<h2 id="map"/<h4 id="map"/
s/ scope="row"//
s/ scope="col"//
s/<caption>[^<]*<\/caption>//
s/--dim:#57606a/--dim:#8a94a0/
s/--bad:#ffa198/--bad:#803030/
s/ id="e-/ id="x-/
s/ tabindex="0"//
s/ lang="en"//
s/default-src 'none'/default-src */
s/<main>/<main><img alt="" src="x">/
s/<h1>/<h1 onclick="x">/
s/<\/dl>//
END
}

@test "html: a review of 5,000 clusters is a page of a few megabytes" {
  rm -f "$BATS_TEST_TMPDIR/port"
  "$ABACK_SIM" --port-file port --clusters 5000 --instances 1 --seed 5 \
    --no-throttle >sim.out 2>&1 3>&- &
  sim_pid=$!
  wait_for 20 test -s port
  AWS_ENDPOINT_URL=http://127.0.0.1:$(cat port)
  export AWS_ENDPOINT_URL
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  rc=0
  timeout 240 "$ABACK" review --no-events --format html >"$pages/fleet.html" || rc=$?
  [ $rc -eq 2 ]
  grep -q 'Clusters by controls: 500[0-9]<' "$pages/fleet.html"
  [ "$(stat -c %s "$pages/fleet.html")" -lt 20000000 ]
  check "$pages/fleet.html"
}

# What a browser alone can tell. Chromium and its driver: make deps.
in_browser() {
  command -v chromium >/dev/null || skip 'chromium is not installed'
  command -v chromedriver >/dev/null || skip 'chromium-driver is not installed'
  timeout 280 /usr/bin/python3 "$root/tests/cli/html_browser.py" "$@"
}

@test "html: Chromium shows them on a phone and a desk, in light and dark" {
  pages_of
  in_browser "${each[@]}" "$pages/fleet.html"
}

@test "html: axe-core finds nothing to mend" {
  [ -n "${AXE_CORE:-}" ] || skip 'AXE_CORE names no axe.min.js (make axe)'
  pages_of
  in_browser --axe "$AXE_CORE" "${each[@]}"
}

@test "html: paper shows the evidence too" {
  command -v chromium >/dev/null || skip 'chromium is not installed'
  command -v pdftotext >/dev/null || skip 'poppler-utils is not installed'
  timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic \
    --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --no-pdf-header-footer \
    --user-data-dir="$BATS_TEST_TMPDIR/profile" \
    --print-to-pdf=review.pdf "file://$pages/review.html" >out.txt 2>&1
  pdftotext -layout review.pdf - >review.txt
  grep -q 'read by rds:DescribeDBClusters' review.txt
  grep -q 'request' review.txt
}
