#!/usr/bin/env bats
# docs/schedule and docs/systemd: what is written there runs, and says what is
# so.
load helpers
load served

schedule=$root/docs/schedule
bootstrap=$schedule/lambda/bootstrap

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  write_fleet
  serve_all --fleet fleet.json --settle-ms 50
}

# A desired state that wants reviews and tells a file, with its store.
begin() {
  at_served
  write_desired '  - match: {kind: cluster, id: users}
    set: {backup_retention_period: 8}'
  {
    echo 'review: {every: 90d, owners: [dba@example.com]}'
    echo "notify: [{command: [tee, -a, told.json]}]"
  } >>aback.yaml
  "$ABACK" init >init.out 2>&1
  PATH=$(dirname "$ABACK"):$PATH
}

# ---- what the files say ------------------------------------------------------

@test "schedule: every command of a file exists, with its options" {
  grep -rhoE '(^|[ /])aback (review|drift|confirm) [^>|#;&]*' "$schedule" \
    "$root/docs/systemd" | sed 's/.*aback //' | sort -u >lines.txt
  [ "$(wc -l <lines.txt)" -ge 8 ]
  while read -r command words; do
    aback help "$command" >help.txt
    for word in $words; do
      case $word in
        --*) grep -q -- " $word\\b" help.txt || { echo "$command $word"; return 1; } ;;
      esac
    done
  done <lines.txt
}

@test "schedule: definitions are what AWS takes" {
  /usr/bin/python3 -c 'import botocore' 2>/dev/null ||
    skip 'python3-boto3 is missing'
  runs 0 /usr/bin/python3 "$BATS_TEST_DIRNAME/schedule_check.py" "$schedule"
  said ok
}

@test "schedule: the event patterns are those of this aback" {
  aback help --event-patterns | cmp - "$schedule/eventbridge/patterns.json"
}

@test "schedule: files of CI are YAML" {
  /usr/bin/python3 -c 'import yaml' 2>/dev/null ||
    skip 'python3-yaml is missing'
  for file in "$schedule"/ci/*.yml; do
    /usr/bin/python3 -c 'import sys, yaml; yaml.safe_load(open(sys.argv[1]))' \
      "$file"
  done
}

@test "schedule: the lines for cron are five times, a user and a command" {
  grep -E '^[0-9*]' "$schedule/aback.cron" >lines.txt
  [ "$(wc -l <lines.txt)" -eq 3 ]
  [ "$(grep -cE '^([0-9*,/-]+ +){5}aback +cd /srv/aurora && aback ' \
    lines.txt)" -eq 3 ]
}

# ---- systemd -----------------------------------------------------------------

@test "schedule: make install puts the units where systemd looks" {
  make -s -C "$root" -o "$ABACK_BUILD/aback" install B="$ABACK_BUILD" \
    DESTDIR="$PWD/package" PREFIX=/opt/aback >make.out 2>&1 || {
    cat make.out
    return 1
  }
  for unit in expired review due drift; do
    file=package/opt/aback/lib/systemd/user/aback-$unit
    [ -s "$file.timer" ]
    grep -q '^ExecStart=/opt/aback/bin/aback ' "$file.service"
  done
  [ -x package/opt/aback/share/doc/aback/schedule/lambda/bootstrap ]
  if command -v systemd-analyze >/dev/null; then
    sed -i "s|/opt/aback|$PWD/package/opt/aback|" \
      package/opt/aback/lib/systemd/user/*.service
    mkdir -p run
    XDG_RUNTIME_DIR=$PWD/run systemd-analyze verify --user --man=no \
      package/opt/aback/lib/systemd/user/aback-*.timer
  fi
}

@test "schedule: what the units start runs" {
  begin
  poke cluster/users '{"BackupRetentionPeriod": 7}'
  applied
  for unit in review:2 due:0 drift:0; do
    line=$(sed -n 's|^ExecStart=/usr/local/bin/||p' \
      "$root/docs/systemd/aback-${unit%:*}.service")
    # shellcheck disable=SC2086 # a line of words on purpose
    runs "${unit#*:}" $line
  done
  jq -se '[.[].occasion] == ["review"]' told.json
}

# ---- Lambda ------------------------------------------------------------------

# serve EVENT...: the runtime API has these invocations, then no more.
serve() {
  printf '%s\n' "$@" >events.txt
  : >answers.log
  python3 "$BATS_TEST_DIRNAME/lambda_api.py" api_port answers.log events.txt \
    "${seconds:-60}" >api.out 2>&1 3>&- &
  api_pid=$!
  wait_for 10 test -s api_port
  AWS_LAMBDA_RUNTIME_API=127.0.0.1:$(cat api_port)
  export AWS_LAMBDA_RUNTIME_API ABACK_DIRECTORY=$PWD
}

answered() { [ "$(wc -l <answers.log)" -ge "$1" ]; } # N

# invoke EVENT...: the bootstrap answers all of them.
invoke() {
  serve "$@"
  setsid "$bootstrap" >bootstrap.out 2>bootstrap.err 3>&- &
  lambda_pid=$!
  wait_for 30 answered $# || cat bootstrap.err
  kill -- "-$lambda_pid" "$api_pid" 2>/dev/null
  wait "$lambda_pid" "$api_pid" || true
  rm -f api_port
}

@test "lambda: the script is one that any shell takes" {
  sh -n "$bootstrap"
  if command -v shellcheck >/dev/null; then shellcheck "$bootstrap"; fi
}

@test "lambda: a review is recorded, told and answered" {
  begin
  invoke '{"aback": "due"}' '{"aback":"review"}' '{ "aback" : "due" }'
  jq -se 'map(.path) == ["invocation/request-1/response",
      "invocation/request-2/response", "invocation/request-3/response"]
    and .[0].body.found and .[0].body.exit_code == 2
    and (.[0].body.text | startswith("a review by dba@example.com is due"))
    and .[1].body.command == "review" and .[1].body.exit_code == 2
    and (.[1].body.text | startswith("aback review: "))
    and (.[2].body | .exit_code == 0 and .found == false
      and (.text | test("is due in (89|90) days")))' answers.log
  [ "$(git -C store.git ls-tree --name-only main:reviews | wc -l)" -eq 1 ]
  jq -se 'map(.occasion) == ["due", "review"]' told.json
  # what is found is in the function's log too
  grep -q 'critical  instance-not-public' bootstrap.err
}

@test "lambda: drift behind aback's back" {
  begin
  poke cluster/users '{"BackupRetentionPeriod": 7}'
  applied
  invoke '{"aback": "drift"}'
  poke cluster/users '{"BackupRetentionPeriod": 3}'
  rm -f answers.log
  invoke '{"aback": "drift"}'
  jq -e '.body.found and .body.exit_code == 2' answers.log
  jq -se '.[-1].occasion == "drift"' told.json
}

@test "lambda: an event that it does not know, and one that smuggles" {
  begin
  invoke '{}' '{"aback": "apply"}' '{"aback": "review; touch planted"}' \
    '{"detail": "$(touch planted)"}' 'no JSON'
  jq -se 'length == 5 and all(.[]; .path | endswith("/error"))
    and all(.[]; .body.errorType == "Aback.Event")
    and all(.[]; .headers["lambda-runtime-function-error-type"] == "Aback.Event")' \
    answers.log
  [ ! -e planted ]
}

@test "lambda: an error is told as Lambda wants it, whatever is in it" {
  begin
  sed -i 's/region: .*/region: "eu\\"\\\\west"}/' aback.yaml
  invoke '{"aback": "review"}'
  jq -e '.path == "invocation/request-1/error"
    and .body.errorType == "Aback.Exit1" and .body.stackTrace == []
    and (.body.errorMessage | startswith("error: "))' answers.log
}

@test "lambda: a review that takes longer than the function is cut off" {
  begin
  fault '{"service": "rds", "action": "DescribeDBInstances", "nth": 1,
          "fault": "hang", "ms": 60000}'
  seconds=6 invoke '{"aback": "review"}'
  jq -e '.body.errorType == "Aback.Timeout"' answers.log
  [ -z "$(git -C store.git ls-tree --name-only main:reviews 2>/dev/null)" ]
}

@test "lambda: without aback.yaml it does not start, and says so" {
  begin
  mkdir empty
  serve
  ABACK_DIRECTORY=$PWD/empty runs 1 "$bootstrap"
  kill "$api_pid"
  jq -e '.path == "init/error" and .body.errorType == "Aback.Init"
    and (.body.errorMessage | test("no aback.yaml"))' answers.log
}

@test "lambda: a runtime API that fails or is gone ends it" {
  begin
  serve '!'
  runs 1 "$bootstrap"
  said 'the runtime API does not answer'
  kill "$api_pid"
  AWS_LAMBDA_RUNTIME_API=127.0.0.1:1 runs 1 "$bootstrap"
  AWS_LAMBDA_RUNTIME_API='' runs 2 sh "$bootstrap"
}

# ---- the container -----------------------------------------------------------

@test "container: what the image has is all that aback needs" {
  # shellcheck source=/dev/null
  . /etc/os-release
  [ "${ID:-}-${VERSION_ID:-}" = debian-12 ] || skip 'not Debian 12'
  grep -q '^FROM debian:12 AS build' "$schedule/lambda/Dockerfile"
  grep -q 'tests/deps.sh build' "$schedule/lambda/Dockerfile"
  sed -n '/^FROM debian:12-slim/,/rm -rf/p' "$schedule/lambda/Dockerfile" |
    grep -oE '^ +[a-z0-9.+-]+' | tr -d ' ' | sort -u >packages.txt
  # the libraries that it is linked with, but for sanitizers; /lib may be /usr/lib
  objdump -p "$ABACK" | awk '$1 == "NEEDED" {print $2}' >needed.txt
  ldd "$ABACK" | awk 'NR == FNR {needed[$1] = 1; next}
    needed[$1] {print $3; sub("^/usr", "", $3); print "/usr" $3}' \
    needed.txt - | sort -u | xargs dpkg -S 2>/dev/null |
    sed 's/:.*//' | sort -u | grep -vE '^(libc6|lib(a|ub)san[0-9]+)$' >linked.txt
  [ "$(wc -l <linked.txt)" -ge 6 ]
  [ -z "$(comm -23 linked.txt packages.txt)" ] || { comm -23 linked.txt packages.txt; return 1; }
  # and the programs that it runs
  for package in git curl openssh-client ca-certificates; do
    grep -qx "$package" packages.txt
  done
}
