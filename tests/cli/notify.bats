#!/usr/bin/env bats
# --notify: webhooks, topics and commands; what fails is said, and no more.
load helpers

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  write_fleet
  "$ABACK_SIM" --port-file port --fleet fleet.json --log sim.log \
    --no-throttle --settle-ms 50 >sim.out 2>&1 3>&- &
  echo $! >pids
  python3 "$BATS_TEST_DIRNAME/hook_server.py" hook_port requests.log \
    >hook.out 2>&1 3>&- &
  echo $! >>pids
  python3 "$BATS_TEST_DIRNAME/hook_server.py" deaf_port requests.log --deaf \
    >deaf.out 2>&1 3>&- &
  echo $! >>pids
  wait_for 10 test -s deaf_port
  if command -v openssl >/dev/null; then
    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
      -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1 2>/dev/null
    python3 "$BATS_TEST_DIRNAME/hook_server.py" tls_port requests.log \
      --tls cert.pem key.pem >tls.out 2>&1 3>&- &
    echo $! >>pids
    wait_for 10 test -s tls_port
  fi
  wait_for 10 test -s port
  wait_for 10 test -s hook_port
}

teardown_file() {
  local pid
  while read -r pid; do
    kill "$pid" 2>/dev/null || true
  done <"$BATS_FILE_TMPDIR/pids"
}

# the file is read anew for each test
hook=http://127.0.0.1:$(cat "${BATS_FILE_TMPDIR:-}/hook_port" 2>/dev/null || true)

# begin YAML: a desired state with these entries of notify:, and its store.
begin() {
  endpoint=http://127.0.0.1:$(cat "$BATS_FILE_TMPDIR/port")
  export AWS_ENDPOINT_URL=$endpoint
  : >"$BATS_FILE_TMPDIR/requests.log"
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  {
    echo 'review: {every: 90d, owners: [dba@example.com]}'
    echo 'notify:'
    printf '%s\n' "$1"
  } >>aback.yaml
  "$ABACK" init >init.out 2>&1
}

requests() { cat "$BATS_FILE_TMPDIR/requests.log"; }
request_count() { requests | wc -l; }

# due NOTIFY-YAML: a review is due, and that is told; it is exit 2 whatever
# becomes of the telling.
due() {
  begin "$1"
  runs 2 aback review --due --notify
}

# A webhook of the server's that misbehaves so; its URL is a secret.
secret_hook() { # MODE [MORE]
  export ABACK_TEST_HOOK="$hook/$1/planted-secret?token=planted-too"
  due "  - {webhook: {url_env: ABACK_TEST_HOOK}, timeout: 1s ${2:-}}"
}

@test "notify: a webhook gets the document as JSON" {
  due "  - webhook: {url: \"$hook/ok\"}"
  said "told the webhook '$hook/ok'"
  [ "$(request_count)" -eq 1 ]
  requests | jq -e '.path == "/ok"
    and .headers["content-type"] == "application/json; charset=utf-8"
    and (.headers["user-agent"] | startswith("aback/"))
    and ([.headers | keys[] | select(startswith("x-amz") or . == "authorization")]
      | length) == 0'
  requests | jq -r .body | jq -e '.format == "aback-notification/1"
    and .occasion == "due" and .details.format == "aback-due/1"
    and (.subject | startswith("a review by dba@example.com is due"))'
}

@test "notify: a review tells its summary, as Slack reads it" {
  begin "  - webhook: {url: \"$hook/ok\", style: slack}"
  runs 2 aback review --notify
  requests | jq -r .body | jq -e '
    (.text | startswith("aback review of prod: "))
    and .blocks[0].text.text == .text
    and any(.blocks[]; .text.text // "" | startswith("recorded as the review 2"))
    and any(.blocks[]; .text.text // "" |
      startswith("critical  prod instance/orders-1: publicly_accessible is"))'
  runs 2 aback review
  [ "$(request_count)" -eq 1 ]
}

@test "notify: the URL from a file, and who wants to hear of what" {
  echo "$hook/from-file" >hook.url
  due "  - {webhook: {url_file: hook.url}, on: [due, drift]}
  - {webhook: {url: \"$hook/not-this\"}, on: review}"
  said "told the webhook of '"
  [ "$(requests | jq -r .path)" = /from-file ]
}

@test "notify: nothing is told when nothing is due" {
  begin "  - webhook: {url: \"$hook/ok\"}"
  runs 2 aback review
  runs 0 aback review --due --notify
  [ "$(request_count)" -eq 0 ]
}

@test "notify: somebody must want to hear of it" {
  begin '  - {command: ["true"], on: drift}'
  fails 1 aback review --due --notify
  said "there is nobody to notify" "for 'due'" 'notify: [{webhook'
  fails 1 aback review --notify
  [ "$(git -C store.git ls-tree --name-only main:reviews 2>/dev/null | wc -l)" \
    -eq 0 ]
}

@test "notify: a webhook that fails is said, without its URL, and fails nothing" {
  while read -r mode words; do
    secret_hook "$mode"
    said 'was not told' "the webhook of \$ABACK_TEST_HOOK" "$words"
    not grep -q planted <<<"$output"
    [ "$(request_count)" -eq 1 ] || { echo "$mode: sent more than once"; return 1; }
  done <<'END'
500 it answered 500
404 it answered 404
redirect it redirects (307), which is not followed
close its answer was cut off
reset its answer was cut off
END
}

@test "notify: a secret URL stands in no record, and in no trace of requests" {
  export ABACK_TEST_HOOK="$hook/500/planted-secret"
  begin '  - webhook: {url_env: ABACK_TEST_HOOK}'
  runs 2 aback review --notify -v
  said 'it answered 500' 'rds:DescribeDBClusters'
  not grep -q planted <<<"$output"
  git -C store.git log -p --all >history.txt
  grep -q aback-review/1 history.txt
  not grep -q planted history.txt
}

@test "notify: sent again, once, where nothing of it had left" {
  due "  - webhook: {url: \"https://127.0.0.1:$(cat "$BATS_FILE_TMPDIR/deaf_port")/\"}"
  said 'it could not be reached'
  [ "$(requests | jq -c .path)" = 'null
null' ]
}

@test "notify: a webhook that hangs ends at its timeout" {
  for mode in hang slow; do
    start=$SECONDS
    secret_hook "$mode"
    said 'did not answer within 1s'
    [ $((SECONDS - start)) -lt 8 ]
    [ "$(request_count)" -eq 1 ]
  done
}

@test "notify: an answer without end is none of our business" {
  secret_hook endless
  said 'told the webhook'
}

@test "notify: nobody listens, no name, no URL, no variable, no file" {
  due '  - {webhook: {url: "http://127.0.0.1:1/planted"}, timeout: 2s}'
  said 'it could not be reached'
  due '  - {webhook: {url: "http://nothing.invalid/planted"}, timeout: 2s}'
  said 'was not told'
  unset ABACK_TEST_HOOK
  due '  - webhook: {url_env: ABACK_TEST_HOOK}'
  said 'the variable ABACK_TEST_HOOK is not set'
  ABACK_TEST_HOOK=planted due '  - webhook: {url_env: ABACK_TEST_HOOK}'
  said 'it is no URL'
  not grep -q planted <<<"$output"
  due '  - webhook: {url_file: none}'
  said "none'" 'No such file'
}

@test "notify: TLS is verified, against the system or ca_file" {
  [ -s "$BATS_FILE_TMPDIR/tls_port" ] || skip 'openssl is missing'
  tls=https://127.0.0.1:$(cat "$BATS_FILE_TMPDIR/tls_port")/ok
  due "  - webhook: {url: \"$tls\"}"
  said 'its certificate is not trusted'
  [ "$(request_count)" -eq 0 ]
  cp "$BATS_FILE_TMPDIR/cert.pem" ca.pem
  due "  - webhook: {url: \"$tls\", ca_file: ca.pem}"
  said 'told the webhook'
  [ "$(request_count)" -eq 1 ]
  due "  - webhook: {url: \"$tls\", ca_file: none.pem}"
  said 'cannot read the CA bundle' 'ca_file of the webhook'
}

@test "notify: a command reads the document, and no shell reads its words" {
  cat >page.sh <<'END'
#!/bin/sh
printf '%s\n' "$@" >words.txt
cat >document.json
echo "$ABACK_OCCASION" >occasion.txt
END
  chmod +x page.sh
  due '  - command: [./page.sh, "$HOME; touch planted", "*"]'
  said "told the command './page.sh'"
  # shellcheck disable=SC2016 # not expanded is what is asked
  printf '%s\n' '$HOME; touch planted' '*' | cmp - words.txt
  [ ! -e planted ]
  jq -e '.occasion == "due"' document.json
  [ "$(cat occasion.txt)" = due ]
}

@test "notify: a command that fails, hangs, or is not there" {
  due '  - command: [sh, -c, "echo one; echo why not >&2; exit 3"]'
  said "the command 'sh' was not told: it ended with exit code 3: why not"
  start=$SECONDS
  due '  - {command: [sleep, "60"], timeout: 1s}'
  said 'was not done after 1s'
  [ $((SECONDS - start)) -lt 8 ]
  due '  - command: [./no-such-program]'
  said 'was not told'
}

@test "notify: a topic of SNS" {
  export AWS_ENDPOINT_URL_SNS=$hook/sns
  due '  - sns: {topic_arn: "arn:aws:sns:eu-west-1:123456789012:aurora", target: prod}'
  said "told the topic 'arn:aws:sns:eu-west-1:123456789012:aurora'"
  requests | jq -e '.headers.authorization | test("/eu-west-1/sns/aws4_request")'
  requests | jq -r .body | tr '&' '\n' >form.txt
  for line in Action=Publish Version=2010-03-31 \
    TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3Aaurora \
    MessageAttributes.entry.1.Name=occasion \
    MessageAttributes.entry.1.Value.DataType=String \
    MessageAttributes.entry.1.Value.StringValue=due; do
    grep -qxF "$line" form.txt || { echo "no $line"; cat form.txt; return 1; }
  done
  grep -q '^Subject=a%20review%20by' form.txt
  not grep -q '^MessageGroupId=' form.txt
  due '  - sns: {topic_arn: "arn:aws:sns:eu-west-1:123456789012:aurora.fifo"}'
  requests | jq -r .body | grep -q 'MessageGroupId=aback'
}

@test "notify: a topic of the simulator, which signs and names are checked by" {
  due '  - sns: {topic_arn: "arn:aws:sns:eu-west-1:123456789012:aurora", target: prod}
  - sns: {topic_arn: "arn:aws:sns:eu-west-1:123456789012:aurora.fifo"}'
  said "told the topic 'arn:aws:sns:eu-west-1:123456789012:aurora'" \
    "told the topic 'arn:aws:sns:eu-west-1:123456789012:aurora.fifo'"
  curl -sSf "$endpoint/_sim/sns" >sns.json
  jq -se '[.. | strings] | any(test("a review by dba@example.com is due"))' \
    sns.json
}

@test "notify: a topic that refuses or hangs" {
  export AWS_ENDPOINT_URL_SNS=$hook/sns-denied
  due '  - sns: {topic_arn: "arn:aws:sns:eu-west-1:123456789012:aurora"}'
  said 'was not told' 'AuthorizationError' 'not authorized to publish'
  export AWS_ENDPOINT_URL_SNS=$hook/hang
  start=$SECONDS
  due '  - {sns: {topic_arn: "arn:aws:sns:eu-west-1:123456789012:aurora"}, timeout: 1s}'
  said 'was not told'
  [ $((SECONDS - start)) -lt 8 ]
}

@test "notify: all are told, also after one that fails" {
  due "  - webhook: {url: \"$hook/500\"}
  - webhook: {url: \"$hook/ok\"}
  - command: [\"true\"]"
  said "'$hook/500' was not told" "told the webhook '$hook/ok'" \
    "told the command 'true'"
}

@test "notify: drift tells what differs, and who did it" {
  begin "  - {webhook: {url: \"$hook/ok\"}, on: drift}"
  applied
  runs 0 aback drift --notify
  [ "$(request_count)" -eq 0 ]
  poke cluster/orders '{"DeletionProtection": false}'
  runs 2 aback drift --notify
  requests | jq -r .body | jq -e '.occasion == "drift" and .found
    and (.subject | startswith("aback drift: 1 difference in "))
    and (.lines[0] |
      startswith("prod cluster/orders:deletion_protection  true → false, by"))
    and .details.differences[0].address == "cluster/orders"'
  fails 1 aback drift --notify --state store.git -f none.yaml
}
