#!/usr/bin/env bats
# Bad input: endpoints that are down, slow, not AWS, or that break what AWS
# says; and reads that stop half-way. No plan is made of them.
load bad

teardown() {
  if [ -n "${hostile_pid:-}" ]; then
    kill "$hostile_pid" 2>/dev/null || true
    wait "$hostile_pid" 2>/dev/null || true
  fi
  stop_sim
}

stop_sim() {
  if [ -n "${sim_pid:-}" ]; then
    kill "$sim_pid" 2>/dev/null || true
    wait "$sim_pid" 2>/dev/null || true
    sim_pid=
  fi
}

# hostile MODE [ACTION]: the endpoint is hostile_server.py from now on.
hostile() {
  [ -x /usr/bin/python3 ] || skip 'no python3'
  if [ -n "${hostile_pid:-}" ]; then
    kill "$hostile_pid"
    wait "$hostile_pid" 2>/dev/null || true
  fi
  rm -f hostile.port
  /usr/bin/python3 "$root/tests/cli/hostile_server.py" "$1" hostile.port \
    "${@:2}" >hostile.out 2>&1 3>&- &
  hostile_pid=$!
  wait_for 10 test -s hostile.port
  AWS_ENDPOINT_URL=http://127.0.0.1:$(cat hostile.port)
  export AWS_ENDPOINT_URL
}

# no_plan [PART...]: planning fails with exit code 1, saying these parts, and
# leaves no file.
no_plan() {
  refused 1 aback plan -o plan.out || return 1
  said "$@" || return 1
  [ ! -s out.txt ] && [ ! -e plan.out ]
}

# A store and a desired file; nobody listens yet.
begin() {
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  "$ABACK" init >/dev/null 2>&1
}

# each MODE:PART...: no plan from the very first answer, and none where only the
# listing of clusters is broken.
each() {
  local entry mode part
  begin
  for entry in "$@"; do
    mode=${entry%%:*} part=${entry#*:}
    hostile "$mode"
    no_plan "$part" || { echo "mode $mode"; return 1; }
    hostile "$mode" DescribeDBClusters
    no_plan "$part" 'rds:DescribeDBClusters' || {
      echo "mode $mode in the listing"
      return 1
    }
  done
}

@test "bad endpoint: the hostile server can be honest" {
  begin
  hostile honest
  runs 0 aback plan -o plan.json
  jq -e '.changes | length == 1' plan.json
}

@test "bad endpoint: down, nowhere, and no URL at all" {
  begin
  export AWS_ENDPOINT_URL=http://127.0.0.1:1
  no_plan "cannot reach 'http://127.0.0.1:1/'" 'AWS_ENDPOINT_URL'
  export AWS_ENDPOINT_URL=http://no.such.host.invalid
  no_plan 'no.such.host.invalid'
  for url in nonsense 'ftp://x' 'http://' 'http://u:planted@127.0.0.1' \
    'http://127.0.0.1:99999' 'http://127.0.0.1/?a=b' $'http://a\nb' \
    'file:///etc/passwd'; do
    export AWS_ENDPOINT_URL=$url
    no_plan 'AWS_ENDPOINT_URL cannot be used'
    not grep -q planted err.txt
  done
}

@test "bad endpoint: one that goes away in the middle" {
  start --page-size 1
  fault '{"service": "rds", "from": 2, "to": 99, "fault": "reset_before"}'
  refused 1 aback plan -o plan.out
  said 'gave up after 3 attempts' 'rds:Describe'
  [ ! -e plan.out ]
}

@test "bad endpoint: one that never answers is given up" {
  begin
  hostile hang
  AWS_MAX_ATTEMPTS=1 no_plan 'no answer of' 'check the network'
}

@test "bad endpoint: not AWS" {
  each 'html:HTTP 200 with text/html' \
    'html-403:HTTP 403 with text/html' \
    'html-404:HTTP 404 with text/html' \
    'json:does not answer like AWS' \
    'json-error:does not answer like AWS' \
    'text:with text/plain' \
    'empty:with an empty body' \
    'no-content:with an empty body' \
    'random:does not answer like AWS' \
    'no-http:no answer of' \
    'http-2:no answer of'
  said 'check'
}

@test "bad endpoint: init makes no file of it" {
  begin
  for mode in html close html-500 truncated bomb; do
    hostile "$mode" DescribeDBClusters
    refused 1 aback init --from-live -f new.yaml
    said 'rds:DescribeDBClusters'
    [ ! -e new.yaml ]
  done
}

@test "bad endpoint: redirects and demands to log in are not followed" {
  each 'redirect:HTTP 302' 'redirect-307:HTTP 307' 'login:HTTP 401'
}

@test "bad endpoint: HTTP 500 with a page of HTML on every call" {
  each 'html-500:HTTP 500 with text/html' 'empty-500:HTTP 500'
}

@test "bad endpoint: every connection is closed" {
  each 'close:no answer of' 'reset:no answer of'
}

@test "bad endpoint: well-formed XML that is another answer" {
  each "other-xml:does not answer like AWS" \
    "other-answer:does not answer like AWS" \
    'error-without-code:could not be read whole'
}

@test "bad endpoint: truncated" {
  each 'truncated:could not be read whole' 'whole-but-half:it is cut off'
}

@test "bad endpoint: malformed" {
  each 'mismatched:mismatched tag' 'two-roots:junk after' \
    'not-utf8:not well-formed' 'surrogate:not well-formed' \
    'nul:not well-formed' 'other-encoding:unknown encoding' \
    'undefined-entity:undefined entity' \
    'bad-length:could not be read whole' 'bad-chunk:could not be read whole'
}

@test "bad endpoint: hostile" {
  # more memory than this is a bomb that went off
  [[ $ABACK == */release/* ]] && ulimit -v 2000000
  each 'bomb:it has a document type' 'external:it has a document type' \
    'deep:nested too deep' 'deep-inside:nested too deep' \
    'long-name:too long' 'long-attribute:too long' \
    'many-attributes:too long' 'endless:the answer is too large' \
    'endless-head:response headers' 'endless-continue:response headers' \
    'odd-gzip:does not answer like AWS' 'gzip-bomb:does not answer like AWS'
  not grep -q root: err.txt
}

@test "bad endpoint: text without an end, resources without a name" {
  begin
  hostile long-text DescribeDBClusters
  no_plan "an element's text is too long"
  hostile no-identifier DescribeDBClusters
  no_plan "without 'DBClusterIdentifier'"
}

@test "bad endpoint: a name that is a path stays in its place" {
  begin
  hostile odd-identifier DescribeDBClusters
  runs 0 aback plan -o plan.json
  said 'cluster/..%2F..%2F%2F'
  jq -e '.changes[0].address | test("^cluster/[^/]+$")' plan.json
}

@test "bad endpoint: a listing without an end, or with resources twice" {
  begin
  hostile same-marker DescribeDBClusters
  no_plan 'does not end' 'a marker that it gave before'
  hostile same-twice DescribeDBClusters
  no_plan 'changes its order between pages' 'others may be missing'
}

# Five clusters in one region and one in another, a page each.
two_regions() {
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account", "regions": [
  {"region": "eu-west-1", "clusters": [
    {"DBClusterIdentifier": "a1", "Engine": "aurora-mysql"},
    {"DBClusterIdentifier": "a2", "Engine": "aurora-mysql"},
    {"DBClusterIdentifier": "a3", "Engine": "aurora-mysql"},
    {"DBClusterIdentifier": "a4", "Engine": "aurora-mysql"},
    {"DBClusterIdentifier": "a5", "Engine": "aurora-mysql"}]},
  {"region": "us-east-1", "clusters": [
    {"DBClusterIdentifier": "b1", "Engine": "aurora-mysql"}]}]}]}
END
  start_sim --page-size 1
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  sed -i "/name: prod/a\\  - {name: east, account_id: \"$account\", region: \
us-east-1}" aback.yaml
  "$ABACK" init >/dev/null 2>&1
}

@test "bad endpoint: a read that stops half-way is no plan, and says what can" {
  two_regions
  runs 0 aback plan -o whole.json
  # the last page of the first region is missing
  for what in '"fault": "error", "status": 403, "code": "AccessDenied"' \
    '"fault": "html"' '"fault": "truncate"' '"fault": "malformed"' \
    '"fault": "throttle"' '"fault": "reset_after"' \
    '"fault": "error", "status": 400, "code": "InvalidParameterValue"'; do
    stop_sim
    start_sim --page-size 1
    fault "{\"service\": \"rds\", \"action\": \"DescribeDBClusters\",
      \"region\": \"$region\", \"from\": 5, \"to\": 99, $what}"
    AWS_MAX_ATTEMPTS=2 refused 1 aback plan -o plan.out
    said "reading the clusters of 'prod'" 'rds:DescribeDBClusters' \
      'what could be read whole: --target east'
    [ ! -e plan.out ]
    stop_sim
    start_sim --page-size 1
    runs 0 aback plan --target east -o east.json
    jq -e '[.changes[].address] == ["cluster/b1"]' east.json || return 1
  done
}

@test "bad endpoint: a page that fails once is read again, none is missing" {
  two_regions
  runs 0 aback plan -o whole.json
  for what in html truncate malformed throttle reset_before reset_after error; do
    stop_sim
    start_sim --page-size 1
    fault "{\"service\": \"rds\", \"action\": \"DescribeDBClusters\",
      \"nth\": 3, \"fault\": \"$what\"}"
    runs 0 aback plan -o again.json
    diff <(jq .changes whole.json) <(jq .changes again.json)
  done
}

@test "bad endpoint: a listing that is reordered between pages misses nothing" {
  two_regions
  runs 0 aback plan -o whole.json
  for nth in 1 2 3 4 5 6; do
    stop_sim
    start_sim --page-size 1
    fault "{\"service\": \"rds\", \"action\": \"DescribeDBClusters\",
      \"nth\": $nth, \"fault\": \"reorder\"}"
    runs 0 aback plan -o again.json
    diff <(jq .changes whole.json) <(jq .changes again.json)
    jq -e '.changes | length == 6' again.json
  done
}

@test "bad endpoint: apply survives HTML on every write, and says so" {
  start
  runs 0 aback plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "fault": "html"}'
  runs 4 aback apply plan.json --yes --deadline 5s
  said 'not all of it was done'
  [ "$(live_value clusters orders DeletionProtection)" = false ]
  # nothing was sent twice
  [ "$(mutation_count)" -eq 2 ]
}

@test "bad endpoint: apply that loses the endpoint can be accounted for" {
  start
  runs 0 aback plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "fault": "html",
    "effect": true}'
  fault '{"service": "rds", "action": "DescribeDBClusters", "from": 3,
    "to": 8, "fault": "html"}'
  rc=0
  aback apply plan.json --yes >out.txt 2>&1 || rc=$?
  cat out.txt
  [ "$rc" -eq 0 ] || [ "$rc" -eq 4 ]
  [ "$rc" -eq 0 ] || grep -qE 'aback (resume|show|backout)' out.txt
  aback resume >>out.txt 2>&1 || true
  [ "$(mutation_count)" -eq 2 ]
  runs 0 aback plan --detailed-exitcode
}

@test "bad endpoint: one that does not do what it says is never done" {
  start
  runs 0 aback plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "fault": "ignore"}'
  runs 4 aback apply plan.json --yes --deadline 3s
  [ "$(live_value clusters orders DeletionProtection)" = false ]
  [[ $output != *'done: all of it'* ]]
}
